/* The element stylerwkv in live pipelines: frames in flight, overload, the style as a stream, the shared device.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common.h"

/* Far more frames a second than any processor draws. */
#define FLOOD "videotestsrc is-live=true pattern=ball num-buffers=400 ! " \
    "video/x-raw,format=RGB,width=160,height=96,framerate=1000/1"

static GstBuffer *
styled (Playing * p)
{
  return harness_run (p->h, &p->info, 3);
}

/* ---- async-depth ---- */

/* Frames wait for as many others as may be in flight, and come out as they would have one by one. */
GST_START_TEST (test_async_depth)
{
  GstVideoInfo info;
  GstHarness *one, *many;
  GstBuffer *a, *b;
  gchar *properties = g_strdup_printf ("async-depth=%d", __i__ + 2);
  const guint depth = (guint) __i__ + 2;

  video_info_init (&info, "NV12", WIDTH, HEIGHT);
  one = harness_new (&info, "");
  many = harness_new (&info, properties);
  for (guint i = 0; i < 7; i++) {
    fail_unless_equals_int (gst_harness_push (one, picture_new (&info, i)), GST_FLOW_OK);
    fail_unless_equals_int (gst_harness_push (many, picture_new (&info, i)), GST_FLOW_OK);
    harness_wait_for_buffers (many, (guint) MAX (0, (gint) (i + 2 - depth)));
  }
  fail_unless (gst_harness_push_event (many, gst_event_new_eos ()));
  fail_unless_equals_int (gst_harness_buffers_received (many), 7);
  for (guint i = 0; i < 7; i++) {
    a = gst_harness_pull (one);
    b = gst_harness_pull (many);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (a), GST_BUFFER_PTS (b));
    fail_unless (picture_difference (&info, a, b) == 0.0);
    gst_buffer_unref (a);
    gst_buffer_unref (b);
  }
  g_free (properties);
  gst_harness_teardown (one);
  gst_harness_teardown (many);
}

GST_END_TEST;

/* What passes untouched does not overtake what is in flight; other caps push it out, a flush forgets it. */
GST_START_TEST (test_async_order)
{
  GstVideoInfo info, other;
  GstHarness *h;

  video_info_init (&info, "RGB", WIDTH, HEIGHT);
  video_info_init (&other, "RGB", HEIGHT, WIDTH);
  h = harness_new (&info, "async-depth=3");
  for (guint i = 0; i < 9; i++) {
    gst_harness_set (h, "stylerwkv", "strength", i % 3 ? 0.0 : 1.0, NULL);
    fail_unless_equals_int (gst_harness_push (h, picture_new (&info, i)), GST_FLOW_OK);
  }
  gst_harness_set (h, "stylerwkv", "strength", 1.0, NULL);
  harness_set_info (h, &other);
  fail_unless_equals_int (gst_harness_buffers_received (h), 9);
  for (guint i = 0; i < 9; i++) {
    GstBuffer *in = picture_new (&info, i), *out = gst_harness_pull (h);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (out), GST_BUFFER_PTS (in));
    fail_unless ((picture_difference (&info, in, out) == 0.0) == (i % 3 != 0));
    gst_buffer_unref (in);
    gst_buffer_unref (out);
  }

  for (guint i = 0; i < 2; i++)
    fail_unless_equals_int (gst_harness_push (h, picture_new (&other, i)), GST_FLOW_OK);
  fail_unless (gst_harness_push_event (h, gst_event_new_flush_start ()));
  fail_unless (gst_harness_push_event (h, gst_event_new_flush_stop (TRUE)));
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  fail_unless_equals_int (gst_harness_buffers_received (h), 9);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Frames in flight when the element stops are nobody's. */
GST_START_TEST (test_async_stop)
{
  for (guint round = 0; round < 4; round++) {
    GstVideoInfo info;
    GstHarness *h;
    video_info_init (&info, "I420", WIDTH, HEIGHT);
    h = harness_new (&info, "async-depth=4");
    for (guint i = 0; i < round + 1; i++)
      fail_unless_equals_int (gst_harness_push (h, picture_new (&info, i)), GST_FLOW_OK);
    gst_harness_teardown (h);
  }
}

GST_END_TEST;

/* ---- overload ---- */

/* What came out of a pipeline that was flooded. */
typedef struct
{
  guint frames;
  GstClockTime last;
  guint in_order;
  guint64 in, done, dropped;
  guint qos;                    /* messages of the element */
  gdouble longest;              /* seconds that a frame came after it was due */
} Flood;

typedef struct
{
  Flood *flood;
  GstElement *pipeline;
} Watch;

