/* StyleRWKV engine: what SrwSteady consists of and does, step by step, for the tests, which put guarded memory in the
 * place of its own. */
#pragma once

#include "steady.h"

G_BEGIN_DECLS

#define SRW_STEADY_LEVELS 5

/* A map of luma, half as wide and high as the one before, and its vectors. */
typedef struct
{
  gint width, height;
  gint at;                      /* in a pyramid, floats */
  gint columns, rows;           /* blocks of 8×8 */
  gint vectors_at;              /* ints */
} SrwSteadyLevel;

struct _SrwSteady
{
  SrwOps *ops;
  cl_program program;
  cl_kernel luma, halve, match, scene, blend;
  guint n_levels;
  SrwSteadyLevel levels[SRW_STEADY_LEVELS];
  gsize pyramid_floats, shown_floats, vector_ints;
  cl_mem pyramid[2];            /* every level of the content's luma, of this frame and of the one before */
  cl_mem shown[2];              /* (height, width, 4): what is shown, likewise */
  cl_mem vectors;               /* every level's: x, y; at last whether another scene begins */
  guint current;                /* which of two belongs to this frame */
  gfloat smoothing;             /* of this frame */
  gboolean known;               /* the other of two holds the frame before */
};

/* pyramid[current]: every level of the picture's luma. */
void srw_steady_shrink (SrwSteady * steady, cl_mem picture);
/* The vectors of level i, from those of level i + 1 if there is one. */
void srw_steady_match (SrwSteady * steady, guint i);
/* Whether another scene begins, from the vectors of the coarsest level. */
void srw_steady_find_scene (SrwSteady * steady);

G_END_DECLS
