/* The way of a frame through the element: whether it is drawn, and when it leaves.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engineerror.h"
#include "gststylerwkv-private.h"

/* How late a frame may be where the caps do not tell how long it lasts. */
#define DEFAULT_PERIOD (40 * GST_MSECOND)
/* Frames that may wait for a sink that shows them on time: as many as come while it waits, and not more. */
#define MOST_WAITING 60

/* ---- what is asked of the frame ---- */

/* Everything that the properties say of a frame is read here, once. */
static FrameSettings
settings_for (GstStylerwkv * self, GstBuffer * in)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  GstClockTime time = gst_segment_to_stream_time (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (in));
  FrameSettings settings = { 0 };

  if (GST_CLOCK_TIME_IS_VALID (time))
    gst_object_sync_values (GST_OBJECT (self), time);
  settings.time = gst_segment_to_running_time (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (in));
  GST_OBJECT_LOCK (self);
  settings.strength = self->strength;
  settings.smoothing = self->smoothing;
  settings.preserve_color = self->preserve_color;
  settings.processing_height = self->processing_height;
  settings.fade_time = self->fade_time;
  settings.policy = self->policy;
  self->stats.in++;
  GST_OBJECT_UNLOCK (self);
  return settings;
}

/* ---- overload ---- */

static GstClockTime
period_of (GstStylerwkv * self, GstBuffer * buffer)
{
  const GstVideoInfo *info = &GST_VIDEO_FILTER (self)->in_info;

  if (GST_VIDEO_INFO_FPS_N (info) > 0)
    return gst_util_uint64_scale_int (GST_SECOND, GST_VIDEO_INFO_FPS_D (info), GST_VIDEO_INFO_FPS_N (info));
  return GST_BUFFER_DURATION_IS_VALID (buffer) ? GST_BUFFER_DURATION (buffer) : DEFAULT_PERIOD;
}

static gboolean
source_is_live (GstStylerwkv * self)
{
  GstQuery *query = gst_query_new_latency ();
  gboolean live = FALSE;

  if (gst_pad_peer_query (GST_BASE_TRANSFORM_SINK_PAD (self), query))
    gst_query_parse_latency (query, &live, NULL, NULL);
  gst_query_unref (query);
  return live;
}

/* How long the frame due at `due` has waited for the ones before it; 0 where that cannot be told. */
static GstClockTime
waited (GstStylerwkv * self, GstClockTime due, GstClockTime period)
{
  GstClockTime now = gst_element_get_current_running_time (GST_ELEMENT (self));

  if (!self->live || !GST_CLOCK_TIME_IS_VALID (due) || !GST_CLOCK_TIME_IS_VALID (now)
      || GST_STATE (self) != GST_STATE_PLAYING)
    return 0;
  return lateness_waited (&self->lateness, due, now, period);
}

/* The time up to which the sink shows nothing any more, or none. */
static GstClockTime
earliest_of_interest (GstStylerwkv * self)
{
  GstClockTime earliest;

  GST_OBJECT_LOCK (self);
  earliest = self->earliest;
  GST_OBJECT_UNLOCK (self);
  return earliest;
}

static void
tell_late (GstStylerwkv * self, GstBuffer * buffer, GstClockTime due, GstClockTimeDiff jitter)
{
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  GstMessage *message = gst_message_new_qos (GST_OBJECT (self), self->live, due,
      gst_segment_to_stream_time (&GST_BASE_TRANSFORM (self)->segment, GST_FORMAT_TIME, pts), pts,
      GST_BUFFER_DURATION (buffer));
  guint64 done, dropped;

  GST_OBJECT_LOCK (self);
  done = self->stats.done;
  dropped = ++self->stats.dropped;
  GST_OBJECT_UNLOCK (self);
  gst_message_set_qos_values (message, jitter, 1.0, 1000000);
  gst_message_set_qos_stats (message, GST_FORMAT_BUFFERS, done, dropped);
  gst_element_post_message (GST_ELEMENT (self), message);
}

/* ---- frames ---- */

