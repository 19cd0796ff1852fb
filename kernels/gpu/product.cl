/* Products and convolutions: everything that multiplies by a matrix.
 *
 * A work-group makes a tile of TOKENS tokens by N columns, a work-item EACH tokens by 4 columns of it, in registers.
 * The sum runs in slabs of 16 rows of the weights, which lie in local memory together with what they are multiplied
 * by: 16 channels of a token or, of a picture, the four pixels of a row of taps. So a product, the convolutions and
 * the one behind nearest ×2 differ only in where a slab comes from. The file is built once for every N: 16, 32, 48
 * and 64.
 *
 * While a tile is at hand it is summed up, for what follows would have to read the map once more:
 *  * moments[token][panel] = (mean, sum of squared deviations) of the panel's N columns, for the LN in shift.cl;
 *  * parts[tile] = the same of every channel over the tile's tokens, for statistics.cl.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#define SLAB 16
/* Fewer where the tile is narrow, so that its local memory is for enough items. */
#if N == 16
#define EACH 4
#else
#define EACH 8
#endif
#define ROWS (TOKENS / EACH)    /* of items; an item does tokens 4·row + {0..3} of every 4·ROWS of the tile */
#define QUADS (N / 4)
#define ITEMS (QUADS * ROWS)
#define PITCH (TOKENS / 4 + 1)  /* float4 of a channel of the tile, and one against bank conflicts */
#define QUAD ((int)get_local_id(0) % QUADS)
#define ROW ((int)get_local_id(0) / QUADS)
#define WORK_GROUP __attribute__((reqd_work_group_size(ITEMS, 1, 1)))

/* Afterwards x is scratch for sums, of QUADS × TOKENS floats, and w for TOKENS means. */
typedef struct
{
  float4 x[SLAB * PITCH];       /* [channel][token] */
  float4 w[SLAB * QUADS];       /* [channel][column] */
} Slab;

/* What the tile becomes part of. Its tokens are `first` and on of a grid of `tokens` in rows of `width`; each is a
 * token of `map`, or one of four of them, that of `phase`, when `step` is 2. */
typedef struct
{
  Map map;
  int first, tokens, width, step;
  int2 phase;
  /* which summaries are wanted, MOMENTS | PARTS, and where they go */
  int wanted;
  __global float2 *moments;
  __global float *parts;
} Target;

#define MOMENTS 1
#define PARTS 2

/* Of the tile's token i. */
INLINE int
out_token(Target to, int i)
{
  const int t = to.first + i;

  if (to.step == 1)
    return t;
  return (2 * (t / to.width) + to.phase.x) * to.map.width + 2 * (t % to.width) + to.phase.y;
}

/* A tile of consecutive tokens. */
INLINE Target
consecutive(Map map, __global float2 *moments, __global float *parts, int wanted)
{
  const Target to = { map, (int)get_group_id(0) * TOKENS, map.height * map.width, map.width, 1, 0, wanted, moments,
      parts };
  return to;
}

/* acc[i]: token_of(i), four columns. */
INLINE void
accumulate(float4 acc[EACH], __local const Slab *slab)
{
  /* all at once would be more than there are registers for with 48 columns */
#if N == 48
#pragma unroll 4
#else
#pragma unroll
#endif
  for (int k = 0; k < SLAB; k++) {
    const float4 w = slab->w[k * QUADS + QUAD];
#pragma unroll
    for (int i = 0; i < EACH; i += 4) {
      const float4 x = slab->x[k * PITCH + i / 4 * ROWS + ROW];
      acc[i] += x.x * w;
      acc[i + 1] += x.y * w;
      acc[i + 2] += x.z * w;
      acc[i + 3] += x.w * w;
    }
  }
}

/* Token i of an item within the tile. */
INLINE int
token_of(int i)
{
  return (i / 4 * ROWS + ROW) * 4 + i % 4;
}

INLINE void
start(float4 acc[EACH], float4 bias)
{
#pragma unroll
  for (int i = 0; i < EACH; i++)
    acc[i] = bias;
}

/* SLAB rows of weights, n floats each, as many columns as the tile has. */
INLINE void
load_weights(__local Slab *slab, __global const float *weights, int n)
{
  for (int i = get_local_id(0); i < SLAB * QUADS; i += ITEMS)
    slab->w[i] = load_floats(weights + i / QUADS * n + i % QUADS * 4);
}

