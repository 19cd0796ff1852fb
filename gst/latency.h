/* How long a frame takes, as it is reported to the pipeline.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define LATENCY_WINDOW 32
/* A frame that takes longer than so many medians of the window is a stall. */
#define LATENCY_STALL 4

/* All zero is a meter that has seen nothing. */
typedef struct
{
  GstClockTime last[LATENCY_WINDOW];    /* a ring */
  guint64 count;
  GstClockTime reported;
} LatencyMeter;

/* Notes what a frame took. TRUE when `reported` grew and the pipeline must hear of it. It covers every one of the
 * last frames but stalls, in steps of 10 ms: a frame that takes longer than reported comes too late to a sink that
 * keeps time, and one hiccup of the machine must not delay a picture for ever. It never shrinks, since every change
 * of latency is a jump in a live picture. Zero until there are frames enough to tell what is usual. */
gboolean latency_meter_add (LatencyMeter * meter, GstClockTime time);

G_END_DECLS
