/* Weights as the kernels want them: packed on the host once, then read-only.
 *
 * `weights` and `bias` are in the order of the weights file ([out][in][ky][kx], [out][in]), `bias` may be NULL.
 * Buffers are owned by whoever owns the struct. Errors: SRW_ERROR_MEMORY, SRW_ERROR_DEVICE; nothing is owned then.
 * Thread-safe.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "opencl/device.h"

G_BEGIN_DECLS

/* A product or a convolution. */
typedef struct
{
  cl_mem weights;
  cl_mem bias;                  /* zeros when the operator has none */
  gint in, out;                 /* channels, padded as the kernel wants them */
  gint kernel;                  /* side of the convolution; 1 for a product */
  gint stride;                  /* 1 or 2 */
  gfloat key_bound;             /* of SRW_EPILOGUE_RKV and _REV: b of the keys b·tanh(k/b); 0: they are left alone */
} SrwLinear;

/* An LN's affine part. */
typedef struct
{
  cl_mem weight;                /* (c) */
  cl_mem bias;                  /* (c) */
} SrwNorm;

/* Everything one Deform-Shift reads. c = channels. */
typedef struct
{
  cl_mem tap;                   /* (9, c) */
  cl_mem depthwise, depthwise_bias;     /* (9, c), (c) */
  cl_mem dense, dense_bias;     /* (c, 32): columns 0..8 dy, 16..24 dx, others zero; (32) */
  gint channels;
} SrwShift;

gboolean srw_pack_linear (SrwDevice * device, gint out, gint in, const gfloat * weights, const gfloat * bias,
    SrwLinear * packed, GError ** error);
gboolean srw_pack_conv (SrwDevice * device, gint out, gint in, gint kernel, gint stride, const gfloat * weights,
    const gfloat * bias, SrwLinear * packed, GError ** error);
/* A 3×3 convolution behind a nearest ×2, folded into four 2×2 convolutions of the low-resolution map, one per output
 * phase: exact, 4/9 of the products. */
gboolean srw_pack_upconv (SrwDevice * device, gint out, gint in, const gfloat * weights, const gfloat * bias,
    SrwLinear * packed, GError ** error);
gboolean srw_pack_shift (SrwDevice * device, gint channels, const gfloat * tap, const gfloat * depthwise,
    const gfloat * depthwise_bias, const gfloat * dense, const gfloat * dense_bias, SrwShift * packed, GError ** error);
/* Of the same shape, without its values: for srw_op_merge to write into. */
gboolean srw_linear_new_like (SrwDevice * device, const SrwLinear * other, SrwLinear * packed, GError ** error);
gboolean srw_pack_norm (SrwDevice * device, gint channels, const gfloat * weight, const gfloat * bias, SrwNorm * packed,
    GError ** error);
void srw_linear_clear (SrwLinear * packed);
void srw_shift_clear (SrwShift * packed);
void srw_norm_clear (SrwNorm * packed);

/* Bytes on the device. */
gsize srw_linear_bytes (const SrwLinear * packed);
gsize srw_shift_bytes (const SrwShift * packed);
gsize srw_norm_bytes (const SrwNorm * packed);

G_END_DECLS
