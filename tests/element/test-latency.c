/* The latency that the element reports is the one that GStreamer's latency tracer (GST_TRACERS, set by meson.build)
 * measures.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common.h"
#include "latency.h"

#define MS GST_MSECOND

/* ---- the meter ---- */

/* Adds frames of these milliseconds, and gives what is reported then in milliseconds. */
static guint
reported_after (LatencyMeter * meter, const guint * ms, guint count)
{
  for (guint i = 0; i < count; i++) {
    GstClockTime before = meter->reported;
    gboolean grew = latency_meter_add (meter, ms[i] * MS);
    fail_unless (meter->reported >= before && grew == (meter->reported > before));
  }
  fail_unless (meter->reported % MS == 0);
  return (guint) (meter->reported / MS);
}

#define REPORTED(meter, ...) reported_after (meter, (const guint[]) { __VA_ARGS__ }, \
    G_N_ELEMENTS (((const guint[]) { __VA_ARGS__ })))

GST_START_TEST (test_meter_covers_every_frame)
{
  LatencyMeter meter = { 0 };

  fail_unless_equals_int (REPORTED (&meter, 5, 5), 0);
  fail_unless_equals_int (REPORTED (&meter, 5), 10);
  /* one slow frame of many counts at once, when it is longer than 10 ms are with a margin too */
  for (guint i = 0; i < 20; i++)
    fail_unless_equals_int (REPORTED (&meter, 5), 10);
  fail_unless_equals_int (REPORTED (&meter, 10), 20);
  fail_unless_equals_int (REPORTED (&meter, 20), 30);
  /* and stays when the window has forgotten it */
  for (guint i = 0; i < 2 * LATENCY_WINDOW; i++)
    fail_unless_equals_int (REPORTED (&meter, 1), 30);
}

GST_END_TEST;

GST_START_TEST (test_meter_leaves_out_stalls)
{
  LatencyMeter meter = { 0 };

  /* a stall at the very start, later, and several in a row */
  fail_unless_equals_int (REPORTED (&meter, 400, 5, 5), 10);
  fail_unless_equals_int (REPORTED (&meter, 5, 300, 5, 21, 5, 5, 5, 5, 5, 5), 10);
  fail_unless_equals_int (REPORTED (&meter, 500, 500, 500), 10);
}

GST_END_TEST;

/* Frames that stay slow are no stalls: reported once they are the usual ones. */
GST_START_TEST (test_meter_follows_slow_frames)
{
  LatencyMeter meter = { 0 };

  for (guint i = 0; i < LATENCY_WINDOW; i++)
    latency_meter_add (&meter, 5 * MS);
  for (guint i = 0; i < LATENCY_WINDOW / 2 - 1; i++)
    fail_unless_equals_int (REPORTED (&meter, 100), 10);
  for (guint i = 0; i < LATENCY_WINDOW / 2; i++)
    latency_meter_add (&meter, 100 * MS);
  fail_unless_equals_int (REPORTED (&meter, 100), 110);
}

GST_END_TEST;

/* ---- the element ---- */

#define FRAMES 200
/* Frames before these are still of the start. */
#define FIRST 5

typedef struct
{
  GMutex lock;
  GArray *times;                /* GstClockTime: element-latency of stylerwkv, frame by frame */
} Traced;

static void
read_trace (GstDebugCategory * category, GstDebugLevel level, const gchar * file, const gchar * function, gint line,
    GObject * object, GstDebugMessage * message, gpointer data)
{
  Traced *traced = data;
  GstStructure *record;
  guint64 time;

  if (g_strcmp0 (gst_debug_category_get_name (category), "GST_TRACER") != 0)
    return;
  record = gst_structure_from_string (gst_debug_message_get (message), NULL);
  if (record && gst_structure_has_name (record, "element-latency")
      && g_strcmp0 (gst_structure_get_string (record, "element"), "styled") == 0
      && gst_structure_get_uint64 (record, "time", &time)) {
    g_mutex_lock (&traced->lock);
    g_array_append_val (traced->times, time);
    g_mutex_unlock (&traced->lock);
  }
  if (record)
    gst_structure_free (record);
}

