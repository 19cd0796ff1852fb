/* Changes that fade, mattes from mask_sink, and the scale of styles.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common.h"

#define VISIBLE 4.0
#define STALL 60

/* ---- fade-time ---- */

#define FADE_FRAMES 8

/* Of a change that fades, frame by frame: the distance from what was shown at first, divided by that of the end.
 * Between the first and the last it only grows. */
static void
check_fade (Playing * p, GstBuffer * start, GstBuffer * end, guint first_frame)
{
  gdouble whole = picture_difference (&p->info, start, end), before = 0.0;

  fail_unless (whole > VISIBLE, "there is nothing to fade: %g", whole);
  for (guint i = 0; i <= FADE_FRAMES; i++) {
    GstBuffer *in = picture_new (&p->info, 1), *out;
    gdouble part;
    GST_BUFFER_PTS (in) = (first_frame + i) * FRAME_DURATION;
    fail_unless_equals_int (gst_harness_push (p->h, in), GST_FLOW_OK);
    out = gst_harness_pull (p->h);
    part = picture_difference (&p->info, start, out) / whole;
    fail_unless (part >= before - 0.02, "frame %u: %g after %g", i, part, before);
    fail_unless (i > 0 || part < 0.05, "the first frame is %g on the way", part);
    fail_unless (i < FADE_FRAMES || picture_difference (&p->info, out, end) < 0.01 * whole);
    fail_unless (i != FADE_FRAMES / 2 || (part > 0.15 && part < 0.95), "in the middle: %g", part);
    before = part;
    gst_buffer_unref (out);
  }
}

/* The same picture as one that is set from the start, at frame 1's content. */
static GstBuffer *
drawn_with (const gchar * properties)
{
  GstBuffer *out;
  Playing p;

  playing_start (&p, properties);
  out = harness_run (p.h, &p.info, 1);
  playing_stop (&p);
  return out;
}

static void
set_and_wait (Playing * p, const gchar * property, const gchar * value)
{
  GstMessage *message;

  g_object_set (p->element, property, value, NULL);
  message = bus_wait (p->bus, GST_MESSAGE_ELEMENT | GST_MESSAGE_WARNING, STALL);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT);
  gst_message_unref (message);
}

static void
fading_start (Playing * p, const gchar * properties)
{
  gchar *all = g_strdup_printf ("fade-time=%" G_GUINT64_FORMAT " %s", FADE_FRAMES * FRAME_DURATION, properties);

  playing_start (p, all);
  g_free (all);
}

/* What is set before the first frame is there with it. */
GST_START_TEST (test_fade_not_at_the_start)
{
  gchar *red = g_strdup_printf ("strength=0.7 style-image=%s mask=%s", style_red (), mask_halves ());
  gchar *fading = g_strdup_printf ("fade-time=1000000000 %s", red);
  GstBuffer *want = drawn_with (red), *got = drawn_with (fading);
  GstVideoInfo info;

  video_info_init (&info, "RGB", WIDTH, HEIGHT);
  fail_unless (picture_difference (&info, want, got) == 0.0);
  gst_buffer_unref (want);
  gst_buffer_unref (got);
  g_free (red);
  g_free (fading);
}

GST_END_TEST;

GST_START_TEST (test_fade_strength)
{
  GstBuffer *start = drawn_with (""), *end = drawn_with ("strength=0");
  Playing p;

  fading_start (&p, "");
  gst_buffer_unref (harness_run (p.h, &p.info, 1));
  g_object_set (p.element, "strength", 0.0, NULL);
  check_fade (&p, start, end, 2);
  g_object_set (p.element, "strength", 1.0, NULL);
  check_fade (&p, end, start, 20);
  gst_buffer_unref (start);
  gst_buffer_unref (end);
  playing_stop (&p);
}

GST_END_TEST;

GST_START_TEST (test_fade_style)
{
  gchar *red = g_strdup_printf ("style-image=%s", style_red ());
  gchar *both = g_strdup_printf ("style-image=%s style-image-2=%s style-mix=1", style_red (), style_blue ());
  GstBuffer *plain = drawn_with (""), *reds = drawn_with (red), *blues = drawn_with (both);
  Playing p;

  fading_start (&p, "");
  gst_buffer_unref (harness_run (p.h, &p.info, 1));
  set_and_wait (&p, "style-image", style_red ());
  check_fade (&p, plain, reds, 2);
  set_and_wait (&p, "style-image-2", style_blue ());
  gst_buffer_unref (harness_run (p.h, &p.info, 1));
  g_object_set (p.element, "style-mix", 1.0, NULL);
  check_fade (&p, reds, blues, 20);
  gst_buffer_unref (plain);
  gst_buffer_unref (reds);
  gst_buffer_unref (blues);
  g_free (red);
  g_free (both);
  playing_stop (&p);
}

