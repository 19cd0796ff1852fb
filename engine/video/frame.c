/* Pixels in and out. The arithmetic is in kernels/frame.cl; here are the matrices and the launches.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "video/frame.h"

#include "opencl/buffer.h"
#include "opencl/program.h"
#include "video/layout-private.h"

/* ---- colorimetry ---- */

/* code = value · scale + zero; luma is in [0,1], chroma in [−½,½]. */
typedef struct
{
  gdouble scale, zero;
} Quantum;

typedef struct
{
  gdouble kr, kb;               /* luma = kr·R + (1 − kr − kb)·G + kb·B */
  Quantum luma, chroma;
} Colorimetry;

static Colorimetry
colorimetry_of (const SrwFrameLayout * layout)
{
  static const gdouble kr[] = {[SRW_MATRIX_BT601] = 0.299,[SRW_MATRIX_BT709] = 0.2126,[SRW_MATRIX_BT2020] = 0.2627 };
  static const gdouble kb[] = {[SRW_MATRIX_BT601] = 0.114,[SRW_MATRIX_BT709] = 0.0722,[SRW_MATRIX_BT2020] = 0.0593 };
  gdouble step = 1 << (srw_format_info (layout->format)->depth - 8);
  gdouble most = (1 << srw_format_info (layout->format)->depth) - 1;
  Colorimetry c = { kr[layout->matrix], kb[layout->matrix], {219 * step, 16 * step}, {224 * step, 128 * step} };

  if (layout->range == SRW_RANGE_FULL) {
    c.luma = (Quantum) { most, 0 };
    c.chroma.scale = most;
  }
  return c;
}

/* colour = y·Y + u·U + v·V + bias, from code values to RGB in [0,1]. */
typedef struct
{
  cl_float4 y, u, v, bias;
} Decode;

static Decode
decode_of (const SrwFrameLayout * layout)
{
  Colorimetry c = colorimetry_of (layout);
  gdouble kg = 1 - c.kr - c.kb;
  gdouble y = 1 / c.luma.scale;
  /* R = Y + 2(1 − kr)·V, B = Y + 2(1 − kb)·U, and G is what luma then leaves */
  gdouble u[3] = { 0, -2 * (1 - c.kb) * c.kb / kg, 2 * (1 - c.kb) };
  gdouble v[3] = { 2 * (1 - c.kr), -2 * (1 - c.kr) * c.kr / kg, 0 };
  gboolean grey = srw_format_info (layout->format)->planes == 1
      && srw_format_info (layout->format)->plane[0].bytes == 1;
  Decode d = { 0 };

  for (gint i = 0; i < 3; i++) {
    gdouble uu = grey ? 0 : u[i] / c.chroma.scale, vv = grey ? 0 : v[i] / c.chroma.scale;
    d.y.s[i] = (gfloat) y;
    d.u.s[i] = (gfloat) uu;
    d.v.s[i] = (gfloat) vv;
    d.bias.s[i] = (gfloat) (-c.luma.zero * y - c.chroma.zero * (uu + vv));
  }
  return d;
}

/* Code values = dot (colour, row.xyz) + row.w. */
typedef struct
{
  cl_float4 y, u, v;
} Encode;

static Encode
encode_of (const SrwFrameLayout * layout)
{
  Colorimetry c = colorimetry_of (layout);
  gdouble luma[3] = { c.kr, 1 - c.kr - c.kb, c.kb };
  Encode e;

  for (gint i = 0; i < 3; i++) {
    e.y.s[i] = (gfloat) (luma[i] * c.luma.scale);
    e.u.s[i] = (gfloat) (((i == 2) - luma[i]) / (2 * (1 - c.kb)) * c.chroma.scale);
    e.v.s[i] = (gfloat) (((i == 0) - luma[i]) / (2 * (1 - c.kr)) * c.chroma.scale);
  }
  e.y.s[3] = (gfloat) c.luma.zero;
  e.u.s[3] = e.v.s[3] = (gfloat) c.chroma.zero;
  return e;
}

/* ---- kernels ---- */

/* v210 on its way to and from the planes that frame.cl reads and writes. */
typedef struct
{
  cl_kernel unpack, pack;
  SrwFrameLayout layout;        /* of the planes */
  cl_mem planes;
} Packing;

struct _SrwFrameIo
{
  SrwQueue *queue;
  cl_kernel read, write;
  Packing packing;              /* of v210 alone */
};

