/* The element stylerwkv, frame by frame.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/controller/gstdirectcontrolbinding.h>
#include <gst/controller/gstinterpolationcontrolsource.h>

#include "common.h"

/* Less is a matter of rounding; more can be seen. */
#define VISIBLE 4.0

static const gchar *const formats[] = { "I420", "YV12", "NV12", "YUY2", "UYVY", "RGBA", "BGRA", "ARGB", "ABGR", "RGBx",
  "BGRx", "xRGB", "xBGR", "RGB", "BGR", "GRAY8", "P010_10LE", "I420_10LE",
  "NV21", "NV16", "Y42B", "AYUV", "I422_10LE", "v210"
};

/* ---- formats and sizes ---- */

static void
check_frames (const gchar * format, gint width, gint height)
{
  GstVideoInfo info;
  GstHarness *h;

  video_info_init (&info, format, width, height);
  h = harness_new (&info, "");
  for (guint i = 0; i < 3; i++) {
    GstBuffer *in = picture_new (&info, i), *out;
    GstCaps *caps, *want = gst_video_info_to_caps (&info);
    fail_unless_equals_int (gst_harness_push (h, gst_buffer_copy_deep (in)), GST_FLOW_OK);
    out = gst_harness_pull (h);
    fail_unless_equals_uint64 (gst_buffer_get_size (out), GST_VIDEO_INFO_SIZE (&info));
    fail_unless_equals_uint64 (GST_BUFFER_PTS (out), GST_BUFFER_PTS (in));
    fail_unless_equals_uint64 (GST_BUFFER_DURATION (out), GST_BUFFER_DURATION (in));
    fail_unless_equals_uint64 (GST_BUFFER_OFFSET (out), GST_BUFFER_OFFSET (in));
    caps = gst_pad_get_current_caps (h->sinkpad);
    fail_unless (gst_caps_is_equal (caps, want));
    fail_unless (width * height < 100
        || picture_difference (&info, in, out) > VISIBLE, "%s %d×%d: nothing to see of a style", format, width,
        height);
    gst_caps_unref (caps);
    gst_caps_unref (want);
    gst_buffer_unref (in);
    gst_buffer_unref (out);
  }
  gst_harness_teardown (h);
}

GST_START_TEST (test_formats)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    check_frames (formats[i], WIDTH, HEIGHT);
    check_frames (formats[i], 35, 21);
  }
}

GST_END_TEST;

GST_START_TEST (test_small_sizes)
{
  static const gint sizes[][2] = { {1, 1}, {2, 1}, {1, 17}, {16, 16}, {17, 3} };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    check_frames ("I420", sizes[i][0], sizes[i][1]);
    check_frames ("RGB", sizes[i][0], sizes[i][1]);
  }
}

GST_END_TEST;

/* The alpha of a picture is none of the network's business. */
GST_START_TEST (test_alpha_kept)
{
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *in, *out;
  GstMapInfo a, b;

  video_info_init (&info, "RGBA", WIDTH, HEIGHT);
  h = harness_new (&info, "");
  in = picture_new (&info, 1);
  out = harness_run (h, &info, 1);
  gst_buffer_map (in, &a, GST_MAP_READ);
  gst_buffer_map (out, &b, GST_MAP_READ);
  for (guint i = 3; i < WIDTH * HEIGHT * 4; i += 4)
    fail_unless_equals_int (a.data[i], b.data[i]);
  gst_buffer_unmap (in, &a);
  gst_buffer_unmap (out, &b);
  gst_buffer_unref (in);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* The same picture as `packed`, every plane in memory of its own with rows longer than they need to be. */
static GstBuffer *
scattered_copy (const GstVideoInfo * info, GstBuffer * packed)
{
  GstBuffer *buffer = gst_buffer_new ();
  gsize offset[GST_VIDEO_MAX_PLANES] = { 0 };
  gint stride[GST_VIDEO_MAX_PLANES] = { 0 };
  gsize size = 0;
  GstVideoFrame from, to;

  for (guint i = 0; i < GST_VIDEO_INFO_N_PLANES (info); i++) {
    gsize bytes;
    stride[i] = GST_VIDEO_INFO_PLANE_STRIDE (info, i) + 12;
    bytes = (gsize) stride[i] * GST_VIDEO_INFO_HEIGHT (info);
    gst_buffer_append_memory (buffer, gst_allocator_alloc (NULL, bytes, NULL));
    offset[i] = size;
    size += bytes;
  }
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT (info),
      GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info), GST_VIDEO_INFO_N_PLANES (info), offset, stride);
  fail_unless (gst_video_frame_map (&from, info, packed, GST_MAP_READ));
  fail_unless (gst_video_frame_map (&to, info, buffer, GST_MAP_WRITE));
  fail_unless (gst_video_frame_copy (&to, &from));
  gst_video_frame_unmap (&from);
  gst_video_frame_unmap (&to);
  gst_buffer_copy_into (buffer, packed, GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  return buffer;
}

