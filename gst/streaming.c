/* The way of a frame through the element: whether it is drawn, and when it leaves.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engineerror.h"
#include "gststylerwkv-private.h"

/* How late a frame may be where the caps do not tell how long it lasts. */
#define DEFAULT_PERIOD (40 * GST_MSECOND)

/* ---- arriving ---- */

void
stylerwkv_before_transform (GstBaseTransform * trans, GstBuffer * buffer)
{
  GstStylerwkv *self = GST_STYLERWKV (trans);
  GstClockTime time = gst_segment_to_stream_time (&trans->segment, GST_FORMAT_TIME, GST_BUFFER_TIMESTAMP (buffer));
  gboolean untouched;

  if (GST_CLOCK_TIME_IS_VALID (time))
    gst_object_sync_values (GST_OBJECT (self), time);
  GST_OBJECT_LOCK (self);
  untouched = self->strength <= 0.0;
  self->stats.in++;
  GST_OBJECT_UNLOCK (self);

  /* Here and not where the property is set: the base class looks at this twice a frame and must see the same. Frames on
   * their way go first. */
  gst_base_transform_set_passthrough (trans, untouched && flights_count (self->flights) == 0);
  if (untouched || GST_BUFFER_IS_DISCONT (buffer))
    self->restart = TRUE;
}

/* A frame that the base class would leave out, since the sink cannot show it in time, goes on under every policy but
 * drop. */
GstFlowReturn
stylerwkv_submit_input_buffer (GstBaseTransform * trans, gboolean discont, GstBuffer * buffer)
{
  GstStylerwkv *self = GST_STYLERWKV (trans);
  GstBuffer *kept = gst_buffer_ref (buffer);
  GstFlowReturn ret = stylerwkv_parent_class ()->submit_input_buffer (trans, discont, buffer);

  self->too_late = ret == GST_BASE_TRANSFORM_FLOW_DROPPED;
  if (self->too_late) {
    trans->queued_buf = g_steal_pointer (&kept);
    ret = GST_FLOW_OK;
  }
  gst_clear_buffer (&kept);
  return ret;
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

/* How long the frame has waited for the ones before it; 0 where that cannot be told. */
static GstClockTime
waited (GstStylerwkv * self, GstBuffer * buffer, GstClockTime period)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  GstClockTime due = gst_segment_to_running_time (segment, GST_FORMAT_TIME, GST_BUFFER_TIMESTAMP (buffer));
  GstClockTime now = gst_element_get_current_running_time (GST_ELEMENT (self));

  if (!GST_CLOCK_TIME_IS_VALID (due) || !GST_CLOCK_TIME_IS_VALID (now) || GST_STATE (self) != GST_STATE_PLAYING)
    return 0;
  return lateness_waited (&self->lateness, due, now, period);
}

/* The base class has told of a frame that the sink does not want. */
static void
tell_late (GstStylerwkv * self, GstBuffer * buffer)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  GstClockTime pts = GST_BUFFER_TIMESTAMP (buffer);
  GstMessage *message;
  guint64 done, dropped;

  GST_OBJECT_LOCK (self);
  done = self->stats.done;
  dropped = ++self->stats.dropped;
  GST_OBJECT_UNLOCK (self);
  if (self->too_late)
    return;
  message = gst_message_new_qos (GST_OBJECT (self), self->live,
      gst_segment_to_running_time (segment, GST_FORMAT_TIME, pts),
      gst_segment_to_stream_time (segment, GST_FORMAT_TIME, pts), pts, GST_BUFFER_DURATION (buffer));
  gst_message_set_qos_stats (message, GST_FORMAT_BUFFERS, done, dropped);
  gst_element_post_message (GST_ELEMENT (self), message);
}

/* ---- frames ---- */

static SrwFrameParams
frame_params (GstStylerwkv * self)
{
  SrwFrameParams params = {.restart = self->restart };

  GST_OBJECT_LOCK (self);
  params.strength = (gfloat) self->strength;
  params.smoothing = (gfloat) self->smoothing;
  params.preserve_color = self->preserve_color;
  GST_OBJECT_UNLOCK (self);
  return params;
}

static void
count_frame (GstStylerwkv * self, const Arrival * arrival)
{
  GstClockTime taken = (GstClockTime) (g_get_monotonic_time () - arrival->since) * GST_USECOND;
  gdouble ms = (gdouble) taken / GST_MSECOND;
  gboolean slower;

  self->taken = self->taken ? (3 * self->taken + taken) / 4 : taken;
  GST_OBJECT_LOCK (self);
  self->stats.done++;
  self->stats.total_ms += ms;
  self->stats.worst_ms = MAX (self->stats.worst_ms, ms);
  slower = latency_meter_add (&self->latency, arrival->waited + taken);
  GST_OBJECT_UNLOCK (self);
  if (slower)
    gst_element_post_message (GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
}

static GstFlowReturn
failed (GstStylerwkv * self, GError * error)
{
  stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_ERROR, "Cannot process a frame", error);
  g_error_free (error);
  return GST_FLOW_ERROR;
}

