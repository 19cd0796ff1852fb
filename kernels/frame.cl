/* Frames in and out: one kernel reads any pixel format into the network's picture, one blends and writes it back.
 *
 * A program is built for one format. layout.c describes the format by macros:
 *
 *   PACKED        bytes a pixel, 3 or 4; R_AT, G_AT, B_AT: where they lie; A_AT the fourth byte, copied through
 *   or, for luma and chroma:
 *   Y_STEP        bytes from one luma sample to the next
 *   Y_AT          where luma starts within a macropixel of packed 4:2:2 or a pixel of packed 4:4:4
 *   A_AT          where alpha lies within a pixel of packed 4:4:4: copied through
 *   C_STEP        bytes from one U to the next; 0 for grey, which has no chroma
 *   H_SUB, V_SUB  1 when two columns, two rows share their chroma, else 0
 *   DEPTH         8 or 10, of packed pixels too
 *   SHIFT         how far a 10-bit sample is shifted up in its 16-bit little-endian word
 *
 * The unit of work is a block of 4 pixels, one float16 of picture, and of 4×2 where chroma is written. How many
 * of a row's blocks a work-item does follows from the range: all of them on a CPU. Blocks that reach over the right
 * edge, and the padding, go pixel by pixel with clamped coordinates.
 *
 * A chroma sample is the mean of the pixels that share it, and all of them get it back: chroma is sited in their
 * middle. A stream sited otherwise keeps its siting, since it is read and written the same way.
 *
 * Bytes are loaded as bytes, 10-bit words too, so that any offset and stride will do.
 *
 * What the network sees is clamped to [0,1], as it was trained. What is blended with its output is not what it saw
 * but the frame's own samples: Y'CbCr has room for colours that no RGB has, and they must not jump when a little
 * style is added.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where Y (or the pixels), U and V start, in bytes from the start of the frame, and their strides. */
typedef struct
{
  long y_at, u_at, v_at;
  int y_stride, u_stride, v_stride;
} Layout;

/* What of the frame stays as it is. */
typedef struct
{
  int luma, chroma;
} Keep;

/* To the nearest code value. Saturating and rounding conversions are slow on CPUs; this is two comparisons and a
 * truncation. */
#define LARGEST (DEPTH == 8 ? 255.0f : 1023.0f)

INLINE float
limit1(float v)
{
  v = v > 0.0f ? v : 0.0f;
  return v < LARGEST ? v : LARGEST;
}

INLINE float4
limit4(float4 v)
{
  v = v > 0.0f ? v : (float4)0.0f;
  return v < LARGEST ? v : (float4)LARGEST;
}

/* Of one RGB0 pixel four times. */
#define FOUR(v) ((float16)((v), (v), (v), (v)))

#ifdef PACKED

/* Chroma stays when R, G and B change by the same amount, that of luma; luma stays when that amount is taken off. */
INLINE float4
limit_change(float4 change, float4 luma, const Keep keep)
{
  const float4 y = change.s0 * luma.s0 + change.s1 * luma.s1 + change.s2 * luma.s2;
  /* if and not ?:, which would compute both */
  if (keep.chroma)
    change = y;
  if (keep.luma)
    change -= y;
  return change;
}

INLINE float16
limit_change_row(float16 change, float4 luma, const Keep keep)
{
  if (keep.luma | keep.chroma) {
    const float4 y = change.s048c * luma.s0 + change.s159d * luma.s1 + change.s26ae * luma.s2;
    if (keep.chroma)
      change = y.s0000111122223333;
    if (keep.luma)
      change -= y.s0000111122223333;
  }
  return change;
}

#if PACKED == 4
#define JOIN(a, b) a##b
#define LANE(n) JOIN(s, n)
#define R_LANE LANE(R_AT)
#define G_LANE LANE(G_AT)
#define B_LANE LANE(B_AT)