/* Four channels of a token, transposed. */
INLINE void
put(__local Slab *slab, int token, int quad, float4 v)
{
  __local float *to = (__local float *)slab->x + 4 * quad * (4 * PITCH) + token;

  to[0] = v.x;
  to[4 * PITCH] = v.y;
  to[8 * PITCH] = v.z;
  to[12 * PITCH] = v.w;
}

/* ---- summaries ---- */

/* sums[token] = Σ over the tile's columns. */
INLINE void
sum_tokens(const float4 acc[EACH], __local Slab *slab, __local const float *means)
{
  __local float *to = (__local float *)slab->x + QUAD * TOKENS;

#pragma unroll
  for (int i = 0; i < EACH; i++) {
    const int token = token_of(i);
    const float4 d = means ? acc[i] - means[token] : acc[i];
    to[token] = sum_of_quad(means ? d * d : d);
  }
}

INLINE float
total_of_token(__local const Slab *slab, int token)
{
  __local const float *from = (__local const float *)slab->x + token;
  float sum = 0.0f;

#pragma unroll
  for (int q = 0; q < QUADS; q++)
    sum += from[q * TOKENS];
  return sum;
}

/* The mean is taken first, then the deviations from it: sums of squares would lose everything when the mean is
 * large. */
INLINE void
store_moments(const float4 acc[EACH], __local Slab *slab, Target to)
{
  const int panel = get_group_id(1), panels = to.map.channels / N;
  __local float *means = (__local float *)slab->w;

  sum_tokens(acc, slab, 0);
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = get_local_id(0); i < TOKENS; i += ITEMS)
    means[i] = total_of_token(slab, i) * (1.0f / N);
  barrier(CLK_LOCAL_MEM_FENCE);
  sum_tokens(acc, slab, means);
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = get_local_id(0); i < TOKENS; i += ITEMS) {
    if (to.first + i < to.tokens)
      to.moments[(size_t)out_token(to, i) * panels + panel] = (float2)(means[i], total_of_token(slab, i));
  }
  barrier(CLK_LOCAL_MEM_FENCE);
}

/* sums[row] = Σ over the item's tokens among the first `count` of the tile. */
INLINE void
sum_columns(const float4 acc[EACH], __local Slab *slab, __local const float4 *means, int count)
{
  float4 sum = 0.0f;

#pragma unroll
  for (int i = 0; i < EACH; i++) {
    const float4 d = means ? acc[i] - means[QUAD] : acc[i];
    if (token_of(i) < count)
      sum += means ? d * d : d;
  }
  slab->x[ROW * QUADS + QUAD] = sum;
}

INLINE float4
total_of_quad(__local const Slab *slab, int quad)
{
  float4 sum = 0.0f;

  for (int row = 0; row < ROWS; row++)
    sum += slab->x[row * QUADS + quad];
  return sum;
}

INLINE void
store_part(const float4 acc[EACH], __local Slab *slab, Target to)
{
  const int id = get_local_id(0), c = to.map.channels, count = min(to.tokens - to.first, TOKENS);
  __global float *part = to.parts + (size_t)get_group_id(0) * 2 * c + (int)get_group_id(1) * N;

  sum_columns(acc, slab, 0, count);
  barrier(CLK_LOCAL_MEM_FENCE);
  if (id < QUADS)
    slab->w[id] = total_of_quad(slab, id) / count;
  barrier(CLK_LOCAL_MEM_FENCE);
  sum_columns(acc, slab, slab->w, count);
  barrier(CLK_LOCAL_MEM_FENCE);
  if (id < QUADS) {
    *(__global float4 *)(part + 4 * id) = slab->w[id];
    *(__global float4 *)(part + c + 4 * id) = total_of_quad(slab, id);
  }
}

/* The slab is scratch. */
INLINE void
summarise(const float4 acc[EACH], __local Slab *slab, Target to)
{
  if (to.wanted & MOMENTS)
    store_moments(acc, slab, to);
  if (to.wanted & PARTS)
    store_part(acc, slab, to);
}

/* ---- products ---- */