static void
handed_off (GstElement * sink, GstBuffer * buffer, GstPad * pad, gpointer data)
{
  Watch *watch = data;
  Flood *flood = watch->flood;
  GstClockTime now = gst_element_get_current_running_time (watch->pipeline);

  flood->frames++;
  flood->in_order += flood->last == GST_CLOCK_TIME_NONE || GST_BUFFER_PTS (buffer) > flood->last;
  flood->last = GST_BUFFER_PTS (buffer);
  flood->longest = MAX (flood->longest, (gdouble) GST_CLOCK_DIFF (GST_BUFFER_PTS (buffer), now) / GST_SECOND);
}

static Flood
flooded (const gchar * properties)
{
  Flood flood = {.last = GST_CLOCK_TIME_NONE };
  gchar *line = g_strdup_printf (FLOOD " ! stylerwkv name=style %s ! fakesink name=sink sync=false "
      "signal-handoffs=true",
      properties);
  GstElement *pipeline = gst_parse_launch (line, NULL);
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), "style");
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GstBus *bus = gst_element_get_bus (pipeline);
  GstStructure *stats = NULL;
  Watch watch = { &flood, pipeline };
  GstMessage *message;

  g_signal_connect (sink, "handoff", G_CALLBACK (handed_off), &watch);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((message = bus_wait (bus, GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_QOS, 120))
      && GST_MESSAGE_TYPE (message) == GST_MESSAGE_QOS) {
    flood.qos += GST_MESSAGE_SRC (message) == GST_OBJECT (element);
    gst_message_unref (message);
  }
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  gst_message_unref (message);
  g_object_get (element, "stats", &stats, NULL);
  fail_unless (gst_structure_get (stats, "in", G_TYPE_UINT64, &flood.in, "done", G_TYPE_UINT64, &flood.done, "dropped",
          G_TYPE_UINT64, &flood.dropped, NULL));
  gst_structure_free (stats);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (sink);
  gst_object_unref (element);
  gst_object_unref (pipeline);
  g_free (line);
  return flood;
}

/* A source that is faster than the device: most frames are spared, each is told of, and those that are drawn come in
 * order. */
static Flood
check_flood (const gchar * properties)
{
  Flood flood = flooded (properties);

  fail_unless_equals_uint64 (flood.in, 400);
  fail_unless_equals_uint64 (flood.done + flood.dropped, 400);
  fail_unless (flood.dropped > 0 && flood.done > 1, "%s: %u drawn, %u spared", properties, (guint) flood.done,
      (guint) flood.dropped);
  fail_unless_equals_uint64 (flood.qos, flood.dropped);
  fail_unless_equals_int (flood.in_order, flood.frames);
  return flood;
}

GST_START_TEST (test_overload_drop)
{
  Flood flood = check_flood (__i__ ? "async-depth=3" : "");

  fail_unless_equals_uint64 (flood.frames, flood.done);
}

GST_END_TEST;

GST_START_TEST (test_overload_hold)
{
  Flood flood = check_flood (__i__ ? "overload-policy=hold async-depth=3" : "overload-policy=hold");

  fail_unless_equals_int (flood.frames, 400);
}

GST_END_TEST;

GST_START_TEST (test_overload_passthrough)
{
  Flood flood = check_flood (__i__ ? "overload-policy=passthrough async-depth=3" : "overload-policy=passthrough");

  fail_unless_equals_int (flood.frames, 400);
}

GST_END_TEST;

static gint
processing_height (GstElement * element)
{
  GstStructure *stats = NULL;
  gint height;

  g_object_get (element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_int (stats, "processing-height", &height));
  gst_structure_free (stats);
  return height;
}

/* The height falls under a load that is far too much, and some frames are drawn at the lower one; the rest is as with
 * drop. */
GST_START_TEST (test_overload_degrade)
{
  GstElement *pipeline = gst_parse_launch ("videotestsrc is-live=true ! "
      "video/x-raw,width=320,height=320,framerate=300/1 ! "
      "stylerwkv name=style overload-policy=degrade ! fakesink sync=false", NULL);
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), "style");
  GstBus *bus = gst_element_get_bus (pipeline);
  guint changes = 0;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (changes == 0) {
    GstMessage *message = bus_wait (bus, GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING, 60);
    fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT);
    fail_unless_equals_string (gst_structure_get_string (gst_message_get_structure (message), "property"),
        "processing-height");
    changes++;
    gst_message_unref (message);
  }
  fail_unless (processing_height (element) < 320);
  fail_unless (processing_height (element) >= 80);
  /* the height asked for again, where nobody asks for less */
  g_object_set (element, "overload-policy", 0, NULL);
  for (guint i = 0; i < 200 && processing_height (element) != 320; i++)
    g_usleep (100000);
  fail_unless_equals_int (processing_height (element), 320);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
  gst_object_unref (pipeline);
}

