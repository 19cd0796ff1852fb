/* What the element's tests share.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
video_info_init (GstVideoInfo * info, const gchar * format, gint width, gint height)
{
  gst_video_info_set_format (info, gst_video_format_from_string (format), (guint) width, (guint) height);
  info->fps_n = 25;
  info->fps_d = 1;
}

static guint8 *
sample_at (const GstVideoFrame * frame, guint component, gint x, gint y)
{
  gsize row = (gsize) y * (gsize) GST_VIDEO_FRAME_COMP_STRIDE (frame, component);
  /* what GStreamer says of where P010's V starts is in samples, and this adds it once more */
  gint more = GST_VIDEO_FRAME_COMP_DEPTH (frame, component) > 8 ? GST_VIDEO_FRAME_COMP_POFFSET (frame, component) : 0;

  return (guint8 *) GST_VIDEO_FRAME_COMP_DATA (frame, component) + more + row
      + x * GST_VIDEO_FRAME_COMP_PSTRIDE (frame, component);
}

static void
fill (GstVideoFrame * frame, guint index)
{
  for (guint i = 0; i < GST_VIDEO_FRAME_N_COMPONENTS (frame); i++) {
    guint depth = GST_VIDEO_FRAME_COMP_DEPTH (frame, i);
    for (gint y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT (frame, i); y++) {
      for (gint x = 0; x < GST_VIDEO_FRAME_COMP_WIDTH (frame, i); x++) {
        gdouble value = 128 + 90 * sin (0.35 * x + 0.9 * i + 0.3 * index) * cos (0.22 * y - 0.5 * i);
        guint code = (guint) (value * (1 << (depth - 8)));
        if (depth > 8)
          GST_WRITE_UINT16_LE (sample_at (frame, i, x, y), code << frame->info.finfo->shift[i]);
        else
          *sample_at (frame, i, x, y) = (guint8) code;
      }
    }
  }
}

GstBuffer *
picture_new (const GstVideoInfo * info, guint index)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);
  GstVideoFrame frame;

  gst_buffer_memset (buffer, 0, 0x5a, GST_VIDEO_INFO_SIZE (info));
  fail_unless (gst_video_frame_map (&frame, info, buffer, GST_MAP_WRITE));
  fill (&frame, index);
  gst_video_frame_unmap (&frame);
  GST_BUFFER_PTS (buffer) = index * FRAME_DURATION;
  GST_BUFFER_DURATION (buffer) = FRAME_DURATION;
  GST_BUFFER_OFFSET (buffer) = index;
  return buffer;
}

static guint
sample (const GstVideoFrame * frame, guint component, gint x, gint y)
{
  const guint8 *p = sample_at (frame, component, x, y);
  guint depth = GST_VIDEO_FRAME_COMP_DEPTH (frame, component);

  return depth > 8 ? (guint) (GST_READ_UINT16_LE (p) >> frame->info.finfo->shift[component]) >> (depth - 8) : *p;
}

gdouble
picture_difference (const GstVideoInfo * info, GstBuffer * a, GstBuffer * b)
{
  GstVideoFrame fa, fb;
  gdouble sum = 0;
  guint n = 0;

  fail_unless (gst_video_frame_map (&fa, info, a, GST_MAP_READ));
  fail_unless (gst_video_frame_map (&fb, info, b, GST_MAP_READ));
  for (guint i = 0; i < MIN (3, GST_VIDEO_INFO_N_COMPONENTS (info)); i++) {
    for (gint y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT (&fa, i); y++)
      for (gint x = 0; x < GST_VIDEO_FRAME_COMP_WIDTH (&fa, i); x++, n++)
        sum += abs ((gint) sample (&fa, i, x, y) - (gint) sample (&fb, i, x, y));
  }
  gst_video_frame_unmap (&fa);
  gst_video_frame_unmap (&fb);
  return sum / n;
}

void
harness_set_info (GstHarness * h, const GstVideoInfo * info)
{
  gst_harness_set_src_caps (h, gst_video_info_to_caps (info));
}

GstHarness *
harness_new (const GstVideoInfo * info, const gchar * properties)
{
  const gchar *more = g_getenv ("SRW_TEST_PROPERTIES");
  gchar *line = g_strjoin (" ", "stylerwkv", more ? more : "", properties, NULL);
  GstHarness *h = gst_harness_new_parse (line);

  g_free (line);
  harness_set_info (h, info);
  return h;
}

GstElement *
element_of (GstHarness * h)
{
  return gst_harness_find_element (h, "stylerwkv");
}

void
playing_start (Playing * p, const gchar * properties)
{
  gchar *all = g_strconcat ("temporal-smoothing=0 ", properties, NULL);

  video_info_init (&p->info, "RGB", WIDTH, HEIGHT);
  p->h = harness_new (&p->info, all);
  p->element = element_of (p->h);
  p->bus = gst_bus_new ();
  gst_element_set_bus (p->element, p->bus);
  g_free (all);
}

void
playing_stop (Playing * p)
{
  gst_element_set_bus (p->element, NULL);
  gst_object_unref (p->bus);
  gst_object_unref (p->element);
  gst_harness_teardown (p->h);
}

GstBuffer *
harness_run (GstHarness * h, const GstVideoInfo * info, guint index)
{
  fail_unless_equals_int (gst_harness_push (h, picture_new (info, index)), GST_FLOW_OK);
  return gst_harness_pull (h);
}