/* out = epilogue(concat(a ⊙ in_gate, b) · weights + bias). in_gate counts when it has a stride, b when it has channels.
 * Input channels from `affine_from` on are first multiplied by the scales at affine_first, and get the shifts that lie
 * affine_stride on added. `split` and `bound` are those of finish. Groups: (tiles of tokens, panels of columns). */
__kernel WORK_GROUP void
linear(__global const Value *a, Map a_map, __global const Value *in_gate, Map in_gate_map, __global const Value *b,
       Map b_map, __global const float *affine, int affine_first, int affine_stride, int affine_from,
       __global const float *weights, __global const float *bias, int n, int epilogue, int split, float bound,
       __global const Value *gate, Map gate_map, __global Value *out, Map out_map, __global float2 *moments,
       __global float *parts, int summaries)
{
  __local Slab slab;
  const Target to = consecutive(out_map, moments, parts, summaries);
  const int panel = (int)get_group_id(1) * N, column = panel + 4 * QUAD;
  float4 acc[EACH];

  start(acc, load_floats(bias + column));
  for (int k = 0; k < a_map.channels + b_map.channels; k += SLAB) {
    for (int i = get_local_id(0); i < TOKENS * 4; i += ITEMS) {
      const int t = min(to.first + i / 4, to.tokens - 1), at = k + i % 4 * 4;
      float4 v;
      if (k < a_map.channels) {
        v = load_quad(a + token_at(a_map, t) + at);
        if (in_gate_map.stride)
          v *= load_quad(in_gate + token_at(in_gate_map, t) + at);
      } else {
        v = load_quad(b + token_at(b_map, t) + at - a_map.channels);
      }
      if (k >= affine_from)
        v = v * load_floats(affine + affine_first + at - affine_from)
            + load_floats(affine + affine_first + affine_stride + at - affine_from);
      put(&slab, i / 4, i % 4, v);
    }
    load_weights(&slab, weights + (size_t)k * n + panel, n);
    barrier(CLK_LOCAL_MEM_FENCE);
    accumulate(acc, &slab);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
#pragma unroll
  for (int i = 0; i < EACH; i++) {
    const int t = to.first + token_of(i);
    if (t < to.tokens) {
      __global Value *at = out + token_at(out_map, t) + column;
      acc[i] = finish(acc[i], epilogue, column, split, bound, gate + token_at(gate_map, t) + column, at);
      store_quad(acc[i], at);
    }
  }
  summarise(acc, &slab, to);
}

/* ---- convolutions ---- */

/* What a convolution reads. */
typedef struct
{
  __global const void *in;
  Map map;
  int taps;                     /* side of the kernel */
  bool picture;                 /* 4 floats a pixel, else channels of values */
} Source;

/* place[i] = row and column of the first tap of the tile's token i: its own, times `stride`, plus `shift`. */
INLINE void
find_places(__local int2 *place, Target to, int stride, int2 shift)
{
  for (int i = get_local_id(0); i < TOKENS; i += ITEMS) {
    const int t = min(to.first + i, to.tokens - 1);
    place[i] = (int2)(t / to.width, t % to.width) * stride + shift;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
}

/* Adds all taps, edge replicated; `weights` are those of the tile's columns. */
INLINE void
convolve(float4 acc[EACH], __local Slab *slab, __local const int2 *place, Source s, __global const float *weights,
    int n)
{
  const int slabs = s.taps * s.taps * s.map.channels / SLAB, slabs_of_tap = max(s.map.channels / SLAB, 1);

  for (int slab_at = 0; slab_at < slabs; slab_at++) {
    const int tap = s.picture ? 4 * slab_at : slab_at / slabs_of_tap;
    const int k = s.picture ? 0 : slab_at % slabs_of_tap * SLAB;

    for (int i = get_local_id(0); i < TOKENS * 4; i += ITEMS) {
      const int2 p = place[i / 4];
      const int y = clamp(p.x + tap / s.taps, 0, s.map.height - 1);
      const int x = clamp(p.y + tap % s.taps + (s.picture ? i % 4 : 0), 0, s.map.width - 1);
      const size_t at = token_at(s.map, (size_t)y * s.map.width + x);
      put(slab, i / 4, i % 4, s.picture ? load_floats((__global const float *)s.in + at)
          : load_quad((__global const Value *)s.in + at + k + i % 4 * 4));
    }
    load_weights(slab, weights + (size_t)slab_at * SLAB * n, n);
    barrier(CLK_LOCAL_MEM_FENCE);
    accumulate(acc, slab);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}

INLINE void
store_tile(const float4 acc[EACH], __local Slab *slab, __global Value *out, Target to)
{
  const int column = (int)get_group_id(1) * N + 4 * QUAD;

#pragma unroll
  for (int i = 0; i < EACH; i++) {
    if (to.first + token_of(i) < to.tokens)
      store_quad(acc[i], out + token_at(to.map, out_token(to, token_of(i))) + column);
  }
  summarise(acc, slab, to);
}

/* Pad 1. Groups of the convolutions: (tiles of tokens of out, panels of columns). */
__kernel WORK_GROUP void
conv(__global const Value *in, Map in_map, __global const float *weights, __global const float *bias, int n, int taps,
     int stride, __global Value *out, Map out_map, __global float2 *moments, __global float *parts, int summaries)
{
  __local Slab slab;
  __local int2 place[TOKENS];
  const Source source = { in, in_map, taps, false };
  const Target to = consecutive(out_map, moments, parts, summaries);
  const int panel = (int)get_group_id(1) * N;
  float4 acc[EACH];

  start(acc, load_floats(bias + panel + 4 * QUAD));
  find_places(place, to, stride, -1);
  convolve(acc, &slab, place, source, weights + panel, n);
  store_tile(acc, &slab, out, to);
}

/* The 4×4 convolution of a picture with stride 2, pad 1. */
__kernel WORK_GROUP void
stem(__global const float *in, Map in_map, __global const float *weights, __global const float *bias, int n,
     __global Value *out, Map out_map, __global float2 *moments, int summaries)
{
  __local Slab slab;
  __local int2 place[TOKENS];
  const Source source = { in, in_map, 4, true };
  const Target to = consecutive(out_map, moments, 0, summaries);
  const int panel = (int)get_group_id(1) * N;
  float4 acc[EACH];

  start(acc, load_floats(bias + panel + 4 * QUAD));
  find_places(place, to, 2, -1);
  convolve(acc, &slab, place, source, weights + panel, n);
  store_tile(acc, &slab, out, to);
}

/* A 3×3 convolution, the sigmoid of which is colours: floats. */
__kernel WORK_GROUP void
head(__global const Value *in, Map in_map, __global const float *weights, __global const float *bias, int n,
     __global float *out, Map out_map)
{
  __local Slab slab;
  __local int2 place[TOKENS];
  const Source source = { in, in_map, 3, false };
  const Target to = consecutive(out_map, 0, 0, 0);
  const int panel = (int)get_group_id(1) * N, column = panel + 4 * QUAD;
  float4 acc[EACH];

  start(acc, load_floats(bias + column));
  find_places(place, to, 1, -1);
  convolve(acc, &slab, place, source, weights + panel, n);
#pragma unroll
  for (int i = 0; i < EACH; i++) {
    const int t = to.first + token_of(i);
    if (t < to.tokens)
      *(__global float4 *)(out + token_at(out_map, t) + column) = sigmoid(acc[i]);
  }
}

/* Nearest ×2 and a 3×3 convolution, as four 2×2 convolutions of the smaller map, weights [phase y][phase
 * x][ky][kx][in][out]. Groups: (tiles of tokens of in, panels of columns, phases). */
__kernel WORK_GROUP void
upconv(__global const Value *in, Map in_map, __global const float *weights, __global const float *bias, int n,
       __global Value *out, Map out_map, __global float2 *moments, int summaries)
{
  __local Slab slab;
  __local int2 place[TOKENS];
  const Source source = { in, in_map, 2, false };
  const int phase = get_group_id(2), panel = (int)get_group_id(1) * N;
  const Target to = { out_map, (int)get_group_id(0) * TOKENS, in_map.height * in_map.width, in_map.width, 2,
    (int2)(phase / 2, phase % 2), summaries, moments, 0 };
  float4 acc[EACH];

  start(acc, load_floats(bias + panel + 4 * QUAD));
  find_places(place, to, 1, to.phase - 1);
  convolve(acc, &slab, place, source, weights + (size_t)phase * 4 * in_map.channels * n + panel, n);
  store_tile(acc, &slab, out, to);
}
