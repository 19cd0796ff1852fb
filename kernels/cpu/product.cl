/* Products and convolutions: everything that multiplies by a matrix.
 *
 * The result is made in tiles that stay in registers while the loop runs over all input channels; the weights are read
 * as they lie, [tap][in][out]. 16 channels of the ROWS tokens at a time are copied to private memory, wherever they
 * come from: the loop that counts then has constant addresses only, and needs no registers for them. The file is built
 * once for every shape of tile; the host picks the widest that divides the number of output channels.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#define WIDTH (16 * COLUMNS)

/* acc += in · weights for `count` tokens, in ⊙ gate when gate_stride is not 0. What lies behind the last token is not
 * read. */
INLINE void
accumulate_tokens(float16 acc[ROWS][COLUMNS], __global const float *in, int stride, __global const float *gate,
                  int gate_stride, int count, __global const float *weights, int n, int channels)
{
  float block[16 * ROWS];

  for (int k = 0; k < channels; k += 16) {
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      const int token = min(r, count - 1);
      float16 x = vload16(0, in + token * stride + k);
      if (gate_stride)
        x *= vload16(0, gate + token * gate_stride + k);
      vstore16(x, r, block);
    }
    accumulate(acc, block, weights + (size_t)k * n, n);
  }
}

INLINE void
start(float16 acc[ROWS][COLUMNS], __global const float *bias)
{
#pragma unroll
  for (int r = 0; r < ROWS; r++)
#pragma unroll
    for (int v = 0; v < COLUMNS; v++)
      acc[r][v] = vload16(v, bias);
}

/* Through memory, so that what follows is an ordinary loop. */
INLINE void
finish(float16 tile[ROWS * COLUMNS], float16 acc[ROWS][COLUMNS])
{
#pragma unroll
  for (int r = 0; r < ROWS; r++)
#pragma unroll
    for (int v = 0; v < COLUMNS; v++)
      tile[r * COLUMNS + v] = acc[r][v];
}

/* out = epilogue of tile, columns of one token from `column` on. */
INLINE void
store_token(const float16 *tile, int epilogue, int column, int split, float bound, __global const float *gate,
            __global float *out)
{
  for (int v = 0; v < COLUMNS; v++)
    store_vector(tile[v], epilogue, column + 16 * v, split, bound, gate + 16 * v, out + 16 * v);
}

/* Channels in use of a token, and the step to the next one. */
typedef struct
{
  __global const float *at;
  int stride, channels;
} Tokens;

INLINE Tokens
tokens_from(__global const float *memory, Map map, size_t token)
{
  const Tokens tokens = { memory + token_at(map, token), map.stride, map.channels };
  return tokens;
}

/* out = epilogue(concat(a ⊙ in_gate, b) · weights + bias) for `total` tokens. in_gate counts when it has a stride, b
 * when it has channels; split and bound are store_vector's. */
INLINE void
multiply(Tokens a, Tokens in_gate, Tokens b, int total, __global const float *weights, __global const float *bias,
    int n,
         int epilogue, int split, float bound, Tokens gate, __global float *out, int out_stride)
{
  for (int panel = 0; panel < n; panel += WIDTH) {
    for (int t = 0; t < total; t += ROWS) {
      const int count = min(ROWS, total - t);
      float16 acc[ROWS][COLUMNS], tile[ROWS * COLUMNS];

      start(acc, bias + panel);
      accumulate_tokens(acc, a.at + t * a.stride, a.stride, in_gate.at + t * in_gate.stride, in_gate.stride, count,
                        weights + panel, n, a.channels);
      if (b.channels)
        accumulate_tokens(acc, b.at + t * b.stride, b.stride, b.at, 0, count,
            weights + panel + (size_t)a.channels * n, n,
                          b.channels);
      finish(tile, acc);
      for (int r = 0; r < count; r++)
        store_token(tile + r * COLUMNS, epilogue, panel, split, bound, gate.at + (t + r) * gate.stride + panel,
                    out + (t + r) * out_stride + panel);
    }
  }
}

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

/* Channel mixing in one kernel: out += σ(in · Wr) ⊙ (relu(in · Wk)² · Wv), Wr and Wk being side by side in `rk`. A
 * work-item does `rows` tokens, `group` of them at a time. What is between the two products, the widest map of all,
 * is never whole: every group takes the place of the one before it, in the work-item's part of `wide`, and so stays
 * in the cache. */
__kernel WORK_ITEM void
channel_mixing(__global const float *in, Map in_map, __global const float *rk, __global const float *rk_bias,
               __global const float *value, __global const float *value_bias, int rows, int group, __global float *wide,
               Map wide_map, __global float *out, Map out_map)
{
  const int tokens = in_map.height * in_map.width, c = in_map.channels;
  const int begin = (int)get_global_id(0) * rows, end = min(begin + rows, tokens);
  const Tokens r = { wide + token_at(wide_map, begin), wide_map.stride, c };
  const Tokens k = { r.at + c, wide_map.stride, wide_map.channels - c }, none = { r.at, 0, 0 };

  for (int t = begin; t < end; t += group) {
    const int count = min(group, end - t);
    multiply(tokens_from(in, in_map, t), none, none, count, rk, rk_bias, wide_map.channels, RK, c, 0.0f, none,
             wide + token_at(wide_map, begin), wide_map.stride);
    multiply(k, none, none, count, value, value_bias, c, GATED_RESIDUAL, 0, 0.0f, r, out + token_at(out_map, t),
        out_map.stride);
  }
}

/* Adds one row of taps: out token x reads in tokens x·stride + tap + shift, tap in [0, taps), edge replicated. */
INLINE void
accumulate_row(float16 acc[ROWS][COLUMNS], __global const float *in, Map map, int x, int stride, int shift, int taps,
               __global const float *weights, int n)
{
  float block[16 * ROWS];

  for (int tap = 0; tap < taps; tap++)
    for (int k = 0; k < map.channels; k += 16) {
#pragma unroll
      for (int r = 0; r < ROWS; r++)
        vstore16(vload16(0, in + clamp((x + r) * stride + tap + shift, 0, map.width - 1) * map.stride + k), r, block);
      accumulate(acc, block, weights + (size_t)(tap * map.channels + k) * n, n);
    }
}

/* The same for the 4×4 convolution of a picture: its four taps are 16 channels. */
INLINE void
accumulate_picture_row(float16 acc[ROWS][COLUMNS], __global const float *in, Map map, int x, int stride, int shift,
                       __global const float *weights, int n)
{
  float block[16 * ROWS];

  for (int r = 0; r < ROWS; r++)
    for (int tap = 0; tap < 4; tap++)
      vstore4(vload4(clamp((x + r) * stride + tap + shift, 0, map.width - 1), in), 4 * r + tap, block);
  accumulate(acc, block, weights, n);
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
      float16 acc[ROWS][COLUMNS], tile[ROWS * COLUMNS];
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
        float16 acc[ROWS][COLUMNS], tile[ROWS * COLUMNS];
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
