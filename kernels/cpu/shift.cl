/* Deform-Shift in one kernel: offsets of ROWS tokens at a time, then their nine bilinear taps.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#define TAP_Y ((float16)(-1, -1, -1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0))
#define TAP_X ((float16)(-1, 0, 1, -1, 0, 1, -1, 0, 1, 0, 0, 0, 0, 0, 0, 0))

/* What a token reads, tap by tap in lanes 0..8 of a float16: where the first of the four corners lies, relative to
 * the token, and the shares of the second row and the second column. */
typedef struct
{
  int at[16];
  float down[16], right[16];
} Samples;

/* relu(depthwise 3×3 + bias) of ROWS tokens from x on, 16 channels. rows: three rows of the map, edge replicated. */
INLINE void
depthwise(float hidden[16 * ROWS], __global const float *rows[3], const int at[ROWS + 2],
    __global const float *weights,
          int c, float16 bias)
{
  float16 w[9];

#pragma unroll
  for (int k = 0; k < 9; k++)
    w[k] = vload16(0, weights + k * c);
  for (int r = 0; r < ROWS; r++) {
    float16 sum = bias;
#pragma unroll
    for (int k = 0; k < 9; k++)
      sum += w[k] * vload16(0, rows[k / 3] + at[r + k % 3]);
    vstore16(max16(sum, (float16)(0.0f)), r, hidden);
  }
}

/* offsets += hidden · dense for 16 channels: of a token's two vectors, dy and dx of its taps, as many at a time as a
 * tile has columns. */
INLINE void
add_offsets(float16 offsets[ROWS][2], const float hidden[16 * ROWS], __global const float *dense)
{
  for (int first = 0; first < 2; first += COLUMNS) {
    float16 acc[ROWS][COLUMNS];

#pragma unroll
    for (int r = 0; r < ROWS; r++)
#pragma unroll
      for (int v = 0; v < COLUMNS; v++)
        acc[r][v] = offsets[r][first + v];
    accumulate(acc, hidden, dense + 16 * first, 32);
#pragma unroll
    for (int r = 0; r < ROWS; r++)
#pragma unroll
      for (int v = 0; v < COLUMNS; v++)
        offsets[r][first + v] = acc[r][v];
  }
}

/* Splits a displacement of a few tokens, clamped so that it stays in the map, into whole steps and the rest, in [0,
 * 1]. The whole steps end one short of the last token, the rest being 1 there, so that the neighbour one step on
 * always exists; unless the map has one only. Adding 1.5·2^23 rounds to an integer. */
INLINE float16
split(float16 displacement, int position, int size, float16 *whole)
{
  const float magic = 12582912.0f;
  const float16 d = min16(max16(displacement, (float16)(-position)), (float16)(size - 1 - position));

  /* the lower bound once more, because halves are rounded to either side */
  *whole = min16(max16((d - 0.5f + magic) - magic, (float16)(-position)), (float16)(max(size - 2, 0) - position));
  return d - *whole;
}

INLINE void
place_samples(Samples *s, float16 dy, float16 dx, int y, int x, Map map)
{
  /* 4·tanh(o/4) = 4 − 8/(exp(o/2) + 1), both with one reciprocal; the clamp keeps the product finite and changes
   * nothing */
  const float16 ey = exp16(max16(min16(0.5f * dy, (float16)(20.0f)), (float16)(-20.0f))) + 1.0f;
  const float16 ex = exp16(max16(min16(0.5f * dx, (float16)(20.0f)), (float16)(-20.0f))) + 1.0f;
  const float16 r = 8.0f * reciprocal16(ey * ex);
  float16 whole_y, whole_x;

  vstore16(split(TAP_Y + (4.0f - r * ex), y, map.height, &whole_y), 0, s->down);
  vstore16(split(TAP_X + (4.0f - r * ey), x, map.width, &whole_x), 0, s->right);
  /* a few rows are less than 2^24 floats, so this is exact */
  vstore16(convert_int16(whole_y * (float)(map.width * map.stride) + whole_x * (float)map.stride), 0, s->at);
}

/* out = Σ over the taps for 16 channels of `count` tokens; a step to the right is `right` floats, one down is
 * `down`. */
INLINE void
sample(const Samples *samples, int count, __global const float *in, int stride, int right, int down,
       __global const float *tap, int c, __global float *out, int out_stride)
{
  float16 a[9];

#pragma unroll
  for (int k = 0; k < 9; k++)
    a[k] = vload16(0, tap + k * c);
  for (int r = 0; r < count; r++) {
    const Samples *s = samples + r;
    __global const float *token = in + r * stride;
    float16 sum[3] = { 0.0f, 0.0f, 0.0f };
#pragma unroll
    for (int k = 0; k < 9; k++) {
      __global const float *at = token + s->at[k];
      const float16 x00 = vload16(0, at), x10 = vload16(0, at + down);
      const float16 x0 = x00 + s->right[k] * (vload16(0, at + right) - x00);
      const float16 x1 = x10 + s->right[k] * (vload16(0, at + down + right) - x10);
      sum[k % 3] += a[k] * (x0 + s->down[k] * (x1 - x0));
    }
    vstore16((sum[0] + sum[1]) + sum[2], 0, out + r * out_stride);
  }
}

/* A work-item does one row. */
__kernel WORK_ITEM void
shift(__global const float *in, Map in_map, __global const float *tap, __global const float *depthwise_weights,
      __global const float *depthwise_bias, __global const float *dense, __global const float *dense_bias,
      __global float *out, Map out_map)
{
  const int y = get_global_id(0), c = in_map.channels, width = in_map.width;
  const int right = width > 1 ? in_map.stride : 0, down = in_map.height > 1 ? width * in_map.stride : 0;
  __global const float *rows[3];

  for (int k = 0; k < 3; k++)
    rows[k] = in + token_at(in_map, (size_t)clamp(y + k - 1, 0, in_map.height - 1) * width);

  for (int x = 0; x < width; x += ROWS) {
    const int count = min(ROWS, width - x);
    const size_t token = (size_t)y * width + x;
    float16 offsets[ROWS][2];
    float hidden[16 * ROWS];
    int at[ROWS + 2];
    Samples samples[ROWS];

    for (int j = 0; j < ROWS + 2; j++)
      at[j] = clamp(x + j - 1, 0, width - 1) * in_map.stride;
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      offsets[r][0] = vload16(0, dense_bias);
      offsets[r][1] = vload16(1, dense_bias);
    }
    for (int b = 0; b < c; b += 16) {
      __global const float *block_rows[3] = { rows[0] + b, rows[1] + b, rows[2] + b };
      depthwise(hidden, block_rows, at, depthwise_weights + b, c, vload16(0, depthwise_bias + b));
      add_offsets(offsets, hidden, dense + 32 * b);
    }
#pragma unroll
    for (int r = 0; r < ROWS; r++)
      place_samples(samples + r, offsets[r][0], offsets[r][1], y, min(x + r, width - 1), in_map);
    for (int b = 0; b < c; b += 16)
      sample(samples, count, in + token_at(in_map, token) + b, in_map.stride, right, down, tap + b, c,
             out + token_at(out_map, token) + b, out_map.stride);
  }
}
