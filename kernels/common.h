/* What every kernel file starts with, of whichever family. OpenCL C 1.2, no extensions.
 *
 * Maps are channels-last, and a token is a whole number of float16 vectors. Nothing here needs any alignment.
 *
 * The files beside this one go pixel by pixel and serve both families: their work-items share the columns of a row,
 * as many of them as there are, ROW_GROUP to a work-group. On a processor that is one, which walks along the row.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#define WORK_GROUP_OF_ROW __attribute__((reqd_work_group_size(ROW_GROUP, 1, 1)))

/* Everything is expanded in place, so that arrays passed to functions can stay in registers. */
#define INLINE static inline __attribute__((always_inline))

/* In front of a loop that a GPU should not unroll, whose registers are dear. */
#if ROW_GROUP == 1
#define ROLLED
#else
#define ROLLED _Pragma("unroll 1")
#endif

/* As SrwTensor without its memory. */
typedef struct
{
  int height, width, channels, stride, offset;
} Map;

/* First channel in use of a token. */
INLINE size_t
token_at(Map map, size_t token)
{
  return token * map.stride + map.offset;
}

INLINE float
horizontal_sum(float16 v)
{
  const float8 a = v.lo + v.hi;
  const float4 b = a.lo + a.hi;
  const float2 c = b.lo + b.hi;
  return c.x + c.y;
}

/* BT.601 */
#define LUMA_R 0.299f
#define LUMA_G 0.587f
#define LUMA_B 0.114f

/* Luma of four pixels of a picture. */
INLINE float4
luma4(float16 colour)
{
  return colour.s048c * LUMA_R + colour.s159d * LUMA_G + colour.s26ae * LUMA_B;
}

/* Comparisons, because max() of a vector may be sixteen calls. */
INLINE float16
max16(float16 a, float16 b)
{
  return a > b ? a : b;
}

INLINE float16
min16(float16 a, float16 b)
{
  return a < b ? a : b;
}

INLINE float16
abs16(float16 v)
{
  return as_float16(as_uint16(v) & 0x7fffffffu);
}

/* As SrwEpilogue. */
enum { NONE, RKV, REV, RK, RESIDUAL, GATED_RESIDUAL, SIGMOID };

/* ---- what of a frame is picture: framing.cl finds it, frame.cl reads it ---- */

/* Rows at the top and at the bottom, or columns on the left and on the right. */
typedef struct
{
  int before, after;
} Sides;

/* A pair of bars, and what is kept of it from frame to frame. */
typedef struct
{
  Sides held;                   /* in use */
  Sides larger;                 /* what they might be instead, */
  int frames;                   /* since so many frames have shown it */
  int unknown;                  /* since the beginning no frame has said whether there are any */
} Bars;

/* What frame.cl reads, and what is kept from frame to frame. */
typedef struct
{
  float amount;                 /* 0..1: how much of a picture it is */
  Bars rows, columns;
} Framing;

/* ---- AdaIN, docs/network.md section 6 ---- */

/* How far a frame's mean lies from the smoothed one, in deviations. A channel counts for 4 at most, so that one that
 * is nearly constant cannot decide alone. */
INLINE float
scene_distance(float content_mean, float smoothed_mean, float smoothed_deviation)
{
  return fmin(fabs(content_mean - smoothed_mean) / fmax(smoothed_deviation, 1e-4f), 4.0f);
}

/* What another scene is: see SrwSceneChange. */
typedef struct
{
  float statistics, luma, least_luma;
} SceneChange;

/* By the mean of the channels' distances, and by the difference of luma, which is below 0 where nobody has looked. */
INLINE bool
is_other_scene(float distance, float luma, SceneChange change)
{
  /* not "distance > …": nothing that is no number may be kept */
  return luma > change.luma || (!(distance <= change.statistics) && (luma < 0.0f || luma > change.least_luma));
}

/* Channel i of n: its smoothed statistics, and what turns them into the target's. */
INLINE void
adain_channel(int i, int n, __global const float *content, __global float *smoothed, __global const float *style,
              float smoothing, bool reset, float strength, __global float *affine)
{
  const float mean = reset ? content[i] : smoothing * smoothed[i] + (1.0f - smoothing) * content[i];
  const float deviation = reset ? content[n + i] : smoothing * smoothed[n + i] + (1.0f - smoothing) * content[n + i];
  const float target_mean = mean + strength * (style[i] - mean);
  const float target_deviation = deviation + strength * (style[n + i] - deviation);
  const float scale = target_deviation / fmax(deviation, 1e-4f);

  smoothed[i] = mean;
  smoothed[n + i] = deviation;
  affine[i] = scale;
  affine[n + i] = target_mean - mean * scale;
}

/* ---- the skip scan, docs/network.md section 4 ---- */

/* A walk in the order of (outer mod step, inner mod step, outer div step, inner div step). */
typedef struct
{
  int outer, inner, outer_start, inner_start;
} Cursor;

INLINE Cursor
cursor_at(int t, int outer, int inner, int step)
{
  Cursor c;

  for (c.outer_start = 0;; c.outer_start++) {
    const int rows = (outer - c.outer_start + step - 1) / step;
    for (c.inner_start = 0; c.inner_start < min(step, inner); c.inner_start++) {
      const int columns = (inner - c.inner_start + step - 1) / step;
      if (t < rows * columns) {
        c.outer = c.outer_start + t / columns * step;
        c.inner = c.inner_start + t % columns * step;
        return c;
      }
      t -= rows * columns;
    }
  }
}

INLINE Cursor
cursor_next(Cursor c, int outer, int inner, int step)
{
  c.inner += step;
  if (c.inner >= inner) {
    c.inner = c.inner_start;
    c.outer += step;
    if (c.outer >= outer) {
      if (++c.inner_start >= min(step, inner)) {
        c.inner_start = 0;
        c.outer_start++;
      }
      c.outer = c.outer_start;
      c.inner = c.inner_start;
    }
  }
  return c;
}
