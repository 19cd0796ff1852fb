/* The operators of the network on an OpenCL queue.
 *
 * Every function sets arguments, enqueues and returns: nothing is allocated, nothing blocks, and the order of the calls
 * is the order of execution (in-order queue). Formulas and symbols are those of docs/network.md.
 *
 * Maps are channels-last. Channel counts are multiples of 16, so that a token is whole float16 vectors; the two
 * exceptions, pictures (4 floats a pixel: R, G, B, unused) and the head's 12 channels (padded to 16), are said where
 * they occur. Maps are float32, or halves where the device's information says so; pictures and the head are always
 * float32, as are weights and whatever is no map.
 *
 * There are two families of kernels, see device.h. This is what both do; what a family needs memory for, is asked of
 * the functions that end in _scratch and the like, which give 0 for what it does not need.
 *
 * An SrwOps is used by one thread at a time. Tensors and weights belong to the caller.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/pack.h"
#include "opencl/queue.h"

G_BEGIN_DECLS

/* A map of height×width tokens somewhere in device memory. Copied by value; owns nothing. */
typedef struct
{
  cl_mem mem;                   /* buffer or sub-buffer */
  gint height, width;           /* tokens; every >= 1 */
  gint channels;                /* channels in use, a multiple of 16 */
  gint stride;                  /* channels from one token to the next, >= channels, a multiple of 16 */
  gint offset;                  /* first channel in use within the token, a multiple of 16 */
  /* What whatever makes the map leaves beside it, so that it need not be read for that: what LN wants to know of every
   * token, and what the statistics of the map are made of. NULL for what is not wanted. */
  cl_mem moments, parts;        /* srw_moments_bytes, srw_parts_bytes */
} SrwTensor;

/* What the columns of a product go through before they are stored. */
typedef enum
{
  SRW_EPILOGUE_NONE,            /* + bias, if there is one */
  SRW_EPILOGUE_RKV,             /* columns [0, c): sigmoid; [c, 2c): bounded; the others unchanged; c: channels of what
                                 * is multiplied */
  SRW_EPILOGUE_REV,             /* the same, but [c, 2c): exp of what is bounded */
  SRW_EPILOGUE_RK,              /* columns [0, c): sigmoid; the others: relu squared */
  SRW_EPILOGUE_RESIDUAL,        /* added to what out holds */
  SRW_EPILOGUE_GATED_RESIDUAL,  /* multiplied by the gate, element by element, then added to what out holds */
  SRW_EPILOGUE_SIGMOID,
} SrwEpilogue;

typedef struct _SrwOps SrwOps;

/* Builds (or fetches) every kernel for the queue's device. The queue must outlive it. Errors: SRW_ERROR_BUILD. */
SrwOps *srw_ops_new (SrwQueue * queue, GError ** error);
void srw_ops_free (SrwOps * ops);

/* What every operator launches on; ask srw_queue_check at the end of a forward pass. */
SrwQueue *srw_ops_queue (const SrwOps * ops);

/* The size of a product: rows are tokens. */
typedef struct
{
  gsize rows;
  gint in, out;
} SrwProductShape;

/* Chooses for products of these shapes between CLBlast and our own tiles: as is remembered beside the program cache, or
 * else, with `measuring`, by measuring both, which takes seconds and is remembered. Products of other shapes are done
 * by tiles. Fails when there is no memory for what CLBlast needs. The environment variable SRW_GEMM, `tile` or
 * `clblast`, decides instead. */
gboolean srw_ops_tune (SrwOps * ops, const SrwProductShape * shapes, guint n, gboolean measuring,
    GError ** error);

/* out = conv(in) with the edge replicated; pad 1. in is a picture (4 floats a pixel) when weights->in == 4 (the stem),
 * else channels-last. */
void srw_op_conv (SrwOps * ops, const gchar * name, SrwTensor in, const SrwLinear * w, SrwTensor out);

/* out = sigmoid(conv3×3(in)): colours, float32. */
void srw_op_head (SrwOps * ops, const gchar * name, SrwTensor in, const SrwLinear * w, SrwTensor out);

/* out (2H×2W) = conv3×3(nearest×2(in (H×W))) with weights from srw_pack_upconv. */
void srw_op_upconv (SrwOps * ops, const gchar * name, SrwTensor in, const SrwLinear * w, SrwTensor out);

/* out = epilogue(in · w). `gate` is read by SRW_EPILOGUE_GATED_RESIDUAL only (else NULL). `in_gate`, when not NULL,
 * multiplies `in` element by element before the product. */
void srw_op_linear (SrwOps * ops, const gchar * name, SrwTensor in, const SrwTensor * in_gate, const SrwLinear * w,
    SrwEpilogue epilogue, const SrwTensor * gate, SrwTensor out);

/* z = DeformShift(LN(in)), see docs/network.md section 5; LN over channels, affine, ε = 1e-5. What reads z is a
 * product, and a family may do both in one launch. in.moments are read if srw_moments_bytes says that they are. */
