/* What whoever has frames drawn says of them.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What frames of one size need: see srw_stylizer_prepare. */
typedef struct _SrwSession SrwSession;

void srw_session_free (SrwSession * session);

/* Frames that may have been begun and not ended. */
#define SRW_MAX_IN_FLIGHT 4

/* How a frame is drawn. */
typedef struct
{
  gfloat strength;              /* 0..1 */
  gfloat smoothing;             /* 0..1: how much of the content statistics, and of what was shown where the content
                                 * stays, is kept from frame to frame; 0: every frame is as if it were the first */
  gboolean preserve_color;      /* take the style's light and dark, and keep the frame's chroma */
  gboolean preserve_luma;       /* take the style's colours, and keep the frame's light and dark */
  gboolean preserve_black;      /* bars beside the picture stay what they are, and so do frames without contrast
                                 * next to black or white, as at the end of a fade */
  gboolean restart;             /* forget the frames before (first frame, seek, discontinuity) */
} SrwFrameParams;

G_END_DECLS