#define ARG(launch, value) srw_launch_arg (launch, sizeof (value), &(value))

/* Over pieces of four pixels of rows of `height`, `rows` of which an item does. */
static void
run (SrwLaunch * launch, gint width, gint height, gsize rows, const SrwFrameLayout * layout)
{
  gdouble pixels = (gdouble) width * height;

  srw_launch_run_rows (launch, srw_div_up (width, 4), srw_div_up (height, rows), 12 * pixels,
      16 * pixels + layout->size);
}

static gboolean
packing_init (Packing * packing, SrwDevice * device, gint width, gint height, GError ** error)
{
  srw_frame_layout_init (&packing->layout, SRW_FORMAT_I422_10LE, width, height);
  return (packing->unpack = srw_kernel_new (device, "v210.cl", NULL, "v210_unpack", error))
      && (packing->pack = srw_kernel_new (device, "v210.cl", NULL, "v210_pack", error))
      && (packing->planes = srw_buffer_new (device, packing->layout.size, "the planes of v210", error));
}

SrwFrameIo *
srw_frame_io_new (SrwQueue * queue, SrwFormat format, gint width, gint height, GError ** error)
{
  SrwDevice *device = srw_queue_device (queue);
  SrwFrameIo *io;

  if (srw_format_info (format) == NULL) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "not a frame format: %d", format);
    return NULL;
  }
  io = g_new0 (SrwFrameIo, 1);
  io->queue = queue;
  if ((io->read = srw_kernel_new (device, "frame.cl", srw_format_info (format)->options, "frame_read", error))
      && (io->write = srw_kernel_new (device, "frame.cl", srw_format_info (format)->options, "frame_write", error))
      && (format != SRW_FORMAT_V210 || packing_init (&io->packing, device, width, height, error)))
    return io;
  srw_frame_io_free (io);
  return NULL;
}

void
srw_frame_io_free (SrwFrameIo * io)
{
  g_clear_pointer (&io->read, clReleaseKernel);
  g_clear_pointer (&io->write, clReleaseKernel);
  g_clear_pointer (&io->packing.unpack, clReleaseKernel);
  g_clear_pointer (&io->packing.pack, clReleaseKernel);
  srw_buffer_clear (&io->packing.planes);
  g_free (io);
}

gsize
srw_frame_io_bytes (const SrwFrameIo * io)
{
  return io->packing.layout.size;
}

static gsize
component_offset (const SrwFrameLayout * layout, SrwComponent component)
{
  return layout->offset[component.plane] + component.byte;
}

/* What both kernels want to know of a frame's memory. */
static void
set_layout (SrwLaunch * launch, const SrwFrameLayout * layout)
{
  const SrwFormatInfo *info = srw_format_info (layout->format);
  cl_long4 offsets = {.s = {(cl_long) component_offset (layout, info->y),
            (cl_long) component_offset (layout, info->u), (cl_long) component_offset (layout, info->v)} };
  cl_int4 strides = {.s = {layout->stride[info->y.plane], layout->stride[info->u.plane],
      layout->stride[info->v.plane]} };

  ARG (launch, offsets);
  ARG (launch, strides);
}

/* ---- v210 ---- */

/* The planes for frames of `layout`'s size, with its colours. */
static SrwFrameLayout
planes_for (const SrwFrameIo * io, const SrwFrameLayout * layout)
{
  SrwFrameLayout planes = io->packing.layout;

  planes.width = layout->width;
  planes.height = layout->height;
  planes.matrix = layout->matrix;
  planes.range = layout->range;
  return planes;
}

/* Over rows of groups of six pixels; moves the frame and the planes. */
static void
run_packing (SrwLaunch * launch, const SrwFrameLayout * layout, const SrwFrameLayout * planes)
{
  srw_launch_run_rows (launch, ((gsize) layout->width + 5) / 6, (gsize) layout->height, 0,
      (gdouble) layout->size + planes->size);
}

static void
set_packed (SrwLaunch * launch, cl_mem frame, const SrwFrameLayout * layout)
{
  cl_long at = (cl_long) layout->offset[0];

  ARG (launch, frame);
  ARG (launch, at);
  ARG (launch, layout->stride[0]);
}

