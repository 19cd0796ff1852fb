/* Pixels in and out: frames go to and from the network's picture (float32 R, G, B in [0,1], 4 floats a pixel, padded
 * to a multiple of 16 by edge replication) in one kernel each.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "opencl/queue.h"
#include "video/layout.h"

G_BEGIN_DECLS

/* Kernels for frames of one format, up to width×height (input and output share format and size; strides may differ per
 * frame). The queue must outlive it. Errors: SRW_ERROR_SIZE, SRW_ERROR_BUILD, SRW_ERROR_MEMORY. */
typedef struct _SrwFrameIo SrwFrameIo;
SrwFrameIo *srw_frame_io_new (SrwQueue * queue, SrwFormat format, gint width, gint height, GError ** error);
void srw_frame_io_free (SrwFrameIo * io);

/* Bytes on the device. */
gsize srw_frame_io_bytes (const SrwFrameIo * io);

/* picture (padded height × padded width × 4) = the frame. Enqueues only. */
void srw_frame_read (SrwFrameIo * io, cl_mem frame, const SrwFrameLayout * layout, cl_mem picture, gint padded_width,
    gint padded_height);

/* How the network's output gets into the frame. */
typedef struct
{
  gfloat amount;                /* 0..1 */
  gboolean keep_luma, keep_chroma; /* what is not blended, and stays as in the source; luma of RGB is BT.601's */
  cl_mem mask;                  /* a byte a pixel, padded_width a row, as many rows as the head has: 255 is the whole
                                 * amount. NULL: everywhere */
  cl_mem framing;               /* of srw_framing_state: nothing is drawn into bars, and less without contrast. NULL:
                                 * the whole frame is picture */
} SrwFrameBlend;

/* frame = source·(1 − amount) + network output·amount, in `layout`'s format. `source` is the frame that was read
 * last, of the same format and size, and not written since: its own samples are blended, so that amount → 0 leaves
 * every colour alone, those too that no picture in [0,1] holds. head: (padded H/2 × padded W/2) tokens of 16 floats,
 * sigmoid already applied, 12 in use, pixel-shuffled as docs/network.md says. Alpha and padding bytes of `source` are
 * copied through. Enqueues only. */
void srw_frame_write (SrwFrameIo * io, cl_mem head, gint padded_width, const SrwFrameBlend * blend, cl_mem source,
    const SrwFrameLayout * source_layout, cl_mem frame, const SrwFrameLayout * layout);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwFrameIo, srw_frame_io_free)

G_END_DECLS