GST_START_TEST (test_scattered_memory)
{
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *in, *want, *got;

  video_info_init (&info, __i__ ? "I420" : "RGB", 35, 21);
  h = harness_new (&info, "temporal-smoothing=0");
  in = picture_new (&info, 4);
  want = harness_run (h, &info, 4);
  fail_unless_equals_int (gst_harness_push (h, scattered_copy (&info, in)), GST_FLOW_OK);
  got = gst_harness_pull (h);
  fail_unless (picture_difference (&info, want, got) < 0.01);
  gst_buffer_unref (in);
  gst_buffer_unref (want);
  gst_buffer_unref (got);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* ---- the stream ---- */

GST_START_TEST (test_renegotiation)
{
  static const struct
  {
    const gchar *format;
    gint width, height;
  } steps[] = { {"I420", 48, 32}, {"I420", 35, 21}, {"RGB", 35, 21}, {"NV12", 64, 48}, {"I420", 48, 32} };
  GstVideoInfo info;
  GstHarness *h;

  video_info_init (&info, "RGBA", 16, 16);
  h = harness_new (&info, "");
  gst_buffer_unref (harness_run (h, &info, 0));
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    video_info_init (&info, steps[i].format, steps[i].width, steps[i].height);
    harness_set_info (h, &info);
    for (guint j = 0; j < 2; j++) {
      GstBuffer *in = picture_new (&info, j), *out = harness_run (h, &info, j);
      fail_unless_equals_uint64 (gst_buffer_get_size (out), GST_VIDEO_INFO_SIZE (&info));
      fail_unless (picture_difference (&info, in, out) > VISIBLE);
      gst_buffer_unref (in);
      gst_buffer_unref (out);
    }
  }
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_caps_refused)
{
  GstElement *element = gst_element_factory_make ("stylerwkv", NULL);
  GstPad *pad = gst_element_get_static_pad (element, "sink");
  GstCaps *caps = gst_caps_from_string ("video/x-raw, format=I420, width=20000, height=2, framerate=25/1; "
      "video/x-raw, format=ARGB64, width=16, height=16, framerate=25/1; "
      "video/x-raw(memory:GLMemory), format=RGBA, width=16, height=16, framerate=25/1");

  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    GstCaps *one = gst_caps_copy_nth (caps, i);
    fail_if (gst_pad_query_accept_caps (pad, one));
    gst_caps_unref (one);
  }
  gst_caps_unref (caps);
  gst_object_unref (pad);
  gst_object_unref (element);
}

GST_END_TEST;

GST_START_TEST (test_eos)
{
  GstVideoInfo info;
  GstHarness *h;
  GstEvent *event;
  gboolean eos = FALSE;

  video_info_init (&info, "I420", WIDTH, HEIGHT);
  h = harness_new (&info, "");
  for (guint i = 0; i < 5; i++)
    fail_unless_equals_int (gst_harness_push (h, picture_new (&info, i)), GST_FLOW_OK);
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  fail_unless_equals_int (gst_harness_buffers_received (h), 5);
  while ((event = gst_harness_try_pull_event (h))) {
    eos |= GST_EVENT_TYPE (event) == GST_EVENT_EOS;
    gst_event_unref (event);
  }
  fail_unless (eos);
  fail_unless_equals_int (gst_harness_push (h, picture_new (&info, 6)), GST_FLOW_EOS);
  gst_harness_teardown (h);
}

GST_END_TEST;

static void
push_segment (GstHarness * h)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  fail_unless (gst_harness_push_event (h, gst_event_new_segment (&segment)));
}

/* What is smoothed over time starts anew after a flush, and after a gap in the stream. */
GST_START_TEST (test_flush_and_discont_restart)
{
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *alone, *after, *in;

  video_info_init (&info, "RGB", WIDTH, HEIGHT);
  h = harness_new (&info, "temporal-smoothing=0.9");
  alone = harness_run (h, &info, 9);

  for (guint i = 0; i < 4; i++)
    gst_buffer_unref (harness_run (h, &info, i));
  fail_unless (gst_harness_push_event (h, gst_event_new_flush_start ()));
  fail_unless (gst_harness_push_event (h, gst_event_new_flush_stop (TRUE)));
  push_segment (h);
  after = harness_run (h, &info, 9);
  fail_unless (picture_difference (&info, alone, after) < 0.01);
  gst_buffer_unref (after);

  for (guint i = 0; i < 4; i++)
    gst_buffer_unref (harness_run (h, &info, i));
  in = picture_new (&info, 9);
  GST_BUFFER_FLAG_SET (in, GST_BUFFER_FLAG_DISCONT);
  fail_unless_equals_int (gst_harness_push (h, in), GST_FLOW_OK);
  after = gst_harness_pull (h);
  fail_unless (picture_difference (&info, alone, after) < 0.01);
  gst_buffer_unref (after);
  gst_buffer_unref (alone);
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_state_cycles)
{
  GstElement *pipeline = gst_parse_launch ("videotestsrc num-buffers=5 ! video/x-raw,width=48,height=32,format=I420 ! "
      "stylerwkv name=s ! fakesink name=sink", NULL);
  GstBus *bus = gst_element_get_bus (pipeline);

  for (guint i = 0; i < 4; i++) {
    GstMessage *message;
    fail_if (gst_element_set_state (pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE);
    message = bus_wait (bus, GST_MESSAGE_EOS | GST_MESSAGE_ERROR, 180);
    fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
    gst_message_unref (message);
    fail_if (gst_element_set_state (pipeline, i & 1 ? GST_STATE_READY : GST_STATE_NULL) == GST_STATE_CHANGE_FAILURE);
  }
  /* stopped in the middle, before anything was negotiated and before the first frame */
  for (guint i = 0; i < 5; i++) {
    gst_element_set_state (pipeline, GST_STATE_PAUSED);
    g_usleep (i * 3000);
    gst_element_set_state (pipeline, GST_STATE_NULL);
  }
  gst_object_unref (bus);
  gst_object_unref (pipeline);
}

GST_END_TEST;

/* ---- strength ---- */

static void
check_passthrough (const gchar * format)
{
  GstVideoInfo info;
  GstHarness *h;

  video_info_init (&info, format, 35, 21);
  h = harness_new (&info, "strength=0");
  for (guint i = 0; i < 6; i++) {
    GstBuffer *in = picture_new (&info, i), *out;
    gboolean off = i % 3 != 2;
    gst_harness_set (h, "stylerwkv", "strength", off ? 0.0 : 1.0, NULL);
    fail_unless_equals_int (gst_harness_push (h, gst_buffer_ref (in)), GST_FLOW_OK);
    out = gst_harness_pull (h);
    fail_unless ((out == in) == off);
    fail_unless ((picture_difference (&info, in, out) > VISIBLE) == !off);
    gst_buffer_unref (in);
    gst_buffer_unref (out);
  }
  gst_harness_teardown (h);
}

GST_START_TEST (test_passthrough)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    check_passthrough (formats[i]);
}

