/* Holding stylised video still, see docs/network.md section 6: luma of the content at several sizes, where its blocks
 * were in the frame before, and the blend with what was shown there.
 *
 * The unit of motion is a block of 8×8 samples, that of the blend 4×2 pixels. On a CPU a work-item walks along its
 * row.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The 4×2 pixels of a blend are weighed over this much around them. */
#define WINDOW_WIDTH 8
#define WINDOW_HEIGHT 6

/* Content counts as the same up to the first of these mean differences of luma, and as another from the second on. */
#define CONTENT_SAME (8.0f / 255.0f)
#define CONTENT_OTHER (20.0f / 255.0f)
/* Likewise for R, G and B of the network's output and of what was shown. */
#define OUTPUT_SAME 0.06f
#define OUTPUT_OTHER 0.20f

/* What a vector has to be better by, in mean difference of luma, to be taken instead of a simpler one. */
#define VECTOR_COST (1.0f / 256.0f)

/* Neighbouring vectors that differ by no more than this are of one motion. */
#define VECTOR_TOLERANCE 2

/* Range: (work-items to a row, rows). picture: (height, width, 4); width is a multiple of 4. */
WORK_GROUP_OF_ROW __kernel void
temporal_luma(__global const float *picture, int width, __global float *luma)
{
  const long row = (long)get_global_id(1) * width;
  const int step = 4 * (int)get_global_size(0);

  for (int x = 4 * (int)get_global_id(0); x < width; x += step)
    vstore4(luma4(vload16(0, picture + (row + x) * 4)), 0, luma + row + x);
}

/* Means of 2×2 samples. Range: (work-items to a row, rows of the smaller map). The maps are parts of one pyramid. */
WORK_GROUP_OF_ROW __kernel void
temporal_halve(__global float *pyramid, int from, int to, int width)
{
  const int y = get_global_id(1);
  __global const float *top = pyramid + from + (long)2 * y * 2 * width, *bottom = top + 2 * width;
  __global float *out = pyramid + to + (long)y * width;

  for (int x = get_global_id(0); x < width; x += (int)get_global_size(0))
    out[x] = (top[2 * x] + top[2 * x + 1] + bottom[2 * x] + bottom[2 * x + 1]) * 0.25f;
}

/* Mean difference of two pieces of maps, 8 samples wide and an even number of rows high. */
INLINE float
difference(__global const float *a, __global const float *b, int width, int rows)
{
  float16 sum = 0.0f;

  ROLLED for (int row = 0; row < rows; row += 2)
    sum += abs16((float16)(vload8(0, a + row * width), vload8(0, a + (row + 1) * width))
        - (float16)(vload8(0, b + row * width), vload8(0, b + (row + 1) * width)));
  return horizontal_sum(sum) / (8 * rows);
}

typedef struct
{
  __global const float *now, *before;
  int width, height, x, y;      /* of the map; of the block */
  int2 vector;                  /* the best so far */
  float cost;
} Search;

/* Vectors that lead out of the map are none. */
INLINE void
try_vector(Search *s, int2 vector, float cost)
{
  const int x = s->x + vector.x, y = s->y + vector.y;

  if (x < 0 || y < 0 || x + 8 > s->width || y + 8 > s->height)
    return;
  cost += difference(s->now + (long)s->y * s->width + s->x, s->before + (long)y * s->width + x, s->width, 8);
  if (cost < s->cost) {
    s->cost = cost;
    s->vector = vector;
  }
}

/* Where the blocks of a map were in the frame before: none, one of the nearest four vectors of the map of half the
 * size, or either with a step of up to `radius`. Range: (work-items to a row, rows of blocks). A block that would
 * reach over the edge lies inside of it. Maps are at `map` of the pyramids and at least 8×8; vectors, as x and y, at
 * `out` and `parents` (columns and rows 0: none) of `vectors`. */
WORK_GROUP_OF_ROW __kernel void
temporal_match(__global const float *now, __global const float *before, int map, int width, int height, int radius,
    __global int *vectors, int parents, int parent_columns, int parent_rows, int out)
{
  const int by = get_global_id(1), columns = (width + 7) / 8;
  const int py = min(by / 2, parent_rows - 1), qy = clamp(by & 1 ? py + 1 : py - 1, 0, parent_rows - 1);

  for (int bx = get_global_id(0); bx < columns; bx += (int)get_global_size(0)) {
    Search s = { now + map, before + map, width, height, min(8 * bx, width - 8), min(8 * by, height - 8), 0, INFINITY };
    const int px = min(bx / 2, parent_columns - 1), qx = clamp(bx & 1 ? px + 1 : px - 1, 0, parent_columns - 1);
    int2 centre;

    try_vector(&s, 0, 0.0f);
    for (int i = 0; i < 4 && parent_columns; i++) {
      const int parent = (i & 2 ? qy : py) * parent_columns + (i & 1 ? qx : px);
      try_vector(&s, 2 * vload2(parent, vectors + parents), VECTOR_COST);
    }
    centre = s.vector;
    for (int dy = -radius; dy <= radius; dy++)
      for (int dx = -radius; dx <= radius; dx++)
        try_vector(&s, centre + (int2)(dx, dy), 2.0f * VECTOR_COST);
    vstore2(s.vector, by * columns + bx, vectors + out);
  }
}

/* *scene = mean difference of the blocks of the coarsest level and what was found for them, which temporal_match has
 * left. Range: a work-group. */