GST_END_TEST;

/* ---- processing-height ---- */

/* From the start, and changed while playing: taken between two frames and announced; frames keep their size. */
GST_START_TEST (test_processing_height)
{
  static const gint heights[] = { 16, 24, 0, 1000, 16 }, processed[] = { 16, 32, 32, 32, 16 };
  GstBuffer *full, *low = NULL, *out = NULL;
  gchar *line;
  Playing p, start;

  playing_start (&p, "");
  full = styled (&p);
  for (guint i = 0; i < G_N_ELEMENTS (heights); i++) {
    /* 1000 is no other than 0: nothing to be told of */
    gboolean told = heights[i] == 1000;
    g_object_set (p.element, "processing-height", heights[i], NULL);
    for (guint n = 0; n < 500 && (n < 5 || !told); n++) {
      GstMessage *message;
      gst_clear_buffer (&out);
      out = styled (&p);
      fail_unless_equals_uint64 (gst_buffer_get_size (out), gst_buffer_get_size (full));
      message = gst_bus_pop_filtered (p.bus, GST_MESSAGE_ELEMENT);
      if (message) {
        fail_unless_equals_string (gst_structure_get_string (gst_message_get_structure (message), "property"),
            "processing-height");
        gst_message_unref (message);
        told = TRUE;
      }
    }
    fail_unless (told);
    fail_unless_equals_int (processing_height (p.element), processed[i]);
    gst_clear_buffer (&out);
    out = styled (&p);
    fail_unless ((picture_difference (&p.info, full, out) < 0.01) == (heights[i] == 0 || heights[i] > 32));
  }
  line = g_strdup_printf ("processing-height=%d", heights[G_N_ELEMENTS (heights) - 1]);
  playing_start (&start, line);
  low = styled (&start);
  fail_unless (picture_difference (&p.info, low, out) < 0.01);
  g_free (line);
  gst_buffer_unref (low);
  gst_buffer_unref (out);
  gst_buffer_unref (full);
  playing_stop (&start);
  playing_stop (&p);
}

GST_END_TEST;

/* The same frames from a source that is not live: none is spared, however long it takes. */
GST_START_TEST (test_no_overload_of_files)
{
  GstVideoInfo info;
  GstHarness *h;

  video_info_init (&info, "RGB", WIDTH, HEIGHT);
  h = gst_harness_new_parse ("videotestsrc num-buffers=60 ! "
      "video/x-raw,format=RGB,width=48,height=32,framerate=1000/1 ! "
      "stylerwkv overload-policy=passthrough");
  gst_harness_play (h);
  for (guint i = 0; i < 60; i++)
    gst_buffer_unref (gst_harness_pull (h));
  {
    GstElement *element = element_of (h);
    GstStructure *stats = NULL;
    guint64 done;
    g_object_get (element, "stats", &stats, NULL);
    fail_unless (gst_structure_get_uint64 (stats, "done", &done));
    fail_unless_equals_uint64 (done, 60);
    gst_structure_free (stats);
    gst_object_unref (element);
  }
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Frames that the sink reports as too late go on under every policy but drop. */
GST_START_TEST (test_qos_policies)
{
  static const gchar *const policies[] = { "hold", "passthrough" };
  GstVideoInfo info;

  video_info_init (&info, "RGB", WIDTH, HEIGHT);
  for (guint p = 0; p < G_N_ELEMENTS (policies); p++) {
    gchar *properties = g_strdup_printf ("overload-policy=%s", policies[p]);
    GstHarness *h = harness_new (&info, properties);
    GstBuffer *drawn = harness_run (h, &info, 0), *in = picture_new (&info, 1), *out;
    fail_unless (gst_harness_push_upstream_event (h, gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 2.0,
                2 * FRAME_DURATION, 0)));
    fail_unless_equals_int (gst_harness_push (h, gst_buffer_ref (in)), GST_FLOW_OK);
    out = gst_harness_pull (h);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (out), GST_BUFFER_PTS (in));
    fail_unless (picture_difference (&info, out, p == 0 ? drawn : in) == 0.0);
    gst_buffer_unref (in);
    gst_buffer_unref (out);
    gst_buffer_unref (drawn);
    g_free (properties);
    gst_harness_teardown (h);
  }
}

GST_END_TEST;

/* ---- style_sink ---- */

