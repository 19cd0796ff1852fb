/* How long a frame takes, as it is told to the pipeline.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define LATENCY_WINDOW 32

/* All zero is a meter that has seen nothing. */
typedef struct
{
  GstClockTime last[LATENCY_WINDOW];    /* a ring */
  guint64 count;
  GstClockTime told;
} LatencyMeter;

/* Notes what a frame took. TRUE when `told` grew and the pipeline must hear of it. It is the time that nine of ten of the last
 * frames kept to, in steps of 10 ms, so that one hiccup delays nobody for ever; it never shrinks, since every change of latency is
 * a jump in a live picture. */
gboolean latency_meter_add (LatencyMeter * meter, GstClockTime time);

G_END_DECLS
