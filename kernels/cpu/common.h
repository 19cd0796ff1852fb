/* What the files of the CPU family start with, behind ../common.h.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A work-item is a large piece of work that loops by itself, so that a work-group is one of them. */
#define WORK_ITEM __attribute__((reqd_work_group_size(1, 1, 1)))

/* exp to about 2e-7, relative; arguments are clamped to [-87, 80], so that the result is finite, not 0, and has a
 * reciprocal. It is 2^n·2^f: adding
 * 1.5·2^23 rounds to an integer and leaves it in the low bits, of which 2^n is made. */
INLINE float16
exp16(float16 x)
{
  const float magic = 12582912.0f, log2_e = 1.44269504f;
  float16 shifted, f, p;

  x = min16(max16(x, (float16)(-87.0f)), (float16)(80.0f));
  shifted = x * log2_e + magic;
  f = x * log2_e - (shifted - magic);
  p = f * 1.32647271e-3f + 9.67151265e-3f;
  p = p * f + 5.55073374e-2f;
  p = p * f + 0.240222421f;
  p = p * f + 0.693146978f;
  p = p * f + 1.0f;
  return p * as_float16((as_uint16(shifted) << 23) + 0x3f800000u);
}

/* 1/x of positive normal numbers to about 2e-7, relative: a guess from the bits and three Newton steps, which is less
 * than a division where that is slow. */
INLINE float16
reciprocal16(float16 x)
{
  float16 r = as_float16(0x7ef311c7u - as_uint16(x));

  r *= 2.0f - x * r;
  r *= 2.0f - x * r;
  return r * (2.0f - x * r);
}

INLINE float16
sigmoid16(float16 x)
{
  return reciprocal16(1.0f + exp16(-x));
}

/* bound·tanh(x/bound) to about 4e-7, relative to the bound; all of x if that is 0. */
INLINE float16
bounded16(float16 x, float bound)
{
  const float scale = 2.0f / bound;

  return bound == 0.0f ? x : bound - 2.0f * bound * reciprocal16(exp16(x * scale) + 1.0f);
}

/* out = epilogue of x, 16 channels of a token from `column` on. Where the epilogue tells columns apart, [0, split)
 * are the receptance and [split, 2·split) the keys, which `bound` bounds if it is not 0; REV stores their exponentials.
 * gate may be anything unless the epilogue reads it. */
INLINE void
store_vector(float16 x, int epilogue, int column, int split, float bound, __global const float *gate,
    __global float *out)
{
  if (epilogue == RESIDUAL) {
    x += vload16(0, out);
  } else if (epilogue == GATED_RESIDUAL) {
    x = vload16(0, out) + vload16(0, gate) * x;
  } else if (epilogue == SIGMOID || (epilogue != NONE && column < split)) {
    x = sigmoid16(x);
  } else if ((epilogue == RKV || epilogue == REV) && column < 2 * split) {
    x = bounded16(x, bound);
    if (epilogue == REV)
      x = exp16(x);
  } else if (epilogue == RK) {
    x = max16(x, (float16)(0.0f));
    x *= x;
  }
  vstore16(x, 0, out);
}

/* ---- products ----
 *
 * The result is made in tiles of ROWS tokens by COLUMNS float16 vectors, as much as the device's registers hold, which
 * stay there while the loop runs over all input channels; the weights are read as they lie, [tap][in][out]. 16 channels
 * of the tokens at a time are copied to private memory, wherever they come from: the loop that counts then has constant
 * addresses only, and needs no registers for them. */

#ifdef ROWS

/* acc += block · weights, 16 channels of `rows` tokens by `columns` vectors, both known when this is compiled; n floats
 * from one row of the weights to the next. */
INLINE void
accumulate(float16 *acc, int rows, int columns, const float *block, __global const float *weights, int n)
{
  for (int k = 0; k < 16; k += 4) {
#pragma unroll
    for (int u = 0; u < 4; u++) {
      float16 w[4];
#pragma unroll
      for (int v = 0; v < columns; v++)
        w[v] = vload16(v, weights + (k + u) * n);
#pragma unroll
      for (int r = 0; r < rows; r++) {
        const float16 x = block[16 * r + k + u];
#pragma unroll
        for (int v = 0; v < columns; v++)
          acc[r * columns + v] += x * w[v];
      }
    }
  }
}

#define WIDTH (16 * COLUMNS)

/* acc += in · weights for `count` tokens, in ⊙ gate when gate_stride is not 0. What lies behind the last token is not
 * read. */
INLINE void
accumulate_tokens(float16 acc[ROWS * COLUMNS], __global const float *in, int stride, __global const float *gate,
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
    accumulate(acc, ROWS, COLUMNS, block, weights + (size_t)k * n, n);
  }
}

INLINE void
start(float16 acc[ROWS * COLUMNS], __global const float *bias)
{
#pragma unroll
  for (int r = 0; r < ROWS; r++)
#pragma unroll
    for (int v = 0; v < COLUMNS; v++)
      acc[r * COLUMNS + v] = vload16(v, bias);
}

/* Through memory, so that what follows is an ordinary loop. */
INLINE void
finish(float16 tile[ROWS * COLUMNS], float16 acc[ROWS * COLUMNS])
{
#pragma unroll
  for (int i = 0; i < ROWS * COLUMNS; i++)
    tile[i] = acc[i];
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
      float16 acc[ROWS * COLUMNS], tile[ROWS * COLUMNS];

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

#endif
