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

/* The steps that a search tries: at the coarsest level, and at those below it. */
#define FAR 4
#define NEAR 1

/* Blocks of a level that a group of temporal_match_coarse does at most: a square. */
#define SIDE 8

/* One map of a pyramid, whose maps lie one behind the other, and so do the vectors of their blocks. */
typedef struct
{
  int width, height, at;
  int columns, rows, vectors;   /* of blocks; x and y of each, from there on */
} Level;

/* Of pictures of width×height, which are those of level 0. */
INLINE Level
level_of(int width, int height, int i)
{
  Level level = { width, height, 0, (width + 7) / 8, (height + 7) / 8, 0 };

  for (; i > 0; i--) {
    level.at += level.width * level.height;
    level.vectors += 2 * level.columns * level.rows;
    level.width /= 2;
    level.height /= 2;
    level.columns = (level.width + 7) / 8;
    level.rows = (level.height + 7) / 8;
  }
  return level;
}

/* Means of 2×2 samples of two rows, of as many columns as they have pairs. */
INLINE float2
halve(float4 top, float4 bottom)
{
  return (top.even + top.odd + bottom.even + bottom.odd) * 0.25f;
}

/* 4×4 pixels from (x, y) on, at the first three levels; the result is the third's. */
INLINE float
shrink_block(__global const float *picture, int x, int y, int width, int height, int levels, __global float *pyramid)
{
  const Level half_size = level_of(width, height, 1), quarter = level_of(width, height, 2);
  const size_t at = (size_t)y * width + x, half_at = half_size.at + (size_t)(y / 2) * half_size.width + x / 2;
  const float4 a = luma4(vload16(0, picture + at * 4)), b = luma4(vload16(0, picture + (at + width) * 4));
  const float4 c = luma4(vload16(0, picture + (at + 2 * width) * 4));
  const float4 d = luma4(vload16(0, picture + (at + 3 * width) * 4));
  const float2 top = halve(a, b), bottom = halve(c, d);
  const float mean = (top.x + top.y + bottom.x + bottom.y) * 0.25f;

  vstore4(a, 0, pyramid + at);
  vstore4(b, 0, pyramid + at + width);
  vstore4(c, 0, pyramid + at + 2 * width);
  vstore4(d, 0, pyramid + at + 3 * width);
  if (levels > 1) {
    vstore2(top, 0, pyramid + half_at);
    vstore2(bottom, 0, pyramid + half_at + half_size.width);
  }
  if (levels > 2)
    pyramid[quarter.at + (size_t)(y / 4) * quarter.width + x / 4] = mean;
  return mean;
}

/* The samples of level i within the tile: means of 2×2 of those of the level above, `columns` of them to a row. */
INLINE void
shrink_tile(__local const float *above, __local float *means, int columns, int i, int tile, int strip, Level level,
    __global float *pyramid)
{
  for (int j = get_local_id(0); j < columns * (16 >> i); j += ROW_GROUP) {
    const int x = j % columns, y = j / columns, at_x = tile * columns + x;
    if (at_x < level.width) {
      __local const float *top = above + 4 * y * columns + 2 * x, *bottom = top + 2 * columns;
      means[j] = (top[0] + top[1] + bottom[0] + bottom[1]) * 0.25f;
      pyramid[level.at + (strip * (16 >> i) + y) * level.width + at_x] = means[j];
    }
  }
}

/* The luma of a picture, (height, width, 4), and means of 2×2 samples of it, and of those, as many `levels` as there
 * are. A work-group does tiles of 64×16 pixels, one that is an item walks along a row of them. Range: (work-groups to
 * a row, height / 16); sides are multiples of 16. */
