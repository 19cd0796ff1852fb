/* What streams do to an element: data before it has started, memory that is shared, scarce or not a frame, files that
 * cannot be read.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

#define VISIBLE 4.0
/* What would take as long is a stall. */
#define STALL 60

/* ---- data while the element starts ---- */

static gint frames_seen;

static GstPadProbeReturn
count_buffer (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  g_atomic_int_inc (&frames_seen);
  return GST_PAD_PROBE_OK;
}

/* A branch is added to a playing pipeline and its elements are started one by one, the source before the element: its
 * frames wait until that is ready. */
GST_START_TEST (test_data_while_starting)
{
  static const gchar *const orders[] = { "ske", "sek" };
  GstElement *pipeline = gst_parse_launch ("videotestsrc is-live=true ! fakesink", NULL);
  GstElement *source = gst_parse_bin_from_description ("videotestsrc is-live=true ! "
      "video/x-raw,format=RGB,width=48,height=32,framerate=30/1", TRUE, NULL);
  GstElement *element = gst_element_factory_make ("stylerwkv", NULL), *sink = gst_element_factory_make ("fakesink",
      NULL);
  GstPad *pad = gst_element_get_static_pad (sink, "sink");

  g_atomic_int_set (&frames_seen, 0);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_element_get_state (pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
  gst_bin_add_many (GST_BIN (pipeline), source, element, sink, NULL);
  fail_unless (gst_element_link_many (source, element, sink, NULL));
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, count_buffer, NULL, NULL);
  for (const gchar * order = orders[__i__]; *order; order++)
    fail_unless (gst_element_sync_state_with_parent (*order == 's' ? source : *order == 'e' ? element : sink));
  for (guint i = 0; i < STALL * 100 && g_atomic_int_get (&frames_seen) < 5; i++)
    g_usleep (10000);
  fail_unless (g_atomic_int_get (&frames_seen) >= 5);
  /* a bin that is still on its way up may go on after it was told to stop */
  gst_element_get_state (pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pad);
  gst_object_unref (pipeline);
}

GST_END_TEST;

static gpointer
flush_and_ask (gpointer data)
{
  GstPad *pad = data;

  for (guint i = 0; i < 200; i++) {
    GstQuery *query = i % 2 ? gst_query_new_drain () : gst_query_new_latency ();
    gst_pad_send_event (pad, gst_event_new_flush_start ());
    gst_pad_send_event (pad, gst_event_new_flush_stop (TRUE));
    gst_pad_query (pad, query);
    gst_query_unref (query);
  }
  return NULL;
}

/* Flushes and queries from another thread while the element starts and stops. */
GST_START_TEST (test_flush_while_starting)
{
  GstElement *element = gst_element_factory_make ("stylerwkv", NULL);
  GstPad *pad = gst_element_get_static_pad (element, "sink");

  gst_object_ref_sink (element);
  for (guint i = 0; i < 3; i++) {
    GThread *thread = g_thread_new ("flush", flush_and_ask, pad);
    fail_unless (gst_element_set_state (element, GST_STATE_PAUSED) == GST_STATE_CHANGE_SUCCESS);
    g_object_set (element, "strength", 0.1 * i, "style-image", style_red (), NULL);
    fail_unless (gst_element_set_state (element, GST_STATE_NULL) == GST_STATE_CHANGE_SUCCESS);
    g_thread_join (thread);
  }
  gst_object_unref (pad);
  gst_object_unref (element);
}

GST_END_TEST;

/* ---- memory ---- */