INLINE float16
load_row(__global const uchar *row, int x)
{
  const float16 raw = convert_float16(vload16(0, row + 4 * x));
  const float4 p0 = raw.s0123, p1 = raw.s4567, p2 = raw.s89ab, p3 = raw.scdef;
#define PICK(p) (p).R_LANE, (p).G_LANE, (p).B_LANE, 0.0f
  return (float16)(PICK(p0), PICK(p1), PICK(p2), PICK(p3)) * (1.0f / 255.0f);
}
#else
INLINE float16
load_row(__global const uchar *row, int x)
{
  /* 12 bytes; never 16, which would reach over the end of the frame */
  const uchar8 a = vload8(0, row + 3 * x);
  const uchar4 b = vload4(0, row + 3 * x + 8);
  const float4 f = convert_float4(a.lo), g = convert_float4(a.hi), h = convert_float4(b);
#if R_AT == 0
  return (float16)(f.s0, f.s1, f.s2, 0.0f, f.s3, g.s0, g.s1, 0.0f,
                   g.s2, g.s3, h.s0, 0.0f, h.s1, h.s2, h.s3, 0.0f) * (1.0f / 255.0f);
#else
  return (float16)(f.s2, f.s1, f.s0, 0.0f, g.s1, g.s0, f.s3, 0.0f,
                   h.s0, g.s3, g.s2, 0.0f, h.s3, h.s2, h.s1, 0.0f) * (1.0f / 255.0f);
#endif
}
#endif

INLINE float4
load_pixel(__global const uchar *row, int x)
{
  __global const uchar *p = row + PACKED * x;
  return (float4)(p[R_AT], p[G_AT], p[B_AT], 0.0f) * (1.0f / 255.0f);
}

INLINE void
store_pixel(__global uchar *row, __global const uchar *source_row, int x, float4 styled, const Keep keep,
    float4 luma)
{
  __global uchar *p = row + PACKED * x;
  const float4 plain = load_pixel(source_row, x);
  const float4 change = styled - plain * styled.s3;
  const float4 colour = plain + limit_change(change, luma, keep);
  const uchar4 byte = convert_uchar4(limit4(colour * 255.0f) + 0.5f);
#if PACKED == 4
  p[A_AT] = source_row[PACKED * x + A_AT];
#endif
  p[R_AT] = byte.s0;
  p[G_AT] = byte.s1;
  p[B_AT] = byte.s2;
}

INLINE void
store_row(__global uchar *row, __global const uchar *source_row, int x, float16 styled, const Keep keep,
    float4 luma)
{
  const float16 plain = load_row(source_row, x);
  const float16 change = styled - plain * styled.s33337777bbbbffff;
  const float16 colour = plain + limit_change_row(change, luma, keep);
  const uchar16 c = convert_uchar16(min16(max16(colour * 255.0f, (float16)0.0f), (float16)255.0f) + 0.5f);
#if PACKED == 4
  const uchar16 s = vload16(0, source_row + 4 * x);
  uchar4 p0 = s.s0123, p1 = s.s4567, p2 = s.s89ab, p3 = s.scdef;
#define PUT(p, q) (p).R_LANE = (q).s0, (p).G_LANE = (q).s1, (p).B_LANE = (q).s2
  PUT(p0, c.s0123);
  PUT(p1, c.s4567);
  PUT(p2, c.s89ab);
  PUT(p3, c.scdef);
  vstore16((uchar16)(p0, p1, p2, p3), 0, row + 4 * x);
#else
#if R_AT == 0
  vstore8((uchar8)(c.s012, c.s456, c.s89), 0, row + 3 * x);
  vstore4((uchar4)(c.sa, c.scde), 0, row + 3 * x + 8);
#else
  vstore8((uchar8)(c.s210, c.s654, c.sa9), 0, row + 3 * x);
  vstore4((uchar4)(c.s8, c.sedc), 0, row + 3 * x + 8);
#endif
#endif
}

#else                           /* luma and chroma */

#if DEPTH == 8
INLINE float
load_sample(__global const uchar *p)
{
  return p[0];
}

INLINE void
store_sample(__global uchar *p, float value)
{
  p[0] = (uchar)(limit1(value) + 0.5f);
}
#else
INLINE float
load_sample(__global const uchar *p)
{
  return (p[0] | p[1] << 8) >> SHIFT;
}

