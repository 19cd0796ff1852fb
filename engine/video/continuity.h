/* Whether a frame goes on from the one before.
 *
 * Two things are carried from frame to frame: the smoothed statistics of the content, and the history of what was
 * shown. This unit decides for each frame which of them are of use. What the caller knows (a seek, a frame that was
 * left out or failed, another look) is decided here at once; what only the pictures show, another scene, is found on
 * the device, by the two measures below, and counts if either says so (SrwContinuation). All thresholds are here.
 *
 * Used by one thread at a time.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/ops.h"
#include "network/style.h"

G_BEGIN_DECLS

/* Another look is to be seen at once, but a fade is to stay steady. The most that the strength of a fade moves by in
 * a frame: one of a second at 20 frames a second. */
#define SRW_CONTINUITY_STRENGTH_STEP 0.05f
/* A fade of a second moves the style by a third of this in a frame; two pictures are three times this apart, or more.
 * By srw_style_distance. */
#define SRW_CONTINUITY_OTHER_STYLE 0.1f
/* How far a scene's means lie from the smoothed ones, in deviations: averaged over channels, neighbouring frames of a
 * scene stay below a tenth, another scene is mostly above a half. */
#define SRW_CONTINUITY_OTHER_STATISTICS 0.35f
/* Mean difference of luma, at the coarsest level, between a frame and what was found of it in the one before. */
#define SRW_CONTINUITY_OTHER_LUMA (32.0f / 255.0f)
/* Likewise: as much differs at least between two scenes, and less from frame to frame of a fade, whose statistics may
 * go far. */
#define SRW_CONTINUITY_LEAST_LUMA (12.0f / 255.0f)

/* All zero is the beginning: there was nothing before. */
typedef struct
{
  gboolean follows;             /* the frame before was drawn, and nothing came between */
  gboolean looks_alike;         /* the style is about the one of the frame before */
  gfloat strength;              /* of the frame before */
  SrwStyle *style;              /* NULL before the first */
} SrwContinuity;

void srw_continuity_clear (SrwContinuity * continuity);

/* The frames before are of no use to the next one. */
void srw_continuity_break (SrwContinuity * continuity);
/* The next frames are of this style. */
void srw_continuity_set_style (SrwContinuity * continuity, SrwStyle * style);

/* What a frame may use. */
typedef struct
{
  gboolean reset_statistics;    /* history is of no use either then */
  gboolean reset_history;
} SrwReset;

/* Of the next frame, which is drawn with this strength; `restart`: the caller knows that it does not follow the one
 * before. */
SrwReset srw_continuity_next (SrwContinuity * continuity, gfloat strength, gboolean restart);

G_END_DECLS