static void
count_frame (GstStylerwkv * self, const FinishedFrame * finished)
{
  GstClockTime taken = (GstClockTime) (g_get_monotonic_time () - finished->since) * GST_USECOND;
  gdouble ms = (gdouble) taken / GST_MSECOND;
  gboolean slower;

  self->taken = self->taken ? (3 * self->taken + taken) / 4 : taken;
  GST_OBJECT_LOCK (self);
  self->stats.done++;
  self->stats.total_ms += ms;
  self->stats.worst_ms = MAX (self->stats.worst_ms, ms);
  slower = latency_meter_add (&self->latency, finished->waited + taken);
  GST_OBJECT_UNLOCK (self);
  if (slower)
    gst_element_post_message (GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
}

/* A frame that is none is left out, and the stream goes on; what the device says ends it. Takes the error. */
static GstFlowReturn
failed (GstStylerwkv * self, GError * error)
{
  const gboolean bad_frame = g_error_matches (error, SRW_ERROR, SRW_ERROR_FRAME);

  if (bad_frame)
    stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_WARNING, "A frame is left out", error);
  else
    stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_ERROR, "Cannot process a frame", error);
  g_error_free (error);
  self->restart = self->gap = TRUE;
  return bad_frame ? GST_FLOW_OK : GST_FLOW_ERROR;
}

/* Adds a frame to the queue that the engine draws. Takes it. */
static GstFlowReturn
draw (GstStylerwkv * self, GstBuffer * in, const FrameSettings * settings, GstClockTime wait)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  SrwFrameParams params = {.smoothing = (gfloat) settings->smoothing,.preserve_color = settings->preserve_color };
  GError *error = NULL;
  GstBuffer *out = NULL;
  GstFlowReturn ret = GST_BASE_TRANSFORM_GET_CLASS (self)->prepare_output_buffer (trans, in, &out);

  if (ret != GST_FLOW_OK) {
    gst_buffer_unref (in);
    return ret;
  }
  /* the mask first: before the first style nothing fades */
  stylerwkv_apply_mask (self, settings);
  stylerwkv_apply_style (self, settings);
  params.strength = (gfloat) self->strength_fade.shown;
  params.restart = self->restart;
  if (!frame_queue_draw (self->frames, &GST_VIDEO_FILTER (self)->in_info, &self->layout, in, out, &params, wait, &error))
    return failed (self, error);
  self->restart = FALSE;
  return GST_FLOW_OK;
}

/* A buffer without memory that has everything else of `in`, which it takes. */
static GstBuffer *
stand_in_for (GstStylerwkv * self, GstBuffer * in)
{
  GstBuffer *stand_in = gst_buffer_new ();

  GST_BASE_TRANSFORM_GET_CLASS (self)->copy_metadata (GST_BASE_TRANSFORM (self), in, stand_in);
  gst_buffer_unref (in);
  return stand_in;
}

/* What the policy says of a late frame. Takes it. */
static GstFlowReturn
handle_late_frame (GstStylerwkv * self, GstBuffer * in, const FrameSettings * settings, GstClockTime wait)
{
  switch (settings->policy) {
    case GST_STYLERWKV_OVERLOAD_HOLD:
      /* better late than without style */
      if (!frame_queue_can_hold (self->frames))
        return draw (self, in, settings, wait);
      frame_queue_hold (self->frames, stand_in_for (self, in));
      break;
    case GST_STYLERWKV_OVERLOAD_PASSTHROUGH:
      frame_queue_pass (self->frames, in);
      break;
    default:
      gst_buffer_unref (in);
      self->gap = TRUE;
      break;
  }
  return GST_FLOW_OK;
}

/* Follows an overload with the height, where that is the policy. */
static void
degrade (GstStylerwkv * self, const FrameSettings * settings, gboolean late, GstClockTime period)
{
  if (settings->policy != GST_STYLERWKV_OVERLOAD_DEGRADE || !self->live)
    self->sixteenths = HEIGHT_FULL;
  else if (self->height == self->wanted_height && self->taken > 0)
    self->sixteenths = degradation_step (&self->degradation, self->sixteenths, late, self->taken / self->depth, period,
        g_get_monotonic_time ());
}