void
harness_wait_for_buffers (GstHarness * h, guint number)
{
  for (guint i = 0; i < 6000 && gst_harness_buffers_received (h) < number; i++)
    g_usleep (10000);
  fail_unless_equals_int ((gint) gst_harness_buffers_received (h), (gint) number);
}

GstPad *
pad_source_new (GstElement * element, const gchar * request_pad, const GstVideoInfo * info)
{
  GstPad *source = gst_pad_new (request_pad, GST_PAD_SRC), *sink = gst_element_request_pad_simple (element,
      request_pad);
  GstCaps *caps = gst_video_info_to_caps (info);
  GstSegment segment;

  fail_unless (gst_pad_link (source, sink) == GST_PAD_LINK_OK);
  gst_object_unref (sink);
  gst_pad_set_active (source, TRUE);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  fail_unless (gst_pad_push_event (source, gst_event_new_stream_start (request_pad)));
  fail_unless (gst_pad_push_event (source, gst_event_new_caps (caps)));
  fail_unless (gst_pad_push_event (source, gst_event_new_segment (&segment)));
  gst_caps_unref (caps);
  return source;
}

void
pad_source_free (GstElement * element, GstPad * source)
{
  GstPad *sink = gst_pad_get_peer (source);

  gst_pad_set_active (source, FALSE);
  gst_pad_unlink (source, sink);
  gst_element_release_request_pad (element, sink);
  gst_object_unref (sink);
  gst_object_unref (source);
}

/* A portable pixmap. */
static gchar *
write_picture (const gchar * name, const gchar * header, const gchar * pixels, gsize size)
{
  gchar *file = g_strdup_printf ("stylerwkv-test-%d-%s.ppm", (gint) getpid (), name);
  gchar *path = g_build_filename (g_get_tmp_dir (), file, NULL);
  GString *data = g_string_new (header);

  g_string_append_len (data, pixels, (gssize) size);
  /* no assertion of the test library: tests/soak is no test of it */
  g_assert_true (g_file_set_contents (path, data->str, (gssize) data->len, NULL));
  g_string_free (data, TRUE);
  g_free (file);
  return path;
}

/* Stripes of two colours. */
static gchar *
write_style (const gchar * name, const guint8 one[3], const guint8 two[3], gint period)
{
  GString *data = g_string_new (NULL);
  gchar *path;

  for (gint y = 0; y < 64; y++)
    for (gint x = 0; x < 64; x++)
      g_string_append_len (data, (const gchar *) ((x + y / 2) % period < period / 2 ? one : two), 3);
  path = write_picture (name, "P6\n64 64\n255\n", data->str, data->len);
  g_string_free (data, TRUE);
  return path;
}

static gchar *red_path, *blue_path, *mask_path;

static void
remove_styles (void)
{
  if (red_path)
    g_unlink (red_path);
  if (blue_path)
    g_unlink (blue_path);
  if (mask_path)
    g_unlink (mask_path);
  g_clear_pointer (&red_path, g_free);
  g_clear_pointer (&blue_path, g_free);
  g_clear_pointer (&mask_path, g_free);
}

static void
write_styles (void)
{
  static const guint8 red[3] = { 220, 40, 20 }, yellow[3] = { 250, 220, 60 }, blue[3] = { 20, 40, 160 }, black[3] =
      { 5, 5, 15 };

  if (red_path)
    return;
  red_path = write_style ("red", red, yellow, 8);
  blue_path = write_style ("blue", blue, black, 20);
  mask_path = write_picture ("mask", "P6\n2 1\n255\n", "\0\0\0\377\377\377", 6);
  atexit (remove_styles);
}

const gchar *
style_red (void)
{
  write_styles ();
  return red_path;
}

const gchar *
style_blue (void)
{
  write_styles ();
  return blue_path;
}

const gchar *
mask_halves (void)
{
  write_styles ();
  return mask_path;
}

GstMessage *
bus_wait (GstBus * bus, GstMessageType types, guint seconds)
{
  return gst_bus_timed_pop_filtered (bus, seconds * GST_SECOND, types);
}

/* ---- leaks ---- */

static GstTracer *
leaks_tracer (void)
{
  GList *tracers = gst_tracing_get_active_tracers ();
  GstTracer *found = NULL;

  for (GList * l = tracers; l; l = l->next) {
    if (g_strcmp0 (G_OBJECT_TYPE_NAME (l->data), "GstLeaksTracer") == 0)
      found = gst_object_ref (l->data);
  }
  g_list_free_full (tracers, gst_object_unref);
  return found;
}

/* How many objects `work` leaves behind, and which live then. */
static guint
live_after (void (*work) (void), GstTracer * tracer, gchar ** text)
{
  GstStructure *live = NULL;
  const GValue *list;
  guint count;

  work ();
  /* streaming threads let go of their last objects after the state change that ends them */
  gst_task_cleanup_all ();
  g_signal_emit_by_name (tracer, "get-live-objects", &live);
  list = gst_structure_get_value (live, "live-objects-list");
  count = list ? gst_value_list_get_size (list) : 0;
  *text = gst_structure_to_string (live);
  gst_structure_free (live);
  return count;
}

void
check_no_leak (void (*work) (void))
{
  GstTracer *tracer = leaks_tracer ();
  gchar *text;
  guint before, after;

  fail_unless (tracer != NULL, "GST_TRACERS=leaks is not set");
  before = live_after (work, tracer, &text);
  g_free (text);
  after = live_after (work, tracer, &text);
  fail_unless (after <= before, "%u objects before, %u after: %s", before, after, text);
  g_free (text);
  gst_object_unref (tracer);
}
