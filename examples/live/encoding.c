/* What pipelines begin with that show or keep what is painted.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "encoding.h"

#include "feed.h"

/* Frames from one key frame to the next: a packet that was lost is seen for so long at most. */
#define KEY_FRAMES 60

gchar *
encoding_source (void)
{
  return g_strdup_printf ("appsrc name=frames is-live=true format=time min-latency=%" G_GUINT64_FORMAT
      " max-buffers=2 max-bytes=0 leaky-type=downstream", FEED_HEADROOM);
}

/* zerolatency has the encoder cut a frame into one slice a thread. Decoders want the parameter sets once before such
 * a frame, as h264parse puts them, and not before every slice, as a payloader would. */
gchar *
encoding_h264 (gint bitrate)
{
  return g_strdup_printf ("! x264enc name=encoder tune=zerolatency speed-preset=veryfast bitrate=%d key-int-max=%d "
      "! h264parse config-interval=-1 ! video/x-h264,profile=main,alignment=au", bitrate, KEY_FRAMES);
}

/* What is missing would otherwise be noticed by the first client, who is told nothing but 503. */
gboolean
encoding_check (const gchar * element, GError ** error)
{
  static const gchar *const packages[][2] = {
    {"x264enc", "gstreamer1.0-plugins-ugly"}, {"h264parse", "gstreamer1.0-plugins-bad"},
    {"rtph264pay", "gstreamer1.0-plugins-good"}, {"jpegenc", "gstreamer1.0-plugins-good"},
    {"autovideosink", "gstreamer1.0-plugins-good"}, {"matroskamux", "gstreamer1.0-plugins-good"},
    {"mp4mux", "gstreamer1.0-plugins-good"}, {"flvmux", "gstreamer1.0-plugins-good"},
    {"hlssink2", "gstreamer1.0-plugins-bad"}, {"mpegtsmux", "gstreamer1.0-plugins-bad"},
    {"kmssink", "gstreamer1.0-plugins-bad"}, {"srtsink", "gstreamer1.0-plugins-bad"},
    {"rtmp2sink", "gstreamer1.0-plugins-bad"},
  };
  GstElementFactory *factory = gst_element_factory_find (element);
  const gchar *package = "the plug-in that has it";

  if (factory) {
    gst_object_unref (factory);
    return TRUE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (packages); i++) {
    if (g_str_equal (packages[i][0], element))
      package = packages[i][1];
  }
  g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN, "no element %s, which is needed to serve video: "
      "install %s", element, package);
  return FALSE;
}

gboolean
encoding_check_h264 (GError ** error)
{
  return encoding_check ("x264enc", error) && encoding_check ("h264parse", error);
}
