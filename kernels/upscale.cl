/* The network at a lower height: the picture is reduced for it, and its result returns to full size guided by the luma
 * of the full picture. The formulas are in docs/network.md section 8.
 *
 * `width` and `height` are pixels of the picture itself, `padded_width` is what lies in a row of it; sizes of the
 * small picture start with small_. A picture has 4 floats a pixel; a head has a token of 16 floats for 2×2 pixels, 12
 * in use. Work-items are spread over the columns as the range says: on a CPU one does a whole row.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pixels of the small picture in every direction that a window reaches. */
#define RADIUS 3
#define SIDE (2 * RADIUS + 1)
/* Variance of luma that counts as none: what is flatter than this takes its detail from the network alone. */
#define EPSILON 4e-4f

/* Four pixels a step. Range: (work-items to a row, padded rows). guide: (padded rows, padded_width). */
__kernel WORK_GROUP_OF_ROW void
luma(__global const float *picture, int padded_width, __global float *guide)
{
  const size_t row = (size_t)get_global_id(1) * padded_width;
  const int step = 4 * (int)get_global_size(0);

  for (int x = 4 * (int)get_global_id(0); x < padded_width; x += step)
    vstore4(luma4(vload16(0, picture + 4 * (row + x))), 0, guide + row + x);
}

/* Where pixel `at` of `small` lies among `size` larger ones, in units of 1/small of a larger pixel, so that all is
 * exact in integers: the pixels first to last, of which it leaves out `before` of the first and `after` of the last. */
typedef struct
{
  int first, last;
  float before, after;
} Span;

INLINE Span
span_of(int at, int size, int small)
{
  const int begin = at * size, end = begin + size;
  const int first = begin / small, last = (end - 1) / small;
  const Span span = { first, last, (float)(begin - first * small), (float)((last + 1) * small - end) };
  return span;
}

/* Mean over the area that a pixel of the small picture covers. Range: (work-items to a row, padded rows of the small
 * picture); the padding repeats the edge. guide: (small_height, small_width). */
__kernel WORK_GROUP_OF_ROW void
reduce(__global const float *picture, int width, int height, int padded_width, int small_width, int small_height,
       int small_padded_width, __global float *small, __global float *guide)
{
  const int y = get_global_id(1), step = get_global_size(0);
  const Span rows = span_of(min(y, small_height - 1), height, small_height);
  const float share = 1.0f / ((float)width * (float)height);

  for (int x = get_global_id(0); x < small_padded_width; x += step) {
    const Span columns = span_of(min(x, small_width - 1), width, small_width);
    float4 sum = 0.0f;

    for (int i = rows.first; i <= rows.last; i++) {
      __global const float *row = picture + (size_t)i * padded_width * 4;
      const float part = small_height - (i == rows.first ? rows.before : 0.0f) - (i == rows.last ? rows.after : 0.0f);
      float4 across = 0.0f;
      for (int j = columns.first; j <= columns.last; j++)
        across += vload4(j, row);
      across = across * small_width - vload4(columns.first, row) * columns.before
          - vload4(columns.last, row) * columns.after;
      sum += across * part;
    }
    sum *= share;
    vstore4(sum, (size_t)y * small_padded_width + x, small);
    if (x < small_width && y < small_height)
      guide[(size_t)y * small_width + x] = sum.s0 * LUMA_R + sum.s1 * LUMA_G + sum.s2 * LUMA_B;
  }
}

/* The network's result, row y: colours of pixel x start at [16·(x div 2) + 3·(x mod 2)]. */
INLINE __global const float *
styled_row(__global const float *head, int padded_width, int y)
{
  return head + (size_t)(y >> 1) * (padded_width >> 1) * 16 + 6 * (y & 1);
}

/* The fourth element is of no meaning. */
INLINE float4
styled_at(__global const float *row, int x)
{
  return vload4(0, row + 16 * (x >> 1) + 3 * (x & 1));
}

/* A window moves on to the next column, and the sum of its columns, which is taken anew at every pixel: a running sum
 * would gather errors along the row. */
#define MOVE(window, column, sum)                                                                                      \
  do {                                                                                                                 \
    (sum) = (column);                                                                                                  \
    for (int i = 0; i < SIDE - 1; i++)                                                                                 \
      (window)[i] = (window)[i + 1];                                                                                   \
    (window)[SIDE - 1] = (sum);                                                                                        \
    for (int i = 0; i < SIDE - 1; i++)                                                                                 \
      (sum) += (window)[i];                                                                                            \
  } while (0)
#define SHARE (1.0f / (SIDE * SIDE))

/* The rows of the windows round row y, edge repeated. */
typedef struct
{
  __global const float *styled[SIDE], *guide[SIDE];
} Rows;

/* Sums over a column of a window of q = (colour, luma) and of q·luma. */
INLINE float8
column_of_products(const Rows *rows, int x)
{
  float8 sum = 0.0f;

  for (int i = 0; i < SIDE; i++) {
    const float light = rows->guide[i][x];
    const float4 q = (float4)(styled_at(rows->styled[i], x).xyz, light);
    sum += (float8)(q, q * light);
  }
  return sum;
}

/* gain = (how much every colour of the result changes with luma within a window, luma), the slope of the linear
 * regression. Range: (pieces of `columns` pixels, rows), of the small picture. */