/* Decides what becomes of a frame. Takes it. */
static GstFlowReturn
admit (GstStylerwkv * self, GstBuffer * in, const FrameSettings * settings)
{
  GstClockTime period = period_of (self, in), wait = waited (self, settings->time, period);
  GstClockTime earliest = earliest_of_interest (self);
  gboolean too_late = GST_CLOCK_TIME_IS_VALID (earliest) && GST_CLOCK_TIME_IS_VALID (settings->time)
      && settings->time <= earliest;
  gboolean late = too_late || wait > period;

  if (GST_BUFFER_IS_DISCONT (in))
    self->restart = TRUE;
  frame_queue_keep_last (self->frames, settings->policy == GST_STYLERWKV_OVERLOAD_HOLD);
  fade_number (&self->strength_fade, settings->strength, settings);
  degrade (self, settings, late, period);
  stylerwkv_apply_height (self, settings);
  if (self->strength_fade.shown <= 0.0) {
    self->restart = TRUE;
    frame_queue_pass (self->frames, in);
    return GST_FLOW_OK;
  }
  if (!late)
    return draw (self, in, settings, wait);
  tell_late (self, in, settings->time, too_late ? GST_CLOCK_DIFF (settings->time, earliest) : (GstClockTimeDiff) wait);
  return handle_late_frame (self, in, settings, wait);
}

/* ---- leaving ---- */

static GstFlowReturn
push (GstStylerwkv * self, GstBuffer * buffer)
{
  GstClockTime period = period_of (self, buffer), latency;

  if (self->gap && !GST_BUFFER_IS_DISCONT (buffer)) {
    buffer = gst_buffer_make_writable (buffer);
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  }
  self->gap = FALSE;
  if (!self->live)
    return output_queue_push_now (self->output, buffer);
  GST_OBJECT_LOCK (self);
  latency = self->sink_latency;
  GST_OBJECT_UNLOCK (self);
  return output_queue_push (self->output, buffer, (guint) MIN (latency / MAX (period, 1) + OUTPUT_QUEUE_USUAL, MOST_WAITING));
}

/* Sends the oldest frame that was admitted, waiting for it if need be. */
static GstFlowReturn
send_oldest (GstStylerwkv * self)
{
  FinishedFrame finished;
  GError *error = NULL;

  if (!frame_queue_pop (self->frames, &finished, &error))
    return failed (self, error);
  if (finished.styled)
    count_frame (self, &finished);
  return finished.buffer ? push (self, finished.buffer) : GST_FLOW_OK;
}

void
stylerwkv_drain (GstStylerwkv * self)
{
  while (frame_queue_length (self->frames) > 0 && send_oldest (self) == GST_FLOW_OK);
  if (frame_queue_length (self->frames) > 0)
    frame_queue_discard (self->frames);
  output_queue_drain (self->output);
}

/* ---- of GstBaseTransform ---- */

/* New caps of the next element come between two frames. */
GstFlowReturn
stylerwkv_submit_input_buffer (GstBaseTransform * trans, gboolean discont, GstBuffer * buffer)
{
  if (gst_pad_needs_reconfigure (GST_BASE_TRANSFORM_SRC_PAD (trans)))
    stylerwkv_drain (GST_STYLERWKV (trans));
  return stylerwkv_parent_class ()->submit_input_buffer (trans, discont, buffer);
}

/* Frames leave by the output queue: the base class never gets one to push. */
GstFlowReturn
stylerwkv_generate_output (GstBaseTransform * trans, GstBuffer ** out)
{
  GstStylerwkv *self = GST_STYLERWKV (trans);
  GstBuffer *in = g_steal_pointer (&trans->queued_buf);
  FrameSettings settings;
  GstFlowReturn ret;

  *out = NULL;
  if (in == NULL)
    return GST_FLOW_OK;
  if (self->ask_live) {
    self->live = source_is_live (self);
    self->ask_live = FALSE;
  }
  settings = settings_for (self, in);
  stylerwkv_tell_mask_pad (self, settings.time);
  if (trans->segment.format == GST_FORMAT_TIME && GST_BUFFER_PTS_IS_VALID (in))
    trans->segment.position = GST_BUFFER_PTS (in) + (GST_BUFFER_DURATION_IS_VALID (in) ? GST_BUFFER_DURATION (in) : 0);
  ret = admit (self, in, &settings);
  while (ret == GST_FLOW_OK && (frame_queue_is_ready (self->frames) || frame_queue_length (self->frames) >= self->depth))
    ret = send_oldest (self);
  /* what the sink waited for since the last call is not this element's time */
  if (self->live)
    lateness_free (&self->lateness, gst_element_get_current_running_time (GST_ELEMENT (self)));
  return ret;
}