WORK_GROUP_OF_ROW __kernel void
temporal_pyramid(__global const float *picture, int width, int height, int levels, __global float *pyramid)
{
  __local float quarters[16 * 4], eighths[8 * 2], last[4];
  const int strip = get_group_id(1);

  for (int tile = get_group_id(0); 64 * tile < width; tile += (int)get_num_groups(0)) {
    for (int block = get_local_id(0); block < 16 * 4; block += ROW_GROUP) {
      const int x = 64 * tile + block % 16 * 4, y = 16 * strip + block / 16 * 4;
      if (x < width)
        quarters[block] = shrink_block(picture, x, y, width, height, levels, pyramid);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (levels > 3)
      shrink_tile(quarters, eighths, 8, 3, tile, strip, level_of(width, height, 3), pyramid);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (levels > 4)
      shrink_tile(eighths, last, 4, 4, tile, strip, level_of(width, height, 4), pyramid);
  }
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

INLINE Search
search_at(__global const float *now, __global const float *before, Level level, int2 block)
{
  const Search s = { now + level.at, before + level.at, level.width, level.height,
    /* a block that would reach over the edge lies inside of it */
    min(8 * block.x, level.width - 8), min(8 * block.y, level.height - 8), 0, INFINITY };
  return s;
}

/* The nearest four blocks of the level above: columns, then rows, of the one that the block is part of and of its
 * neighbour on the nearer side. */
INLINE int4
parents_of(int2 block, Level above)
{
  const int2 last = (int2)(above.columns, above.rows) - 1, own = min(block / 2, last);
  const int2 other = clamp(own + (block & 1) * 2 - 1, (int2)0, last);
  return (int4)(own.x, other.x, own.y, other.y);
}

/* None, one of the vectors of the level above, or either with a step. */
INLINE int2
find_vector(Search s, int2 a, int2 b, int2 c, int2 d)
{
  int2 centre;

  try_vector(&s, 0, 0.0f);
  try_vector(&s, 2 * a, VECTOR_COST);
  try_vector(&s, 2 * b, VECTOR_COST);
  try_vector(&s, 2 * c, VECTOR_COST);
  try_vector(&s, 2 * d, VECTOR_COST);
  centre = s.vector;
  ROLLED for (int i = 0; i < (2 * NEAR + 1) * (2 * NEAR + 1); i++)
    try_vector(&s, centre + (int2)(i % (2 * NEAR + 1), i / (2 * NEAR + 1)) - NEAR, 2.0f * VECTOR_COST);
  return s.vector;
}

/* Where there is no level above. */
INLINE int2
find_far_vector(Search s)
{
  try_vector(&s, 0, 0.0f);
  ROLLED for (int i = 0; i < (2 * FAR + 1) * (2 * FAR + 1); i++)
    try_vector(&s, (int2)(i % (2 * FAR + 1), i / (2 * FAR + 1)) - FAR, 2.0f * VECTOR_COST);
  return s.vector;
}

/* A group's mean difference of the blocks of a level and what was found for them, as its first item has it. */
INLINE float
mean_difference(__global const float *now, __global const float *before, Level level, __global const int *vectors,
    __local float *sums)
{
  const int blocks = level.columns * level.rows, id = get_local_id(0);
  float sum = 0.0f;

  for (int i = id; i < blocks; i += ROW_GROUP) {
    const int2 vector = vload2(i, vectors + level.vectors);
    const int y = min(8 * (i / level.columns), level.height - 8), x = min(8 * (i % level.columns), level.width - 8);
    const int at = level.at + y * level.width + x;
    sum += difference(now + at, before + at + vector.y * level.width + vector.x, level.width, 8);
  }
  sums[id] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = 1; i < ROW_GROUP; i++)
    sum += sums[(id + i) % ROW_GROUP];
  return sum / blocks;
}

/* Where the blocks of level i of `levels` were in the frame before, from the vectors of the level above. Range:
 * (work-items to a row, rows of blocks). Pictures are width×height; every level is at least 8×8. With a row of groups
 * more one of them finds *scene, the mean difference of what was found at the coarsest level, which has to be there. */
WORK_GROUP_OF_ROW __kernel void
temporal_match(__global const float *now, __global const float *before, int width, int height, int i, int levels,
    __global int *vectors, __global float *scene)
{
  __local float sums[ROW_GROUP];
  const Level level = level_of(width, height, i), above = level_of(width, height, i + 1);
  __global const int *found = vectors + above.vectors;
  int2 block = (int2)(get_global_id(0), get_global_id(1));

  if (block.y == level.rows) {
    if (get_group_id(0) == 0) {
      const float mean = mean_difference(now, before, level_of(width, height, levels - 1), vectors, sums);
      if (block.x == 0)
        *scene = mean;
    }
    return;
  }
  for (; block.x < level.columns; block.x += (int)get_global_size(0)) {
    const Search search = search_at(now, before, level, block);
    const int4 p = parents_of(block, above);
    const int2 vector = i == levels - 1 ? find_far_vector(search)
        : find_vector(search, vload2(p.z * above.columns + p.x, found), vload2(p.z * above.columns + p.y, found),
            vload2(p.w * above.columns + p.x, found), vload2(p.w * above.columns + p.y, found));
    vstore2(vector, block.y * level.columns + block.x, vectors + level.vectors);
  }
}

#if ROW_GROUP > 1
/* The same for all levels but the first in one launch: a group does SIDE×SIDE blocks of level 1 and, before them, all
 * that they follow from at the levels above. So do its neighbours; but these are few blocks, too few to fill a device
 * a level at a time. Range: (groups to a row, rows of groups). */
WORK_GROUP_OF_ROW __kernel void
temporal_match_coarse(__global const float *now, __global const float *before, int width, int height, int levels,
    __global int *vectors)
{
  __local int2 found[2][SIDE * SIDE];
  const int2 tile = (int2)(get_group_id(0), get_group_id(1));
  Level above = level_of(width, height, levels);
  int2 above_first = 0;

  for (int i = levels - 1; i > 0; i--) {
    const Level level = level_of(width, height, i);
    /* what the group's own blocks of this level are, and what is asked of it by those below */
    const int2 own = SIDE * tile >> (i - 1), own_end = SIDE * (tile + 1) >> (i - 1);
    int2 first = SIDE * tile, last = first + SIDE - 1;

    for (int j = 1; j < i; j++) {
      first = (first >> 1) - 1;
      last = (last >> 1) + 1;
    }
    for (int at = get_local_id(0); at < SIDE * SIDE; at += ROW_GROUP) {
      const int2 block = first + (int2)(at % SIDE, at / SIDE);
      if (all(block >= 0 & block <= last & block < (int2)(level.columns, level.rows))) {
        const Search search = search_at(now, before, level, block);
        const int4 p = parents_of(block, above) - (int4)(above_first.xx, above_first.yy);
        __local const int2 *parents = found[(i + 1) % 2];
        const int2 vector = i == levels - 1 ? find_far_vector(search)
            : find_vector(search, parents[p.z * SIDE + p.x], parents[p.z * SIDE + p.y], parents[p.w * SIDE + p.x],
                parents[p.w * SIDE + p.y]);
        found[i % 2][at] = vector;
        if (all(block >= own & block < own_end))
          vstore2(vector, block.y * level.columns + block.x, vectors + level.vectors);
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    above = level;
    above_first = first;
  }
}
#endif

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