GST_END_TEST;

/* More strength is more change, and none at all is nearly reached steadily. */
GST_START_TEST (test_strength_is_gradual)
{
  static const gdouble strengths[] = { 0.01, 0.3, 1.0 };
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *in;
  gdouble change[3];

  video_info_init (&info, "RGB", WIDTH, HEIGHT);
  h = harness_new (&info, "temporal-smoothing=0");
  in = picture_new (&info, 3);
  for (guint i = 0; i < 3; i++) {
    GstBuffer *out;
    gst_harness_set (h, "stylerwkv", "strength", strengths[i], NULL);
    out = harness_run (h, &info, 3);
    change[i] = picture_difference (&info, in, out);
    gst_buffer_unref (out);
  }
  fail_unless (change[0] < change[2] / 4, "%g at 0.01, %g at 1", change[0], change[2]);
  fail_unless (change[0] < change[1]);
  gst_buffer_unref (in);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Bytes at random are mostly colours that no RGB has; a little style changes them a little all the same. */
GST_START_TEST (test_little_strength_of_any_colour)
{
  static const gchar *const names[] = { "NV12", "YUY2", "RGB" };
  const gchar *name = names[__i__];
  GRand *rand = g_rand_new_with_seed (4);
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *in, *out;
  GstMapInfo a, b;
  gint worst = 0;

  video_info_init (&info, name, WIDTH, HEIGHT);
  h = harness_new (&info, "strength=0.01");
  in = picture_new (&info, 0);
  gst_buffer_map (in, &a, GST_MAP_READWRITE);
  for (gsize i = 0; i < a.size; i++)
    a.data[i] = (guint8) g_rand_int (rand);
  gst_buffer_unmap (in, &a);
  fail_unless_equals_int (gst_harness_push (h, gst_buffer_ref (in)), GST_FLOW_OK);
  out = gst_harness_pull (h);
  gst_buffer_map (in, &a, GST_MAP_READ);
  gst_buffer_map (out, &b, GST_MAP_READ);
  for (gsize i = 0; i < a.size; i++)
    worst = MAX (worst, ABS (a.data[i] - b.data[i]));
  gst_buffer_unmap (in, &a);
  gst_buffer_unmap (out, &b);
  /* a blend by 4 % of two code values: 10 at most, and rounding */
  fail_unless (worst > 0 && worst <= 11, "%s: %d", name, worst);
  gst_buffer_unref (in);
  gst_buffer_unref (out);
  g_rand_free (rand);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* The largest difference of two frames' samples of these components, of 8 bits. */
static gint
components_difference (const GstVideoInfo * info, GstBuffer * a, GstBuffer * b, guint first, guint last)
{
  GstVideoFrame fa, fb;
  gint worst = 0;

  fail_unless (gst_video_frame_map (&fa, info, a, GST_MAP_READ));
  fail_unless (gst_video_frame_map (&fb, info, b, GST_MAP_READ));
  for (guint i = first; i <= last; i++)
    for (gint y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT (&fa, i); y++)
      for (gint x = 0; x < GST_VIDEO_FRAME_COMP_WIDTH (&fa, i); x++) {
        gsize at = (gsize) y * GST_VIDEO_FRAME_COMP_STRIDE (&fa, i) + x * GST_VIDEO_FRAME_COMP_PSTRIDE (&fa, i);
        const guint8 *pa = GST_VIDEO_FRAME_COMP_DATA (&fa, i), *pb = GST_VIDEO_FRAME_COMP_DATA (&fb, i);
        worst = MAX (worst, ABS (pa[at] - pb[at]));
      }
  gst_video_frame_unmap (&fa);
  gst_video_frame_unmap (&fb);
  return worst;
}

static gint
luma_difference (const GstVideoInfo * info, GstBuffer * a, GstBuffer * b)
{
  return components_difference (info, a, b, 0, 0);
}

static gint
chroma_difference (const GstVideoInfo * info, GstBuffer * a, GstBuffer * b)
{
  return components_difference (info, a, b, 1, 2);
}

/* Set while playing, it holds for the next frame: chroma stays, and luma is that of the style. */
GST_START_TEST (test_preserve_color)
{
  static const gchar *const names[] = { "I420", "NV12", "YUY2" };
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *in, *out;

  video_info_init (&info, names[__i__], 35, 21);
  h = harness_new (&info, "");
  in = picture_new (&info, 2);
  out = harness_run (h, &info, 2);
  fail_unless (chroma_difference (&info, in, out) > VISIBLE);
  gst_buffer_unref (out);
  gst_harness_set (h, "stylerwkv", "preserve-color", TRUE, NULL);
  out = harness_run (h, &info, 2);
  fail_unless_equals_int (chroma_difference (&info, in, out), 0);
  fail_unless (picture_difference (&info, in, out) > 1.0);
  gst_buffer_unref (out);
  gst_harness_set (h, "stylerwkv", "preserve-color", FALSE, NULL);
  out = harness_run (h, &info, 2);
  fail_unless (chroma_difference (&info, in, out) > VISIBLE);
  gst_buffer_unref (out);
  gst_buffer_unref (in);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* The other way round; with both, the frame itself is left. */
GST_START_TEST (test_preserve_luma)
{
  static const gchar *const names[] = { "I420", "NV12", "YUY2" };
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *in, *out;

  video_info_init (&info, names[__i__], 35, 21);
  h = harness_new (&info, "");
  in = picture_new (&info, 2);
  out = harness_run (h, &info, 2);
  fail_unless (luma_difference (&info, in, out) > VISIBLE);
  gst_buffer_unref (out);
  gst_harness_set (h, "stylerwkv", "preserve-luma", TRUE, NULL);
  out = harness_run (h, &info, 2);
  fail_unless_equals_int (luma_difference (&info, in, out), 0);
  fail_unless (chroma_difference (&info, in, out) > VISIBLE);
  gst_buffer_unref (out);
  gst_harness_set (h, "stylerwkv", "preserve-color", TRUE, NULL);
  out = harness_run (h, &info, 2);
  fail_unless_equals_int (components_difference (&info, in, out, 0, 2), 0);
  gst_buffer_unref (out);
  gst_buffer_unref (in);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Of RGB what stays is the distance of the colours from each other, where nothing is clipped. */
GST_START_TEST (test_preserve_color_of_rgb)
{
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *in, *out;
  GstMapInfo a, b;
  guint whole = 0;

  video_info_init (&info, "RGBA", WIDTH, HEIGHT);
  h = harness_new (&info, "preserve-color=true");
  in = picture_new (&info, 2);
  out = harness_run (h, &info, 2);
  gst_buffer_map (in, &a, GST_MAP_READ);
  gst_buffer_map (out, &b, GST_MAP_READ);
  for (gsize i = 0; i < a.size; i += 4) {
    gint change[3], clipped = 0;
    for (guint j = 0; j < 3; j++) {
      change[j] = b.data[i + j] - a.data[i + j];
      clipped |= b.data[i + j] == 0 || b.data[i + j] == 255;
    }
    fail_unless (clipped || (ABS (change[0] - change[1]) <= 1 && ABS (change[1] - change[2]) <= 1));
    whole += !clipped;
  }
  fail_unless (whole > WIDTH * HEIGHT / 4);
  fail_unless (picture_difference (&info, in, out) > 1.0);
  gst_buffer_unmap (in, &a);
  gst_buffer_unmap (out, &b);
  gst_buffer_unref (in);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A curve is sampled at each frame's stream time. */
GST_START_TEST (test_controller)
{
  GstControlSource *source = gst_interpolation_control_source_new ();
  GstTimedValueControlSource *curve = GST_TIMED_VALUE_CONTROL_SOURCE (source);
  GstVideoInfo info;
  GstHarness *h;
  GstElement *element;

  video_info_init (&info, "I420", WIDTH, HEIGHT);
  h = harness_new (&info, "");
  element = element_of (h);
  g_object_set (source, "mode", GST_INTERPOLATION_MODE_NONE, NULL);
  gst_timed_value_control_source_set (curve, 0, 0.0);
  gst_timed_value_control_source_set (curve, 3 * FRAME_DURATION, 1.0);
  gst_timed_value_control_source_set (curve, 6 * FRAME_DURATION, 0.0);
  gst_object_add_control_binding (GST_OBJECT (element), gst_direct_control_binding_new (GST_OBJECT (element),
          "strength", source));
  for (guint i = 0; i < 8; i++) {
    GstBuffer *in = picture_new (&info, i), *out = harness_run (h, &info, i);
    gdouble change = picture_difference (&info, in, out);
    fail_unless ((change > VISIBLE) == (i >= 3 && i < 6), "frame %u: %g", i, change);
    fail_unless (i >= 3 && i < 6 ? TRUE : change == 0.0);
    gst_buffer_unref (in);
    gst_buffer_unref (out);
  }
  gst_object_unref (element);
  gst_object_unref (source);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* ---- styles ---- */

/* Frames flow until the bus says something of these types. */
static GstMessage *
play_until (GstHarness * h, GstBus * bus, const GstVideoInfo * info, GstMessageType types)
{
  GstMessage *message = NULL;

  for (guint i = 0; i < 2000 && message == NULL; i++) {
    gst_buffer_unref (harness_run (h, info, 1));
    message = gst_bus_pop_filtered (bus, types);
  }
  fail_unless (message != NULL, "nothing was posted");
  return message;
}

static void
count_signal (GstElement * element, const gchar * property, const gchar * path, gint * count)
{
  fail_unless_equals_string (property, "style-image");
  g_atomic_int_inc (count);
}

GST_START_TEST (test_style_change)
{
  Playing p;
  GstBuffer *before, *after;
  GstMessage *message;
  const GstStructure *s;
  gint count = 0;

  playing_start (&p, "");
  g_signal_connect (p.element, "style-changed", G_CALLBACK (count_signal), &count);
  before = harness_run (p.h, &p.info, 1);
  g_object_set (p.element, "style-image", style_red (), NULL);
  message = play_until (p.h, p.bus, &p.info, GST_MESSAGE_ELEMENT | GST_MESSAGE_WARNING);
  s = gst_message_get_structure (message);
  fail_unless (gst_structure_has_name (s, "stylerwkv-style-changed"));
  fail_unless_equals_string (gst_structure_get_string (s, "property"), "style-image");
  fail_unless_equals_string (gst_structure_get_string (s, "path"), style_red ());
  gst_message_unref (message);
  after = harness_run (p.h, &p.info, 1);
  fail_unless (picture_difference (&p.info, before, after) > VISIBLE);
  gst_buffer_unref (after);

  /* and back to the built-in one */
  g_object_set (p.element, "style-image", NULL, NULL);
  gst_message_unref (play_until (p.h, p.bus, &p.info, GST_MESSAGE_ELEMENT));
  after = harness_run (p.h, &p.info, 1);
  fail_unless (picture_difference (&p.info, before, after) < 0.01);
  gst_buffer_unref (after);
  gst_buffer_unref (before);
  playing_stop (&p);
  fail_unless_equals_int (count, 2);
}

GST_END_TEST;

GST_START_TEST (test_bad_style_while_playing)
{
  static const gchar *const bad[] = { "/nonexistent/picture.png", __FILE__, "/" };
  Playing p;
  GstBuffer *before, *after;

  playing_start (&p, "");
  before = harness_run (p.h, &p.info, 1);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    GstMessage *message;
    GError *error = NULL;
    g_object_set (p.element, "style-image", bad[i], NULL);
    message = play_until (p.h, p.bus, &p.info, GST_MESSAGE_ELEMENT | GST_MESSAGE_WARNING | GST_MESSAGE_ERROR);
    fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_WARNING);
    gst_message_parse_warning (message, &error, NULL);
    fail_unless (error->domain == GST_RESOURCE_ERROR);
    fail_unless (strstr (error->message, "style-image") && strstr (error->message, bad[i]), "%s", error->message);
    g_clear_error (&error);
    gst_message_unref (message);
  }
  after = harness_run (p.h, &p.info, 1);
  fail_unless (picture_difference (&p.info, before, after) < 0.01);
  gst_buffer_unref (before);
  gst_buffer_unref (after);
  playing_stop (&p);
}

GST_END_TEST;

/* Of many styles set faster than they can be loaded the last one is used. */
GST_START_TEST (test_last_style_wins)
{
  Playing p;
  GstBuffer *want, *got = NULL;
  gchar *red = g_strdup_printf ("style-image=%s", style_red ());

  playing_start (&p, red);
  want = harness_run (p.h, &p.info, 1);
  for (guint i = 0; i < 50; i++) {
    g_object_set (p.element, "style-image", i & 1 ? style_red () : style_blue (), NULL);
    if (i % 10 == 0)
      gst_buffer_unref (harness_run (p.h, &p.info, 1));
  }
  for (guint i = 0; i < 2000; i++) {
    GstMessage *message = gst_bus_timed_pop_filtered (p.bus, GST_SECOND, GST_MESSAGE_ELEMENT);
    if (message == NULL)
      break;
    gst_message_unref (message);
  }
  got = harness_run (p.h, &p.info, 1);
  fail_unless (picture_difference (&p.info, want, got) < 0.01);
  gst_buffer_unref (got);
  gst_buffer_unref (want);
  g_free (red);
  playing_stop (&p);
}

GST_END_TEST;

static GstBuffer *
run_once (const gchar * properties)
{
  Playing p;
  GstBuffer *out;

  playing_start (&p, properties);
  out = harness_run (p.h, &p.info, 1);
  playing_stop (&p);
  return out;
}

GST_START_TEST (test_style_mix)
{
  gchar *red = g_strdup_printf ("style-image=%s", style_red ());
  gchar *blue = g_strdup_printf ("style-image=%s", style_blue ());
  gchar *both = g_strdup_printf ("style-image=%s style-image-2=%s", style_red (), style_blue ());
  GstBuffer *want_red = run_once (red), *want_blue = run_once (blue), *out;
  gdouble apart;
  Playing p;

  playing_start (&p, both);
  apart = picture_difference (&p.info, want_red, want_blue);
  fail_unless (apart > VISIBLE);
  out = harness_run (p.h, &p.info, 1);
  fail_unless (picture_difference (&p.info, want_red, out) < 0.01);
  gst_buffer_unref (out);
  g_object_set (p.element, "style-mix", 1.0, NULL);
  out = harness_run (p.h, &p.info, 1);
  fail_unless (picture_difference (&p.info, want_blue, out) < 0.01);
  gst_buffer_unref (out);
  g_object_set (p.element, "style-mix", 0.5, NULL);
  out = harness_run (p.h, &p.info, 1);
  fail_unless (picture_difference (&p.info, want_red, out) > 0.5);
  fail_unless (picture_difference (&p.info, want_blue, out) > 0.5);
  gst_buffer_unref (out);
  gst_buffer_unref (want_red);
  gst_buffer_unref (want_blue);
  g_free (red);
  g_free (blue);
  g_free (both);
  playing_stop (&p);
}

GST_END_TEST;

/* ---- masks ---- */

/* Mean absolute difference within columns `from` to `to` of RGB frames. */
static gdouble
columns_difference (const GstVideoInfo * info, GstBuffer * a, GstBuffer * b, gint from, gint to)
{
  GstVideoFrame fa, fb;
  gdouble sum = 0;

  fail_unless (gst_video_frame_map (&fa, info, a, GST_MAP_READ));
  fail_unless (gst_video_frame_map (&fb, info, b, GST_MAP_READ));
  for (gint y = 0; y < GST_VIDEO_INFO_HEIGHT (info); y++) {
    const guint8 *pa = GST_VIDEO_FRAME_PLANE_DATA (&fa, 0), *pb = GST_VIDEO_FRAME_PLANE_DATA (&fb, 0);
    gsize row = (gsize) y * GST_VIDEO_FRAME_PLANE_STRIDE (&fa, 0);
    for (gint i = 3 * from; i < 3 * to; i++)
      sum += ABS (pa[row + i] - pb[row + i]);
  }
  gst_video_frame_unmap (&fa);
  gst_video_frame_unmap (&fb);
  return sum / (3 * (to - from) * GST_VIDEO_INFO_HEIGHT (info));
}

/* A frame in and out: untouched on the left, as `full` on the right, and in between in between. */
static void
check_masked (Playing * p, GstBuffer * full)
{
  GstBuffer *in = picture_new (&p->info, 1), *out = harness_run (p->h, &p->info, 1);
  gint w = GST_VIDEO_INFO_WIDTH (&p->info);

  fail_unless (columns_difference (&p->info, in, out, 0, w / 4) == 0.0);
  fail_unless (columns_difference (&p->info, full, out, 3 * w / 4, w) < 0.01);
  fail_unless (columns_difference (&p->info, in, out, 3 * w / 4, w) > VISIBLE);
  fail_unless (columns_difference (&p->info, in, out, w / 4, 3 * w / 4) > 1.0);
  fail_unless (columns_difference (&p->info, full, out, w / 4, 3 * w / 4) > 1.0);
  gst_buffer_unref (in);
  gst_buffer_unref (out);
}

/* Set while playing; kept when the size changes, and when a bad one is set; and taken away. */
GST_START_TEST (test_mask)
{
  Playing p;
  GstBuffer *full, *full_large, *out;
  GstMessage *message;
  GstVideoInfo small;

  playing_start (&p, "");
  small = p.info;
  full = harness_run (p.h, &p.info, 1);
  g_object_set (p.element, "mask", mask_halves (), NULL);
  message = play_until (p.h, p.bus, &p.info, GST_MESSAGE_ELEMENT | GST_MESSAGE_WARNING);
  fail_unless_equals_string (gst_structure_get_string (gst_message_get_structure (message), "property"), "mask");
  fail_unless_equals_string (gst_structure_get_string (gst_message_get_structure (message), "path"), mask_halves ());
  gst_message_unref (message);
  check_masked (&p, full);

  g_object_set (p.element, "mask", __FILE__, NULL);
  message = play_until (p.h, p.bus, &p.info, GST_MESSAGE_ELEMENT | GST_MESSAGE_WARNING | GST_MESSAGE_ERROR);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_WARNING);
  gst_message_unref (message);
  check_masked (&p, full);

  video_info_init (&p.info, "RGB", 72, 40);
  harness_set_info (p.h, &p.info);
  gst_buffer_unref (harness_run (p.h, &p.info, 1));
  g_object_set (p.element, "mask", NULL, NULL);
  gst_message_unref (play_until (p.h, p.bus, &p.info, GST_MESSAGE_ELEMENT));
  full_large = harness_run (p.h, &p.info, 1);
  g_object_set (p.element, "mask", mask_halves (), NULL);
  gst_message_unref (play_until (p.h, p.bus, &p.info, GST_MESSAGE_ELEMENT));
  check_masked (&p, full_large);

  p.info = small;
  harness_set_info (p.h, &p.info);
  check_masked (&p, full);
  g_object_set (p.element, "mask", NULL, NULL);
  gst_message_unref (play_until (p.h, p.bus, &p.info, GST_MESSAGE_ELEMENT));
  out = harness_run (p.h, &p.info, 1);
  fail_unless (picture_difference (&p.info, full, out) < 0.01);
  gst_buffer_unref (out);
  gst_buffer_unref (full);
  gst_buffer_unref (full_large);
  playing_stop (&p);
}

GST_END_TEST;

/* Set before the first frame, it holds for that. */
GST_START_TEST (test_mask_from_the_start)
{
  gchar *line = g_strdup_printf ("mask=%s", mask_halves ());
  GstBuffer *full;
  Playing p;

  playing_start (&p, "");
  full = harness_run (p.h, &p.info, 1);
  playing_stop (&p);
  playing_start (&p, line);
  check_masked (&p, full);
  playing_stop (&p);
  gst_buffer_unref (full);
  g_free (line);
}

GST_END_TEST;

/* ---- what cannot work ---- */

static void
expect_failure (const gchar * properties, GQuark domain, gint code, const gchar * word)
{
  gchar *line =
      g_strdup_printf ("videotestsrc num-buffers=2 ! video/x-raw,width=48,height=32 ! stylerwkv %s ! fakesink",
      properties);
  GstElement *pipeline = gst_parse_launch (line, NULL);
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  GError *error = NULL;

  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
  message = bus_wait (bus, GST_MESSAGE_ERROR, 180);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (g_error_matches (error, domain, code), "%s: %s", properties, error->message);
  fail_unless (strstr (error->message, word) != NULL, "%s", error->message);
  g_clear_error (&error);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
  g_free (line);
}

GST_START_TEST (test_errors)
{
  expect_failure ("style-image=/nonexistent.png", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "/nonexistent.png");
  expect_failure ("style-image=" __FILE__, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "picture");
  expect_failure ("style-image-2=/nonexistent.png", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "style-image-2");
  expect_failure ("mask=/nonexistent.png", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "mask");
  expect_failure ("model-file=/nonexistent.safetensors", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
      "/nonexistent");
  expect_failure ("model-file=" __FILE__, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "weights");
  expect_failure ("device=nonexistent", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "nonexistent");
}

GST_END_TEST;

/* After a failed start the element can be set right and started. */
GST_START_TEST (test_recovers)
{
  GstElement *pipeline = gst_parse_launch ("videotestsrc num-buffers=2 ! video/x-raw,width=48,height=32 ! "
      "stylerwkv name=s device=nonexistent ! fakesink", NULL);
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), "s");
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_bus_set_flushing (bus, TRUE);
  gst_bus_set_flushing (bus, FALSE);
  g_object_set (element, "device", "auto", NULL);
  fail_if (gst_element_set_state (pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE);
  message = bus_wait (bus, GST_MESSAGE_EOS | GST_MESSAGE_ERROR, 180);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (element);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
}

GST_END_TEST;

/* A machine without any OpenCL. Every test is a process of its own, so the loader has not looked for drivers yet. */
GST_START_TEST (test_no_opencl)
{
  if (g_strcmp0 (g_getenv ("CK_FORK"), "no") == 0)
    return;
  g_setenv ("OCL_ICD_VENDORS", "/nonexistent", TRUE);
  g_unsetenv ("OCL_ICD_FILENAMES");
  expect_failure ("", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "pocl-opencl-icd");
}

GST_END_TEST;

/* ---- statistics and defaults ---- */

GST_START_TEST (test_stats)
{
  GstVideoInfo info;
  GstHarness *h;
  GstElement *element;
  GstStructure *stats = NULL;
  guint64 in, done, dropped, bytes;
  gdouble mean, worst;
  gint width, height;

  video_info_init (&info, "I420", 35, 21);
  h = harness_new (&info, "");
  element = element_of (h);
  for (guint i = 0; i < 4; i++)
    gst_buffer_unref (harness_run (h, &info, i));
  g_object_get (element, "stats", &stats, NULL);
  fail_unless (gst_structure_get (stats, "in", G_TYPE_UINT64, &in, "done", G_TYPE_UINT64, &done, "dropped",
          G_TYPE_UINT64, &dropped, "mean-ms", G_TYPE_DOUBLE, &mean, "worst-ms", G_TYPE_DOUBLE, &worst,
          "processing-width", G_TYPE_INT, &width, "processing-height", G_TYPE_INT, &height, "device-bytes",
          G_TYPE_UINT64, &bytes, NULL));
  fail_unless_equals_uint64 (in, 4);
  fail_unless_equals_uint64 (done, 4);
  fail_unless_equals_uint64 (dropped, 0);
  fail_unless (mean > 0 && worst >= mean);
  fail_unless_equals_int (width, 48);
  fail_unless_equals_int (height, 32);
  fail_unless (bytes > 0);
  fail_unless (gst_structure_get_string (stats, "device") != NULL);
  fail_unless_equals_string (gst_structure_get_string (stats, "model"), "built-in");
  gst_structure_free (stats);
  gst_object_unref (element);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* What a frame takes is told to the pipeline, on top of what the source takes. */
GST_START_TEST (test_latency)
{
  GstClockTime source = 33 * GST_MSECOND, told;
  GstStructure *stats = NULL;
  gdouble worst;
  GstMessage *message;
  Playing p;

  playing_start (&p, "");
  gst_harness_set_upstream_latency (p.h, source);
  fail_unless_equals_uint64 (gst_harness_query_latency (p.h), source);
  for (guint i = 0; i < 40; i++)
    gst_buffer_unref (harness_run (p.h, &p.info, i));
  message = gst_bus_pop_filtered (p.bus, GST_MESSAGE_LATENCY);
  fail_unless (message != NULL);
  gst_message_unref (message);
  told = gst_harness_query_latency (p.h);
  g_object_get (p.element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_double (stats, "worst-ms", &worst));
  fail_unless (told >= source + 10 * GST_MSECOND);
  /* a step of 10 ms and a margin of one */
  fail_unless ((gdouble) (told - source) / GST_MSECOND <= worst + 11, "at most %g ms a frame, told %" GST_TIME_FORMAT,
      worst, GST_TIME_ARGS (told - source));
  gst_structure_free (stats);
  playing_stop (&p);
}

GST_END_TEST;

/* Late frames are dropped, told of, and the next ones are right. */
GST_START_TEST (test_qos)
{
  GstVideoInfo info;
  GstHarness *h;
  GstElement *element;
  GstStructure *stats = NULL;
  guint64 done, dropped;

  video_info_init (&info, "I420", WIDTH, HEIGHT);
  h = harness_new (&info, "");
  element = element_of (h);
  gst_buffer_unref (harness_run (h, &info, 0));
  fail_unless (gst_harness_push_upstream_event (h, gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 2.0, 2 * FRAME_DURATION,
              0)));
  for (guint i = 1; i < 8; i++)
    fail_unless_equals_int (gst_harness_push (h, picture_new (&info, i)), GST_FLOW_OK);
  g_object_get (element, "stats", &stats, NULL);
  fail_unless (gst_structure_get (stats, "done", G_TYPE_UINT64, &done, "dropped", G_TYPE_UINT64, &dropped, NULL));
  fail_unless (dropped > 0);
  fail_unless_equals_uint64 (done + dropped, 8);
  harness_wait_for_buffers (h, (guint) done);
  gst_structure_free (stats);
  gst_object_unref (element);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Registering, making and looking at an element loads no OpenCL driver; starting it does. */
GST_START_TEST (test_driver_loaded_late)
{
  gchar *before, *after;
  GstVideoInfo info;
  GstElement *element = gst_element_factory_make ("stylerwkv", NULL);
  GstStructure *stats = NULL;

  g_object_get (element, "stats", &stats, NULL);
  gst_structure_free (stats);
  gst_element_set_state (element, GST_STATE_READY);
  fail_unless (g_file_get_contents ("/proc/self/maps", &before, NULL, NULL));
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);

  video_info_init (&info, "I420", WIDTH, HEIGHT);
  gst_harness_teardown (harness_new (&info, ""));
  fail_unless (g_file_get_contents ("/proc/self/maps", &after, NULL, NULL));
  fail_if (strstr (before, "libpocl"));
  /* elsewhere the driver is another, and this test sees nothing */
  if (!strstr (after, "libpocl"))
    GST_WARNING ("not PoCL: nothing tested");
  g_free (before);
  g_free (after);
}

GST_END_TEST;

GST_START_TEST (test_properties)
{
  GstElement *element = gst_element_factory_make ("stylerwkv", NULL);
  gchar *image, *image2, *mask, *model, *device;
  gdouble strength, mix, smoothing;
  gboolean preserve;

  g_object_get (element, "mask", &mask, "preserve-color", &preserve, "style-image", &image, "style-image-2", &image2,
      "model-file", &model, "device", &device,
      "strength", &strength, "style-mix", &mix, "temporal-smoothing", &smoothing, NULL);
  fail_unless (image == NULL && image2 == NULL && model == NULL);
  fail_unless_equals_string (device, "auto");
  fail_unless (!preserve && mask == NULL);
  fail_unless_equals_float (strength, 1.0);
  fail_unless_equals_float (mix, 0.0);
  fail_unless_equals_float (smoothing, 0.8);
  g_free (device);
  g_object_set (element, "style-image", "", NULL);
  g_object_get (element, "style-image", &image, NULL);
  fail_unless (image == NULL);
  gst_object_unref (element);
}

GST_END_TEST;

static Suite *
stylerwkv_suite (void)
{
  Suite *suite = suite_create ("stylerwkv");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 600);
  tcase_add_test (tc, test_properties);
  tcase_add_test (tc, test_driver_loaded_late);
  tcase_add_test (tc, test_formats);
  tcase_add_test (tc, test_small_sizes);
  tcase_add_test (tc, test_alpha_kept);
  tcase_add_loop_test (tc, test_scattered_memory, 0, 2);
  tcase_add_test (tc, test_renegotiation);
  tcase_add_test (tc, test_caps_refused);
  tcase_add_test (tc, test_eos);
  tcase_add_test (tc, test_flush_and_discont_restart);
  tcase_add_test (tc, test_state_cycles);
  tcase_add_test (tc, test_passthrough);
  tcase_add_test (tc, test_strength_is_gradual);
  tcase_add_loop_test (tc, test_little_strength_of_any_colour, 0, 3);
  tcase_add_loop_test (tc, test_preserve_color, 0, 3);
  tcase_add_loop_test (tc, test_preserve_luma, 0, 3);
  tcase_add_test (tc, test_preserve_color_of_rgb);
  tcase_add_test (tc, test_controller);
  tcase_add_test (tc, test_style_change);
  tcase_add_test (tc, test_bad_style_while_playing);
  tcase_add_test (tc, test_last_style_wins);
  tcase_add_test (tc, test_style_mix);
  tcase_add_test (tc, test_mask);
  tcase_add_test (tc, test_mask_from_the_start);
  tcase_add_test (tc, test_errors);
  tcase_add_test (tc, test_recovers);
  tcase_add_test (tc, test_no_opencl);
  tcase_add_test (tc, test_stats);
  tcase_add_test (tc, test_latency);
  tcase_add_test (tc, test_qos);
  return suite;
}

GST_CHECK_MAIN (stylerwkv);