static void
unpack (SrwFrameIo * io, cl_mem frame, const SrwFrameLayout * layout, const SrwFrameLayout * planes)
{
  SrwLaunch launch = srw_launch_begin (io->queue, "frame.unpack", io->packing.unpack);

  set_packed (&launch, frame, layout);
  ARG (&launch, layout->width);
  ARG (&launch, io->packing.planes);
  set_layout (&launch, planes);
  run_packing (&launch, layout, planes);
}

static void
pack (SrwFrameIo * io, const SrwFrameLayout * planes, cl_mem frame, const SrwFrameLayout * layout)
{
  SrwLaunch launch = srw_launch_begin (io->queue, "frame.pack", io->packing.pack);

  ARG (&launch, io->packing.planes);
  set_layout (&launch, planes);
  ARG (&launch, layout->width);
  set_packed (&launch, frame, layout);
  run_packing (&launch, layout, planes);
}

/* ---- reading and writing ---- */

static void
read_frame (SrwFrameIo * io, cl_mem frame, const SrwFrameLayout * layout, cl_mem picture, gint padded_width,
    gint padded_height)
{
  SrwLaunch launch = srw_launch_begin (io->queue, "frame.read", io->read);
  Decode decode = { 0 };

  if (srw_format_info (layout->format)->depth)
    decode = decode_of (layout);
  ARG (&launch, frame);
  set_layout (&launch, layout);
  ARG (&launch, layout->width);
  ARG (&launch, layout->height);
  ARG (&launch, decode.y);
  ARG (&launch, decode.u);
  ARG (&launch, decode.v);
  ARG (&launch, decode.bias);
  ARG (&launch, picture);
  ARG (&launch, padded_width);
  run (&launch, padded_width, padded_height, 1, layout);
}

void
srw_frame_read (SrwFrameIo * io, cl_mem frame, const SrwFrameLayout * layout, cl_mem picture, gint padded_width,
    gint padded_height)
{
  if (layout->format == SRW_FORMAT_V210) {
    SrwFrameLayout planes = planes_for (io, layout);
    unpack (io, frame, layout, &planes);
    read_frame (io, io->packing.planes, &planes, picture, padded_width, padded_height);
  } else {
    read_frame (io, frame, layout, picture, padded_width, padded_height);
  }
}

static void
write_frame (SrwFrameIo * io, cl_mem head, gint padded_width, const SrwFrameBlend * blend, cl_mem source,
    const SrwFrameLayout * source_layout, cl_mem frame, const SrwFrameLayout * layout)
{
  SrwLaunch launch = srw_launch_begin (io->queue, "frame.write", io->write);
  Encode encode = {.y = {.s = {0.299f, 0.587f, 0.114f}} };
  cl_int keep_luma = blend->keep_luma != FALSE, keep_chroma = blend->keep_chroma != FALSE;
  cl_int masked = blend->mask != NULL, framed = blend->framing != NULL;
  /* some memory must be given */
  cl_mem mask = masked ? blend->mask : source, framing = framed ? blend->framing : source;

  if (srw_format_info (layout->format)->depth)
    encode = encode_of (layout);
  ARG (&launch, head);
  ARG (&launch, padded_width);
  ARG (&launch, blend->amount);
  ARG (&launch, keep_luma);
  ARG (&launch, keep_chroma);
  ARG (&launch, masked);
  ARG (&launch, mask);
  ARG (&launch, framed);
  ARG (&launch, framing);
  ARG (&launch, source);
  set_layout (&launch, source_layout);
  ARG (&launch, layout->width);
  ARG (&launch, layout->height);
  ARG (&launch, encode.y);
  ARG (&launch, encode.u);
  ARG (&launch, encode.v);
  ARG (&launch, frame);
  set_layout (&launch, layout);
  /* pairs of rows, which may share chroma */
  run (&launch, layout->width, layout->height, 2, layout);
}

void
srw_frame_write (SrwFrameIo * io, cl_mem head, gint padded_width, const SrwFrameBlend * blend, cl_mem source,
    const SrwFrameLayout * source_layout, cl_mem frame, const SrwFrameLayout * layout)
{
  if (layout->format == SRW_FORMAT_V210) {
    SrwFrameLayout planes = planes_for (io, layout);
    /* the planes are still those of the source; every sample is read before it is written in its place */
    write_frame (io, head, padded_width, blend, io->packing.planes, &planes, io->packing.planes, &planes);
    pack (io, &planes, frame, layout);
  } else {
    write_frame (io, head, padded_width, blend, source, source_layout, frame, layout);
  }
}