/* Another branch holds the frames too: they stay as they were, whatever is done with them. */
GST_START_TEST (test_shared_buffers)
{
  static const gdouble strengths[] = { 0.0, 1.0, 0.5, 0.0, 1.0 };
  static const gchar *const policies[] = { "drop", "hold", "passthrough", "degrade" };
  Playing p;
  GstBuffer *shared, *kept;

  playing_start (&p, "");
  gst_util_set_object_arg (G_OBJECT (p.element), "overload-policy", policies[__i__]);
  shared = picture_new (&p.info, 1);
  kept = gst_buffer_copy_deep (shared);
  for (guint i = 0; i < G_N_ELEMENTS (strengths); i++) {
    GstBuffer *out;
    g_object_set (p.element, "strength", strengths[i], NULL);
    fail_unless_equals_int (gst_harness_push (p.h, gst_buffer_ref (shared)), GST_FLOW_OK);
    out = gst_harness_pull (p.h);
    fail_unless ((picture_difference (&p.info, out, kept) > 0.0) == (strengths[i] > 0.0));
    fail_unless (picture_difference (&p.info, shared, kept) == 0.0);
    gst_buffer_unref (out);
  }
  gst_buffer_unref (shared);
  gst_buffer_unref (kept);
  playing_stop (&p);
}

GST_END_TEST;

typedef struct
{
  guint most;                   /* buffers of the pool that is offered */
  guint least_asked;            /* that the element asked the pool of the element before it to have */
} Pools;

static GstPadProbeReturn
offer_pool (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  const Pools *pools = data;
  GstBufferPool *pool;
  GstStructure *config;
  GstVideoInfo video;
  GstCaps *caps;

  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION || !(GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_PUSH))
    return GST_PAD_PROBE_OK;
  gst_query_parse_allocation (query, &caps, NULL);
  fail_unless (gst_video_info_from_caps (&video, caps));
  pool = gst_video_buffer_pool_new ();
  config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_set_params (config, caps, (guint) video.size, 1, pools->most);
  fail_unless (gst_buffer_pool_set_config (pool, config));
  gst_query_add_allocation_pool (query, pool, (guint) video.size, 1, pools->most);
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  gst_object_unref (pool);
  return GST_PAD_PROBE_HANDLED;
}

static GstPadProbeReturn
read_proposal (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  Pools *pools = data;
  guint least;

  if (GST_QUERY_TYPE (query) == GST_QUERY_ALLOCATION && (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_PULL)
      && gst_query_get_n_allocation_pools (query) > 0) {
    gst_query_parse_nth_allocation_pool (query, 0, NULL, NULL, &least, NULL);
    pools->least_asked = MAX (pools->least_asked, least);
  }
  return GST_PAD_PROBE_OK;
}

/* The next element has so few buffers that those in the element are all of them, or more: nothing stalls, and the
 * element before is told how many of its own are needed. */
GST_START_TEST (test_bounded_pool)
{
  static const struct
  {
    const gchar *properties, *live;
    Pools pools;
    guint depth;
  } cases[] = {
    {"async-depth=4", "false", {3, 0}, 4}, {"async-depth=1", "false", {1, 0}, 1},
    {"overload-policy=hold", "true", {1, 0}, 1}, {"strength=0", "true", {1, 0}, 1},
    {"overload-policy=passthrough async-depth=2", "true", {2, 0}, 2}, {"overload-policy=hold strength=0", "true", {1,
        0}, 1},
  };
  gchar *line = g_strdup_printf ("videotestsrc num-buffers=30 is-live=%s ! video/x-raw,format=I420,width=64,height=48,"
      "framerate=60/1 ! stylerwkv name=s %s ! fakesink name=k enable-last-sample=false sync=%s", cases[__i__].live,
      cases[__i__].properties, cases[__i__].live);
  GstElement *pipeline = gst_parse_launch (line, NULL), *sink = gst_bin_get_by_name (GST_BIN (pipeline), "k");
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), "s");
  GstPad *pad = gst_element_get_static_pad (sink, "sink"), *in = gst_element_get_static_pad (element, "sink");
  GstBus *bus = gst_element_get_bus (pipeline);
  Pools pools = cases[__i__].pools;
  GstMessage *message;

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, offer_pool, &pools, NULL);
  gst_pad_add_probe (in, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, read_proposal, &pools, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = bus_wait (bus, GST_MESSAGE_EOS | GST_MESSAGE_ERROR, STALL);
  fail_unless (message != NULL, "%s stalls", cases[__i__].properties);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  fail_unless (pools.least_asked >= cases[__i__].depth, "asked for %u buffers", pools.least_asked);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pad);
  gst_object_unref (in);
  gst_object_unref (element);
  gst_object_unref (sink);
  gst_object_unref (pipeline);
  g_free (line);
}

