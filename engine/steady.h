/* StyleRWKV engine: stylised video that holds still. What a network makes of two nearly equal frames differs by more
 * than the frames do; here what was shown before is mixed in, fetched from where the content was then
 * (docs/network.md, section 6).
 *
 * Everything enqueues on the queue of `ops` and returns. Used by one thread at a time, frame after frame in the order
 * of the video:
 *
 *   read picture → watch → network → blend → write head */
#pragma once

#include "ops.h"

G_BEGIN_DECLS

typedef struct _SrwSteady SrwSteady;

/* For pictures of width×height, multiples of 16. Owns neither device nor ops, which must outlive it. Errors:
 * SRW_ERROR_BUILD, SRW_ERROR_MEMORY, SRW_ERROR_DEVICE. */
SrwSteady *srw_steady_new (SrwDevice * device, SrwOps * ops, gint width, gint height, GError ** error);
void srw_steady_free (SrwSteady ** steady);

/* Bytes on the device. */
gsize srw_steady_bytes (const SrwSteady * steady);

/* The next frame has nothing to do with the last one: another look, another scene. */
void srw_steady_forget (SrwSteady * steady);

/* Finds what of `picture` (height × width × 4, [0,1]) was where in the frame before. `smoothing`, 0..1, is how much
 * of what was shown stays where the content does; at 0 nothing is done, and blend does nothing. */
void srw_steady_watch (SrwSteady * steady, cl_mem picture, gfloat smoothing);

/* Steadies `head`, of the frame that was watched, in place: (height/2 × width/2) tokens of 16 floats as
 * srw_frame_write takes them. The first frame, and the first one after forget, stays as it is. */
void srw_steady_blend (SrwSteady * steady, cl_mem head);

G_END_DECLS
