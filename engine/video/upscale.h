/* The network at a lower height, docs/network.md section 8.
 *
 *   picture → reduce → small picture → network → small head → restore, guided by the picture's luma → head
 *
 * Pictures are (padded height, padded width, 4) as srw_frame_read writes them, heads (padded height / 2, padded width
 * / 2, 16) as srw_frame_write reads them. Everything here is launched on the queue and returns; ask srw_queue_check
 * at the end. Used by one thread at a time.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "opencl/queue.h"

G_BEGIN_DECLS

typedef struct _SrwUpscale SrwUpscale;

typedef struct
{
  gint width, height;           /* pixels of the picture itself, 1..16384 */
  gint padded_width, padded_height;     /* in memory, with the edge repeated: multiples of 16 */
} SrwExtent;

/* `small` is no larger than `full`. The queue must outlive it. Errors: SRW_ERROR_MEMORY, SRW_ERROR_DEVICE,
 * SRW_ERROR_BUILD. */
SrwUpscale *srw_upscale_new (SrwQueue * queue, const SrwExtent * full, const SrwExtent * small, GError ** error);
void srw_upscale_free (SrwUpscale * upscale);

/* Bytes on the device. */
gsize srw_upscale_bytes (const SrwUpscale * upscale);

/* small = the picture at the smaller extent. The picture is not needed any more afterwards: its luma is kept. */
void srw_upscale_reduce (SrwUpscale * upscale, cl_mem picture, cl_mem small);

/* head = the network's result for the picture that was reduced last, at full size. Tokens outside of the picture are
 * undefined. `head` may be the memory of that picture. */
void srw_upscale_restore (SrwUpscale * upscale, cl_mem small_head, cl_mem head);

G_END_DECLS
