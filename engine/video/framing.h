/* What of a frame is picture: bars beside it stay what they are, and what has no contrast, as at the end of a fade, is
 * not blown up to a painting (docs/network.md, section 6).
 *
 * Everything is launched on the queue and returns. Used by one thread at a time, frame after frame in the order of the
 * video.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "opencl/queue.h"

G_BEGIN_DECLS

typedef struct _SrwFraming SrwFraming;

/* For frames of width×height. The queue must outlive it. Errors: SRW_ERROR_BUILD, SRW_ERROR_MEMORY,
 * SRW_ERROR_DEVICE. */
SrwFraming *srw_framing_new (SrwQueue * queue, gint width, gint height, GError ** error);
void srw_framing_free (SrwFraming * framing);

/* Looks at a frame's picture, (at least height × padded_width × 4). `reset`: it does not follow the last one, and what
 * it shows counts at once. */
void srw_framing_measure (SrwFraming * framing, cl_mem picture, gint padded_width, gboolean reset);

/* What was found last, for SrwFrameBlend; owned by the framing. */
cl_mem srw_framing_state (const SrwFraming * framing);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwFraming, srw_framing_free)

G_END_DECLS