static GstBuffer *
plain_picture (const GstVideoInfo * info, guint8 value)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);

  gst_buffer_memset (buffer, 0, value, GST_VIDEO_INFO_SIZE (info));
  /* not the same everywhere */
  gst_buffer_memset (buffer, 0, (guint8) (255 - value), GST_VIDEO_INFO_SIZE (info) / 3);
  return buffer;
}

/* What arrives there is the style, whatever its format and size, until the pad goes; then it is the property's
 * again. */
GST_START_TEST (test_style_sink)
{
  static const gchar *const kinds[] = { "RGB", "I420", "GRAY8", "P010_10LE", "ARGB" };
  Playing p;
  GstBuffer *before, *after, *last = NULL;

  playing_start (&p, "");
  before = styled (&p);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    GstVideoInfo info;
    GstMessage *message;
    GstPad *style;

    video_info_init (&info, kinds[i], 40 + 600 * (gint) (i == 1), 32 + 560 * (gint) (i == 1));
    style = pad_source_new (p.element, "style_sink", &info);
    fail_unless_equals_int (gst_pad_push (style, plain_picture (&info, 200)), GST_FLOW_OK);
    message = bus_wait (p.bus, GST_MESSAGE_ELEMENT, 60);
    fail_unless (message && gst_message_has_name (message, "stylerwkv-style-changed"));
    fail_unless_equals_string (gst_structure_get_string (gst_message_get_structure (message), "property"),
        "style_sink");
    gst_message_unref (message);
    after = styled (&p);
    fail_unless (picture_difference (&p.info, before, after) > 4.0, "%s changed nothing", kinds[i]);
    /* its end is not the video's, and takes nothing away */
    fail_unless (gst_pad_push_event (style, gst_event_new_eos ()));
    last = styled (&p);
    fail_unless (picture_difference (&p.info, last, after) < 0.01);
    gst_buffer_unref (last);
    gst_buffer_unref (after);
    pad_source_free (p.element, style);

    message = bus_wait (p.bus, GST_MESSAGE_ELEMENT, 60);
    fail_unless (message != NULL);
    gst_message_unref (message);
    after = styled (&p);
    fail_unless (picture_difference (&p.info, before, after) < 0.01, "the built-in style did not come back");
    gst_buffer_unref (after);
  }
  gst_buffer_unref (before);
  playing_stop (&p);
}

GST_END_TEST;

/* A video as the style of a video, as a user would write it, started and stopped. */
GST_START_TEST (test_style_video)
{
  GstElement *pipeline = gst_parse_launch ("videotestsrc num-buffers=40 ! "
      "video/x-raw,width=48,height=32 ! stylerwkv name=s ! "
      "fakesink  videotestsrc pattern=smpte75 num-buffers=40 ! video/x-raw,width=64,height=64 ! s.style_sink", NULL);
  GstBus *bus = gst_element_get_bus (pipeline);

  for (guint i = 0; i < 3; i++) {
    GstMessage *message;
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    message = bus_wait (bus, GST_MESSAGE_EOS | GST_MESSAGE_ERROR, 120);
    fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
    gst_message_unref (message);
    gst_element_set_state (pipeline, GST_STATE_NULL);
    /* in the middle of a style */
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    g_usleep (i * 40000);
    gst_element_set_state (pipeline, GST_STATE_NULL);
  }
  gst_object_unref (bus);
  gst_object_unref (pipeline);
}

GST_END_TEST;

/* Video that the element does not take is not taken for a style. */
GST_START_TEST (test_style_sink_is_not_the_sink)
{
  GstElement *pipeline = gst_parse_launch ("videotestsrc num-buffers=2 ! video/x-raw,format=Y444,width=48,height=32 ! "
      "stylerwkv ! fakesink", NULL);
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = bus_wait (bus, GST_MESSAGE_EOS | GST_MESSAGE_ERROR, 60);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
}

GST_END_TEST;

/* The pad can be had again after it was given back. */
GST_START_TEST (test_style_sink_again)
{
  GstElement *element = gst_element_factory_make ("stylerwkv", NULL);
  GstPad *pad = gst_element_request_pad_simple (element, "style_sink");

  fail_unless (pad != NULL);
  gst_element_release_request_pad (element, pad);
  gst_object_unref (pad);
  pad = gst_element_request_pad_simple (element, "style_sink");
  fail_unless (pad != NULL);
  gst_element_release_request_pad (element, pad);
  gst_object_unref (pad);
  gst_object_unref (element);
}

GST_END_TEST;

/* ---- GstContext ---- */

#define DEVICE_CONTEXT "gst.stylerwkv.device"

