/* Whether frames of a live source come faster than they can be drawn, and what height would do.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* How late frames arrive. All zero has seen none. */
typedef struct
{
  gboolean known;
  GstClockTime last_due, window_start;
  GstClockTimeDiff least, least_before; /* of this window and the one before: the way from the source to here */
} Lateness;

/* A frame that is due at running time `due` arrives at `now`. How late it is beyond the least seen in the last ten to twenty seconds: that
 * long it has waited for the frames before it. The window lets the source's clock drift. */
GstClockTime lateness_waited (Lateness * lateness, GstClockTime due, GstClockTime now);

/* Heights are told in sixteenths of the full one. */
#define HEIGHT_FULL 16
#define HEIGHT_LEAST 4

/* What chooses the height. All zero has seen no frame. */
typedef struct
{
  guint frames, late;           /* of the present window */
  gint64 calm_since;            /* monotonic time of the last late frame or change */
} Degradation;

/* The height to go on with, given the present one. To be called for every frame that comes, at `now`, with whether it was
 * `late`, and how long frames take at present. Lower as soon as a tenth of the frames are late, to what would be in
 * time; higher after ten seconds without a late one, if there is ample time for it. */
gint degradation_step (Degradation * degradation, gint height, gboolean late, GstClockTime taken, GstClockTime period,
    gint64 now);

G_END_DECLS
