/* Stylised video that holds still. What a network makes of two nearly equal frames differs by more than the frames
 * do; here what was shown before is mixed in, fetched from where the content was then (docs/network.md, section 6).
 *
 * Everything is launched on the queue and returns. Used by one thread at a time, frame after frame in the order of
 * the video:
 *
 *   read picture → estimate_motion → network → blend → write head
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "opencl/queue.h"

G_BEGIN_DECLS

typedef struct _SrwTemporal SrwTemporal;

/* For pictures of width×height, multiples of 16. The queue must outlive it. Errors: SRW_ERROR_BUILD, SRW_ERROR_MEMORY,
 * SRW_ERROR_DEVICE. */
SrwTemporal *srw_temporal_new (SrwQueue * queue, gint width, gint height, GError ** error);
void srw_temporal_free (SrwTemporal * temporal);

/* Bytes on the device. */
gsize srw_temporal_bytes (const SrwTemporal * temporal);

/* The next frame has nothing to do with the last one. */
void srw_temporal_reset (SrwTemporal * temporal);

/* Finds what of `picture` (height × width × 4, [0,1]) was where in the frame before. `smoothing`, 0..1, is how much
 * of what was shown stays where the content does; at 0 nothing is done, and blend does nothing.
 *
 * TRUE when there is a frame before: then `scene` (a float) becomes the mean difference of luma between the picture's
 * blocks and the best that was found for them. */
gboolean srw_temporal_estimate_motion (SrwTemporal * temporal, cl_mem picture, gfloat smoothing, cl_mem scene);

/* Steadies `head`, of the frame whose motion was estimated, in place: (height/2 × width/2) tokens of 16 floats as
 * srw_frame_write takes them. A frame without one before it, or for which `scene` is not 0, stays as it is. */
void srw_temporal_blend (SrwTemporal * temporal, cl_mem head, cl_mem scene);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwTemporal, srw_temporal_free)

G_END_DECLS