typedef struct
{
  const gchar *name;            /* of a launch that does nothing else */
  SrwTensor in;
  const SrwNorm *norm;
  const SrwShift *w;
  cl_mem scratch;               /* srw_shift_scratch bytes */
  SrwTensor z;                  /* as many tokens and channels as `in`, and other memory */
} SrwShifted;

gsize srw_shift_scratch (SrwOps * ops, gint height, gint width, gint channels);
gsize srw_moments_bytes (SrwOps * ops, gint height, gint width, gint channels);

/* z as above, out = epilogue(z · w); SRW_EPILOGUE_NONE, _RKV, _REV or _RK. */
void srw_op_shift_linear (SrwOps * ops, const gchar * name, const SrwShifted * shifted, const SrwLinear * w,
    SrwEpilogue epilogue, SrwTensor out);

/* Channel mixing: z as above, out += σ(z · Wr) ⊙ (relu(z · Wk)² · Wv), rk = (Wr Wk) side by side; out may be what was
 * shifted. `wide` has room for as many channels as rk makes; what is in it afterwards is undefined. Both products are
 * one kernel on a CPU, where caches are large. */
void srw_op_channel_mixing (SrwOps * ops, const gchar * name, const SrwShifted * shifted, const SrwLinear * rk,
    const SrwLinear * value, SrwTensor wide, SrwTensor out);

/* A scale and a shift of every channel of a map, somewhere in what srw_op_adain made: scales from [first] on, shifts
 * from [first + stride] on. */
typedef struct
{
  cl_mem mem;
  gint first, stride;
} SrwAffine;

/* out = concat(a, scale ⊙ feature + shift) · w + bias without the concatenation; a may be NULL. w->in is the channels
 * of both. `folded` is room for w with the scale and shift in it, made by srw_pack_linear with the same shape, if
 * srw_ops_folds; so AdaIN costs nothing per token. */
void srw_op_merge (SrwOps * ops, const gchar * name, const SrwTensor * a, SrwTensor feature, const SrwAffine * affine,
    const SrwLinear * w, const SrwLinear * folded, SrwTensor out);
gboolean srw_ops_folds (SrwOps * ops);

/* Whether what is bounded so is small enough to be kept as its exponential, in half floats too. */
gboolean srw_keys_are_small (gfloat bound);

/* out = BiWKV(scan(key), scan(value)), un-scanned; `exponentiated`: key has exp(key), of small keys. decay and bonus:
 * (q, c), row `round` is used; skip step `step`; odd rounds scan columns first. scratch: srw_wkv_scratch bytes. out may
 * be value, which saves memory traffic. */
void srw_op_wkv (SrwOps * ops, const gchar * name, SrwTensor key, gboolean exponentiated, SrwTensor value, cl_mem decay,
    cl_mem bonus, gint round, gint step, cl_mem scratch, SrwTensor out);
gsize srw_wkv_scratch (SrwOps * ops, gint height, gint width, gint channels);

#define SRW_MAX_STATISTICS 4

/* statistics[first ..] = mean, [first+stride ..] = sqrt(population variance + ε²), ε = 1e-4, over all tokens, of
 * every channel of one map after the other; `n` maps, at most SRW_MAX_STATISTICS. Their parts are read if
 * srw_parts_bytes says that they are. scratch: as much as the map that wants most of it. */
void srw_op_statistics (SrwOps * ops, const gchar * name, const SrwTensor * maps, guint n, cl_mem scratch,
    cl_mem statistics, gint first, gint stride);
gsize srw_statistics_scratch (SrwOps * ops, gint height, gint width, gint channels);
gsize srw_parts_bytes (SrwOps * ops, gint height, gint width, gint channels);

/* Bytes of a channel of a map. */
gsize srw_value_bytes (SrwOps * ops);

/* What another scene is: one whose statistics lie so many deviations off, where luma differs by `least_luma` at
 * least, which tells a cut from a fade; or one whose luma differs by so much. As in kernels/common.h. */
typedef struct
{
  cl_float statistics, luma, least_luma;
} SrwSceneChange;

/* How a frame's statistics go on from those of the frames before. */
typedef struct
{
  gfloat smoothing;             /* 0..1 */
  gfloat strength;              /* 0..1 */
  gboolean reset;               /* nothing before is of use */
  gboolean scene_known;         /* `scene` holds the difference of luma to the frame before */
  SrwSceneChange scene_change;
} SrwContinuation;

/* AdaIN for all n = 30·C channels at once. content, smoothed, style: mean[n], deviation[n]. smoothed is replaced by
 * smoothing·smoothed + (1 − smoothing)·content, or by content after a reset and in another scene; `scene` (a float)
 * then tells which of the two was done, 1: by content, else 0. target = lerp(smoothed, style, strength) per
 * statistic; affine: scale[n] = σ_target/σ_smoothed, shift[n] = μ_target − μ_smoothed·scale. */
void srw_op_adain (SrwOps * ops, const gchar * name, gint n, cl_mem content, cl_mem smoothed, cl_mem style,
    const SrwContinuation * continuation, cl_mem scene, cl_mem affine);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwOps, srw_ops_free)

G_END_DECLS
