/* When frames count as late, and which height a degradation goes to: arithmetic, without a pipeline.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "overload.h"

#define MS GST_MSECOND
#define PERIOD (40 * MS)

/* A source a fixed way off, and an element that takes `busy` for a frame; frames are drawn when they have waited a
 * period at most. */
static guint
run (Lateness * lateness, guint frames, GstClockTime busy, GstClockTime way, GstClockTime * longest)
{
  GstClockTime now = 0;
  guint drawn = 0;

  *longest = 0;
  for (guint i = 0; i < frames; i++) {
    GstClockTime due = i * PERIOD, waited;
    now = MAX (now, due + way);
    waited = lateness_waited (lateness, due, now, PERIOD);
    if (waited <= PERIOD) {
      now += busy;
      drawn++;
      *longest = MAX (*longest, now - due);
    }
    lateness_free (lateness, now);
  }
  return drawn;
}

/* All frames where there is time for them, and as many as there is time for where there is not; none is ever later than
 * a period and its own drawing. */
GST_START_TEST (test_throughput)
{
  static const GstClockTime busy[] = { 10 * MS, 39 * MS, 60 * MS, 80 * MS, 130 * MS, 400 * MS };
  static const GstClockTime way[] = { 0, 5 * MS, 300 * MS };

  for (guint i = 0; i < G_N_ELEMENTS (busy); i++) {
    for (guint j = 0; j < G_N_ELEMENTS (way); j++) {
      Lateness lateness = { 0 };
      GstClockTime longest;
      guint drawn = run (&lateness, 1000, busy[i], way[j], &longest);
      guint most = (guint) MIN (1000, 1000 * PERIOD / busy[i]);
      fail_unless (drawn <= most + 1 && drawn * 10 >= most * 8, "%u of %u frames", drawn, most);
      fail_unless (longest <= way[j] + PERIOD + busy[i] + PERIOD);
      if (busy[i] < PERIOD)
        fail_unless_equals_int (drawn, 1000);
    }
  }
}

GST_END_TEST;

/* A source that moves away, as one does when the latency of the pipeline grows, or back, is not held against its
 * frames. */
GST_START_TEST (test_moving_source)
{
  Lateness lateness = { 0 };
  guint late = 0;

  for (guint i = 0; i < 300; i++) {
    GstClockTime due = i * PERIOD, now = due + (i < 100 ? 10 : i < 200 ? 300 : 60) * MS;
    late += lateness_waited (&lateness, due, now, PERIOD) > PERIOD;
    lateness_free (&lateness, now + 5 * MS);
  }
  fail_unless (late <= 1, "%u frames", late);
  /* the stream begins anew */
  fail_unless_equals_uint64 (lateness_waited (&lateness, 0, 5000 * MS, PERIOD), 0);
}

GST_END_TEST;

/* Clocks that drift by a thousandth, for an hour, without a moment's rest. */
GST_START_TEST (test_drift)
{
  Lateness lateness = { 0 };
  GstClockTime now = 0;
  guint drawn = 0;

  for (guint i = 0; i < 90000; i++) {
    GstClockTime due = i * PERIOD;
    now = MAX (now, due + due / 1000);
    if (lateness_waited (&lateness, due, now, PERIOD) <= PERIOD) {
      now += 60 * MS;
      drawn++;
    }
    lateness_free (&lateness, now);
  }
  fail_unless (drawn > 90000 * 40 / 60 * 8 / 10, "%u frames", drawn);
}

GST_END_TEST;

/* The height settles where frames are in time, goes up again when there is time, and never leaves its range. */
GST_START_TEST (test_degradation)
{
  static const gdouble full_ms[] = { 20, 60, 200, 5000 };

  for (guint i = 0; i < G_N_ELEMENTS (full_ms); i++) {
    Degradation degradation = { 0 };
    gint height = HEIGHT_FULL, changes = 0;
    gdouble ms = full_ms[i];
    gint64 now = 1;
    for (guint n = 0; n < 3000; n++, now += 40000) {
      GstClockTime taken = (GstClockTime) (ms * height * height / (HEIGHT_FULL * HEIGHT_FULL) * GST_MSECOND);
      /* of frames that take twice the time every other one is late */
      gboolean late = taken > PERIOD && n % 2;
      gint next = degradation_step (&degradation, height, late, taken, PERIOD, now);
      changes += next != height;
      height = next;
      fail_unless (height >= HEIGHT_LEAST && height <= HEIGHT_FULL);
      if (n == 1500) {
        fail_unless ((height == HEIGHT_FULL) == (full_ms[i] < 40), "%g ms: %d", full_ms[i], height);
        fail_unless (changes <= 2, "%d changes", changes);
        ms = MIN (ms, 10);
      }
    }
    fail_unless_equals_int (height, HEIGHT_FULL);
  }
}

GST_END_TEST;

static Suite *
overload_suite (void)
{
  Suite *suite = suite_create ("overload");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_throughput);
  tcase_add_test (tc, test_moving_source);
  tcase_add_test (tc, test_drift);
  tcase_add_test (tc, test_degradation);
  return suite;
}

GST_CHECK_MAIN (overload);