GST_END_TEST;

GST_START_TEST (test_fade_mask)
{
  gchar *masked = g_strdup_printf ("mask=%s", mask_halves ());
  GstBuffer *everywhere = drawn_with (""), *half = drawn_with (masked);
  Playing p;

  fading_start (&p, "");
  gst_buffer_unref (harness_run (p.h, &p.info, 1));
  set_and_wait (&p, "mask", mask_halves ());
  check_fade (&p, everywhere, half, 2);
  set_and_wait (&p, "mask", NULL);
  check_fade (&p, half, everywhere, 20);
  gst_buffer_unref (everywhere);
  gst_buffer_unref (half);
  g_free (masked);
  playing_stop (&p);
}

GST_END_TEST;

static GstBuffer *
run_at (Playing * p, guint frame)
{
  GstBuffer *in = picture_new (&p->info, 1);

  GST_BUFFER_PTS (in) = frame * FRAME_DURATION;
  fail_unless_equals_int (gst_harness_push (p->h, in), GST_FLOW_OK);
  return gst_harness_pull (p->h);
}

/* Another change in the middle of a fade starts from what is shown then. */
GST_START_TEST (test_fade_again)
{
  Playing p;
  GstBuffer *middle, *next, *start;

  fading_start (&p, "");
  start = run_at (&p, 1);
  g_object_set (p.element, "strength", 0.0, NULL);
  for (guint i = 0; i < FADE_FRAMES / 2; i++)
    gst_buffer_unref (run_at (&p, 2 + i));
  middle = run_at (&p, 2 + FADE_FRAMES / 2);
  g_object_set (p.element, "strength", 1.0, NULL);
  next = run_at (&p, 3 + FADE_FRAMES / 2);
  fail_unless (picture_difference (&p.info, start, middle) > 0.5);
  fail_unless (picture_difference (&p.info, middle, next) < 0.3 * picture_difference (&p.info, start, middle));
  gst_buffer_unref (start);
  gst_buffer_unref (middle);
  gst_buffer_unref (next);
  playing_stop (&p);
}

GST_END_TEST;

/* ---- mask_sink ---- */

static GstBuffer *
matte (const GstVideoInfo * info, guint8 value, guint frame)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);

  gst_buffer_memset (buffer, 0, value, GST_VIDEO_INFO_SIZE (info));
  GST_BUFFER_PTS (buffer) = frame * FRAME_DURATION;
  return buffer;
}

typedef struct
{
  GstPad *source;
  GstBuffer *buffer;
  GstFlowReturn result;
} Push;

static gpointer
push_matte (gpointer data)
{
  Push *push = data;

  push->result = gst_pad_push (push->source, push->buffer);
  return NULL;
}

/* Where the matte is black the frame stays; it is used from its time on, and until the next one comes. */
GST_START_TEST (test_mask_sink)
{
  Playing p;
  GstVideoInfo grey;
  GstBuffer *in, *full, *out;
  GstPad *source;
  GThread *thread;
  Push push;

  playing_start (&p, "");
  in = picture_new (&p.info, 1);
  full = run_at (&p, 0);
  video_info_init (&grey, "GRAY8", 16, 16);
  source = pad_source_new (p.element, "mask_sink", &grey);
  fail_unless_equals_int (gst_pad_push (source, matte (&grey, 0, 0)), GST_FLOW_OK);
  for (guint i = 1; i < 3; i++) {
    out = run_at (&p, i);
    fail_unless (picture_difference (&p.info, in, out) == 0.0);
    gst_buffer_unref (out);
  }
  /* one that is early waits, and the video does not */
  push = (Push) { source, matte (&grey, 255, 5), GST_FLOW_ERROR };
  thread = g_thread_new ("matte", push_matte, &push);
  for (guint i = 3; i < 5; i++) {
    out = run_at (&p, i);
    fail_unless (picture_difference (&p.info, in, out) == 0.0, "frame %u", i);
    gst_buffer_unref (out);
  }
  gst_buffer_unref (run_at (&p, 5));
  g_thread_join (thread);
  fail_unless_equals_int (push.result, GST_FLOW_OK);
  out = run_at (&p, 6);
  fail_unless (picture_difference (&p.info, full, out) < 0.01);
  gst_buffer_unref (out);
  /* without the pad it is again what the property says */
  fail_unless_equals_int (gst_pad_push (source, matte (&grey, 0, 6)), GST_FLOW_OK);
  out = run_at (&p, 7);
  fail_unless (picture_difference (&p.info, in, out) == 0.0);
  gst_buffer_unref (out);
  gst_bus_set_flushing (p.bus, TRUE);
  gst_bus_set_flushing (p.bus, FALSE);
  pad_source_free (p.element, source);
  gst_message_unref (bus_wait (p.bus, GST_MESSAGE_ELEMENT, STALL));
  out = run_at (&p, 8);
  fail_unless (picture_difference (&p.info, full, out) < 0.01);
  gst_buffer_unref (out);
  gst_buffer_unref (in);
  gst_buffer_unref (full);
  playing_stop (&p);
}

