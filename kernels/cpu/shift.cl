/* Deform-Shift: offsets of STEP tokens at a time, then their nine bilinear taps; and the products that read it, while
 * it is in the cache.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#define TAPS 9

/* Tokens at a time, and columns of the dense layer, of which there are two, as the device's registers hold. */
#if COLUMNS * ROWS <= 6
#define STEP 6
#define DENSE_COLUMNS 1
#else
#define STEP 8
#define DENSE_COLUMNS 2
#endif

/* dy of taps 0..7, then their dx: of tap 8 both are 1. */
#define FIRST_TAPS ((float16)(-1, -1, -1, 0, 0, 0, 1, 1, -1, 0, 1, -1, 0, 1, -1, 0))

/* What eight taps read: where the first of the four corners lies, relative to the token, and the shares of the four. */
typedef struct
{
  int at[8];
  float share[2][2][8];         /* [row][column] */
} Samples;

/* relu(depthwise 3×3 + bias) of STEP tokens, 16 channels. rows: three rows of the map, edge replicated. */
INLINE void
depthwise(float hidden[16 * STEP], __global const float *rows[3], const int at[STEP + 2],
          __global const float *weights, int c, float16 bias)
{
  float16 w[TAPS];

#pragma unroll
  for (int k = 0; k < TAPS; k++)
    w[k] = vload16(0, weights + k * c);
  for (int r = 0; r < STEP; r++) {
    float16 sum = bias;
#pragma unroll
    for (int k = 0; k < TAPS; k++)
      sum += w[k] * vload16(0, rows[k / 3] + at[r + k % 3]);
    vstore16(max16(sum, (float16)(0.0f)), r, hidden);
  }
}

/* offsets += hidden · dense for 16 channels: of a token's two vectors, dy and dx of its taps. */
INLINE void
add_offsets(float16 offsets[STEP][2], const float hidden[16 * STEP], __global const float *dense)
{
  for (int first = 0; first < 2; first += DENSE_COLUMNS) {
    float16 acc[STEP * DENSE_COLUMNS];

#pragma unroll
    for (int i = 0; i < STEP * DENSE_COLUMNS; i++)
      acc[i] = offsets[i / DENSE_COLUMNS][first + i % DENSE_COLUMNS];
    accumulate(acc, STEP, DENSE_COLUMNS, hidden, dense + 16 * first, 32);
#pragma unroll
    for (int i = 0; i < STEP * DENSE_COLUMNS; i++)
      offsets[i / DENSE_COLUMNS][first + i % DENSE_COLUMNS] = acc[i];
  }
}

/* Eight displacements: dy in lanes 0..7, dx in the others, of taps at `tap`, for tokens at `position`, which is y and x
 * likewise. Each is clamped so that it stays in the map, and split into whole steps and the rest, in [0, 1]. The whole
 * steps end one short of the last token, the rest being 1 there, so that the neighbour one step on always exists;
 * unless the map has one only. Adding 1.5·2^23 rounds to an integer. */
INLINE void
place(Samples *s, float16 offset, float16 tap, float16 position, Map map)
{
  const float magic = 12582912.0f;
  const float16 last = (float16)((float8)(map.height - 1), (float8)(map.width - 1)) - position;
  const float16 last_whole =
      (float16)((float8)(max(map.height - 2, 0)), (float8)(max(map.width - 2, 0))) - position;
  /* 4·tanh(o/4) = 4 − 8/(exp(o/2) + 1) */
  const float16 bounded = 4.0f - 8.0f * reciprocal16(exp16(0.5f * offset) + 1.0f);
  const float16 d = min16(max16(tap + bounded, -position), last);
  /* the lower bound once more, because halves are rounded to either side */
  const float16 whole = min16(max16((d - 0.5f + magic) - magic, -position), last_whole), rest = d - whole;
  const float8 both = rest.lo * rest.hi;

  /* a few rows are less than 2^24 floats, so this is exact */
  vstore8(convert_int8(whole.lo * (float)(map.width * map.stride) + whole.hi * (float)map.stride), 0, s->at);
  vstore8(1.0f - rest.lo - rest.hi + both, 0, s->share[0][0]);
  vstore8(rest.hi - both, 0, s->share[0][1]);
  vstore8(rest.lo - both, 0, s->share[1][0]);
  vstore8(both, 0, s->share[1][1]);
}

