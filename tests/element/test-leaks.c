/* Nothing is left behind: every GStreamer object and mini object made between start and stop is gone afterwards, as the
 * leaks tracer (GST_TRACERS, set by meson.build) counts them.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common.h"

static void
run_pipeline (const gchar * filter, GstMessageType want)
{
  gchar *line = g_strdup_printf ("videotestsrc num-buffers=4 ! video/x-raw,width=48,height=32 ! %s ! fakesink", filter);
  GstElement *pipeline = gst_parse_launch (line, NULL);
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = bus_wait (bus, GST_MESSAGE_EOS | GST_MESSAGE_ERROR, 180);
  fail_unless (message && GST_MESSAGE_TYPE (message) == want);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
  g_free (line);
}

static void
play_some (void)
{
  run_pipeline ("stylerwkv", GST_MESSAGE_EOS);
  run_pipeline ("stylerwkv strength=0", GST_MESSAGE_EOS);
  run_pipeline ("stylerwkv ! video/x-raw,format=NV12", GST_MESSAGE_EOS);
}

static void
fail_some (void)
{
  run_pipeline ("stylerwkv style-image=/nonexistent.png", GST_MESSAGE_ERROR);
  run_pipeline ("stylerwkv model-file=/nonexistent.safetensors", GST_MESSAGE_ERROR);
  run_pipeline ("stylerwkv device=nonexistent", GST_MESSAGE_ERROR);
}

static void
change_styles (void)
{
  GstVideoInfo info;
  GstHarness *h;

  video_info_init (&info, "I420", 48, 32);
  h = harness_new (&info, "");
  for (guint i = 0; i < 30; i++) {
    gst_harness_set (h, "stylerwkv", "style-image",
        i % 3 ? i % 3 == 1 ? style_red () : style_blue () : "/nonexistent.png", "style-image-2",
        i % 2 ? style_blue () : NULL, "style-mix", i / 30.0, "mask",
        i % 5 ? i % 5 == 1 ? NULL : mask_halves () : "/nonexistent.png", NULL);
    gst_buffer_unref (harness_run (h, &info, i));
  }
  gst_harness_teardown (h);
}

GST_START_TEST (test_playing)
{
  check_no_leak (play_some);
}

GST_END_TEST;

GST_START_TEST (test_failing)
{
  check_no_leak (fail_some);
}

GST_END_TEST;

GST_START_TEST (test_changing)
{
  check_no_leak (change_styles);
}

GST_END_TEST;

static Suite *
leaks_suite (void)
{
  Suite *suite = suite_create ("leaks");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 600);
  tcase_add_test (tc, test_playing);
  tcase_add_test (tc, test_failing);
  tcase_add_test (tc, test_changing);
  return suite;
}

GST_CHECK_MAIN (leaks);