GST_END_TEST;

/* The bytes of a row that belong to no pixel are zero. */
GST_START_TEST (test_row_padding)
{
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *out;
  GstMapInfo map;

  video_info_init (&info, "RGB", 35, 9);
  h = harness_new (&info, "");
  out = harness_run (h, &info, 1);
  fail_unless (gst_buffer_map (out, &map, GST_MAP_READ));
  fail_unless_equals_int (GST_VIDEO_INFO_PLANE_STRIDE (&info, 0), 108);
  for (gsize y = 0; y < 9; y++)
    for (gsize i = 105; i < 108; i++)
      fail_unless_equals_int (map.data[108 * y + i], 0);
  gst_buffer_unmap (out, &map);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* ---- frames that are none ---- */

static void
expect_warning (GstBus * bus, const gchar * text)
{
  GstMessage *message = bus_wait (bus, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR, STALL);
  GError *error = NULL;

  fail_unless (message != NULL);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_WARNING);
  gst_message_parse_warning (message, &error, NULL);
  fail_unless (strstr (error->message, text) != NULL, "%s", error->message);
  fail_unless (g_utf8_validate (error->message, -1, NULL));
  g_error_free (error);
  gst_message_unref (message);
}

/* It is told of and left out, and the stream goes on. */
GST_START_TEST (test_damaged_frame)
{
  Playing p;
  GstBuffer *bad, *out;

  playing_start (&p, __i__ ? "async-depth=3" : "");
  fail_unless_equals_int (gst_harness_push (p.h, picture_new (&p.info, 0)), GST_FLOW_OK);
  fail_unless_equals_int (gst_harness_push (p.h, gst_buffer_new_allocate (NULL, 10, NULL)), GST_FLOW_OK);
  expect_warning (p.bus, "10 bytes where a frame of 48×32 in RGB has 4608");
  bad = picture_new (&p.info, 1);
  gst_buffer_add_video_meta (bad, 0, GST_VIDEO_FORMAT_RGB, 24, 32);
  fail_unless_equals_int (gst_harness_push (p.h, bad), GST_FLOW_OK);
  expect_warning (p.bus, "24×32 where the caps say 48×32");
  fail_unless_equals_int (gst_harness_push (p.h, picture_new (&p.info, 2)), GST_FLOW_OK);
  fail_unless (gst_harness_push_event (p.h, gst_event_new_eos ()));
  for (guint i = 0; i < 2; i++) {
    out = gst_harness_pull (p.h);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (out), i * 2 * FRAME_DURATION);
    gst_buffer_unref (out);
  }
  fail_unless (gst_harness_try_pull (p.h) == NULL);
  playing_stop (&p);
}

GST_END_TEST;

GST_START_TEST (test_interlaced_is_refused)
{
  Playing p;
  GstMessage *message;
  GError *error = NULL;

  playing_start (&p, "");
  p.info.interlace_mode = __i__ ? GST_VIDEO_INTERLACE_MODE_MIXED : GST_VIDEO_INTERLACE_MODE_INTERLEAVED;
  harness_set_info (p.h, &p.info);
  gst_harness_push (p.h, picture_new (&p.info, 0));
  message = bus_wait (p.bus, GST_MESSAGE_ERROR, STALL);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, "Put deinterlace in front") != NULL, "%s", error->message);
  g_error_free (error);
  gst_message_unref (message);
  playing_stop (&p);
}

GST_END_TEST;

/* ---- frames that stand for others ---- */

/* From now on the sink shows nothing up to this frame. */
static void
too_late_up_to (GstHarness * h, guint index)
{
  fail_unless (gst_harness_push_upstream_event (h, gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 2.0,
              (GstClockTimeDiff) (index * FRAME_DURATION), 0)));
}