/* Where the tokens from (y, x) on read: taps 0..7 of each in samples[0..STEP), tap 8 of all in samples[STEP]. */
INLINE void
place_samples(Samples samples[STEP + 1], float16 offsets[STEP][2], int y, int x, Map map)
{
  const float8 xs = min((float)x + (float8)(0, 1, 2, 3, 4, 5, 6, 7), (float8)(map.width - 1));
  float all[STEP][32], ninth[16];

  vstore16((float16)(0.0f), 0, ninth);
#pragma unroll
  for (int r = 0; r < STEP; r++) {
    vstore16(offsets[r][0], 0, all[r]);
    vstore16(offsets[r][1], 1, all[r]);
  }
  /* unrolled it would want all registers at once, and live in memory */
#pragma unroll 1
  for (int r = 0; r < STEP; r++) {
    const float16 position = (float16)((float8)(y), (float8)(min(x + r, map.width - 1)));

    place(samples + r, (float16)(vload8(0, all[r]), vload8(2, all[r])), FIRST_TAPS, position, map);
    ninth[r] = all[r][8];
    ninth[8 + r] = all[r][24];
  }
  place(samples + STEP, vload16(0, ninth), (float16)(1.0f), (float16)((float8)(y), xs), map);
}

/* Bilinear, 16 channels: tap k of the token. */
INLINE float16
interpolate(const Samples *s, int k, __global const float *token, int right, int down)
{
  __global const float *at = token + s->at[k];

  return s->share[0][0][k] * vload16(0, at) + s->share[0][1][k] * vload16(0, at + right)
      + s->share[1][0][k] * vload16(0, at + down) + s->share[1][1][k] * vload16(0, at + down + right);
}

/* out = Σ over the taps for 16 channels of `count` tokens; a step to the right is `right` floats, one down is
 * `down`. */
INLINE void
sample(const Samples *samples, int count, __global const float *in, int stride, int right, int down,
       __global const float *tap, int c, __global float *out, int out_stride)
{
  float16 a[TAPS];

#pragma unroll
  for (int k = 0; k < TAPS; k++)
    a[k] = vload16(0, tap + k * c);
  for (int r = 0; r < count; r++) {
    __global const float *token = in + r * stride;
    float16 sum[2] = { a[8] * interpolate(samples + STEP, r, token, right, down), 0.0f };
#pragma unroll
    for (int k = 0; k < 8; k++)
      sum[k % 2] += a[k] * interpolate(samples + r, k, token, right, down);
    vstore16(sum[0] + sum[1], 0, out + r * out_stride);
  }
}

/* The map that is shifted, LN(x), and the weights. */
typedef struct
{
  __global const float *in;
  Map map;
  __global const float *tap, *depthwise, *depthwise_bias, *dense, *dense_bias;
} Shift;

/* out = DeformShift of `count` tokens from (y, x) on, at most STEP. */
INLINE void
shift_step(Shift s, int y, int x, int count, __global float *out, int out_stride)
{
  const int c = s.map.channels, width = s.map.width, stride = s.map.stride;
  const int right = width > 1 ? stride : 0, down = s.map.height > 1 ? width * stride : 0;
  __global const float *token = s.in + token_at(s.map, (size_t)y * width + x);
  float16 offsets[STEP][2];
  float hidden[16 * STEP];
  int at[STEP + 2];
  Samples samples[STEP + 1];

  for (int j = 0; j < STEP + 2; j++)
    at[j] = clamp(x + j - 1, 0, width - 1) * stride;
#pragma unroll
  for (int r = 0; r < STEP; r++) {
    offsets[r][0] = vload16(0, s.dense_bias);
    offsets[r][1] = vload16(1, s.dense_bias);
  }
  for (int b = 0; b < c; b += 16) {
    __global const float *rows[3];
    for (int k = 0; k < 3; k++)
      rows[k] = s.in + token_at(s.map, (size_t)clamp(y + k - 1, 0, s.map.height - 1) * width) + b;
    depthwise(hidden, rows, at, s.depthwise + b, c, vload16(0, s.depthwise_bias + b));
    add_offsets(offsets, hidden, s.dense + 32 * b);
  }
  place_samples(samples, offsets, y, x, s.map);
  for (int b = 0; b < c; b += 16)
    sample(samples, count, token + b, stride, right, down, s.tap + b, c, out + b, out_stride);
}

