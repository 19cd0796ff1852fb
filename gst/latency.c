/* How long a frame takes, as it is reported to the pipeline.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "latency.h"

#include <stdlib.h>
#include <string.h>

#define STEP (10 * GST_MSECOND)
/* for what the pads and the base class do round a frame */
#define MARGIN GST_MSECOND
/* fewer frames have no telling median */
#define ENOUGH 3

static int
longest_first (gconstpointer a, gconstpointer b)
{
  const GstClockTime x = *(const GstClockTime *) a, y = *(const GstClockTime *) b;

  return x < y ? 1 : x > y ? -1 : 0;
}

/* The longest of `n` times that is no stall. */
static GstClockTime
longest_usual (const GstClockTime * times, guint n)
{
  GstClockTime sorted[LATENCY_WINDOW];
  guint first = 0;

  memcpy (sorted, times, n * sizeof sorted[0]);
  qsort (sorted, n, sizeof sorted[0], longest_first);
  while (sorted[first] > LATENCY_STALL * sorted[n / 2])
    first++;
  return sorted[first];
}

gboolean
latency_meter_add (LatencyMeter * meter, GstClockTime time)
{
  GstClockTime report;
  guint n;

  meter->last[meter->count++ % LATENCY_WINDOW] = time;
  n = (guint) MIN (meter->count, LATENCY_WINDOW);
  if (n < ENOUGH)
    return FALSE;
  report = (longest_usual (meter->last, n) + MARGIN + STEP - 1) / STEP * STEP;
  if (report <= meter->reported)
    return FALSE;
  meter->reported = report;
  return TRUE;
}
