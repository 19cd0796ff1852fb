/* Deform-Shift of LN(x), without a normalised map, and the product that reads it: a work-group does TOKENS tokens, one
 * after the other in raster order.
 *
 * LN is a scale and a shift of every token, known from the moments that product.cl left, and then one of every
 * channel. The second goes into the taps. The first is linear in a bilinear sample: it goes into the shares of its
 * corners.
 *
 * Offsets: 16 channels at a time, every item does the depthwise convolution of four of them; the result lies
 * transposed in local memory, where some of the items multiply it by the dense layer, two tokens by four offsets
 * each. Places: an item a tap of a token. Samples: the items side by side do the channels of a token, so that every
 * read of a corner is whole lines. Product: of the tokens that the group has just stored, and that only it reads, by
 * PANEL columns at a time; an item does four tokens by four columns in registers, in slabs of 16 channels.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#define TOKENS 32
#define ITEMS 128
#define PITCH (TOKENS + 4)
#define OFFSETS 24              /* of a token: dy 0..8, dx 12..20 */
#define DENSE 32                /* columns of the dense layer: dy 0..8, dx 16..24 */
#define EPSILON 1e-5f
#define PANEL 64                /* columns of the product that are done together */
#define QUADS (PANEL / 4)
#define SLAB 16

/* What the tap of a token reads: the first of four corners, in values from the token; what each corner counts, and
 * what is taken off their sum. */
typedef struct
{
  int at[TOKENS * 9];
  float4 share[TOKENS * 9];
  float mean[TOKENS * 9];
} Places;

/* What LN makes of a token: (x − mean)·scale. */
typedef struct
{
  float mean, scale;
} Normal;

/* moments[panel] of a token, merged by Chan's formula. */
INLINE Normal
normal_of(__global const float2 *moments, int panels, int c)
{
  const float width = (float)(c / panels);
  float2 all = moments[0];

  for (int p = 1; p < panels; p++) {
    const float2 m = moments[p];
    const float d = m.x - all.x, share = 1.0f / (p + 1);
    all.x += d * share;
    all.y += m.y + d * d * width * (p * share);
  }
  const Normal n = { all.x, 1.0f / sqrt(all.y / c + EPSILON) };
  return n;
}

/* Splits a displacement, clamped so that it stays in the map, into whole steps and the rest, in [0, 1]. The whole
 * steps end one short of the last token, the rest being 1 there, so that the neighbour one step on always exists;
 * unless the map has one only. */
INLINE float
split(float displacement, int position, int size, int *whole)
{
  const float d = clamp(displacement, (float)-position, (float)(size - 1 - position));
  const float w = clamp(floor(d), (float)-position, (float)(max(size - 2, 0) - position));

  *whole = (int)w;
  return d - w;
}

/* 4·tanh(o/4) */
INLINE float
bounded(float o)
{
  return 4.0f - 8.0f / (exp(clamp(0.5f * o, -20.0f, 20.0f)) + 1.0f);
}

/* hidden = relu(depthwise 3×3 of LN(x) + bias), transposed: 16 channels from `b` on of every token; an item does four
 * of one. */
INLINE void
depthwise(__local float *hidden, __global const Value *in, Map map, int y, int x, __local const Normal *around, int b,
          __global const float *norm_weight, __global const float *norm_bias, __global const float *weights,
          __global const float *bias)
{
  const int token = (int)get_local_id(0) / 4, quad = (int)get_local_id(0) % 4, at = b + 4 * quad, c = map.channels;
  __local float *to = hidden + 4 * quad * PITCH + token;
  float4 sum = 0.0f, weight = 0.0f;

#pragma unroll 3
  for (int k = 0; k < 9; k++) {
    const int ky = clamp(y + k / 3 - 1, 0, map.height - 1), kx = clamp(x + k % 3 - 1, 0, map.width - 1);
    const float4 w = load_floats(weights + k * c + at);
    sum += w * (load_quad(in + token_at(map, (size_t)ky * map.width + kx) + at) - around[k].mean) * around[k].scale;
    weight += w;
  }
  sum = fmax(sum * load_floats(norm_weight + at) + weight * load_floats(norm_bias + at) + load_floats(bias + at), 0.0f);
  to[0] = sum.x;
  to[PITCH] = sum.y;
  to[2 * PITCH] = sum.z;
  to[3 * PITCH] = sum.w;
}

