/* Products and convolutions of maps as they lie in memory, in the tiles of common.h. The file is built once for every
 * shape of tile; the host picks the widest that divides the number of output channels.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A product; a work-item does `rows` tokens. */
__kernel WORK_ITEM void
linear(__global const float *a, Map a_map, __global const float *in_gate, Map in_gate_map, __global const float *b,
       Map b_map, __global const float *weights, __global const float *bias, int n, int rows, int epilogue, int split,
       float bound, __global const float *gate, Map gate_map, __global float *out, Map out_map)
{
  const int tokens = out_map.height * out_map.width;
  const int begin = (int)get_global_id(0) * rows, end = min(begin + rows, tokens);

  multiply(tokens_from(a, a_map, begin), tokens_from(in_gate, in_gate_map, begin), tokens_from(b, b_map, begin),
      end - begin,
           weights, bias, n, epilogue, split, bound, tokens_from(gate, gate_map, begin), out + token_at(out_map, begin),
           out_map.stride);
}

/* Adds one row of taps: out token x reads in tokens x·stride + tap + shift, tap in [0, taps), edge replicated. */
INLINE void
accumulate_row(float16 acc[ROWS * COLUMNS], __global const float *in, Map map, int x, int stride, int shift, int taps,
               __global const float *weights, int n)
{
  float block[16 * ROWS];

  for (int tap = 0; tap < taps; tap++)
    for (int k = 0; k < map.channels; k += 16) {
#pragma unroll
      for (int r = 0; r < ROWS; r++)
        vstore16(vload16(0, in + clamp((x + r) * stride + tap + shift, 0, map.width - 1) * map.stride + k), r, block);
      accumulate(acc, ROWS, COLUMNS, block, weights + (size_t)(tap * map.channels + k) * n, n);
    }
}

/* The same for the 4×4 convolution of a picture: its four taps are 16 channels. */
INLINE void
accumulate_picture_row(float16 acc[ROWS * COLUMNS], __global const float *in, Map map, int x, int stride, int shift,
                       __global const float *weights, int n)
{
  float block[16 * ROWS];

  for (int r = 0; r < ROWS; r++)
    for (int tap = 0; tap < 4; tap++)
      vstore4(vload4(clamp((x + r) * stride + tap + shift, 0, map.width - 1), in), 4 * r + tap, block);
  accumulate(acc, ROWS, COLUMNS, block, weights, n);
}

INLINE __global const float *
clamped_row(__global const float *in, Map map, int y)
{
  return in + token_at(map, (size_t)clamp(y, 0, map.height - 1) * map.width);
}

/* A convolution with pad 1, of a picture when in has 4 channels, which is 4×4; a work-item does one row of out. */
__kernel WORK_ITEM void
conv(__global const float *in, Map in_map, __global const float *weights, __global const float *bias, int n,
    int kernel_size,
     int stride, int epilogue, __global float *out, Map out_map)
{
  const int y = get_global_id(0);
  const int row_weights = kernel_size * in_map.channels * n;

  for (int panel = 0; panel < n; panel += WIDTH) {
    for (int x = 0; x < out_map.width; x += ROWS) {
      float16 acc[ROWS * COLUMNS], tile[ROWS * COLUMNS];
      __global float *to = out + token_at(out_map, (size_t)y * out_map.width + x) + panel;

      start(acc, bias + panel);
      for (int ky = 0; ky < kernel_size; ky++) {
        __global const float *row = clamped_row(in, in_map, y * stride + ky - 1);
        if (in_map.channels == 4)
          accumulate_picture_row(acc, row, in_map, x, stride, -1, weights + panel + ky * row_weights, n);
        else
          accumulate_row(acc, row, in_map, x, stride, -1, kernel_size, weights + panel + ky * row_weights, n);
      }
      finish(tile, acc);
      for (int r = 0; r < ROWS && x + r < out_map.width; r++)
        store_token(tile + r * COLUMNS, epilogue, panel, 0, 0.0f, to, to + r * out_map.stride);
    }
  }
}

/* Four 2×2 convolutions of the low-resolution map, weights [phase y][phase x][ky][kx][in][out]; a work-item does one
 * row of out. */
__kernel WORK_ITEM void
upconv(__global const float *in, Map in_map, __global const float *weights, __global const float *bias, int n,
       __global float *out, Map out_map)
{
  const int out_y = get_global_id(0), y = out_y >> 1, phase_y = out_y & 1;
  const int row_weights = 2 * in_map.channels * n;

  for (int panel = 0; panel < n; panel += WIDTH) {
    for (int phase_x = 0; phase_x < 2; phase_x++) {
      __global const float *w = weights + panel + (phase_y * 2 + phase_x) * 2 * row_weights;
      for (int x = 0; x < in_map.width; x += ROWS) {
        float16 acc[ROWS * COLUMNS], tile[ROWS * COLUMNS];
        __global float *to = out + token_at(out_map, (size_t)out_y * out_map.width + 2 * x + phase_x) + panel;

        start(acc, bias + panel);
        for (int ky = 0; ky < 2; ky++)
          accumulate_row(acc, clamped_row(in, in_map, y + phase_y - 1 + ky), in_map, x, 1, phase_x - 1, 2,
                         w + ky * row_weights, n);
        finish(tile, acc);
        for (int r = 0; r < ROWS && x + r < in_map.width; r++)
          store_token(tile + r * COLUMNS, NONE, panel, 0, 0.0f, to, to + 2 * r * out_map.stride);
      }
    }
  }
}