__kernel WORK_GROUP_OF_ROW void
fit(__global const float *head, int padded_width, __global const float *guide, int width, int height, int columns,
    __global float *gain)
{
  const int y = get_global_id(1), begin = (int)get_global_id(0) * columns, end = min(begin + columns, width);
  float8 window[SIDE];
  Rows rows;

  for (int i = 0; i < SIDE; i++) {
    const int row = clamp(y - RADIUS + i, 0, height - 1);
    rows.styled[i] = styled_row(head, padded_width, row);
    rows.guide[i] = guide + (size_t)row * width;
  }
  for (int i = 1; i < SIDE; i++)
    window[i] = column_of_products(&rows, clamp(begin - 1 - RADIUS + i, 0, width - 1));
  for (int x = begin; x < end; x++) {
    float8 mean;

    MOVE(window, column_of_products(&rows, min(x + RADIUS, width - 1)), mean);
    mean *= SHARE;
    const float4 covariance = mean.hi - mean.lo * mean.s3;
    const float3 slope = covariance.xyz / (max(covariance.w, 0.0f) + EPSILON);
    vstore4((float4)(slope, guide[(size_t)y * width + x]), (size_t)y * width + x, gain);
  }
}

INLINE float4
column_of_gain(__global const float *const rows[SIDE], int x)
{
  float4 sum = 0.0f;

  for (int i = 0; i < SIDE; i++)
    sum += vload4(x, rows[i]);
  return sum;
}

/* model = (offset, 0, gain, 0) with the gain smoothed: offset + gain·luma is the network's result. Range: as fit. */
__kernel WORK_GROUP_OF_ROW void
smooth(__global const float *head, int padded_width, __global const float *gain, int width, int height, int columns,
       __global float *model)
{
  const int y = get_global_id(1), begin = (int)get_global_id(0) * columns, end = min(begin + columns, width);
  __global const float *const styled = styled_row(head, padded_width, y);
  __global const float *rows[SIDE];
  float4 window[SIDE];

  for (int i = 0; i < SIDE; i++)
    rows[i] = gain + (size_t)clamp(y - RADIUS + i, 0, height - 1) * width * 4;
  for (int i = 1; i < SIDE; i++)
    window[i] = column_of_gain(rows, clamp(begin - 1 - RADIUS + i, 0, width - 1));
  for (int x = begin; x < end; x++) {
    const size_t at = (size_t)y * width + x;
    float4 sum;

    MOVE(window, column_of_gain(rows, min(x + RADIUS, width - 1)), sum);
    const float3 slope = sum.xyz * SHARE;
    const float3 offset = styled_at(styled, x).xyz - slope * gain[4 * at + 3];
    vstore8((float8)(offset, 0.0f, slope, 0.0f), at, model);
  }
}

/* Two neighbours of `size` and how far between them the middle of pixel `at` lies; `scale` of the neighbours to a
 * pixel. */
typedef struct
{
  int first, next;
  float part;
} Between;

INLINE Between
between(int at, float scale, int size)
{
  const float place = clamp((at + 0.5f) * scale - 0.5f, 0.0f, (float)(size - 1));
  const int first = (int)place;
  const Between b = { first, min(first + 1, size - 1), place - first };
  return b;
}

/* A pixel of the full picture: the model, bilinear, at its luma. */
INLINE float4
restored_at(__global const float *model, int width, Between across, Between down, float light)
{
  __global const float *above = model + (size_t)down.first * width * 8, *below = model + (size_t)down.next * width * 8;
  const float8 a = vload8(across.first, above), b = vload8(across.next, above);
  const float8 c = vload8(across.first, below), d = vload8(across.next, below);
  const float8 top = a + (b - a) * across.part, bottom = c + (d - c) * across.part;
  const float8 here = top + (bottom - top) * down.part;
  return here.lo + here.hi * light;
}

/* Range: (work-items to a row, rows of the full picture / 2 rounded up). scale_x, scale_y: small pixels to a full one.
 * head: tokens of the full picture, padded_width / 2 a row. */
__kernel WORK_GROUP_OF_ROW void
restore(__global const float *model, int small_width, int small_height, float scale_x, float scale_y,
        __global const float *guide, int width, int padded_width, __global float *head)
{
  const int row = get_global_id(1), step = get_global_size(0), tokens = (width + 1) / 2;
  const Between up = between(2 * row, scale_y, small_height), down = between(2 * row + 1, scale_y, small_height);

  for (int x = get_global_id(0); x < tokens; x += step) {
    const Between left = between(2 * x, scale_x, small_width), right = between(2 * x + 1, scale_x, small_width);
    const float2 above = vload2(x, guide + (size_t)(2 * row) * padded_width);
    const float2 below = vload2(x, guide + (size_t)(2 * row + 1) * padded_width);
    const float16 token = (float16)(restored_at(model, small_width, left, up, above.x).xyz,
        restored_at(model, small_width, right, up, above.y).xyz,
        restored_at(model, small_width, left, down, below.x).xyz,
        restored_at(model, small_width, right, down, below.y).xyz, (float4)0.0f);
    vstore16(min16(max16(token, (float16)0.0f), (float16)1.0f), (size_t)row * (padded_width / 2) + x, head);
  }
}
