/* The request pad style_sink.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stylepad.h"

#include "stylizer.h"

/* A style takes the device from the video. Of a stream that brings more of them, as many are left out as keep this part
 * of the time for the video. */
#define REST 3

struct _GstStylerwkvPad
{
  GstPad parent;

  StylePicture picture;

  /* of the streaming thread */
  GstVideoInfo in, rgb;
  GstVideoConverter *convert;   /* NULL before caps */
  GstBuffer *left_out;          /* the last frame, if it was left out; it is made up for at the end of the stream */
  gboolean first;               /* nothing of this stream was a style yet */
  gint64 rest_until;            /* monotonic time */
};

G_DEFINE_TYPE (GstStylerwkvPad, gst_stylerwkv_pad, GST_TYPE_PAD);

static void
gst_stylerwkv_pad_finalize (GObject * object)
{
  GstStylerwkvPad *self = GST_STYLERWKV_PAD (object);

  g_clear_pointer (&self->convert, gst_video_converter_free);
  gst_clear_buffer (&self->left_out);
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
}

/* To RGB, and to the size at which styles are measured. */
static gboolean
set_caps (GstStylerwkvPad * self, GstCaps * caps)
{
  gint width, height, side;

  g_clear_pointer (&self->convert, gst_video_converter_free);
  gst_clear_buffer (&self->left_out);
  if (!gst_video_info_from_caps (&self->in, caps))
    return FALSE;
  width = GST_VIDEO_INFO_WIDTH (&self->in);
  height = GST_VIDEO_INFO_HEIGHT (&self->in);
  side = MIN (width, height);
  if (side > SRW_STYLE_SIZE) {
    width = (gint) gst_util_uint64_scale_int_round ((guint64) width, SRW_STYLE_SIZE, side);
    height = (gint) gst_util_uint64_scale_int_round ((guint64) height, SRW_STYLE_SIZE, side);
  }
  if (!gst_video_info_set_format (&self->rgb, GST_VIDEO_FORMAT_RGB, (guint) width, (guint) height))
    return FALSE;
  /* the converter wants these alike */
  self->rgb.interlace_mode = self->in.interlace_mode;
  self->rgb.fps_n = self->in.fps_n;
  self->rgb.fps_d = self->in.fps_d;
  self->convert = gst_video_converter_new (&self->in, &self->rgb, NULL);
  return self->convert != NULL;
}

static gboolean
hand_over (GstStylerwkvPad * self, GstElement * element, GstBuffer * rgb)
{
  GstVideoFrame frame;
  gboolean taken;

  if (!gst_video_frame_map (&frame, &self->rgb, rgb, GST_MAP_READ))
    return FALSE;
  taken = self->picture (element, GST_VIDEO_FRAME_PLANE_DATA (&frame, 0), GST_VIDEO_FRAME_WIDTH (&frame),
      GST_VIDEO_FRAME_HEIGHT (&frame), GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0), self->first);
  gst_video_frame_unmap (&frame);
  return taken;
}

static gboolean
use_frame (GstStylerwkvPad * self, GstElement * element, GstBuffer * buffer)
{
  GstBuffer *rgb = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&self->rgb), NULL);
  gint64 start = g_get_monotonic_time (), end;
  GstVideoFrame from, to;
  gboolean taken = FALSE;

  if (gst_video_frame_map (&from, &self->in, buffer, GST_MAP_READ)) {
    if (gst_video_frame_map (&to, &self->rgb, rgb, GST_MAP_WRITE)) {
      gst_video_converter_frame (self->convert, &from, &to);
      gst_video_frame_unmap (&to);
      taken = hand_over (self, element, rgb);
    }
    gst_video_frame_unmap (&from);
  }
  gst_buffer_unref (rgb);
  if (taken)
    self->first = FALSE;
  end = g_get_monotonic_time ();
  self->rest_until = end + REST * (end - start);
  return taken;
}

static GstFlowReturn
chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  GstStylerwkvPad *self = GST_STYLERWKV_PAD (pad);
  gboolean taken;

  if (self->convert == NULL) {
    gst_buffer_unref (buffer);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  if (g_get_monotonic_time () < self->rest_until) {
    gst_buffer_replace (&self->left_out, buffer);
    gst_buffer_unref (buffer);
    return GST_FLOW_OK;
  }
  gst_clear_buffer (&self->left_out);
  taken = use_frame (self, GST_ELEMENT (parent), buffer);
  gst_buffer_unref (buffer);
  return taken ? GST_FLOW_OK : GST_FLOW_FLUSHING;
}

/* Nothing goes on from here: where the style ends is no matter of the video's. */
static gboolean
event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  GstStylerwkvPad *self = GST_STYLERWKV_PAD (pad);
  gboolean good = TRUE;
  GstCaps *caps;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
    case GST_EVENT_FLUSH_STOP:
      gst_clear_buffer (&self->left_out);
      self->first = TRUE;
      self->rest_until = 0;
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

GstPad *
style_pad_new (GstPadTemplate * template, StylePicture picture)
{
  GstStylerwkvPad *self = g_object_new (gst_stylerwkv_pad_get_type (), "name", STYLE_PAD_NAME, "direction",
      GST_PAD_SINK, "template", template, NULL);

  self->picture = picture;
  gst_pad_set_chain_function (GST_PAD (self), chain);
  gst_pad_set_event_function (GST_PAD (self), event);
  return GST_PAD (self);
}
