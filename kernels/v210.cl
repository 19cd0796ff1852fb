/* v210, the packing of 10-bit 4:2:2 that video hardware speaks, to and from the planes that frame.cl works on.
 *
 * Six pixels are twelve samples in four little-endian words, three to a word from its low bits up:
 * U0 Y0 V0, Y1 U2 Y2, V2 Y3 U4, Y4 V4 Y5. Planes hold a sample in a 16-bit little-endian word. Samples of the last six
 * pixels that lie right of the picture repeat its edge.
 *
 * A work-item does every get_global_size(0)th group of six pixels of its row: all of them on a CPU.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#define GROUP 6

/* Planes as Layout of frame.cl has them. */
typedef struct
{
  long y_at, u_at, v_at;
  int y_stride, u_stride, v_stride;
} Planes;

static inline Planes
planes_of(long4 offsets, int4 strides)
{
  return (Planes) { offsets.s0, offsets.s1, offsets.s2, strides.s0, strides.s1, strides.s2 };
}

static inline uint
get_sample(__global const uchar *row, int i)
{
  return row[2 * i] | row[2 * i + 1] << 8;
}

static inline void
put_sample(__global uchar *row, int i, uint value)
{
  row[2 * i] = (uchar)value;
  row[2 * i + 1] = (uchar)(value >> 8);
}

/* Range: (work-items to a row, rows). */
WORK_GROUP_OF_ROW __kernel void
v210_unpack(__global const uchar *frame, long at, int stride, int width, __global uchar *planes, long4 offsets,
    int4 strides)
{
  const Planes p = planes_of(offsets, strides);
  const int py = (int)get_global_id(1);
  __global const uchar *row = frame + at + (long)py * stride;
  __global uchar *y = planes + p.y_at + (long)py * p.y_stride;
  __global uchar *u = planes + p.u_at + (long)py * p.u_stride;
  __global uchar *v = planes + p.v_at + (long)py * p.v_stride;

  for (int x = GROUP * (int)get_global_id(0); x < width; x += GROUP * (int)get_global_size(0)) {
    const uint4 word = as_uint4(vload16(0, row + x / GROUP * 16));
    const uint4 low = word & 0x3ff, middle = word >> 10 & 0x3ff, high = word >> 20 & 0x3ff;
    const uint luma[GROUP] = { middle.s0, low.s1, high.s1, middle.s2, low.s3, high.s3 };
    const uint blue[GROUP / 2] = { low.s0, middle.s1, high.s2 };
    const uint red[GROUP / 2] = { high.s0, low.s2, middle.s3 };

#pragma unroll
    for (int i = 0; i < GROUP; i++) {
      if (x + i < width)
        put_sample(y, x + i, luma[i]);
    }
#pragma unroll
    for (int i = 0; i < GROUP / 2; i++) {
      if (x + 2 * i < width) {
        put_sample(u, x / 2 + i, blue[i]);
        put_sample(v, x / 2 + i, red[i]);
      }
    }
  }
}

/* Range: as v210_unpack. */
WORK_GROUP_OF_ROW __kernel void
v210_pack(__global const uchar *planes, long4 offsets, int4 strides, int width, __global uchar *frame, long at,
    int stride)
{
  const Planes p = planes_of(offsets, strides);
  const int py = (int)get_global_id(1), last = width - 1;
  __global uchar *row = frame + at + (long)py * stride;
  __global const uchar *y = planes + p.y_at + (long)py * p.y_stride;
  __global const uchar *u = planes + p.u_at + (long)py * p.u_stride;
  __global const uchar *v = planes + p.v_at + (long)py * p.v_stride;

  for (int x = GROUP * (int)get_global_id(0); x < width; x += GROUP * (int)get_global_size(0)) {
#define LUMA(i) get_sample(y, min(x + (i), last))
#define CHROMA(plane, i) get_sample(plane, min(x + 2 * (i), last) / 2)
    const uint4 low = (uint4)(CHROMA(u, 0), LUMA(1), CHROMA(v, 1), LUMA(4));
    const uint4 middle = (uint4)(LUMA(0), CHROMA(u, 1), LUMA(3), CHROMA(v, 2));
    const uint4 high = (uint4)(CHROMA(v, 0), LUMA(2), CHROMA(u, 2), LUMA(5));

    vstore16(as_uchar16(low | middle << 10 | high << 20), 0, row + x / GROUP * 16);
  }
}