WORK_GROUP_OF_ROW __kernel void
temporal_scene(__global const float *now, __global const float *before, int map, int width, int height,
    __global const int *vectors, int found, __global float *scene)
{
  __local float sums[ROW_GROUP];
  const int columns = (width + 7) / 8, rows = (height + 7) / 8, id = get_local_id(0);
  float sum = 0.0f;

  for (int i = id; i < columns * rows; i += ROW_GROUP) {
    const int2 vector = vload2(i, vectors + found);
    const int at = map + min(8 * (i / columns), height - 8) * width + min(8 * (i % columns), width - 8);
    sum += difference(now + at, before + at + vector.y * width + vector.x, width, 8);
  }
  sums[id] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (id == 0) {
    for (int i = 1; i < ROW_GROUP; i++)
      sum += sums[i];
    *scene = sum / (columns * rows);
  }
}

/* 1 up to `same`, 0 from `other` on. */
INLINE float
fall(float difference, float same, float other)
{
  const float share = (other - difference) / (other - same);

  /* comparisons, so that what is not a number counts as different */
  return share > 0.0f ? min(share, 1.0f) : 0.0f;
}

/* Whether at least two of the four blocks around move alike. A block that finds its like by luck does so alone. */
INLINE bool
moves_with_others(__global const int *vectors, int columns, int rows, int bx, int by, int2 vector)
{
  const int4 x = clamp((int4)(bx - 1, bx + 1, bx, bx), (int4)(0), (int4)(columns - 1));
  const int4 y = clamp((int4)(by, by, by - 1, by + 1), (int4)(0), (int4)(rows - 1));
  const int4 at = y * columns + x;
  const int2 a = vload2(at.s0, vectors), b = vload2(at.s1, vectors);
  const int2 c = vload2(at.s2, vectors), d = vload2(at.s3, vectors);
  const uint4 dx = abs((int4)(a.x, b.x, c.x, d.x) - vector.x), dy = abs((int4)(a.y, b.y, c.y, d.y) - vector.y);
  /* true is −1 */
  const int4 alike = (dx <= (uint4)VECTOR_TOLERANCE) & (dy <= (uint4)VECTOR_TOLERANCE);

  return alike.s0 + alike.s1 + alike.s2 + alike.s3 <= -2;
}

/* Mean difference of luma round the pixels at (x, y) and where the vector leads, moved as far as it takes to lie
 * inside. */
INLINE float
content_difference(__global const float *now, __global const float *before, int width, int height, int x, int y,
    int2 vector)
{
  const int x0 = clamp(x - 2, max(0, -vector.x), min(width, width - vector.x) - WINDOW_WIDTH);
  const int y0 = clamp(y - 2, max(0, -vector.y), min(height, height - vector.y) - WINDOW_HEIGHT);

  return difference(now + (long)y0 * width + x0, before + (long)(y0 + vector.y) * width + x0 + vector.x, width,
      WINDOW_HEIGHT);
}

/* Two pixels of either row into a token of a head. */
INLINE void
store_pixels(float8 top, float8 bottom, __global float *token)
{
  vstore8((float8)(top.s012, top.s456, bottom.s01), 0, token);
  vstore4((float4)(bottom.s2, bottom.s456), 2, token);
}

/* head = what is shown: the network's output with what was shown before mixed in, `smoothing` of it, and less where
 * it does not fit. That is kept as `showing`, (height, width, 4: R, G, B, 0), for the next frame. When `first`,
 * nothing of the frame before is read. Vectors are those of the whole picture; *scene is what adain
 * left. Range: (work-items to a row, height / 2); sides are multiples of 16. */
WORK_GROUP_OF_ROW __kernel void
temporal_blend(__global const float *now, __global const float *before, __global const int *vectors,
    __global const float *scene, int width, int height, int first, float smoothing,
    __global const float *shown, __global float *head, __global float *showing)
{
  const int y = 2 * (int)get_global_id(1), step = 4 * (int)get_global_size(0);
  const bool alone = first || *scene > 0.0f;

  for (int x = 4 * (int)get_global_id(0); x < width; x += step) {
    const long at = ((long)y * width + x) * 4;
    __global float *token = head + ((long)(y / 2) * (width / 2) + x / 2) * 16;
    const int2 vector = alone ? (int2)0 : vload2((y / 8) * (width / 8) + x / 8, vectors);
    const bool followed = !alone && moves_with_others(vectors, width / 8, height / 8, x / 8, y / 8, vector);
    const float content = followed ? content_difference(now, before, width, height, x, y, vector) : INFINITY;
    const float16 a = vload16(0, token), b = vload16(1, token);
    float16 top = (float16)(a.s012, 0.0f, a.s345, 0.0f, b.s012, 0.0f, b.s345, 0.0f);
    float16 bottom = (float16)(a.s678, 0.0f, a.s9ab, 0.0f, b.s678, 0.0f, b.s9ab, 0.0f);

    if (content < CONTENT_OTHER) {
      const long from = at + ((long)vector.y * width + vector.x) * 4;
      const float16 top_change = vload16(0, shown + from) - top;
      const float16 bottom_change = vload16(0, shown + from + (long)width * 4) - bottom;
      const float output = horizontal_sum(abs16(top_change) + abs16(bottom_change)) * (1.0f / 24.0f);
      const float weight = smoothing * fall(content, CONTENT_SAME, CONTENT_OTHER)
          * fall(output, OUTPUT_SAME, OUTPUT_OTHER);

      /* not of what is not a number, which would stay for ever */
      if (weight > 0.0f) {
        top += weight * top_change;
        bottom += weight * bottom_change;
        store_pixels(top.lo, bottom.lo, token);
        store_pixels(top.hi, bottom.hi, token + 16);
      }
    }
    vstore16(top, 0, showing + at);
    vstore16(bottom, 0, showing + at + (long)width * 4);
  }
}
