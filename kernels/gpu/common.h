/* What the files of the GPU family start with, behind ../common.h. OpenCL C 1.2, no extensions.
 *
 * A work-group shares a tile of the result, and its work-items lie along the channels, so that neighbours read what
 * lies together. Channels go by fours, quads: a quad of a map is aligned, for maps start at 64 bytes and tokens are
 * whole multiples of 16 channels. All arithmetic is float; maps are stored as halves when HALF is defined.
 *
 * For the compilers: no private array may be indexed at run time, and every barrier is met by all items of a group.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#ifdef HALF
typedef half Value;
#define LARGEST_VALUE 65504.0f

/* The quad moves as one: vload_half4 of global memory would be four loads. */
INLINE float4
load_quad(__global const Value *at)
{
  const ushort4 bits = *(__global const ushort4 *)at;
  return vload_half4(0, (const half *)&bits);
}

INLINE void
store_quad(float4 x, __global Value *at)
{
  ushort4 bits;
  vstore_half4(fmin(fmax(x, -LARGEST_VALUE), LARGEST_VALUE), 0, (half *)&bits);
  *(__global ushort4 *)at = bits;
}

INLINE float
load_value(__global const Value *at)
{
  return vload_half(0, at);
}

INLINE void
store_value(float x, __global Value *at)
{
  vstore_half(fmin(fmax(x, -LARGEST_VALUE), LARGEST_VALUE), 0, at);
}
#else
typedef float Value;

INLINE float4
load_quad(__global const Value *at)
{
  return *(__global const float4 *)at;
}

INLINE void
store_quad(float4 x, __global Value *at)
{
  *(__global float4 *)at = x;
}

INLINE float
load_value(__global const Value *at)
{
  return *at;
}

INLINE void
store_value(float x, __global Value *at)
{
  *at = x;
}
#endif

/* Of weights and other vectors, which are always float. */
INLINE float4
load_floats(__global const float *at)
{
  return *(__global const float4 *)at;
}

INLINE float
sum_of_quad(float4 v)
{
  return (v.x + v.y) + (v.z + v.w);
}

INLINE float4
sigmoid(float4 x)
{
  return 1.0f / (1.0f + exp(-x));
}

/* What is stored for x, four columns of a token from `column` on. Where the epilogue tells columns apart, [0, split)
 * are the receptance and [split, 2·split) the keys, which `bound` bounds if it is not 0; REV stores their
 * exponentials. */
INLINE float4
finish(float4 x, int epilogue, int column, int split, float bound, __global const Value *gate,
    __global const Value *out)
{
  if (epilogue == RESIDUAL)
    return load_quad(out) + x;
  if (epilogue == GATED_RESIDUAL)
    return load_quad(out) + load_quad(gate) * x;
  if (epilogue == SIGMOID || (epilogue != NONE && column < split))
    return sigmoid(x);
  if ((epilogue == RKV || epilogue == REV) && column < 2 * split) {
    if (bound != 0.0f)
      x = 2.0f * bound * sigmoid(x * (2.0f / bound)) - bound;
    return epilogue == REV ? exp(x) : x;
  }
  if (epilogue == RK)
    return fmax(x, 0.0f) * fmax(x, 0.0f);
  return x;
}
