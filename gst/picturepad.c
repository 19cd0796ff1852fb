/* The request pads for pictures beside the video.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "picturepad.h"

#include "engineerror.h"
#include "videolayout.h"

#define REST 3

struct _GstStylerwkvPad
{
  GstPad parent;

  GstVideoFormat format;
  PicturePadPace pace;
  PictureFunction picture;
  gint short_side;              /* atomic */

  /* of the streaming thread */
  GstVideoInfo in, out;
  gint scaled_to;               /* short side that the converter is for */
  GstVideoConverter *convert;   /* NULL before caps */
  GstSegment segment;
  GstBuffer *left_out;          /* the last frame, if it was left out; it is made up for at the end of the stream */
  gboolean first;               /* nothing of this stream was used yet */
  gint64 rest_until;            /* monotonic time */

  GMutex lock;                  /* guards what follows */
  GCond moved;
  GstClockTime time;            /* of the video */
  gboolean flushing;
};

G_DEFINE_TYPE (GstStylerwkvPad, gst_stylerwkv_pad, GST_TYPE_PAD);

static void
gst_stylerwkv_pad_finalize (GObject * object)
{
  GstStylerwkvPad *self = GST_STYLERWKV_PAD (object);

  g_clear_pointer (&self->convert, gst_video_converter_free);
  gst_clear_buffer (&self->left_out);
  g_cond_clear (&self->moved);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_stylerwkv_pad_parent_class)->finalize (object);
}

static void
gst_stylerwkv_pad_class_init (GstStylerwkvPadClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_stylerwkv_pad_finalize;
}

static void
gst_stylerwkv_pad_init (GstStylerwkvPad * self)
{
  self->first = TRUE;
  self->time = GST_CLOCK_TIME_NONE;
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
  g_mutex_init (&self->lock);
  g_cond_init (&self->moved);
}

/* ---- conversion ---- */

/* To the pad's format, and to the size that is asked for. */
static gboolean
make_converter (GstStylerwkvPad * self)
{
  gint width = GST_VIDEO_INFO_WIDTH (&self->in), height = GST_VIDEO_INFO_HEIGHT (&self->in), side = MIN (width, height);

  g_clear_pointer (&self->convert, gst_video_converter_free);
  self->scaled_to = g_atomic_int_get (&self->short_side);
  if (self->scaled_to > 0 && side > self->scaled_to) {
    width = (gint) gst_util_uint64_scale_int_round ((guint64) width, self->scaled_to, side);
    height = (gint) gst_util_uint64_scale_int_round ((guint64) height, self->scaled_to, side);
  }
  if (!gst_video_info_set_format (&self->out, self->format, (guint) width, (guint) height))
    return FALSE;
  /* the converter wants these alike */
  self->out.interlace_mode = self->in.interlace_mode;
  self->out.fps_n = self->in.fps_n;
  self->out.fps_d = self->in.fps_d;
  self->convert = gst_video_converter_new (&self->in, &self->out, NULL);
  return self->convert != NULL;
}

static gboolean
set_caps (GstStylerwkvPad * self, GstCaps * caps)
{
  gst_clear_buffer (&self->left_out);
  return gst_video_info_from_caps (&self->in, caps) && make_converter (self);
}

static gboolean
hand_over (GstStylerwkvPad * self, GstElement * element, GstBuffer * converted)
{
  GstVideoFrame frame;
  gboolean taken;

  if (!gst_video_frame_map (&frame, &self->out, converted, GST_MAP_READ))
    return FALSE;
  taken = self->picture (element, &frame, self->first);
  gst_video_frame_unmap (&frame);
  return taken;
}

/* FALSE when the element is not running. A buffer that is no frame is told of, and left out. */
static gboolean
convert_and_use (GstStylerwkvPad * self, GstElement * element, GstBuffer * buffer)
{
  GstBuffer *converted = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&self->out), NULL);
  GstVideoFrame from, to;
  GError *error = NULL;
  gboolean taken = TRUE;

  if (stylerwkv_frame_map (&from, &self->in, buffer, GST_MAP_READ, &error)) {
    if (gst_video_frame_map (&to, &self->out, converted, GST_MAP_WRITE)) {
      gst_video_converter_frame (self->convert, &from, &to);
      gst_video_frame_unmap (&to);
      taken = hand_over (self, element, converted);
      self->first = FALSE;
    }
    gst_video_frame_unmap (&from);
  } else {
    stylerwkv_post (element, GST_MESSAGE_WARNING, "A picture beside the video is left out", error);
    g_error_free (error);
  }
  gst_buffer_unref (converted);
  return taken;
}

