/* What is painted as JPEG pictures, for a web page, while somebody looks.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "preview.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include "encoding.h"

#define MAX_WIDTH 960
#define MAX_RATE 15
#define QUALITY 80

struct _Preview
{
  GstElement *pipeline;
  GstAppSrc *source;
  PreviewNew new_picture;
  gpointer data;

  GMutex lock;                  /* guards what follows */
  gboolean watched;
  GBytes *last;                 /* or NULL */
  guint telling;                /* GLib source, 0 for none */
};

static gboolean
tell (gpointer data)
{
  Preview *preview = data;

  g_mutex_lock (&preview->lock);
  preview->telling = 0;
  g_mutex_unlock (&preview->lock);
  preview->new_picture (preview->data);
  return G_SOURCE_REMOVE;
}

static GstFlowReturn
new_sample (GstAppSink * sink, gpointer data)
{
  Preview *preview = data;
  GstSample *sample = gst_app_sink_pull_sample (sink);
  GstMapInfo map;

  if (sample == NULL)
    return GST_FLOW_OK;
  if (gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ)) {
    g_mutex_lock (&preview->lock);
    g_clear_pointer (&preview->last, g_bytes_unref);
    preview->last = g_bytes_new (map.data, map.size);
    if (preview->telling == 0)
      preview->telling = g_idle_add (tell, preview);
    g_mutex_unlock (&preview->lock);
    gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  }
  gst_sample_unref (sample);
  return GST_FLOW_OK;
}

void
preview_push (Preview * preview, GstSample * sample)
{
  gboolean watched;

  g_mutex_lock (&preview->lock);
  watched = preview->watched;
  g_mutex_unlock (&preview->lock);
  if (watched)
    gst_app_src_push_sample (preview->source, sample);
}

void
preview_set_watched (Preview * preview, gboolean watched)
{
  g_mutex_lock (&preview->lock);
  preview->watched = watched;
  g_mutex_unlock (&preview->lock);
}

GBytes *
preview_last (Preview * preview)
{
  GBytes *last;

  g_mutex_lock (&preview->lock);
  last = preview->last ? g_bytes_ref (preview->last) : NULL;
  g_mutex_unlock (&preview->lock);
  return last;
}

static gchar *
description (gint width, gint height)
{
  gint shown = MIN (width, MAX_WIDTH);

  return g_strdup_printf ("appsrc name=frames format=time max-buffers=1 max-bytes=0 leaky-type=downstream ! "
      "videorate drop-only=true max-rate=%d ! videoscale ! video/x-raw,width=%d,height=%d ! jpegenc quality=%d ! "
      "appsink name=out sync=false max-buffers=1 drop=true", MAX_RATE, shown, MAX (1, height * shown / width), QUALITY);
}

Preview *
preview_new (gint width, gint height, PreviewNew new_picture, gpointer data, GError ** error)
{
  GstAppSinkCallbacks callbacks = {.new_sample = new_sample };
  Preview *preview;
  GstElement *sink;
  gchar *line;

  if (!encoding_check ("jpegenc", error))
    return NULL;
  preview = g_new0 (Preview, 1);
  g_mutex_init (&preview->lock);
  preview->new_picture = new_picture;
  preview->data = data;
  line = description (width, height);
  preview->pipeline = gst_object_ref_sink (gst_parse_launch (line, NULL));
  g_free (line);
  preview->source = GST_APP_SRC (gst_bin_get_by_name (GST_BIN (preview->pipeline), "frames"));
  sink = gst_bin_get_by_name (GST_BIN (preview->pipeline), "out");
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, preview, NULL);
  gst_object_unref (sink);
  gst_element_set_state (preview->pipeline, GST_STATE_PLAYING);
  return preview;
}

void
preview_free (Preview * preview)
{
  gst_element_set_state (preview->pipeline, GST_STATE_NULL);
  if (preview->telling)
    g_source_remove (preview->telling);
  gst_object_unref (preview->source);
  gst_object_unref (preview->pipeline);
  g_clear_pointer (&preview->last, g_bytes_unref);
  g_mutex_clear (&preview->lock);
  g_free (preview);
}