/* It has the metadata of the late one, its time code for one. */
GST_START_TEST (test_hold_metadata)
{
  Playing p;

  playing_start (&p, "overload-policy=hold");
  for (guint i = 0; i < 4; i++) {
    GstBuffer *in = picture_new (&p.info, i), *out;
    GstVideoRegionOfInterestMeta *region = gst_buffer_add_video_region_of_interest_meta (in, "frame", i, 0, 8, 8);
    GstVideoTimeCodeMeta *code;
    region->id = 7;
    gst_buffer_add_video_time_code_meta_full (in, 25, 1, NULL, 0, 0, 0, 0, i, 0);
    fail_unless_equals_int (gst_harness_push (p.h, in), GST_FLOW_OK);
    out = gst_harness_pull (p.h);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (out), i * FRAME_DURATION);
    fail_unless_equals_uint64 (GST_BUFFER_OFFSET (out), i);
    region = gst_buffer_get_video_region_of_interest_meta_id (out, 7);
    code = gst_buffer_get_video_time_code_meta (out);
    fail_unless (region && region->x == i);
    fail_unless (code && code->tc.frames == i);
    gst_buffer_unref (out);
    if (i == 1)
      too_late_up_to (p.h, 3);
  }
  playing_stop (&p);
}

GST_END_TEST;

/* There is no frame before: the late one is drawn. Nor is there after new caps, whose frames it would not fit. */
GST_START_TEST (test_hold_has_nothing)
{
  Playing p;
  GstBuffer *in, *out;

  playing_start (&p, "");
  gst_buffer_unref (harness_run (p.h, &p.info, 0));
  g_object_set (p.element, "overload-policy", 1, NULL);
  too_late_up_to (p.h, 2);
  in = picture_new (&p.info, 1);
  out = harness_run (p.h, &p.info, 1);
  fail_unless (picture_difference (&p.info, in, out) > VISIBLE);
  gst_buffer_unref (in);
  gst_buffer_unref (out);
  video_info_init (&p.info, "RGB", 64, 48);
  harness_set_info (p.h, &p.info);
  in = picture_new (&p.info, 2);
  out = harness_run (p.h, &p.info, 2);
  fail_unless_equals_uint64 (gst_buffer_get_size (out), GST_VIDEO_INFO_SIZE (&p.info));
  fail_unless (picture_difference (&p.info, in, out) > VISIBLE);
  gst_buffer_unref (in);
  gst_buffer_unref (out);
  playing_stop (&p);
}

GST_END_TEST;

/* A frame that passed has no style and stands for no other: the late one after it is drawn. */
GST_START_TEST (test_hold_after_passing)
{
  Playing p;
  GstBuffer *in, *out;

  playing_start (&p, "overload-policy=hold");
  gst_buffer_unref (harness_run (p.h, &p.info, 0));
  g_object_set (p.element, "strength", 0.0, NULL);
  gst_buffer_unref (harness_run (p.h, &p.info, 1));
  g_object_set (p.element, "strength", 1.0, NULL);
  too_late_up_to (p.h, 3);
  in = picture_new (&p.info, 2);
  out = harness_run (p.h, &p.info, 2);
  fail_unless (picture_difference (&p.info, in, out) > VISIBLE);
  gst_buffer_unref (in);
  gst_buffer_unref (out);
  playing_stop (&p);
}

GST_END_TEST;

/* ---- a sink that waits ---- */

static GstPadProbeReturn
block (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  return GST_PAD_PROBE_OK;
}

/* The device goes on while the sink of a live stream waits with a frame: for as many as come in that time. */
GST_START_TEST (test_waiting_sink)
{
  Playing p;
  GstPad *pad;
  GstStructure *stats = NULL;
  guint64 done = 0;
  gulong probe;

  playing_start (&p, "");
  fail_unless (gst_harness_push_upstream_event (p.h, gst_event_new_latency (3 * FRAME_DURATION)));
  pad = gst_element_get_static_pad (p.element, "src");
  probe = gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER, block, NULL, NULL);
  for (guint i = 0; i < 4; i++)
    fail_unless_equals_int (gst_harness_push (p.h, picture_new (&p.info, i)), GST_FLOW_OK);
  g_object_get (p.element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, "done", &done));
  fail_unless_equals_uint64 (done, 4);
  gst_structure_free (stats);
  fail_unless (gst_harness_try_pull (p.h) == NULL);
  gst_pad_remove_probe (pad, probe);
  for (guint i = 0; i < 4; i++) {
    GstBuffer *out = gst_harness_pull (p.h);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (out), i * FRAME_DURATION);
    gst_buffer_unref (out);
  }
  gst_object_unref (pad);
  playing_stop (&p);
}

