/* Where the video of the examples comes from.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "input.h"

/* What a network camera's frames may wait for one another; rtspsrc's own two seconds are long for something live. */
#define RTSP_LATENCY_MS 200

static gboolean
is_camera (const gchar * input)
{
  return g_str_equal (input, "camera") || g_str_has_prefix (input, "/dev/");
}

gboolean
input_is_live (const gchar * input)
{
  static const gchar *const live[] = { "rtsp", "rtsps", "rtspt", "rtspu", "rtsph", "srt", "udp", "rtp", "rtmp",
      "rist" };

  if (g_str_equal (input, "test") || is_camera (input))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (live); i++) {
    if (gst_uri_is_valid (input) && gst_uri_has_protocol (input, live[i]))
      return TRUE;
  }
  return FALSE;
}

gboolean
input_may_come_back (const gchar * input)
{
  return is_camera (input) || (gst_uri_is_valid (input) && !gst_uri_has_protocol (input, "file"));
}

gboolean
input_parse_size (const gchar * text, gint * width, gint * height)
{
  gchar *end;
  gint64 w = g_ascii_strtoll (text, &end, 10), h;

  if (*end != 'x')
    return FALSE;
  h = g_ascii_strtoll (end + 1, &end, 10);
  *width = (gint) CLAMP (w, 0, 16384);
  *height = (gint) CLAMP (h, 0, 16384);
  return *end == '\0' && w > 0 && h > 0;
}

static void
source_setup (GstElement * decoder, GstElement * source, gpointer data)
{
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (source), "latency"))
    g_object_set (source, "latency", RTSP_LATENCY_MS, NULL);
}

/* Names go in as properties, not into the description: they may hold any character. */
static gboolean
set_name (GstElement * source, const gchar * input, GError ** error)
{
  gchar *uri;

  if (g_str_equal (input, "test") || g_str_equal (input, "camera"))
    return TRUE;
  if (is_camera (input)) {
    g_object_set (source, "device", input, NULL);
    return TRUE;
  }
  uri = gst_uri_is_valid (input) ? g_strdup (input) : gst_filename_to_uri (input, error);
  if (uri == NULL)
    return FALSE;
  g_object_set (source, "uri", uri, NULL);
  g_signal_connect (source, "source-setup", G_CALLBACK (source_setup), NULL);
  g_free (uri);
  return TRUE;
}

/* A file's sound, or a second picture, stays unused. */
static void
pad_added (GstElement * decoder, GstPad * pad, gpointer data)
{
  GstPad *sink = gst_element_get_static_pad (data, "sink");

  if (!gst_pad_is_linked (sink))
    gst_pad_link (pad, sink);
  gst_object_unref (sink);
}

static const gchar *
source_description (const gchar * input)
{
  if (g_str_equal (input, "test"))
    return "videotestsrc name=source is-live=true ! first.";
  /* many cameras send JPEG pictures */
  return is_camera (input) ? "v4l2src name=source ! decodebin name=decoder" : "uridecodebin name=source";
}

/* By hand, since what the parser links to a decoder it links only once, and an input may be started again. */
static void
link_decoder (GstBin * bin)
{
  GstElement *decoder = gst_bin_get_by_name (bin, "decoder"), *first = gst_bin_get_by_name (bin, "first");

  if (decoder == NULL)
    decoder = gst_bin_get_by_name (bin, "source");
  g_signal_connect (decoder, "pad-added", G_CALLBACK (pad_added), first);
  gst_object_unref (decoder);
  gst_object_unref (first);     /* the bin keeps both */
}

/* By hand too: the parser would also give away the pad that a decoder is going to be linked to. */
static void
add_source_pad (GstElement * bin)
{
  GstElement *last = gst_bin_get_by_name (GST_BIN (bin), "last");
  GstPad *pad = gst_element_get_static_pad (last, "src");

  gst_element_add_pad (bin, gst_ghost_pad_new ("src", pad));
  gst_object_unref (pad);
  gst_object_unref (last);
}

GstElement *
input_new (const gchar * input, gint width, gint height, GError ** error)
{
  gchar *line = g_strdup_printf ("deinterlace name=first ! videoconvert ! videoflip video-direction=auto ! videoscale "
      "! capsfilter name=last "
      "caps=video/x-raw,format=I420,width=%d,height=%d,pixel-aspect-ratio=1/1 %s", width, height,
      source_description (input));
  GstElement *bin = gst_parse_bin_from_description (line, FALSE, error), *source;
  gboolean good;

  g_free (line);
  if (bin == NULL)
    return NULL;
  link_decoder (GST_BIN (bin));
  add_source_pad (bin);
  source = gst_bin_get_by_name (GST_BIN (bin), "source");
  good = set_name (source, input, error);
  gst_object_unref (source);
  if (!good)
    gst_object_unref (gst_object_ref_sink (bin));
  return good ? bin : NULL;
}