/* Where tap k of token (y, x), moved by the offset (dy, dx), reads. */
INLINE void
place_tap(__local Places *places, int i, int k, int y, int x, float dy, float dx, Map map,
    __global const float2 *moments,
          int panels)
{
  int whole_y, whole_x;
  const float down = split(k / 3 - 1 + bounded(dy), y, map.height, &whole_y);
  const float right = split(k % 3 - 1 + bounded(dx), x, map.width, &whole_x);
  const int first = (y + whole_y) * map.width + x + whole_x;
  const int step_right = map.width > 1, step_down = map.height > 1 ? map.width : 0;
  const Normal n00 = normal_of(moments + (size_t)first * panels, panels, map.channels);
  const Normal n01 = normal_of(moments + (size_t)(first + step_right) * panels, panels, map.channels);
  const Normal n10 = normal_of(moments + (size_t)(first + step_down) * panels, panels, map.channels);
  const Normal n11 = normal_of(moments + (size_t)(first + step_down + step_right) * panels, panels, map.channels);
  const float4 part = (float4)((1.0f - down) * (1.0f - right), (1.0f - down) * right, down * (1.0f - right),
      down * right)
      * (float4)(n00.scale, n01.scale, n10.scale, n11.scale);

  places->at[i] = (whole_y * map.width + whole_x) * map.stride;
  places->share[i] = part;
  places->mean[i] = sum_of_quad(part * (float4)(n00.mean, n01.mean, n10.mean, n11.mean));
}

/* out = Σ over the taps, for the tokens of the group. */
INLINE void
sample_all(__local const Places *places, __global const Value *in, Map map, int first, __global const float *tap,
           __global const float *norm_weight, __global const float *norm_bias, __global Value *out, Map out_map)
{
  const int id = get_local_id(0), c = map.channels, count = min(map.height * map.width - first, TOKENS);
  const int right = map.width > 1 ? map.stride : 0, down = map.height > 1 ? map.width * map.stride : 0;
  const int across = min(c / 4, ITEMS), step = ITEMS / across;

  if (id >= across * step)
    return;
  for (int at = id % across * 4; at < c; at += 4 * across) {
    float4 all = 0.0f;

    for (int k = 0; k < 9; k++)
      all += load_floats(tap + k * c + at);
    all *= load_floats(norm_bias + at);
    for (int token = id / across; token < count; token += step) {
      __global const Value *own = in + token_at(map, first + token) + at;
      float4 sum = 0.0f;

      /* a row of taps at a time: twelve reads on their way are enough, and all would take too many registers */
#pragma unroll 3
      for (int k = 0; k < 9; k++) {
        __global const Value *corner = own + places->at[9 * token + k];
        const float4 share = places->share[9 * token + k];
        sum += load_floats(tap + k * c + at) * (load_quad(corner) * share.x + load_quad(corner + right) * share.y
            + load_quad(corner + down) * share.z + load_quad(corner + down + right) * share.w
            - places->mean[9 * token + k]);
      }
      store_quad(sum * load_floats(norm_weight + at) + all, out + token_at(out_map, first + token) + at);
    }
  }
}

/* acc += 16 channels of the item's four tokens, [channel][token], by four columns of weights. */
INLINE void
accumulate(float4 acc[4], __local const float *x, __local const float4 *w)
{
#pragma unroll 4
  for (int k = 0; k < SLAB; k++) {
    const float4 four = *(__local const float4 *)(x + k * PITCH);
    acc[0] += four.x * w[k * QUADS];
    acc[1] += four.y * w[k * QUADS];
    acc[2] += four.z * w[k * QUADS];
    acc[3] += four.w * w[k * QUADS];
  }
}

/* out = epilogue(z · weights + bias), columns from `panel` on, for the tokens of the group. x and w are room for a
 * slab: 16 channels of every token, and of every column. */
