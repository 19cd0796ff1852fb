/* StyleRWKV engine: where every map of the network lies in device memory.
 *
 * One plan serves one model and one picture size. Every tensor has a place in one buffer, the arena; tensors whose
 * lifetimes do not meet share places. Nothing is allocated after srw_plan_allocate. Shapes are (height, width,
 * channels); H, W are the padded sides, c the stage's channels. */
#pragma once

#include "model.h"
#include "ops.h"

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

/* A place in the arena, for tests and figures. Live from step `first` to step `last`, both included. */
typedef struct
{
  const gchar *name;
  gint first, last;
  gsize offset, bytes;
  cl_mem *mem;                  /* where the sub-buffer goes */
} SrwPlace;

typedef struct
{
  SrwModelConfig config;
  gint width, height;           /* padded: multiples of 16 */
  gsize bytes;                  /* of the arena */

  SrwTensor picture;            /* (H, W, 4) */
  SrwMixing encoder[SRW_STAGES];        /* (H/2, W/2) … (H/16, W/16) */
  SrwTensor feature[SRW_STAGES];        /* F1..F4; F4 is encoder[3].x */
  cl_mem statistics_scratch;
  cl_mem content, smoothed, style;      /* (2, 30·C): means, then deviations, of F1..F4 */
  cl_mem affine;                /* (2, 30·C): scales, then shifts */
  SrwTensor merged[SRW_STAGES]; /* what `up` of stage 2, 1, 0 reads, at half its resolution; none in stage 3 */
  SrwMixing decoder[SRW_STAGES];        /* (H/2, W/2) … (H/16, W/16) */
  SrwTensor head;               /* (H/2, W/2, 16), 12 in use */

  GArray *places;               /* SrwPlace */
  cl_mem arena;
} SrwPlan;

typedef enum
{
  SRW_PLAN_ENCODER,             /* statistics of a style picture: no decoder */
  SRW_PLAN_WHOLE,
  SRW_PLAN_KEEP,                /* like WHOLE, but nothing shares a place: every map can be read afterwards */
} SrwPlanKind;

/* Places everything; touches no device memory. width and height are multiples of 16. */
SrwPlan *srw_plan_new (SrwDevice * device, SrwOps * ops, const SrwModelConfig * config, gint width, gint height,
    SrwPlanKind kind);
/* Errors: SRW_ERROR_MEMORY, SRW_ERROR_DEVICE. */
gboolean srw_plan_allocate (SrwPlan * plan, SrwDevice * device, GError ** error);
void srw_plan_free (SrwPlan ** plan);

G_END_DECLS
