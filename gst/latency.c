/* How long a frame takes, as it is told to the pipeline.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "latency.h"

#include <stdlib.h>
#include <string.h>

#define STEP (10 * GST_MSECOND)

static int
longest_first (gconstpointer a, gconstpointer b)
{
  const GstClockTime x = *(const GstClockTime *) a, y = *(const GstClockTime *) b;

  return x < y ? 1 : x > y ? -1 : 0;
}

gboolean
latency_meter_add (LatencyMeter * meter, GstClockTime time)
{
  GstClockTime sorted[LATENCY_WINDOW], tell;
  guint n;

  meter->last[meter->count++ % LATENCY_WINDOW] = time;
  n = (guint) MIN (meter->count, LATENCY_WINDOW);
  memcpy (sorted, meter->last, sizeof sorted);
  qsort (sorted, n, sizeof sorted[0], longest_first);
  tell = (sorted[n / 10] + STEP - 1) / STEP * STEP;
  if (tell <= meter->told)
    return FALSE;
  meter->told = tell;
  return TRUE;
}
