/* Whether frames of a live source come faster than they can be drawn, and what height would do.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* How late frames arrive, in running time. All zero has seen none. */
typedef struct
{
  gboolean has_base;
  GstClockTimeDiff base;        /* how late a frame is that has not waited: the way from the source to here */
  GstClockTime last_due, free_since;
} Lateness;

/* A frame that is due at `due` arrives at `now`: how long has it waited for the ones before it? What is told of it by
 * how late it is holds only as long as the source keeps its distance, which it does not when the latency of the
 * pipeline changes or clocks drift. So a frame that comes after the element was free for nearly a whole `period` sets
 * the measure anew: it has waited for nobody. */
GstClockTime lateness_waited (Lateness * lateness, GstClockTime due, GstClockTime now, GstClockTime period);

/* From `now` on the element is free for the next frame. */
void lateness_free (Lateness * lateness, GstClockTime now);

/* Heights are counted in sixteenths of the full one. */
#define HEIGHT_FULL 16
#define HEIGHT_LEAST 4

/* What chooses the height. All zero has seen no frame. */
typedef struct
{
  guint frames, late;           /* of the present window */
  gint64 calm_since;            /* monotonic time of the last late frame or change */
} Degradation;

/* The height to go on with, given the present one. To be called for every frame that comes, at `now`, with whether it
 * was `late`, and how long frames take at present. Lower as soon as a tenth of the frames are late, to what would be in
 * time; higher after ten seconds without a late one, if there is ample time for it. */
gint degradation_step (Degradation * degradation, gint height, gboolean late, GstClockTime mean_duration,
    GstClockTime period, gint64 now);

G_END_DECLS
