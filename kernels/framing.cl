/* What of a frame is picture: whether there are black bars beside it, and whether it is the end of a fade; see
 * docs/network.md section 6.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Luma up to which a pixel is black; others are lit. */
#define BLACK (16.0f / 255.0f)
/* Deviation of luma up to which a picture is none, and from which on it is one altogether. */
#define NO_CONTRAST (2.0f / 255.0f)
#define CONTRAST (12.0f / 255.0f)
/* Distance of the mean luma from black, or white, up to which a frame without contrast is the end of a fade, and from
 * which on it is a plain ground, to be painted like any other. */
#define FADED (16.0f / 255.0f)
#define PLAIN (48.0f / 255.0f)
/* What comes into a black frame little by little is painted little by little, by so much more a frame; what has so much
 * contrast, at once. */
#define SLOWLY (1.0f / 12.0f)
#define STRIKING (48.0f / 255.0f)
/* Frames that have to show larger bars before they are some. */
#define PATIENCE 12
/* Of the length of a picture's edge so much is lit where there is a bar beside it, for the edge is straight; a round
 * thing's is not. An eighth is enough to say that a bar is still there. */
#define STRAIGHT(lit, length) (5 * (lit) >= 2 * (length))
#define STILL_STRAIGHT(lit, length) (8 * (lit) >= (length))
/* Within so many pixels, for scaling and compression make it soft; how much opposite bars differ by. Of the frame's
 * side. */
#define SOFT(side) ((side) / 128)
#define UNLIKE(side) ((side) / 16)
/* Pixels of a row, or rows of a column, that may be lit in what counts as black: compression throws some beside an
 * edge. */
#define FEW(length) ((length) / 64)

/* A row, or several. */
typedef struct
{
  int first, last;              /* lit columns; first > last: there are none */
  int lit;                      /* pixels */
  float sum, square;            /* of how much their luma is above BLACK */
} Row;

INLINE Row
merge_rows(Row a, Row b)
{
  const Row row = { min(a.first, b.first), max(a.last, b.last), a.lit + b.lit, a.sum + b.sum, a.square + b.square };
  return row;
}

