/* The way of a frame through the element: whether it is drawn, and when it leaves.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engineerror.h"
#include "gststylerwkv-private.h"

/* How late a frame may be where the caps do not tell how long it lasts. */
#define DEFAULT_PERIOD (40 * GST_MSECOND)

/* ---- what is asked of the frame ---- */

/* Everything that the properties say of a frame is read here, once. Clear it. */
static FrameSettings
settings_for (GstStylerwkv * self, GstBuffer * in)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  GstClockTime time = gst_segment_to_stream_time (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (in));

  if (GST_CLOCK_TIME_IS_VALID (time))
    gst_object_sync_values (GST_OBJECT (self), time);
  return settings_snapshot (self->settings, gst_segment_to_running_time (segment, GST_FORMAT_TIME,
      GST_BUFFER_PTS (in)));
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

/* The time by the pipeline's clock; none where frames need not keep to it. */
static GstClockTime
running_time (GstStylerwkv * self)
{
  return GST_STATE (self) == GST_STATE_PLAYING ? gst_element_get_current_running_time (GST_ELEMENT (self))
      : GST_CLOCK_TIME_NONE;
}

static void
tell_late (GstStylerwkv * self, GstBuffer * buffer, GstClockTime due, GstClockTimeDiff jitter)
{
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  GstMessage *message = gst_message_new_qos (GST_OBJECT (self), scheduler_is_live (self->scheduler), due,
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
  GstClockTime duration = (GstClockTime) (g_get_monotonic_time () - finished->since) * GST_USECOND;
  gdouble ms = (gdouble) duration / GST_MSECOND;

  GST_OBJECT_LOCK (self);
  self->stats.done++;
  self->stats.total_ms += ms;
  self->stats.worst_ms = MAX (self->stats.worst_ms, ms);
  GST_OBJECT_UNLOCK (self);
  if (scheduler_note_duration (self->scheduler, duration, finished->waited))
    gst_element_post_message (GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
}

/* ---- what is set for the frame ---- */

/* Goes on with the session that was prepared, unless something else is wanted meanwhile, or on another device. */
static void
swap_session (GstStylerwkv * self, FrameSettings * settings)
{
  const FrameSize *size = &settings->session_size;
  GError *error = NULL;

  if (settings->session == NULL || size->format != self->layout.format || size->width != self->layout.width
      || size->height != self->layout.height || size->processing_height != self->wanted_height
      || !srw_stylizer_fits (self->stylizer, settings->session))
    return;
  frame_queue_settle (self->frames);
  if (srw_stylizer_swap_session (self->stylizer, g_steal_pointer (&settings->session), &error)) {
    self->height = size->processing_height;
    scheduler_forget_mean (self->scheduler);
    stylerwkv_read_info (self);
    stylerwkv_announce (self, "processing-height", NULL);
  } else {
    stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_WARNING, "Cannot use processing-height", error);
    g_clear_error (&error);
  }
}

/* Asks for another height, if one is wanted. */
static void
request_height (GstStylerwkv * self, gint asked)
{
  const FrameSize size = { self->layout.format, self->layout.width, self->layout.height,
    scheduler_height (self->scheduler, asked, self->layout.height, SRW_MIN_PROCESSING_HEIGHT)
  };

  if (size.processing_height == self->wanted_height)
    return;
  self->wanted_height = size.processing_height;
  settings_request_size (self->settings, &size);
}

/* Height, style, mask and strength are those of this frame from now on. */
static void
apply (GstStylerwkv * self, FrameSettings * settings)
{
  const gboolean mask_changed = settings->mask_changed;
  GError *error = NULL;

  swap_session (self, settings);
  request_height (self, settings->processing_height);
  if (!look_follow (self->look, settings, self->layout.width, self->layout.height, &error)) {
    stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_WARNING, "Cannot use mask", error);
    g_clear_error (&error);
  }
  if (mask_changed)
    stylerwkv_read_info (self);
}

/* A frame that is none is left out, and the stream goes on; what the device says ends it, unless there is another
 * device. Takes the error. */
static GstFlowReturn
failed (GstStylerwkv * self, GError * error)
{
  GstFlowReturn ret = GST_FLOW_OK;

  if (g_error_matches (error, SRW_ERROR, SRW_ERROR_FRAME)) {
    stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_WARNING, "A frame is left out", error);
  } else if (!stylerwkv_change_device (self, error)) {
    stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_ERROR, "Cannot process a frame", error);
    ret = GST_FLOW_ERROR;
  }
  g_error_free (error);
  self->restart = self->gap = TRUE;
  return ret;
}