INLINE void
store_sample(__global uchar *p, float value)
{
  const uint word = (uint)(limit1(value) + 0.5f) << SHIFT;
  p[0] = (uchar)word;
  p[1] = (uchar)(word >> 8);
}
#endif

#if C_STEP
/* Where the chroma of a pixel lies. */
#define U_OFFSET(at, px, py) ((at).u_at + (long)((py) >> V_SUB) * (at).u_stride + ((px) >> H_SUB) * C_STEP)
#define V_OFFSET(at, px, py) ((at).v_at + (long)((py) >> V_SUB) * (at).v_stride + ((px) >> H_SUB) * C_STEP)
#endif

/* Four luma samples. */
INLINE float4
load_luma(__global const uchar *row, int x)
{
#if DEPTH == 10
  return convert_float4(as_ushort4(vload8(0, row + 2 * x)) >> (ushort)SHIFT);
#elif Y_STEP == 1
  return convert_float4(vload4(0, row + x));
#elif Y_STEP == 4
  return (float4)(row[4 * x], row[4 * x + 4], row[4 * x + 8], row[4 * x + 12]);
#else
  /* from the start of the macropixel, so as not to reach over the end */
  const uchar8 raw = vload8(0, row - Y_AT + 2 * x);
  return convert_float4(Y_AT ? raw.odd : raw.even);
#endif
}

INLINE void
store_luma(__global uchar *row, int x, float4 luma)
{
#if DEPTH == 10
  const ushort4 word = convert_ushort4(limit4(luma) + 0.5f) << (ushort)SHIFT;
  vstore8(as_uchar8(word), 0, row + 2 * x);
#elif Y_STEP == 1
  vstore4(convert_uchar4(limit4(luma) + 0.5f), 0, row + x);
#else
  const uchar4 byte = convert_uchar4(limit4(luma) + 0.5f);
  row[Y_STEP * x] = byte.s0;
  row[Y_STEP * (x + 1)] = byte.s1;
  row[Y_STEP * (x + 2)] = byte.s2;
  row[Y_STEP * (x + 3)] = byte.s3;
#endif
}

#if C_STEP
/* The U or the V of four pixels, from the first one's on. */
INLINE float4
load_chroma(__global const uchar *p)
{
#if H_SUB
  const float2 pair = (float2)(load_sample(p), load_sample(p + C_STEP));
  return pair.s0011;
#else
  return (float4)(load_sample(p), load_sample(p + C_STEP), load_sample(p + 2 * C_STEP), load_sample(p + 3 * C_STEP));
#endif
}
#endif

#endif

/* The frame as sRGB in [0,1]. y, u, v, bias: colour = clamp(Y·y + U·u + V·v + bias), in code values. */
typedef struct
{
  float4 y, u, v, bias;
} Decode;

/* Pixel by pixel. px < width, py < height. */
INLINE float4
read_pixel(__global const uchar *frame, const Layout at, const Decode decode, int px, int py)
{
  __global const uchar *row = frame + at.y_at + (long)py * at.y_stride;
#ifdef PACKED
  return load_pixel(row, px);
#else
  float4 colour = decode.bias + load_sample(row + Y_STEP * px) * decode.y;
#if C_STEP
  colour += load_sample(frame + U_OFFSET(at, px, py)) * decode.u + load_sample(frame + V_OFFSET(at, px, py)) * decode.v;
#endif
  return clamp(colour, 0.0f, 1.0f);
#endif
}

/* Four pixels, all inside the frame; x is a multiple of 4. */
INLINE float16
read_four(__global const uchar *frame, const Layout at, const Decode decode, int x, int py)
{
  __global const uchar *row = frame + at.y_at + (long)py * at.y_stride;
#ifdef PACKED
  return load_row(row, x);
#else
  const float4 luma = load_luma(row, x);
  float16 colour = FOUR(decode.bias) + luma.s0000111122223333 * FOUR(decode.y);
#if C_STEP
  const float4 u = load_chroma(frame + U_OFFSET(at, x, py)), v = load_chroma(frame + V_OFFSET(at, x, py));
  colour += u.s0000111122223333 * FOUR(decode.u) + v.s0000111122223333 * FOUR(decode.v);
#endif
  return min16(max16(colour, (float16)0.0f), (float16)1.0f);
#endif
}