/* Sends a frame on its way through the engine. Takes it. Where nobody else looks at the frame, it is drawn in place. */
static GstFlowReturn
draw (GstStylerwkv * self, GstBuffer * in, GstClockTime wait)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  SrwFrameParams params;
  GError *error = NULL;
  GstBuffer *out = NULL;
  GstFlowReturn ret = GST_BASE_TRANSFORM_GET_CLASS (self)->prepare_output_buffer (trans, in, &out);

  if (ret != GST_FLOW_OK) {
    gst_buffer_unref (in);
    return ret;
  }
  stylerwkv_apply_style (self);
  stylerwkv_apply_mask (self);
  params = frame_params (self);
  if (!flights_style (self->flights, &GST_VIDEO_FILTER (self)->in_info, &self->layout, in, out, &params, wait, &error))
    return failed (self, error);
  self->restart = FALSE;
  return GST_FLOW_OK;
}

/* What the policy says of a late frame. Takes it. */
static void
spare (GstStylerwkv * self, GstBuffer * in, GstStylerwkvOverloadPolicy policy)
{
  tell_late (self, in);
  if (policy == GST_STYLERWKV_OVERLOAD_HOLD)
    flights_hold (self->flights, in);
  else if (policy == GST_STYLERWKV_OVERLOAD_PASSTHROUGH)
    flights_pass (self->flights, in);
  else
    gst_buffer_unref (in);
}

/* Follows an overload with the height, where that is the policy. */
static void
degrade (GstStylerwkv * self, gboolean late, GstClockTime period, GstStylerwkvOverloadPolicy policy)
{
  if (policy != GST_STYLERWKV_OVERLOAD_DEGRADE || !self->live)
    self->sixteenths = HEIGHT_FULL;
  else if (self->height == self->wanted_height && self->taken > 0)
    self->sixteenths = degradation_step (&self->degradation, self->sixteenths, late, self->taken / self->depth, period,
        g_get_monotonic_time ());
}

/* Decides what becomes of a frame. Takes it. */
static GstFlowReturn
admit (GstStylerwkv * self, GstBuffer * in)
{
  GstStylerwkvOverloadPolicy policy;
  GstClockTime period = period_of (self, in), wait;
  gboolean untouched, late;

  if (self->ask_live) {
    self->live = source_is_live (self);
    self->ask_live = FALSE;
  }
  GST_OBJECT_LOCK (self);
  policy = self->policy;
  untouched = self->strength <= 0.0;
  GST_OBJECT_UNLOCK (self);
  flights_keep_last (self->flights, policy == GST_STYLERWKV_OVERLOAD_HOLD);
  wait = self->live ? waited (self, in, period) : 0;
  late = self->too_late || wait > period;
  degrade (self, late, period, policy);
  stylerwkv_apply_height (self);
  if (!untouched && !late)
    return draw (self, in, wait);
  if (untouched)
    flights_pass (self->flights, in);
  else
    spare (self, in, policy);
  return GST_FLOW_OK;
}

/* Takes the oldest frame that was admitted, waiting for it if need be. */
static GstFlowReturn
take (GstStylerwkv * self, GstBuffer ** out)
{
  GError *error = NULL;
  Arrival arrival;

  if (!flights_take (self->flights, &arrival, &error)) {
    self->restart = TRUE;
    return failed (self, error);
  }
  *out = arrival.buffer;
  if (arrival.styled)
    count_frame (self, &arrival);
  return GST_FLOW_OK;
}

/* Sends all that was admitted on. */
void
stylerwkv_drain (GstStylerwkv * self)
{
  while (self->flights && flights_count (self->flights) > 0) {
    GstBuffer *out;
    if (take (self, &out) != GST_FLOW_OK || gst_pad_push (GST_BASE_TRANSFORM_SRC_PAD (self), out) != GST_FLOW_OK)
      break;
  }
}

/* The base class asks until nothing comes. */
GstFlowReturn
stylerwkv_generate_output (GstBaseTransform * trans, GstBuffer ** out)
{
  GstStylerwkv *self = GST_STYLERWKV (trans);
  GstBuffer *in = g_steal_pointer (&trans->queued_buf);
  GstFlowReturn ret = GST_FLOW_OK;

  *out = NULL;
  if (in)
    ret = admit (self, in);
  if (ret == GST_FLOW_OK && (flights_landed (self->flights) || flights_count (self->flights) >= self->depth))
    ret = take (self, out);
  /* what the sink waited for since the last call is not this element's time */
  if (self->live && (in || *out))
    lateness_free (&self->lateness, gst_element_get_current_running_time (GST_ELEMENT (self)));
  return ret;
}