static gconstpointer
device_of (GstElement * element)
{
  GstContext *context = gst_element_get_context (element, DEVICE_CONTEXT);
  gconstpointer device;

  fail_unless (context != NULL);
  device = g_value_get_boxed (gst_structure_get_value (gst_context_get_structure (context), "device"));
  gst_context_unref (context);
  return device;
}

/* Two elements of a pipeline have one device; a third one gets it from the application. */
GST_START_TEST (test_context)
{
  GstElement *pipeline = gst_parse_launch ("videotestsrc num-buffers=2 ! "
      "video/x-raw,width=48,height=32 ! stylerwkv name=a ! "
      "stylerwkv name=b ! fakesink", NULL);
  GstElement *a = gst_bin_get_by_name (GST_BIN (pipeline), "a"), *b = gst_bin_get_by_name (GST_BIN (pipeline), "b");
  GstElement *c = gst_element_factory_make ("stylerwkv", NULL);
  GstBus *bus = gst_element_get_bus (pipeline), *own = gst_bus_new ();
  GstContext *context;
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  message = bus_wait (bus, GST_MESSAGE_ASYNC_DONE | GST_MESSAGE_ERROR, 60);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ASYNC_DONE);
  gst_message_unref (message);
  fail_unless (device_of (a) == device_of (b));

  gst_element_set_bus (c, own);
  context = gst_element_get_context (a, DEVICE_CONTEXT);
  gst_element_set_context (c, context);
  fail_unless (gst_element_set_state (c, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
  fail_unless (device_of (c) == device_of (a));
  fail_unless (gst_bus_pop_filtered (own, GST_MESSAGE_NEED_CONTEXT | GST_MESSAGE_HAVE_CONTEXT) == NULL);
  gst_context_unref (context);

  gst_element_set_state (c, GST_STATE_NULL);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_element_set_bus (c, NULL);
  gst_object_unref (own);
  gst_object_unref (bus);
  gst_object_unref (a);
  gst_object_unref (b);
  gst_object_unref (c);
  gst_object_unref (pipeline);
}

GST_END_TEST;

/* An element alone asks, and tells what it then opened; a device asked for by another name is not taken. */
GST_START_TEST (test_context_asked_for)
{
  GstElement *a = gst_element_factory_make ("stylerwkv", NULL), *b = gst_element_factory_make ("stylerwkv", NULL);
  GstBus *bus = gst_bus_new ();
  GstContext *context;
  GstMessage *message;

  gst_element_set_bus (a, bus);
  fail_unless (gst_element_set_state (a, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_NEED_CONTEXT);
  fail_unless (message != NULL);
  gst_message_unref (message);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_HAVE_CONTEXT);
  fail_unless (message != NULL);
  gst_message_parse_have_context (message, &context);
  gst_message_unref (message);

  g_object_set (b, "device", "gpu", NULL);
  gst_element_set_bus (b, bus);
  gst_element_set_context (b, context);
  /* where there is a GPU it is another device, and where there is none this fails: it is never the one of "auto" by
   * mistake */
  if (gst_element_set_state (b, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE) {
    GstContext *other = gst_element_get_context (b, DEVICE_CONTEXT);
    fail_unless_equals_string (gst_structure_get_string (gst_context_get_structure (other), "which"), "gpu");
    gst_context_unref (other);
  }
  gst_context_unref (context);
  gst_element_set_state (a, GST_STATE_NULL);
  gst_element_set_state (b, GST_STATE_NULL);
  gst_element_set_bus (a, NULL);
  gst_element_set_bus (b, NULL);
  gst_object_unref (bus);
  gst_object_unref (a);
  gst_object_unref (b);
}

GST_END_TEST;

static Suite *
live_suite (void)
{
  Suite *suite = suite_create ("live");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 600);
  tcase_add_loop_test (tc, test_async_depth, 0, 3);
  tcase_add_test (tc, test_async_order);
  tcase_add_test (tc, test_async_stop);
  tcase_add_loop_test (tc, test_overload_drop, 0, 2);
  tcase_add_loop_test (tc, test_overload_hold, 0, 2);
  tcase_add_loop_test (tc, test_overload_passthrough, 0, 2);
  tcase_add_test (tc, test_overload_degrade);
  tcase_add_test (tc, test_no_overload_of_files);
  tcase_add_test (tc, test_processing_height);
  tcase_add_test (tc, test_qos_policies);
  tcase_add_test (tc, test_style_sink);
  tcase_add_test (tc, test_style_video);
  tcase_add_test (tc, test_style_sink_is_not_the_sink);
  tcase_add_test (tc, test_style_sink_again);
  tcase_add_test (tc, test_context);
  tcase_add_test (tc, test_context_asked_for);
  return suite;
}

GST_CHECK_MAIN (live);