static gboolean
use_frame (GstStylerwkvPad * self, GstElement * element, GstBuffer * buffer)
{
  gint64 start = g_get_monotonic_time (), end;
  gboolean taken;

  if (self->scaled_to != g_atomic_int_get (&self->short_side) && !make_converter (self))
    return FALSE;
  taken = convert_and_use (self, element, buffer);
  end = g_get_monotonic_time ();
  self->rest_until = end + REST * (end - start);
  return taken;
}

/* ---- pace ---- */

static void
set_flushing (GstStylerwkvPad * self, gboolean flushing)
{
  g_mutex_lock (&self->lock);
  self->flushing = flushing;
  g_cond_broadcast (&self->moved);
  g_mutex_unlock (&self->lock);
}

void
picture_pad_set_time (GstStylerwkvPad * self, GstClockTime time)
{
  g_mutex_lock (&self->lock);
  self->time = time;
  g_cond_broadcast (&self->moved);
  g_mutex_unlock (&self->lock);
}

void
picture_pad_set_short_side (GstStylerwkvPad * self, gint short_side)
{
  g_atomic_int_set (&self->short_side, short_side);
}

/* Waits until the video has come to the time of the picture; the first one is there for the first frame. FALSE when
 * it is not wanted any more. */
static gboolean
wait_for_video (GstStylerwkvPad * self, GstBuffer * buffer)
{
  GstClockTime due = gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  gboolean wanted;

  g_mutex_lock (&self->lock);
  while (!self->first && !self->flushing && GST_CLOCK_TIME_IS_VALID (due) && GST_CLOCK_TIME_IS_VALID (self->time)
      && due > self->time)
    g_cond_wait (&self->moved, &self->lock);
  wanted = !self->flushing;
  g_mutex_unlock (&self->lock);
  return wanted;
}

/* ---- of the pad ---- */

static GstFlowReturn
chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  GstStylerwkvPad *self = GST_STYLERWKV_PAD (pad);
  gboolean taken;

  if (self->convert == NULL) {
    gst_buffer_unref (buffer);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  if (self->pace == PICTURE_PAD_RESTS && g_get_monotonic_time () < self->rest_until) {
    gst_buffer_replace (&self->left_out, buffer);
    gst_buffer_unref (buffer);
    return GST_FLOW_OK;
  }
  gst_clear_buffer (&self->left_out);
  taken = (self->pace != PICTURE_PAD_WAITS || wait_for_video (self, buffer))
      && use_frame (self, GST_ELEMENT (parent), buffer);
  gst_buffer_unref (buffer);
  return taken ? GST_FLOW_OK : GST_FLOW_FLUSHING;
}

static void
start_anew (GstStylerwkvPad * self)
{
  gst_clear_buffer (&self->left_out);
  self->first = TRUE;
  self->rest_until = 0;
}

/* Nothing goes on from here: where this stream ends is no matter of the video's. */
static gboolean
event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  GstStylerwkvPad *self = GST_STYLERWKV_PAD (pad);
  gboolean good = TRUE;
  GstCaps *caps;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_FLUSH_START:
      set_flushing (self, TRUE);
      break;
    case GST_EVENT_FLUSH_STOP:
      set_flushing (self, FALSE);
      gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
      start_anew (self);
      break;
    case GST_EVENT_STREAM_START:
      start_anew (self);
      break;
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment (event, &self->segment);
      break;
    case GST_EVENT_CAPS:
      gst_event_parse_caps (event, &caps);
      good = set_caps (self, caps);
      break;
    case GST_EVENT_EOS:
      if (self->left_out)
        use_frame (self, GST_ELEMENT (parent), self->left_out);
      gst_clear_buffer (&self->left_out);
      break;
    default:
      break;
  }
  gst_event_unref (event);
  return good;
}

static gboolean
activate_mode (GstPad * pad, GstObject * parent, GstPadMode mode, gboolean active)
{
  set_flushing (GST_STYLERWKV_PAD (pad), !active);
  return mode == GST_PAD_MODE_PUSH;
}

GstPad *
picture_pad_new (GstPadTemplate * template, const gchar * name, GstVideoFormat format, PicturePadPace pace,
    PictureFunction picture)
{
  GstStylerwkvPad *self = g_object_new (GST_TYPE_STYLERWKV_PAD, "name", name, "direction", GST_PAD_SINK, "template",
      template, NULL);

  self->format = format;
  self->pace = pace;
  self->picture = picture;
  gst_pad_set_chain_function (GST_PAD (self), chain);
  gst_pad_set_event_function (GST_PAD (self), event);
  gst_pad_set_activatemode_function (GST_PAD (self), activate_mode);
  return GST_PAD (self);
}