/* The same for any number of tokens of a row. */
INLINE void
shift_tokens(Shift s, int y, int x, int count, __global float *out, int out_stride)
{
  for (int i = 0; i < count; i += STEP)
    shift_step(s, y, x + i, min(STEP, count - i), out + i * out_stride, out_stride);
}

/* z = DeformShift(in). A work-item does one row. */
__kernel WORK_ITEM void
shift(__global const float *in, Map in_map, __global const float *tap, __global const float *depthwise_weights,
      __global const float *depthwise_bias, __global const float *dense, __global const float *dense_bias,
      __global float *z, Map z_map)
{
  const Shift s = { in, in_map, tap, depthwise_weights, depthwise_bias, dense, dense_bias };
  const int y = get_global_id(0);

  shift_tokens(s, y, 0, in_map.width, z + token_at(z_map, (size_t)y * in_map.width), z_map.stride);
}

/* out = epilogue(DeformShift(in) · weights + bias). A work-item does `span` tokens of a row, `group` of them at a
 * time: what is shifted takes the place of the group before it, in the work-item's part of z, and so stays in the
 * cache. */
__kernel WORK_ITEM void
shift_linear(__global const float *in, Map in_map, __global const float *tap, __global const float *depthwise_weights,
             __global const float *depthwise_bias, __global const float *dense, __global const float *dense_bias,
             __global float *z, Map z_map, __global const float *weights, __global const float *bias, int n, int span,
             int group, int epilogue, float bound, __global float *out, Map out_map)
{
  const Shift s = { in, in_map, tap, depthwise_weights, depthwise_bias, dense, dense_bias };
  const int y = get_global_id(0), begin = (int)get_global_id(1) * span, end = min(begin + span, in_map.width);
  const size_t row = (size_t)y * in_map.width;
  const Tokens shifted = tokens_from(z, z_map, row + begin), none = { shifted.at, 0, 0 };

  for (int x = begin; x < end; x += group) {
    const int count = min(group, end - x);
    shift_tokens(s, y, x, count, z + token_at(z_map, row + begin), z_map.stride);
    multiply(shifted, none, none, count, weights, bias, n, epilogue, in_map.channels, bound, none,
             out + token_at(out_map, row + x), out_map.stride);
  }
}

/* Channel mixing: z = DeformShift(in), out += σ(z · Wr) ⊙ (relu(z · Wk)² · Wv), Wr and Wk being side by side in `rk`.
 * Work-items as above; what is between the two products, the widest map of all, is never whole either. */
__kernel WORK_ITEM void
channel_mixing(__global const float *in, Map in_map, __global const float *tap,
               __global const float *depthwise_weights, __global const float *depthwise_bias,
               __global const float *dense, __global const float *dense_bias, __global float *z, Map z_map,
               __global const float *rk, __global const float *rk_bias, __global const float *value,
               __global const float *value_bias, int span, int group, __global float *wide, Map wide_map,
               __global float *out, Map out_map)
{
  const Shift s = { in, in_map, tap, depthwise_weights, depthwise_bias, dense, dense_bias };
  const int y = get_global_id(0), begin = (int)get_global_id(1) * span, end = min(begin + span, in_map.width);
  const int c = in_map.channels;
  const size_t row = (size_t)y * in_map.width;
  const Tokens shifted = tokens_from(z, z_map, row + begin), none = { shifted.at, 0, 0 };
  const Tokens r = { wide + token_at(wide_map, row + begin), wide_map.stride, c };
  const Tokens k = { r.at + c, wide_map.stride, wide_map.channels - c };

  for (int x = begin; x < end; x += group) {
    const int count = min(group, end - x);
    shift_tokens(s, y, x, count, z + token_at(z_map, row + begin), z_map.stride);
    multiply(shifted, none, none, count, rk, rk_bias, wide_map.channels, RK, c, 0.0f, none,
             wide + token_at(wide_map, row + begin), wide_map.stride);
    multiply(k, none, none, count, value, value_bias, c, GATED_RESIDUAL, 0, 0.0f, r, out + token_at(out_map, row + x),
             out_map.stride);
  }
}