static GstClockTime
latency_at (GstElement * element, const gchar * pad_name)
{
  GstPad *pad = gst_element_get_static_pad (element, pad_name), *peer = gst_pad_get_peer (pad);
  GstQuery *query = gst_query_new_latency ();
  GstClockTime min;
  gboolean live;

  /* upstream of the sink pad, and with the element's own at the source pad */
  fail_unless (gst_pad_query (GST_PAD_IS_SINK (pad) ? peer : pad, query));
  gst_query_parse_latency (query, &live, &min, NULL);
  fail_unless (live);
  gst_query_unref (query);
  gst_object_unref (peer);
  gst_object_unref (pad);
  return min;
}

/* Plays live frames to the end; gives what the element reports then. */
static GstClockTime
play (void)
{
  GstElement *pipeline =
      gst_parse_launch ("videotestsrc is-live=true pattern=ball num-buffers=" G_STRINGIFY (FRAMES) " "
      "! video/x-raw,format=I420,width=160,height=96,framerate=40/1 ! stylerwkv name=styled ! fakesink sync=false",
      NULL);
  GstElement *styled = gst_bin_get_by_name (GST_BIN (pipeline), "styled");
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  GstClockTime reported;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = bus_wait (bus, GST_MESSAGE_EOS | GST_MESSAGE_ERROR, 180);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  gst_message_unref (message);
  reported = latency_at (styled, "src") - latency_at (styled, "sink");
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (styled);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
  return reported;
}

static gint
ascending (gconstpointer a, gconstpointer b)
{
  const GstClockTime x = *(const GstClockTime *) a, y = *(const GstClockTime *) b;

  return x < y ? -1 : x > y;
}

/* The median of the frames that the meter looked at when `end` frames had come. */
static GstClockTime
median_at (const GArray * times, guint end)
{
  guint n = MIN (LATENCY_WINDOW, end);
  GstClockTime window[LATENCY_WINDOW];

  memcpy (window, &g_array_index (times, GstClockTime, end - n), n * sizeof window[0]);
  qsort (window, n, sizeof window[0], ascending);
  return window[n / 2];
}

static GstClockTime
largest_median (const GArray * times, guint first_end, guint last_end)
{
  GstClockTime largest = 0;

  for (guint end = first_end; end <= last_end; end++)
    largest = MAX (largest, median_at (times, end));
  return largest;
}

/* How many frames took longer than reported and were no stalls, by a clear margin, in any of the windows they were
 * in. */
static guint
count_uncovered (const GArray * times, GstClockTime reported)
{
  guint count = 0;

  for (guint i = FIRST; i < times->len; i++) {
    GstClockTime time = g_array_index (times, GstClockTime, i);
    GstClockTime usual = largest_median (times, i + 1, MIN (i + LATENCY_WINDOW, times->len));
    count += time > reported && time <= (LATENCY_STALL - 1) * usual;
  }
  return count;
}

/* On a busy machine a frame can be held up where only the tracer counts it, between the pads and the element; not in
 * every run. */
GST_START_TEST (test_reported_is_measured)
{
  Traced traced = {.times = g_array_new (FALSE, FALSE, sizeof (GstClockTime)) };
  guint uncovered = FRAMES;

  gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_add_log_function (read_trace, &traced, NULL);
  gst_debug_set_threshold_for_name ("GST_TRACER", GST_LEVEL_TRACE);
  gst_debug_set_active (TRUE);
  for (guint run = 0; uncovered && run < 3; run++) {
    GstClockTime reported, largest;
    g_array_set_size (traced.times, 0);
    reported = play ();
    /* a busy machine leaves some out */
    fail_unless (traced.times->len > FRAMES / 2 && traced.times->len <= FRAMES, "%u frames", traced.times->len);
    largest = largest_median (traced.times, 1, traced.times->len);
    fail_unless (reported <= LATENCY_STALL * largest + 20 * MS, "reported %" GST_TIME_FORMAT " where a frame takes %"
        GST_TIME_FORMAT, GST_TIME_ARGS (reported), GST_TIME_ARGS (largest));
    uncovered = count_uncovered (traced.times, reported);
  }
  gst_debug_remove_log_function (read_trace);
  fail_unless (uncovered == 0, "%u of %u frames took longer than reported", uncovered, traced.times->len);
  g_array_unref (traced.times);
}

GST_END_TEST;

static Suite *
latency_suite (void)
{
  Suite *suite = suite_create ("latency");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 600);
  tcase_add_test (tc, test_meter_covers_every_frame);
  tcase_add_test (tc, test_meter_leaves_out_stalls);
  tcase_add_test (tc, test_meter_follows_slow_frames);
  tcase_add_test (tc, test_reported_is_measured);
  return suite;
}

GST_CHECK_MAIN (latency);
