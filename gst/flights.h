/* Frames on their way through the element, in the order in which they came: begun by the engine, passed as they are, or
 * standing for the one before.
 *
 * Used by the streaming thread alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>

#include "stylizer.h"

G_BEGIN_DECLS

typedef struct _Flights Flights;

/* A frame that arrived. */
typedef struct
{
  GstBuffer *buffer;            /* for the next element */
  gboolean styled;              /* by the engine, and not passed or repeated */
  gint64 since;                 /* when it came into the element, monotonic time */
  GstClockTime waited;          /* before that, for the frames before it */
} Arrival;

/* `stylizer` must outlive them. */
Flights *flights_new (SrwStylizer * stylizer);
/* Waits for the engine, and forgets what is on its way. */
void flights_free (Flights ** flights);
void flights_discard (Flights * flights);

/* The engine draws `in` into `out`, both of `info` and `layout`, and takes them; they may be one buffer, then with one
 * reference. On failure nothing is on its way. */
gboolean flights_style (Flights * flights, const GstVideoInfo * info, const SrwFrameLayout * layout, GstBuffer * in,
    GstBuffer * out, const SrwFrameParams * params, GstClockTime waited, GError ** error);
/* `in` goes out as it came. Takes it. */
void flights_pass (Flights * flights, GstBuffer * in);
/* The frame before goes out again, at the time of `in`; where none was kept, `in` does. Takes it. */
void flights_hold (Flights * flights, GstBuffer * in);
/* Whether the last frame is kept for flights_hold, which keeps the next element from changing it in place. */
void flights_keep_last (Flights * flights, gboolean keep);

/* How many there are, SRW_MAX_IN_FLIGHT at most. */
guint flights_count (const Flights * flights);
/* The oldest is there and has only to be taken. */
gboolean flights_landed (const Flights * flights);

/* Waits until the engine draws nothing any more; what it drew stays to be taken. */
void flights_settle (Flights * flights);

/* Takes the oldest of at least one, waiting for it if need be. Errors: those of srw_stylizer_end. */
gboolean flights_take (Flights * flights, Arrival * arrival, GError ** error);

G_END_DECLS