/* Adds a frame to the queue that the engine draws. Takes it. */
static GstFlowReturn
draw (GstStylerwkv * self, GstBuffer * in, const FrameSettings * settings, GstClockTime wait)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  SrwFrameParams params = {.smoothing = (gfloat) settings->smoothing,.preserve_color = settings->preserve_color,
    .preserve_luma = settings->preserve_luma,.preserve_black = settings->preserve_black
  };
  GError *error = NULL;
  GstBuffer *out = NULL;
  GstFlowReturn ret = GST_BASE_TRANSFORM_GET_CLASS (self)->prepare_output_buffer (trans, in, &out);

  if (ret != GST_FLOW_OK) {
    gst_buffer_unref (in);
    return ret;
  }
  params.strength = (gfloat) look_strength (self->look);
  params.restart = self->restart;
  if (!frame_queue_draw (self->frames, &GST_VIDEO_FILTER (self)->in_info, &self->layout, in, out, &params, wait,
      &error))
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
  if (settings->policy != GST_STYLERWKV_OVERLOAD_DEGRADE || !scheduler_is_live (self->scheduler))
    scheduler_restore_height (self->scheduler);
  else if (self->height == self->wanted_height)
    scheduler_degrade (self->scheduler, late, period, self->depth);
}

/* Decides what becomes of a frame. Takes it. */
static GstFlowReturn
admit (GstStylerwkv * self, GstBuffer * in, FrameSettings * settings)
{
  GstClockTime period = period_of (self, in);
  Verdict verdict = scheduler_judge (self->scheduler, settings->time, running_time (self), period);

  if (GST_BUFFER_IS_DISCONT (in))
    self->restart = TRUE;
  frame_queue_keep_last (self->frames, settings->policy == GST_STYLERWKV_OVERLOAD_HOLD);
  degrade (self, settings, verdict.late, period);
  apply (self, settings);
  if (look_strength (self->look) <= 0.0) {
    self->restart = TRUE;
    frame_queue_pass (self->frames, in);
    return GST_FLOW_OK;
  }
  if (!verdict.late)
    return draw (self, in, settings, verdict.waited);
  tell_late (self, in, settings->time, verdict.jitter);
  return handle_late_frame (self, in, settings, verdict.waited);
}

/* ---- leaving ---- */

/* A buffer of the element before that would wait beside as many as that one was told of is copied, so that it can be
 * filled again. */
static GstBuffer *
release_upstream (GstStylerwkv * self, GstBuffer * buffer)
{
  GstBuffer *copy;

  if (output_queue_length (self->output) < OUTPUT_QUEUE_USUAL)
    return buffer;
  copy = gst_buffer_copy_deep (buffer);
  gst_buffer_unref (buffer);
  return copy;
}

/* `passed`: the buffer is one of the element before. Takes it. */
static GstFlowReturn
push (GstStylerwkv * self, GstBuffer * buffer, gboolean passed)
{
  if (self->gap && !GST_BUFFER_IS_DISCONT (buffer)) {
    buffer = gst_buffer_make_writable (buffer);
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  }
  self->gap = FALSE;
  if (!scheduler_is_live (self->scheduler))
    return output_queue_push_now (self->output, buffer);
  if (passed)
    buffer = release_upstream (self, buffer);
  return output_queue_push (self->output, buffer, scheduler_frames_ahead (self->scheduler, period_of (self, buffer)));
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
  return finished.buffer ? push (self, finished.buffer, finished.passed) : GST_FLOW_OK;
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
    scheduler_set_live (self->scheduler, source_is_live (self));
    self->ask_live = FALSE;
  }
  GST_OBJECT_LOCK (self);
  self->stats.in++;
  GST_OBJECT_UNLOCK (self);
  settings = settings_for (self, in);
  stylerwkv_tell_mask_pad (self, settings.time);
  if (trans->segment.format == GST_FORMAT_TIME && GST_BUFFER_PTS_IS_VALID (in))
    trans->segment.position = GST_BUFFER_PTS (in) + (GST_BUFFER_DURATION_IS_VALID (in) ? GST_BUFFER_DURATION (in) : 0);
  ret = admit (self, in, &settings);
  frame_settings_clear (&settings);
  while (ret == GST_FLOW_OK && (frame_queue_is_ready (self->frames)
      || frame_queue_length (self->frames) >= self->depth))
    ret = send_oldest (self);
  /* what the sink waited for since the last call is not this element's time */
  scheduler_note_free (self->scheduler, gst_element_get_current_running_time (GST_ELEMENT (self)));
  return ret;
}
