/* What SrwTemporal consists of and does, step by step, for the tests, which put guarded memory in the place of its
 * own.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "video/temporal.h"

G_BEGIN_DECLS

#define SRW_TEMPORAL_LEVELS 5

/* A map of luma, half as wide and high as the one before, and its vectors. */
typedef struct
{
  gint width, height;
  gint at;                      /* in a pyramid, floats */
  gint columns, rows;           /* blocks of 8×8 */
  gint vectors_at;              /* ints */
} SrwTemporalLevel;

typedef enum
{
  SRW_TEMPORAL_PYRAMID, SRW_TEMPORAL_MATCH, SRW_TEMPORAL_BLEND,
  SRW_TEMPORAL_MATCH_COARSE,    /* of the GPU family */
  SRW_TEMPORAL_KERNELS
} SrwTemporalKernel;

struct _SrwTemporal
{
  SrwQueue *queue;
  cl_kernel kernels[SRW_TEMPORAL_KERNELS];
  guint n_levels;               /* 2 at least */
  SrwTemporalLevel levels[SRW_TEMPORAL_LEVELS];
  gsize pyramid_floats, history_floats, vector_ints;
  cl_mem pyramid[2];            /* every level of the content's luma, of this frame and of the one before */
  cl_mem history[2];            /* (height, width, 4): what is shown, likewise */
  cl_mem vectors;               /* every level's: x, y */
  guint current;                /* which of two belongs to this frame */
  gfloat smoothing;             /* of this frame */
  gboolean has_history;         /* the other of two holds the frame before */
};

/* pyramid[current]: every level of the picture's luma. */
void srw_temporal_shrink (SrwTemporal * temporal, cl_mem picture);
/* The vectors of every level, from the coarsest on; scene: how much differs from the frame before, by those of the
 * coarsest. */
void srw_temporal_match (SrwTemporal * temporal, cl_mem scene);

G_END_DECLS
