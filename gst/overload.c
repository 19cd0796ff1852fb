/* Whether frames of a live source come faster than they can be drawn, and what height would do.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "overload.h"

#include <math.h>

#define WINDOW 30
#define LATE_OF_WINDOW 3
#define CALM (10 * G_USEC_PER_SEC)
/* Parts of the time between two frames that drawing one may take, after a step down and after one up. */
#define LOAD_DOWN 0.85
#define LOAD_UP 0.7

GstClockTime
lateness_waited (Lateness * lateness, GstClockTime due, GstClockTime now, GstClockTime period)
{
  const GstClockTimeDiff late = GST_CLOCK_DIFF (due, now);
  gboolean waited_for_nobody = now > lateness->free_since + period / 10 * 9;

  if (!lateness->has_base || due < lateness->last_due || waited_for_nobody || late < lateness->base)
    lateness->base = late;
  lateness->has_base = TRUE;
  lateness->last_due = due;
  return (GstClockTime) (late - lateness->base);
}

void
lateness_free (Lateness * lateness, GstClockTime now)
{
  lateness->free_since = now;
}

/* Time is proportional to the pixels, so to the square of the height. */
static gint
height_for (gint height, GstClockTime mean_duration, GstClockTime period, gdouble load)
{
  gdouble fit = height * sqrt (load * (gdouble) period / (gdouble) MAX (mean_duration, 1));

  return (gint) CLAMP (fit, HEIGHT_LEAST, HEIGHT_FULL);
}

gint
degradation_step (Degradation * degradation, gint height, gboolean late, GstClockTime mean_duration,
    GstClockTime period, gint64 now)
{
  gint next = height;

  if (degradation->calm_since == 0 || late)
    degradation->calm_since = now;
  degradation->frames++;
  degradation->late += late;
  if (degradation->late >= LATE_OF_WINDOW)
    next = MAX (HEIGHT_LEAST, MIN (height - 1, height_for (height, mean_duration, period, LOAD_DOWN)));
  else if (now - degradation->calm_since > CALM)
    next = MAX (height, height_for (height, mean_duration, period, LOAD_UP));
  if (next != height)
    degradation->calm_since = now;
  if (next != height || degradation->frames == WINDOW)
    degradation->frames = degradation->late = 0;
  return next;
}