GST_END_TEST;

static void
count_release (gpointer data, GstMiniObject * buffer)
{
  (*(guint *) data)++;
}

/* Nor does one that is passed frames hold more buffers of the element before than it told that one of. */
GST_START_TEST (test_waiting_sink_of_passed_frames)
{
  enum { FRAMES = 8, TOLD = 3 };
  guint released = 0;
  gulong probe;
  GstPad *pad;
  Playing p;

  playing_start (&p, "strength=0");
  fail_unless (gst_harness_push_upstream_event (p.h, gst_event_new_latency (FRAMES * FRAME_DURATION)));
  pad = gst_element_get_static_pad (p.element, "src");
  probe = gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER, block, NULL, NULL);
  for (guint i = 0; i < FRAMES; i++) {
    GstBuffer *buffer = picture_new (&p.info, i);
    gst_mini_object_weak_ref (GST_MINI_OBJECT (buffer), count_release, &released);
    fail_unless_equals_int (gst_harness_push (p.h, buffer), GST_FLOW_OK);
  }
  fail_unless (released >= FRAMES - TOLD, "%u of %u buffers are kept", FRAMES - released, FRAMES);
  gst_pad_remove_probe (pad, probe);
  for (guint i = 0; i < FRAMES; i++) {
    GstBuffer *out = gst_harness_pull (p.h);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (out), i * FRAME_DURATION);
    gst_buffer_unref (out);
  }
  gst_object_unref (pad);
  playing_stop (&p);
}

GST_END_TEST;

/* ---- files ---- */

static gchar *
temporary (const gchar * name)
{
  gchar *file = g_strdup_printf ("stylerwkv-stream-%d-%s", (gint) getpid (), name);
  gchar *path = g_build_filename (g_get_tmp_dir (), file, NULL);

  g_free (file);
  return path;
}

/* The first half of the red style's pixels. */
static void
write_half (const gchar * path)
{
  gchar *data;
  gsize size;

  fail_unless (g_file_get_contents (style_red (), &data, &size, NULL));
  fail_unless (g_file_set_contents (path, data, (gssize) (size / 2), NULL));
  g_free (data);
}

