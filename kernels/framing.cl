/* What of a frame is picture: whether there are black bars beside it, and whether it is the end of a fade; see
 * docs/network.md section 6.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Luma up to which a pixel is black. */
#define BLACK (16.0f / 255.0f)
/* Deviation of luma up to which a picture is none, and from which on it is one altogether. */
#define NO_CONTRAST (2.0f / 255.0f)
#define CONTRAST (12.0f / 255.0f)
/* Distance of the mean luma from black, or white, up to which a frame without contrast is the end of a fade, and from
 * which on it is a plain ground, to be painted like any other. */
#define FADED (16.0f / 255.0f)
#define PLAIN (48.0f / 255.0f)
/* Frames for which a bar has to be as high before it is one; a scene may be dark along its edge for a while. */
#define PATIENCE 12

/* A row, or several: from the first to the last pixel of each that is not black. */
typedef struct
{
  int first, last;              /* columns; first > last: all are black */
  float count, sum, square;     /* pixels; of luma */
} Row;

INLINE Row
merge_rows(Row a, Row b)
{
  const Row row = { min(a.first, b.first), max(a.last, b.last), a.count + b.count, a.sum + b.sum, a.square + b.square };
  return row;
}

INLINE Row
empty_row(int width)
{
  const Row row = { width, -1, 0.0f, 0.0f, 0.0f };
  return row;
}

/* All items' rows together, for every item. */
INLINE Row
gather(Row own, __local Row *shared)
{
  Row all = own;

  shared[get_local_id(0)] = own;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = 1; i < ROW_GROUP; i++)
    all = merge_rows(all, shared[(get_local_id(0) + i) % ROW_GROUP]);
  barrier(CLK_LOCAL_MEM_FENCE);
  return all;
}

/* Columns of four pixels from x on. */
INLINE int4
columns_at(int x)
{
  return x + (int4)(0, 1, 2, 3);
}

/* An item's part of a row: which of its columns are not black. */
INLINE Row
find_span(__global const float *from, int width)
{
  int4 first = width, last = -1;
  Row row = empty_row(width);

  for (int x = 4 * (int)get_local_id(0); x < width; x += 4 * ROW_GROUP) {
    const int4 column = columns_at(x), lit = luma4(vload16(0, from + 4 * x)) > BLACK & column < width;
    first = min(first, select((int4)width, column, lit));
    last = max(last, select((int4)-1, column, lit));
  }
  row.first = min(min(first.x, first.y), min(first.z, first.w));
  row.last = max(max(last.x, last.y), max(last.z, last.w));
  return row;
}

/* And the luma between the first and the last of the whole row. */
INLINE Row
sum_span(__global const float *from, int width, Row span)
{
  float4 sum = 0.0f, square = 0.0f, count = 0.0f;

  for (int x = 4 * (int)get_local_id(0); x < width; x += 4 * ROW_GROUP) {
    const int4 column = columns_at(x), inside = column >= span.first & column <= span.last;
    const float4 luma = select((float4)0.0f, luma4(vload16(0, from + 4 * x)), inside);
    count += select((float4)0.0f, (float4)1.0f, inside);
    sum += luma;
    square += luma * luma;
  }
  span.count = count.x + count.y + count.z + count.w;
  span.sum = sum.x + sum.y + sum.z + sum.w;
  span.square = square.x + square.y + square.z + square.w;
  return span;
}

/* Range: (a work-group, rows). picture: (rows, padded_width, 4), of which `width` columns count. */
WORK_GROUP_OF_ROW __kernel void
framing_rows(__global const float *picture, int padded_width, int width, __global Row *rows)
{
  __local Row shared[ROW_GROUP];
  const int y = get_global_id(1);
  __global const float *from = picture + (size_t)y * padded_width * 4;
  const Row span = gather(find_span(from, width), shared);
  const Row row = gather(sum_span(from, width, span), shared);

  if (get_local_id(0) == 0)
    rows[y] = row;
}

/* The bar after a frame in which it is `seen`: smaller at once, larger with patience. */
INLINE Bar
follow(Bar bar, int seen, bool reset)
{
  const Bar at_once = { seen, seen, 0 };

  if (reset || seen <= bar.held)
    return at_once;
  bar.least = bar.frames ? min(bar.least, seen) : seen;
  if (++bar.frames >= PATIENCE) {
    bar.held = bar.least;
    bar.frames = 0;
  }
  return bar;
}

/* Of a pair of bars, one on either side: a dark sky has nothing opposite. */
INLINE void
follow_pair(__global Bar *one, __global Bar *other, int seen_one, int seen_other, bool reset)
{
  const bool pair = seen_one > 0 && seen_other > 0;

  *one = follow(*one, pair ? seen_one : 0, reset);
  *other = follow(*other, pair ? seen_other : 0, reset);
}

/* 0 up to `none`, 1 from `whole` on. */
INLINE float
rise(float value, float none, float whole)
{
  return clamp((value - none) / (whole - none), 0.0f, 1.0f);
}

/* Bars and contrast, from all rows. Where all is black, bars stay what they were. Range: a work-group. */
WORK_GROUP_OF_ROW __kernel void
framing_decide(__global const Row *rows, int width, int height, int reset, __global Framing *framing)
{
  __local Row shared[ROW_GROUP];
  int top = height, bottom = -1;
  Row all = empty_row(width);

  for (int y = get_local_id(0); y < height; y += ROW_GROUP)
    all = merge_rows(all, rows[y]);
  all = gather(all, shared);
  if (get_local_id(0) > 0)
    return;
  for (int y = 0; y < height; y++) {
    if (rows[y].last >= 0) {
      top = min(top, y);
      bottom = y;
    }
  }
  if (bottom >= 0) {
    follow_pair(&framing->top, &framing->bottom, top, height - 1 - bottom, reset);
    follow_pair(&framing->left, &framing->right, all.first, width - 1 - all.last, reset);
  } else if (reset) {
    follow_pair(&framing->top, &framing->bottom, 0, 0, true);
    follow_pair(&framing->left, &framing->right, 0, 0, true);
  }
  const float count = fmax(all.count, 1.0f), mean = all.sum / count;
  const float deviation = sqrt(fmax(all.square / count - mean * mean, 0.0f));
  framing->amount = fmax(rise(deviation, NO_CONTRAST, CONTRAST), rise(fmin(mean, 1.0f - mean), FADED, PLAIN));
}
