/* Where every map of the network lies in device memory.
 *
 * One plan serves one model and one picture size. Every map has a place in one arena; maps that no launch of a frame
 * needs at the same time may share one. When they are needed is not written down anywhere: the forward pass is run
 * once without launching anything, and what each launch would have touched is noted (srw_plan_record). Nothing is
 * allocated after srw_plan_allocate. Shapes are (height, width, channels); H, W are the padded sides, c the stage's
 * channels.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/architecture.h"
#include "network/ops.h"

G_BEGIN_DECLS

/* What the blocks of one stage work on. */
typedef struct
{
  SrwTensor x;                  /* (h, w, c): the map itself, changed in place by every block */
  SrwTensor z;                  /* (h, w, c): normalised and shifted */
  cl_mem shift;                 /* scratch; may be NULL, like every scratch */
  SrwTensor wide;               /* (h, w, max(3, 1 + hidden)·c): R, K and V, or R and K */
  cl_mem wkv;                   /* scratch */
} SrwMixing;

typedef enum
{
  SRW_PLACE_INNER,              /* lives from the first launch that touches it to the last one */
  SRW_PLACE_INPUT = 1,          /* is written before the first launch of a frame */
  SRW_PLACE_OUTPUT = 2,         /* is read after the last one */
  SRW_PLACE_LASTING = SRW_PLACE_INPUT | SRW_PLACE_OUTPUT,
} SrwPlaceKind;

/* A place in the arena. */
typedef struct
{
  const gchar *name;
  SrwPlaceKind kind;
  cl_mem *mem;                  /* where the sub-buffer goes */
  gsize bytes;
  gint first, last;             /* launches that touch it; first > last: none does */
  gsize offset;
} SrwPlace;

typedef struct
{
  SrwModelConfig config;
  gint width, height;           /* padded: multiples of 16 */

  SrwTensor picture;            /* (H, W, 4) */
  SrwMixing encoder[SRW_STAGES];        /* (H/2, W/2) … (H/16, W/16) */
  SrwTensor feature[SRW_STAGES];        /* F1..F4; F4 is encoder[3].x */
  cl_mem statistics_scratch;
  cl_mem content, smoothed, style;      /* (2, 30·C): means, then deviations, of F1..F4 */
  cl_mem affine;                /* (2, 30·C): scales, then shifts */
  cl_mem scene;                 /* (1): see SrwContinuation */
  SrwTensor merged[SRW_STAGES]; /* what `up` of stage 2, 1, 0 reads, at half its resolution; none in stage 3 */
  SrwMixing decoder[SRW_STAGES];        /* (H/2, W/2) … (H/16, W/16) */
  SrwTensor head;               /* (H/2, W/2, 16), 12 in use */

  GArray *places;               /* SrwPlace */
  gsize piece_bytes;            /* of a piece of the arena, the last of which may be shorter; no place lies in two */
  gsize bytes;                  /* of the arena */
  GPtrArray *pieces;            /* cl_mem */
} SrwPlan;

typedef enum
{
  SRW_PLAN_ENCODER,             /* statistics of a style picture: no decoder */
  SRW_PLAN_WHOLE,
  SRW_PLAN_KEEP,                /* like WHOLE, but nothing shares a place: every map can be read afterwards */
} SrwPlanKind;

/* Lists what there is to place. width and height are multiples of 16. */
SrwPlan *srw_plan_new (SrwOps * ops, const SrwModelConfig * config, gint width, gint height, SrwPlanKind kind);
void srw_plan_free (SrwPlan * plan);

/* Between these two, maps are stood for by what only a queue that records can bear, and `queue` records. */
void srw_plan_record (SrwPlan * plan, SrwQueue * queue);
void srw_plan_recorded (SrwPlan * plan, SrwQueue * queue);

/* Gives everything its offset, a multiple of `align`, in pieces of at most `most` bytes. FALSE when a map is larger. */
gboolean srw_plan_place (SrwPlan * plan, gsize align, gsize most, GError ** error);

/* Errors: SRW_ERROR_MEMORY, SRW_ERROR_DEVICE. */
gboolean srw_plan_allocate (SrwPlan * plan, SrwDevice * device, GError ** error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwPlan, srw_plan_free)

G_END_DECLS
