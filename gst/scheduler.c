/* Which frames can be drawn in time.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scheduler.h"

#include "latency.h"
#include "outputqueue.h"
#include "overload.h"

/* Frames that may wait for a sink that shows them on time: as many as come while it waits, and not more. */
#define MOST_AHEAD 60

struct _Scheduler
{
  gboolean live;
  Lateness lateness;
  Degradation degradation;
  gint sixteenths;              /* of the height asked for that an overload leaves */
  GstClockTime mean_duration;   /* of a frame, smoothed; 0 before the first */

  GMutex lock;                  /* guards what follows */
  GstClockTime earliest;        /* the sink shows nothing up to this running time; none: everything */
  GstClockTime sink_latency;
  LatencyMeter latency;
};

Scheduler *
scheduler_new (void)
{
  Scheduler *self = g_new0 (Scheduler, 1);

  g_mutex_init (&self->lock);
  scheduler_reset (self);
  return self;
}

void
scheduler_free (Scheduler * self)
{
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
scheduler_reset (Scheduler * self)
{
  self->live = FALSE;
  self->sixteenths = HEIGHT_FULL;
  self->degradation = (Degradation) { 0 };
  scheduler_flush (self);
  scheduler_forget_durations (self);
}

void
scheduler_forget_mean (Scheduler * self)
{
  self->mean_duration = 0;
}

void
scheduler_forget_durations (Scheduler * self)
{
  scheduler_forget_mean (self);
  g_mutex_lock (&self->lock);
  self->latency = (LatencyMeter) { 0 };
  g_mutex_unlock (&self->lock);
}

void
scheduler_flush (Scheduler * self)
{
  self->lateness = (Lateness) { 0 };
  scheduler_set_earliest (self, GST_CLOCK_TIME_NONE);
}

void
scheduler_set_live (Scheduler * self, gboolean live)
{
  self->live = live;
}

gboolean
scheduler_is_live (const Scheduler * self)
{
  return self->live;
}

/* ---- what sinks say ---- */

void
scheduler_set_earliest (Scheduler * self, GstClockTime time)
{
  g_mutex_lock (&self->lock);
  self->earliest = time;
  g_mutex_unlock (&self->lock);
}

void
scheduler_set_sink_latency (Scheduler * self, GstClockTime latency)
{
  g_mutex_lock (&self->lock);
  self->sink_latency = latency;
  g_mutex_unlock (&self->lock);
}

guint
scheduler_frames_ahead (Scheduler * self, GstClockTime period)
{
  GstClockTime latency;

  g_mutex_lock (&self->lock);
  latency = self->sink_latency;
  g_mutex_unlock (&self->lock);
  return (guint) MIN (latency / MAX (period, 1) + OUTPUT_QUEUE_USUAL, MOST_AHEAD);
}

/* ---- late frames ---- */

Verdict
scheduler_judge (Scheduler * self, GstClockTime due, GstClockTime now, GstClockTime period)
{
  Verdict verdict = { 0 };
  GstClockTime earliest;

  g_mutex_lock (&self->lock);
  earliest = self->earliest;
  g_mutex_unlock (&self->lock);
  if (self->live && GST_CLOCK_TIME_IS_VALID (due) && GST_CLOCK_TIME_IS_VALID (now))
    verdict.waited = lateness_waited (&self->lateness, due, now, period);
  verdict.late = verdict.waited > period;
  verdict.jitter = (GstClockTimeDiff) verdict.waited;
  if (GST_CLOCK_TIME_IS_VALID (earliest) && GST_CLOCK_TIME_IS_VALID (due) && due <= earliest) {
    verdict.late = TRUE;
    verdict.jitter = GST_CLOCK_DIFF (due, earliest);
  }
  return verdict;
}

void
scheduler_degrade (Scheduler * self, gboolean late, GstClockTime period, guint depth)
{
  if (self->mean_duration > 0)
    self->sixteenths = degradation_step (&self->degradation, self->sixteenths, late, self->mean_duration / depth,
        period, g_get_monotonic_time ());
}

void
scheduler_restore_height (Scheduler * self)
{
  self->sixteenths = HEIGHT_FULL;
}

gint
scheduler_height (const Scheduler * self, gint asked, gint frame_height, gint least)
{
  if (asked == 0 || asked > frame_height)
    asked = frame_height;
  return MAX (least, asked * self->sixteenths / HEIGHT_FULL);
}

/* ---- durations ---- */

gboolean
scheduler_note_duration (Scheduler * self, GstClockTime duration, GstClockTime waited)
{
  gboolean grew;

  self->mean_duration = self->mean_duration ? (3 * self->mean_duration + duration) / 4 : duration;
  g_mutex_lock (&self->lock);
  grew = latency_meter_add (&self->latency, waited + duration);
  g_mutex_unlock (&self->lock);
  return grew;
}

GstClockTime
scheduler_latency (Scheduler * self)
{
  GstClockTime latency;

  g_mutex_lock (&self->lock);
  latency = self->latency.reported;
  g_mutex_unlock (&self->lock);
  return latency;
}

void
scheduler_note_free (Scheduler * self, GstClockTime now)
{
  if (self->live)
    lateness_free (&self->lateness, now);
}