GST_END_TEST;

/* An early matte does not keep the element from stopping, nor does the end of the video keep mattes. */
GST_START_TEST (test_mask_sink_ends)
{
  Playing p;
  GstVideoInfo grey;
  GstPad *source;
  GThread *thread;
  Push push;

  playing_start (&p, "");
  gst_buffer_unref (run_at (&p, 0));
  video_info_init (&grey, "GRAY8", 16, 16);
  source = pad_source_new (p.element, "mask_sink", &grey);
  fail_unless_equals_int (gst_pad_push (source, matte (&grey, 0, 0)), GST_FLOW_OK);
  gst_buffer_unref (run_at (&p, 1));
  push = (Push) { source, matte (&grey, 255, 100), GST_FLOW_ERROR };
  thread = g_thread_new ("matte", push_matte, &push);
  if (__i__) {
    fail_unless (gst_harness_push_event (p.h, gst_event_new_eos ()));
    g_thread_join (thread);
    fail_unless_equals_int (push.result, GST_FLOW_OK);
  } else {
    GstPad *sink = gst_pad_get_peer (source);
    g_usleep (10000);
    gst_pad_set_active (sink, FALSE);
    g_thread_join (thread);
    fail_unless_equals_int (push.result, GST_FLOW_FLUSHING);
    gst_object_unref (sink);
  }
  pad_source_free (p.element, source);
  playing_stop (&p);
}

GST_END_TEST;

/* A buffer that is no frame is told of, and the last matte stays. */
GST_START_TEST (test_mask_sink_damaged)
{
  Playing p;
  GstVideoInfo grey;
  GstBuffer *in, *out;
  GstMessage *message;
  GstPad *source;

  playing_start (&p, "");
  in = picture_new (&p.info, 1);
  video_info_init (&grey, "GRAY8", 16, 16);
  source = pad_source_new (p.element, "mask_sink", &grey);
  fail_unless_equals_int (gst_pad_push (source, matte (&grey, 0, 0)), GST_FLOW_OK);
  fail_unless_equals_int (gst_pad_push (source, gst_buffer_new_allocate (NULL, 5, NULL)), GST_FLOW_OK);
  message = bus_wait (p.bus, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR, STALL);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING);
  gst_message_unref (message);
  out = run_at (&p, 1);
  fail_unless (picture_difference (&p.info, in, out) == 0.0);
  gst_buffer_unref (in);
  gst_buffer_unref (out);
  pad_source_free (p.element, source);
  playing_stop (&p);
}

GST_END_TEST;

/* ---- style-scale ---- */

/* Another scale is another style; set while playing it is as if it had been so from the start. */
GST_START_TEST (test_style_scale)
{
  GstBuffer *fine = drawn_with (""), *coarse = drawn_with ("style-scale=128"), *out;
  GstMessage *message;
  Playing p;

  playing_start (&p, "");
  fail_unless (picture_difference (&p.info, fine, coarse) > 0.5);
  gst_buffer_unref (harness_run (p.h, &p.info, 1));
  g_object_set (p.element, "style-scale", 128, NULL);
  message = bus_wait (p.bus, GST_MESSAGE_ELEMENT | GST_MESSAGE_WARNING, STALL);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT);
  gst_message_unref (message);
  out = harness_run (p.h, &p.info, 1);
  fail_unless (picture_difference (&p.info, coarse, out) < 0.01);
  gst_buffer_unref (out);
  gst_buffer_unref (fine);
  gst_buffer_unref (coarse);
  playing_stop (&p);
}

GST_END_TEST;

static Suite *
fade_suite (void)
{
  Suite *suite = suite_create ("fade");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 300);
  tcase_add_test (tc, test_fade_not_at_the_start);
  tcase_add_test (tc, test_fade_strength);
  tcase_add_test (tc, test_fade_style);
  tcase_add_test (tc, test_fade_mask);
  tcase_add_test (tc, test_fade_again);
  tcase_add_test (tc, test_mask_sink);
  tcase_add_loop_test (tc, test_mask_sink_ends, 0, 2);
  tcase_add_test (tc, test_mask_sink_damaged);
  tcase_add_test (tc, test_style_scale);
  return suite;
}

GST_CHECK_MAIN (fade);