/* Range: (work-items to a row, padded rows). picture: (padded height, padded width, 4). */
WORK_GROUP_OF_ROW __kernel void
frame_read(__global const uchar *frame, long4 offsets, int4 strides, int width, int height, float4 y, float4 u,
    float4 v, float4 bias, __global float *picture, int padded_width)
{
  const Layout at = { offsets.s0, offsets.s1, offsets.s2, strides.s0, strides.s1, strides.s2 };
  const Decode decode = { y, u, v, bias };
  const int row = get_global_id(1), inside = min(row, height - 1), step = 4 * (int)get_global_size(0);
  __global float *out = picture + (long)row * padded_width * 4;

  for (int x = 4 * (int)get_global_id(0); x < padded_width; x += step) {
    if (x + 4 <= width) {
      vstore16(read_four(frame, at, decode, x, inside), 0, out + 4 * x);
    } else {
      ROLLED for (int i = 0; i < 4; i++)
        vstore4(read_pixel(frame, at, decode, min(x + i, width - 1), inside), x + i, out);
    }
  }
}

/* What is mixed into the frame. */
typedef struct
{
  __global const float *head;   /* (padded height / 2, padded width / 2, 16) */
  __global const uchar *mask;   /* (padded height, padded width): 255 is the whole amount */
  int padded_width, masked;
  float amount;
  int top, bottom, left, right; /* rows and columns from which on, and up to which, there is picture and no bar */
} Result;

/* `framing` counts if `framed`. */
INLINE Result
result_of(__global const float *head, int padded_width, float amount, __global const uchar *mask, int masked,
    __global const Framing *framing, int framed, int width, int height)
{
  Result r = { head, mask, padded_width, masked, amount, 0, height, 0, width };

  if (framed) {
    r.amount *= framing->amount;
    r.top = framing->rows.held.before;
    r.bottom -= framing->rows.held.after;
    r.left = framing->columns.held.before;
    r.right -= framing->columns.held.after;
  }
  return r;
}

INLINE float
weight_pixel(const Result result, int px, int py)
{
  if (px < result.left || px >= result.right || py < result.top || py >= result.bottom)
    return 0.0f;
  if (!result.masked)
    return result.amount;
  return result.mask[(long)py * result.padded_width + px] * (1.0f / 255.0f) * result.amount;
}

/* Of four pixels, four times each. */
INLINE float16
weight_row(const Result result, int x, int py)
{
  float4 weight = result.amount;
  if (py < result.top || py >= result.bottom)
    return 0.0f;
  if (result.masked)
    weight *= convert_float4(vload4(0, result.mask + (long)py * result.padded_width + x)) * (1.0f / 255.0f);
  if (x < result.left || x + 4 > result.right) {
    const int4 column = x + (int4)(0, 1, 2, 3);
    weight = select((float4)0.0f, weight, column >= result.left & column < result.right);
  }
  return weight.s0000111122223333;
}

/* Colours from here on are multiplied by their weight, which is their fourth element: means and code values of such
 * colours, and 1 − weight of a sample of the frame, add up to the blend.
 *
 * Channel 3·(2·dy + dx) + rgb of a token is colour rgb of pixel (2y + dy, 2x + dx). */
INLINE float4
result_pixel(const Result result, int px, int py)
{
  __global const float *token = result.head + ((long)(py >> 1) * (result.padded_width >> 1) + (px >> 1)) * 16
      + 3 * (2 * (py & 1) + (px & 1));
  return (float4)(token[0], token[1], token[2], 1.0f) * weight_pixel(result, px, py);
}