INLINE void
multiply(__local float *x, __local float4 *w, __global const Value *z, Map z_map, int first,
    __global const float *weights, __global const float *bias, int n, int panel, int epilogue, float bound,
    __global Value *out, Map out_map)
{
  const int id = get_local_id(0), tokens = z_map.height * z_map.width, column = panel + id % QUADS * 4;
  const int mine = id / QUADS * 4, read = min(first + id / 4, tokens - 1);
  __local float *to = x + id % 4 * 4 * PITCH + id / 4;
  float4 acc[4];

  acc[0] = acc[1] = acc[2] = acc[3] = column < n ? load_floats(bias + column) : 0.0f;
  for (int k = 0; k < z_map.channels; k += SLAB) {
    const float4 v = load_quad(z + token_at(z_map, read) + k + id % 4 * 4);
    to[0] = v.x;
    to[PITCH] = v.y;
    to[2 * PITCH] = v.z;
    to[3 * PITCH] = v.w;
    for (int i = id; i < SLAB * QUADS; i += ITEMS) {
      const int at = panel + i % QUADS * 4;
      w[i] = at < n ? load_floats(weights + (size_t)(k + i / QUADS) * n + at) : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    accumulate(acc, x + mine, w + id % QUADS);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
#pragma unroll
  for (int i = 0; i < 4; i++) {
    const int t = first + mine + i;
    if (t < tokens && column < n) {
      __global Value *at = out + token_at(out_map, t) + column;
      store_quad(finish(acc[i], epilogue, column, z_map.channels, bound, at, at), at);
    }
  }
}

/* z = DeformShift(LN(in)), out = epilogue(z · weights + bias), n columns; `bound` is that of finish. Groups: tiles of
 * tokens. moments: (tokens, panels). */
__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void
shift_linear(__global const Value *in, Map map, __global const float2 *moments, int panels,
    __global const float *norm_weight, __global const float *norm_bias, __global const float *tap,
    __global const float *depthwise_weights, __global const float *depthwise_bias, __global const float *dense,
    __global const float *dense_bias, __global Value *z, Map z_map, __global const float *weights,
    __global const float *bias, int n, int epilogue, float bound, __global Value *out, Map out_map)
{
  __local float hidden[16 * PITCH];     /* [channel][token] */
  __local float offsets[TOKENS * OFFSETS];
  __local Places places;
  const int tokens = map.height * map.width, first = (int)get_group_id(0) * TOKENS, id = get_local_id(0);
  /* the dense layer: a pair of tokens by four of its columns */
  const int pair = 2 * (id / 6), part = id % 6;
  const int own = min(first + id / 4, tokens - 1), y = own / map.width, x = own % map.width;
  const int column = 4 * part + (part > 2 ? 4 : 0);
  const bool multiplies = id < 6 * TOKENS / 2;
  float4 acc[2];
  /* of the nine tokens that the depthwise convolution reads for each; the places come later */
  __local Normal *around = (__local Normal *)places.share;
  /* when the places have been */
  __local float4 *weights_slab = places.share;

  for (int k = id % 4; k < 9; k += 4) {
    const int ky = clamp(y + k / 3 - 1, 0, map.height - 1), kx = clamp(x + k % 3 - 1, 0, map.width - 1);
    around[id / 4 * 9 + k] = normal_of(moments + ((size_t)ky * map.width + kx) * panels, panels, map.channels);
  }
  acc[0] = acc[1] = load_floats(dense_bias + column);
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int b = 0; b < map.channels; b += 16) {
    depthwise(hidden, in, map, y, x, around + id / 4 * 9, b, norm_weight, norm_bias, depthwise_weights, depthwise_bias);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (multiplies) {
#pragma unroll 4
      for (int k = 0; k < 16; k++) {
        const float4 w = load_floats(dense + DENSE * (b + k) + column);
        const float2 h = *(__local const float2 *)(hidden + k * PITCH + pair);
        acc[0] += h.x * w;
        acc[1] += h.y * w;
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (multiplies) {
    *(__local float4 *)(offsets + pair * OFFSETS + 4 * part) = acc[0];
    *(__local float4 *)(offsets + (pair + 1) * OFFSETS + 4 * part) = acc[1];
  }
  barrier(CLK_LOCAL_MEM_FENCE);

  for (int i = id; i < TOKENS * 9; i += ITEMS) {
    const int token = i / 9, k = i % 9, t = min(first + token, tokens - 1);
    __local const float *o = offsets + token * OFFSETS + k;
    place_tap(&places, i, k, t / map.width, t % map.width, o[0], o[OFFSETS / 2], map, moments, panels);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  sample_all(&places, in, map, first, tap, norm_weight, norm_bias, z, z_map);
  barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
  for (int panel = 0; panel < n; panel += PANEL)
    multiply(hidden, weights_slab, z, z_map, first, weights, bias, n, panel, epilogue, bound, out, out_map);
}
