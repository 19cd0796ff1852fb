/* Which frames can be drawn in time, and what height would do; and how long frames take, as the pipeline is told.
 *
 * Used by the streaming thread, except where it says otherwise. Times are running times, or none.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _Scheduler Scheduler;

Scheduler *scheduler_new (void);
void scheduler_free (Scheduler * scheduler);

/* Nothing is known of the stream to come. */
void scheduler_reset (Scheduler * scheduler);
/* Frames are processed at another height from now on, which takes another time. */
void scheduler_forget_mean (Scheduler * scheduler);
/* Frames are of another kind: the pipeline need not keep to what it was told either. */
void scheduler_forget_durations (Scheduler * scheduler);
/* The next frame does not follow the ones before. Any thread. */
void scheduler_flush (Scheduler * scheduler);

/* Only frames of a live source are ever late by themselves. */
void scheduler_set_live (Scheduler * scheduler, gboolean live);
gboolean scheduler_is_live (const Scheduler * scheduler);

/* Up to `time` the sink shows nothing any more. Any thread. */
void scheduler_set_earliest (Scheduler * scheduler, GstClockTime time);
/* How long sinks wait for each frame. Any thread. */
void scheduler_set_sink_latency (Scheduler * scheduler, GstClockTime latency);
/* How many frames come meanwhile. */
guint scheduler_frames_ahead (Scheduler * scheduler, GstClockTime period);

/* What becomes of a frame. */
typedef struct
{
  gboolean late;
  GstClockTime waited;          /* for the frames before it */
  GstClockTimeDiff jitter;      /* how late a late one is */
} Verdict;

/* Of a frame that is due at `due` and comes at `now` (none: there is no clock to go by), `period` after the one
 * before. */
Verdict scheduler_judge (Scheduler * scheduler, GstClockTime due, GstClockTime now, GstClockTime period);

/* Chooses the height by whether frames are late; for every frame, `depth` of which are on their way at a time, where
 * heights may be lowered. */
void scheduler_degrade (Scheduler * scheduler, gboolean late, GstClockTime period, guint depth);
void scheduler_restore_height (Scheduler * scheduler);
/* The height to process frames of `frame_height` at: what was asked for (0: the frame's), less what an overload
 * takes; never more than the frame's nor less than `least`. */
gint scheduler_height (const Scheduler * scheduler, gint asked, gint frame_height, gint least);

/* A frame took `duration`, after it had waited. TRUE when the pipeline must hear that frames take longer. */
gboolean scheduler_note_duration (Scheduler * scheduler, GstClockTime duration, GstClockTime waited);
/* What the pipeline is told. Any thread. */
GstClockTime scheduler_latency (Scheduler * scheduler);

/* From `now` on the element is free for the next frame. */
void scheduler_note_free (Scheduler * scheduler, GstClockTime now);

G_END_DECLS