/* Rows 2·block_y and 2·block_y + 1 of four pixels from x on, a multiple of 4. */
INLINE void
result_block(const Result result, int x, int block_y, float16 *top, float16 *bottom)
{
  __global const float *token = result.head + ((long)block_y * (result.padded_width >> 1) + (x >> 1)) * 16;
  const float16 a = vload16(0, token), b = vload16(1, token);

  *top = (float16)(a.s012, 1.0f, a.s345, 1.0f, b.s012, 1.0f, b.s345, 1.0f) * weight_row(result, x, 2 * block_y);
  *bottom = (float16)(a.s678, 1.0f, a.s9ab, 1.0f, b.s678, 1.0f, b.s9ab, 1.0f) * weight_row(result, x, 2 * block_y + 1);
}

#ifndef PACKED

/* Y = dot(colour, y), in code values; U and V likewise. */
typedef struct
{
  float4 y, u, v;
  Keep keep;
} Encode;

/* A sample of the frame with a colour's mixed in. */
INLINE float
blend(float plain, float4 colour, float4 row)
{
  return plain * (1.0f - colour.s3) + colour.s0 * row.s0 + colour.s1 * row.s1 + colour.s2 * row.s2
      + colour.s3 * row.s3;
}

INLINE float4
blend_luma(float4 plain, float16 colour, const Encode encode)
{
  const float4 y = encode.y;
  if (encode.keep.luma)
    return plain;
  return plain * (1.0f - colour.s37bf) + colour.s048c * y.s0 + colour.s159d * y.s1 + colour.s26ae * y.s2
      + colour.s37bf * y.s3;
}

/* The frame, and where its samples come from: the same format and size in other memory. */
typedef struct
{
  __global const uchar *source;
  __global uchar *frame;
  Layout from, to;
} Memory;

#if C_STEP
INLINE void
store_chroma_sample(const Memory m, int px, int py, float4 styled, const Encode encode)
{
  const float4 colour = encode.keep.chroma ? (float4)0.0f : styled;

  store_sample(m.frame + U_OFFSET(m.to, px, py),
      blend(load_sample(m.source + U_OFFSET(m.from, px, py)), colour, encode.u));
  store_sample(m.frame + V_OFFSET(m.to, px, py),
      blend(load_sample(m.source + V_OFFSET(m.from, px, py)), colour, encode.v));
}

/* Chroma of four columns; colour is already the mean over the rows that share it. */
INLINE void
store_chroma(const Memory m, int x, int py, float16 colour, const Encode encode)
{
#if H_SUB
  store_chroma_sample(m, x, py, (colour.s0123 + colour.s4567) * 0.5f, encode);
  store_chroma_sample(m, x + 2, py, (colour.s89ab + colour.scdef) * 0.5f, encode);
#else
  store_chroma_sample(m, x, py, colour.s0123, encode);
  store_chroma_sample(m, x + 1, py, colour.s4567, encode);
  store_chroma_sample(m, x + 2, py, colour.s89ab, encode);
  store_chroma_sample(m, x + 3, py, colour.scdef, encode);
#endif
}
#endif

INLINE void
copy_alpha(__global uchar *row, __global const uchar *source_row, int px, int columns)
{
#ifdef A_AT
  for (int i = px; i < px + columns; i++)
    row[Y_STEP * i - Y_AT + A_AT] = source_row[Y_STEP * i - Y_AT + A_AT];
#endif
}

/* One column, or two that share chroma, of one or two rows. */
INLINE void
write_columns(const Memory m, const Encode encode, const Result result, int px, int py, int columns, int rows)
{
#if C_STEP && V_SUB
  float4 block = (float4)0.0f;
#endif

  for (int i = 0; i < rows; i++) {
    __global const uchar *source_row = m.source + m.from.y_at + (long)(py + i) * m.from.y_stride;
    __global uchar *row = m.frame + m.to.y_at + (long)(py + i) * m.to.y_stride;
    float4 sum = (float4)0.0f;

    for (int j = 0; j < columns; j++) {
      const int at = Y_STEP * (px + j);
      const float4 colour = result_pixel(result, px + j, py + i);
      store_sample(row + at, blend(load_sample(source_row + at), encode.keep.luma ? (float4)0.0f : colour, encode.y));
      sum += colour;
    }
    copy_alpha(row, source_row, px, columns);
#if C_STEP && V_SUB
    block += sum;
#elif C_STEP
    store_chroma_sample(m, px, py + i, sum / columns, encode);
#endif
  }
#if C_STEP && V_SUB
  store_chroma_sample(m, px, py, block / (rows * columns), encode);
#endif
}

