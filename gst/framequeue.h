/* Frames in the element, in the order in which they came: drawn by the engine, passed as they are, or standing for
 * the one before.
 *
 * Used by the streaming thread alone.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>

#include "stylizer.h"

G_BEGIN_DECLS

typedef struct _FrameQueue FrameQueue;

/* A frame that is done. */
typedef struct
{
  GstBuffer *buffer;            /* for the next element */
  gboolean styled;              /* drawn, and not passed or repeated */
  gboolean passed;              /* as it came */
  gint64 since;                 /* when it came into the element, monotonic time */
  GstClockTime waited;          /* before that, for the frames before it */
} FinishedFrame;

/* `stylizer` must outlive it. */
FrameQueue *frame_queue_new (SrwStylizer * stylizer);
/* Waits for the engine, and forgets what is in the queue. */
void frame_queue_free (FrameQueue * queue);
void frame_queue_discard (FrameQueue * queue);

/* The engine draws `in` into `out`, both of `info` and `layout`, and takes them. On failure nothing is added; a
 * buffer that is no such frame is SRW_ERROR_FRAME, the rest is as srw_stylizer_begin says. */
gboolean frame_queue_draw (FrameQueue * queue, const GstVideoInfo * info, const SrwFrameLayout * layout, GstBuffer * in,
    GstBuffer * out, const SrwFrameParams * params, GstClockTime waited, GError ** error);
/* `in` goes out as it came. Takes it. */
void frame_queue_pass (FrameQueue * queue, GstBuffer * in);
/* The frame before goes out again; `stand_in`, which it takes, has the times and metadata to go with it, and no
 * memory. Not where frame_queue_can_hold says no. */
void frame_queue_hold (FrameQueue * queue, GstBuffer * stand_in);
gboolean frame_queue_can_hold (const FrameQueue * queue);
/* Whether the last frame is kept for frame_queue_hold: one buffer of the next element's. */
void frame_queue_keep_last (FrameQueue * queue, gboolean keep);
/* The frames to come have nothing to do with the last one. */
void frame_queue_forget_last (FrameQueue * queue);

/* How many there are, SRW_MAX_IN_FLIGHT at most. */
guint frame_queue_length (const FrameQueue * queue);
/* The oldest has only to be taken. */
gboolean frame_queue_is_ready (const FrameQueue * queue);

/* Waits until the engine draws nothing any more; what it drew stays to be taken. */
void frame_queue_settle (FrameQueue * queue);
/* Forgets those that could not be drawn, after settling. */
void frame_queue_drop_failed (FrameQueue * queue);

/* Removes the oldest of at least one, waiting for it if need be. Errors: those of srw_stylizer_end; SRW_ERROR_FRAME
 * when what was drawn cannot be put where it belongs. */
gboolean frame_queue_pop (FrameQueue * queue, FinishedFrame * finished, GError ** error);

G_END_DECLS