/* Why an element with this property does not start. */
static gchar *
refusal (const gchar * property, const gchar * value)
{
  GstElement *element = gst_object_ref_sink (gst_element_factory_make ("stylerwkv", NULL));
  GstBus *bus = gst_bus_new ();
  GstMessage *message;
  GError *error = NULL;
  gchar *text;

  gst_element_set_bus (element, bus);
  g_object_set (element, property, value, NULL);
  fail_unless (gst_element_set_state (element, GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE, "%s=%s", property, value);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (g_utf8_validate (error->message, -1, NULL));
  text = g_strdup (error->message);
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
  return text;
}

static void
check_refusal (const gchar * property, const gchar * value, const gchar * want)
{
  gchar *text = refusal (property, value);

  fail_unless (strstr (text, want) != NULL, "%s=%s: %s", property, value, text);
  g_free (text);
}

/* Half a picture is none: not at the start, and not while playing. */
GST_START_TEST (test_half_a_picture)
{
  static const gchar *const properties[] = { "style-image", "style-image-2", "mask" };
  const gchar *property = properties[__i__];
  gchar *path = temporary ("half.ppm");
  GstBuffer *before, *after;
  Playing p;

  write_half (path);
  check_refusal (property, path, "damaged, or not whole");
  playing_start (&p, "");
  before = harness_run (p.h, &p.info, 1);
  g_object_set (p.element, property, path, NULL);
  expect_warning (p.bus, "damaged, or not whole");
  after = harness_run (p.h, &p.info, 1);
  fail_unless (picture_difference (&p.info, before, after) == 0.0);
  gst_buffer_unref (before);
  gst_buffer_unref (after);
  playing_stop (&p);
  g_unlink (path);
  g_free (path);
}

GST_END_TEST;

/* The true cause is told. */
GST_START_TEST (test_refusals)
{
  check_refusal ("style-image", "/nonexistent.jpg", "/nonexistent.jpg: no such file");
  check_refusal ("mask", "~/mask.png", "only where a shell replaces it");
  check_refusal ("style-image", "https://example.org/a.jpg", "give the path of a file, or a file:// URI");
  check_refusal ("model-file", "/dev/null", "not a regular file");
}

GST_END_TEST;

/* A name that is no UTF-8 is used as it is, and shown as well as can be; an URI is a name too. */
GST_START_TEST (test_names)
{
  gchar *path = temporary ("caf\351.ppm"), *uri = g_filename_to_uri (path, NULL, NULL), *data;
  const gchar *names[] = { path, uri };
  GstMessage *message;
  const gchar *shown;
  Playing p;
  gsize size;

  fail_unless (g_file_get_contents (style_red (), &data, &size, NULL));
  fail_unless (g_file_set_contents (path, data, (gssize) size, NULL));
  playing_start (&p, "");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_object_set (p.element, "style-image", names[i], NULL);
    message = bus_wait (p.bus, GST_MESSAGE_ELEMENT | GST_MESSAGE_WARNING, STALL);
    fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT);
    shown = gst_structure_get_string (gst_message_get_structure (message), "path");
    fail_unless (shown && g_utf8_validate (shown, -1, NULL));
    gst_message_unref (message);
  }
  g_object_set (p.element, "style-image", "/nonexistent/caf\351.ppm", NULL);
  expect_warning (p.bus, "no such file");
  playing_stop (&p);
  g_unlink (path);
  g_free (data);
  g_free (path);
  g_free (uri);
}

GST_END_TEST;

/* ---- pads ---- */

/* What one pad takes every other takes, so that linking finds the right one or fails at once. */
GST_START_TEST (test_same_limits)
{
  GstElementFactory *factory = gst_element_factory_find ("stylerwkv");
  GstCaps *agreed = NULL;
  guint pads = 0;

  for (const GList * l = gst_element_factory_get_static_pad_templates (factory); l; l = l->next, pads++) {
    GstCaps *caps = gst_static_pad_template_get_caps (l->data);
    if (agreed)
      fail_unless (gst_caps_is_strictly_equal (agreed, caps));
    else
      agreed = gst_caps_ref (caps);
    gst_caps_unref (caps);
  }
  fail_unless_equals_int (pads, 4);
  gst_caps_unref (agreed);
  gst_object_unref (factory);
}

GST_END_TEST;

static Suite *
stream_suite (void)
{
  Suite *suite = suite_create ("stream");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 300);
  tcase_add_loop_test (tc, test_data_while_starting, 0, 2);
  tcase_add_test (tc, test_flush_while_starting);
  tcase_add_loop_test (tc, test_shared_buffers, 0, 4);
  tcase_add_loop_test (tc, test_bounded_pool, 0, 6);
  tcase_add_test (tc, test_row_padding);
  tcase_add_loop_test (tc, test_damaged_frame, 0, 2);
  tcase_add_loop_test (tc, test_interlaced_is_refused, 0, 2);
  tcase_add_test (tc, test_hold_metadata);
  tcase_add_test (tc, test_hold_has_nothing);
  tcase_add_test (tc, test_hold_after_passing);
  tcase_add_test (tc, test_waiting_sink);
  tcase_add_test (tc, test_waiting_sink_of_passed_frames);
  tcase_add_loop_test (tc, test_half_a_picture, 0, 3);
  tcase_add_test (tc, test_refusals);
  tcase_add_test (tc, test_names);
  tcase_add_test (tc, test_same_limits);
  return suite;
}

GST_CHECK_MAIN (stream);