/* 4×2 pixels, all inside the frame but perhaps the second row. */
INLINE void
write_block(const Memory m, const Encode encode, const Result result, int x, int py, int rows)
{
  __global const uchar *source_row = m.source + m.from.y_at + (long)py * m.from.y_stride;
  __global uchar *row = m.frame + m.to.y_at + (long)py * m.to.y_stride;
  float16 top, bottom;

  result_block(result, x, py >> 1, &top, &bottom);
  store_luma(row, x, blend_luma(load_luma(source_row, x), top, encode));
  copy_alpha(row, source_row, x, 4);
  if (rows == 2) {
    store_luma(row + m.to.y_stride, x, blend_luma(load_luma(source_row + m.from.y_stride, x), bottom, encode));
    copy_alpha(row + m.to.y_stride, source_row + m.from.y_stride, x, 4);
  }
#if C_STEP && V_SUB
  store_chroma(m, x, py, rows == 2 ? (top + bottom) * 0.5f : top, encode);
#elif C_STEP
  store_chroma(m, x, py, top, encode);
  if (rows == 2)
    store_chroma(m, x, py + 1, bottom, encode);
#endif
}

#endif

/* Range: (work-items to a row, rows / 2 rounded up). `source` is the frame that was read. Of packed
 * pixels y are the parts of R, G and B in luma. `mask` is read if `masked` says so, `framing` if `framed` does. */
WORK_GROUP_OF_ROW __kernel void
frame_write(__global const float *head, int padded_width, float amount, int keep_luma, int keep_chroma,
    int masked, __global const uchar *mask, int framed, __global const Framing *framing,
    __global const uchar *source, long4 source_offsets, int4 source_strides, int width, int height, float4 y,
    float4 u, float4 v, __global uchar *frame, long4 offsets, int4 strides)
{
  const Result result = result_of(head, padded_width, amount, mask, masked, framing, framed, width, height);
  const Layout from = { source_offsets.s0, source_offsets.s1, source_offsets.s2, source_strides.s0, source_strides.s1,
    source_strides.s2 };
  const Layout to = { offsets.s0, offsets.s1, offsets.s2, strides.s0, strides.s1, strides.s2 };
  const int step = 4 * (int)get_global_size(0);
  const int py = 2 * (int)get_global_id(1);
  const int rows = min(2, height - py);
  const Keep keep = { keep_luma, keep_chroma };

#ifndef PACKED
  const Encode encode = { y, u, v, keep };
  const Memory memory = { source, frame, from, to };

  for (int x = 4 * (int)get_global_id(0); x < width; x += step) {
    if (x + 4 <= width) {
      write_block(memory, encode, result, x, py, rows);
    } else {
      for (int i = x; i < width; i += 1 << H_SUB)
        write_columns(memory, encode, result, i, py, min(1 << H_SUB, width - i), rows);
    }
  }
#else
  __global uchar *row = frame + to.y_at + (long)py * to.y_stride;
  __global const uchar *source_row = source + from.y_at + (long)py * from.y_stride;

  for (int x = 4 * (int)get_global_id(0); x < width; x += step) {
    if (x + 4 <= width) {
      float16 top, bottom;
      result_block(result, x, py >> 1, &top, &bottom);
      store_row(row, source_row, x, top, keep, y);
      if (rows == 2)
        store_row(row + to.y_stride, source_row + from.y_stride, x, bottom, keep, y);
    } else {
      for (int i = 0; i < rows; i++) {
        for (int j = x; j < width; j++)
          store_pixel(row + (long)i * to.y_stride, source_row + (long)i * from.y_stride, j,
              result_pixel(result, j, py + i), keep, y);
      }
    }
  }
#endif
}