INLINE Row
empty_row(int width)
{
  const Row row = { width, -1, 0, 0.0f, 0.0f };
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

/* An item's part of a row. */
INLINE Row
look_at_row(__global const float *from, int width)
{
  int4 first = width, last = -1, count = 0;
  float4 sum = 0.0f, square = 0.0f;

  for (int x = 4 * (int)get_local_id(0); x < width; x += 4 * ROW_GROUP) {
    const int4 column = x + (int4)(0, 1, 2, 3);
    const float4 above = luma4(vload16(0, from + 4 * x)) - BLACK;
    const int4 lit = above > 0.0f & column < width;
    const float4 light = select((float4)0.0f, above, lit);
    first = min(first, select((int4)width, column, lit));
    last = max(last, select((int4)-1, column, lit));
    count -= lit;
    sum += light;
    square += light * light;
  }
  const Row row = { min(min(first.x, first.y), min(first.z, first.w)), max(max(last.x, last.y), max(last.z, last.w)),
    count.x + count.y + count.z + count.w, sum.x + sum.y + sum.z + sum.w, square.x + square.y + square.z + square.w };
  return row;
}

/* Range: (a work-group, rows). picture: (rows, padded_width, 4), of which `width` columns count. */
WORK_GROUP_OF_ROW __kernel void
framing_rows(__global const float *picture, int padded_width, int width, __global Row *rows)
{
  __local Row shared[ROW_GROUP];
  const int y = get_global_id(1);
  const Row row = gather(look_at_row(picture + (size_t)y * padded_width * 4, width), shared);

  if (get_local_id(0) == 0)
    rows[y] = row;
}

/* ---- bars ---- */

/* How many pixels of a row are lit at once behind a bar of `at` rows, which begins with row y and goes up or down. */
INLINE int
step_of_rows(__global const Row *rows, int height, int y, int down, int at)
{
  const int soft = SOFT(height), outside = at - soft - 1;
  int lit = 0;

  for (int i = max(outside + 1, 0); i <= min(at + soft, height - 1); i++)
    lit = max(lit, rows[y + down * i].lit);
  return outside < 0 ? lit : lit - rows[y + down * outside].lit;
}

INLINE Sides
edges_of_rows(__global const Row *rows, int height, Sides bars)
{
  const Sides edges = { step_of_rows(rows, height, 0, 1, bars.before),
    step_of_rows(rows, height, height - 1, -1, bars.after) };
  return edges;
}

/* Where a row's light begins, from either side. */
INLINE Sides
beside(Row row, int width)
{
  const Sides sides = { row.first, width - 1 - row.last };
  return sides;
}

/* In how many rows light begins there, from either side: behind at least `from` black columns, and less than `to`. Of
 * the whole work-group, as the next two. */
INLINE Sides
rows_that_begin(__global const Row *rows, int width, int height, Sides from, Sides to, __local Sides *count)
{
  if (get_local_id(0) == 0)
    count->before = count->after = 0;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int y = get_local_id(0); y < height; y += ROW_GROUP) {
    const Sides dark = beside(rows[y], width);
    if (rows[y].lit > FEW(width) && dark.before >= from.before && dark.before < to.before)
      atomic_inc(&count->before);
    if (rows[y].lit > FEW(width) && dark.after >= from.after && dark.after < to.after)
      atomic_inc(&count->after);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  const Sides begin = *count;
  barrier(CLK_LOCAL_MEM_FENCE);
  return begin;
}

INLINE Sides
edges_of_columns(__global const Row *rows, int width, int height, Sides bars, __local Sides *count)
{
  const int soft = SOFT(width);
  const Sides from = { bars.before - soft, bars.after - soft }, to = { bars.before + soft + 1, bars.after + soft + 1 };
  return rows_that_begin(rows, width, height, from, to, count);
}

/* How many columns are black from either side on; halved again and again. */
INLINE Sides
black_columns(__global const Row *rows, int width, int height, __local Sides *count)
{
  const Sides none = { 0, 0 };
  Sides black = none, more = { width + 1, width + 1 };  /* so many are, and so many not */

  for (int left = width + 1; left > 1; left -= left / 2) {
    const Sides middle = { (black.before + more.before) / 2, (black.after + more.after) / 2 };
    const Sides lit = rows_that_begin(rows, width, height, none, middle, count);
    if (lit.before > FEW(height))
      more.before = middle.before;
    else
      black.before = middle.before;
    if (lit.after > FEW(height))
      more.after = middle.after;
    else
      black.after = middle.after;
  }
  return black;
}

/* What a frame shows of a pair of bars. */
typedef struct
{
  Sides black;                  /* up to the first pixel that is lit */
  Sides edges, held_edges;      /* pixels lit at once behind what is black, and behind the bars in use */
  int length, whole_length;     /* of the picture along the edges, and of the frame */
  int side;                     /* of the frame, across them */
} Sight;

/* Whether what is black are bars: a bright thing on a black ground has black all round it, too. */
INLINE bool
are_bars(Sight s)
{
  return s.black.before > 0 && s.black.after > 0 && abs_diff(s.black.before, s.black.after) <= UNLIKE(s.side)
      && 2 * s.length >= s.whole_length && STRAIGHT(min(s.edges.before, s.edges.after), s.length);
}

/* Something may have been written into the bars, such as subtitles. */
INLINE bool
are_still_bars(Sight s)
{
  return STILL_STRAIGHT(min(s.held_edges.before, s.held_edges.after), s.length);
}

INLINE bool
smaller(Sides a, Sides b, int by)
{
  return a.before < b.before - by || a.after < b.after - by;
}

INLINE Sides
smaller_of(Sides a, Sides b)
{
  const Sides sides = { min(a.before, b.before), min(a.after, b.after) };
  return sides;
}

/* Larger ones with patience. */
INLINE Bars
grow(Bars bars, Sight s, bool proof)
{
  const int soft = SOFT(s.side);
  const bool other = smaller(s.black, bars.larger, soft), as_before = !other && !smaller(bars.larger, s.black, soft);

  if (proof && smaller(bars.held, s.black, 0)) {
    bars.larger = bars.frames && as_before ? smaller_of(bars.larger, s.black) : s.black;
    bars.frames = bars.frames && as_before ? bars.frames + 1 : 1;
  } else if (other) {
    bars.frames = 0;
  }
  if (bars.frames >= PATIENCE) {
    bars.held = bars.larger;
    bars.frames = 0;
  }
  return bars;
}

/* The bars after a frame that is not black altogether. */
INLINE Bars
follow(Bars bars, Sight s, bool reset)
{
  const Sides none = { 0, 0 };
  const bool proof = are_bars(s), lit = smaller(s.black, bars.held, SOFT(s.side));

  bars.unknown |= reset;
  if (reset || (lit && !are_still_bars(s)) || (proof && bars.unknown)) {
    bars.held = proof ? s.black : none;
    bars.frames = 0;
  } else {
    if (!lit)
      bars.held = smaller_of(bars.held, s.black);
    bars = grow(bars, s, proof);
  }
  bars.unknown &= !proof && s.black.before > 0 && s.black.after > 0;
  return bars;
}

/* Pixels between bars, those that are in use and those that the frame shows. */
INLINE int
between(Bars bars, Sight s)
{
  const bool proof = are_bars(s);
  return max(1, s.side - max(bars.held.before, proof ? s.black.before : 0)
      - max(bars.held.after, proof ? s.black.after : 0));
}

/* 0 up to `none`, 1 from `whole` on. */
INLINE float
rise(float value, float none, float whole)
{
  return clamp((value - none) / (whole - none), 0.0f, 1.0f);
}

/* From contrast, and from the distance from black or white; in bars nothing is lit. */
INLINE float
amount_after(float before, Row all, float pixels, bool reset)
{
  const float above = all.sum / pixels, mean = above + BLACK;
  const float deviation = sqrt(fmax(all.square / pixels - above * above, 0.0f));
  const float amount = fmax(rise(deviation, NO_CONTRAST, CONTRAST), rise(fmin(mean, 1.0f - mean), FADED, PLAIN));
  return reset ? amount : fmin(amount, before + SLOWLY + rise(deviation, CONTRAST, STRIKING));
}

/* Bars and contrast, from all rows; all that is black says nothing of bars. Range: a work-group. */
WORK_GROUP_OF_ROW __kernel void
framing_decide(__global const Row *rows, int width, int height, int reset, __global Framing *framing)
{
  const Bars unknown = { { 0, 0 }, { 0, 0 }, 0, 1 };
  __local Row shared[ROW_GROUP];
  __local Sides count, black;
  Row all = empty_row(width);

  if (get_local_id(0) == 0)
    black.before = black.after = height;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int y = get_local_id(0); y < height; y += ROW_GROUP) {
    all = merge_rows(all, rows[y]);
    if (rows[y].lit > FEW(width)) {
      atomic_min(&black.before, y);
      atomic_min(&black.after, height - 1 - y);
    }
  }
  all = gather(all, shared);
  const Sides columns = black_columns(rows, width, height, &count);
  const Sides edges = edges_of_columns(rows, width, height, columns, &count);
  const Sides held_edges = edges_of_columns(rows, width, height, framing->columns.held, &count);
  if (get_local_id(0) > 0)
    return;
  const Sight of_rows = { black, edges_of_rows(rows, height, black), edges_of_rows(rows, height, framing->rows.held),
    width - columns.before - columns.after, width, height };
  const Sight of_columns = { columns, edges, held_edges, height - black.before - black.after, height, width };
  if (black.before < height && columns.before < width) {
    framing->rows = follow(framing->rows, of_rows, reset);
    framing->columns = follow(framing->columns, of_columns, reset);
  } else if (reset) {
    framing->rows = framing->columns = unknown;
  }
  framing->amount = amount_after(framing->amount, all,
      (float)between(framing->rows, of_rows) * between(framing->columns, of_columns), reset);
}
