/* StyleRWKV engine: pixel formats and colorimetry. The arithmetic is in kernels/frame.cl; here are the formats'
 * layouts, the matrices, and the launches. */
#include "frame.h"

#include <string.h>

#include "ops-private.h"
#include "program.h"

#define MAX_SIDE 16384

/* Rows of a plane are made of units of `bytes` for `pixels` columns; `rows` is log2 of the frame's rows to one of the
 * plane. */
typedef struct
{
  guint8 bytes, pixels, rows;
} Plane;

/* A component's first sample: plane, and byte within its first unit. */
typedef struct
{
  guint8 plane, byte;
} Component;

typedef struct
{
  const gchar *options;         /* of frame.cl */
  guint8 depth;                 /* bits of a sample of Y'CbCr; 0 for RGB */
  guint8 planes;
  Plane plane[SRW_MAX_PLANES];
  Component y, u, v;            /* packed RGB: y is the pixel */
} FormatInfo;

#define PACKED4(r, g, b, a) \
  { "-DDEPTH=8 -DPACKED=4 -DR_AT=" #r " -DG_AT=" #g " -DB_AT=" #b " -DA_AT=" #a, 0, 1, {{4, 1, 0}} }
#define PACKED3(r, g, b) { "-DDEPTH=8 -DPACKED=3 -DR_AT=" #r " -DG_AT=" #g " -DB_AT=" #b, 0, 1, {{3, 1, 0}} }

#define I422_10LE_OPTIONS "-DDEPTH=10 -DSHIFT=0 -DY_STEP=2 -DC_STEP=2 -DH_SUB=1 -DV_SUB=0"

static const FormatInfo formats[] = {
  [SRW_FORMAT_RGBA] = PACKED4 (0, 1, 2, 3),
  [SRW_FORMAT_BGRA] = PACKED4 (2, 1, 0, 3),
  [SRW_FORMAT_ARGB] = PACKED4 (1, 2, 3, 0),
  [SRW_FORMAT_ABGR] = PACKED4 (3, 2, 1, 0),
  /* the same bytes: what is not a colour is copied through whatever it means */
  [SRW_FORMAT_RGBX] = PACKED4 (0, 1, 2, 3),
  [SRW_FORMAT_BGRX] = PACKED4 (2, 1, 0, 3),
  [SRW_FORMAT_XRGB] = PACKED4 (1, 2, 3, 0),
  [SRW_FORMAT_XBGR] = PACKED4 (3, 2, 1, 0),
  [SRW_FORMAT_RGB] = PACKED3 (0, 1, 2),
  [SRW_FORMAT_BGR] = PACKED3 (2, 1, 0),
  [SRW_FORMAT_GRAY8] = {"-DDEPTH=8 -DY_STEP=1 -DC_STEP=0 -DH_SUB=0 -DV_SUB=0", 8, 1, {{1, 1, 0}}},
  [SRW_FORMAT_NV12] = {"-DDEPTH=8 -DY_STEP=1 -DC_STEP=2 -DH_SUB=1 -DV_SUB=1", 8, 2,
        {{1, 1, 0}, {2, 2, 1}}, {0, 0}, {1, 0}, {1, 1}},
  [SRW_FORMAT_NV21] = {"-DDEPTH=8 -DY_STEP=1 -DC_STEP=2 -DH_SUB=1 -DV_SUB=1", 8, 2,
        {{1, 1, 0}, {2, 2, 1}}, {0, 0}, {1, 1}, {1, 0}},
  [SRW_FORMAT_NV16] = {"-DDEPTH=8 -DY_STEP=1 -DC_STEP=2 -DH_SUB=1 -DV_SUB=0", 8, 2,
        {{1, 1, 0}, {2, 2, 0}}, {0, 0}, {1, 0}, {1, 1}},
  [SRW_FORMAT_I420] = {"-DDEPTH=8 -DY_STEP=1 -DC_STEP=1 -DH_SUB=1 -DV_SUB=1", 8, 3,
        {{1, 1, 0}, {1, 2, 1}, {1, 2, 1}}, {0, 0}, {1, 0}, {2, 0}},
  [SRW_FORMAT_YV12] = {"-DDEPTH=8 -DY_STEP=1 -DC_STEP=1 -DH_SUB=1 -DV_SUB=1", 8, 3,
        {{1, 1, 0}, {1, 2, 1}, {1, 2, 1}}, {0, 0}, {2, 0}, {1, 0}},
  [SRW_FORMAT_Y42B] = {"-DDEPTH=8 -DY_STEP=1 -DC_STEP=1 -DH_SUB=1 -DV_SUB=0", 8, 3,
        {{1, 1, 0}, {1, 2, 0}, {1, 2, 0}}, {0, 0}, {1, 0}, {2, 0}},
  [SRW_FORMAT_YUY2] = {"-DDEPTH=8 -DY_STEP=2 -DY_AT=0 -DC_STEP=4 -DH_SUB=1 -DV_SUB=0", 8, 1,
        {{4, 2, 0}}, {0, 0}, {0, 1}, {0, 3}},
  [SRW_FORMAT_UYVY] = {"-DDEPTH=8 -DY_STEP=2 -DY_AT=1 -DC_STEP=4 -DH_SUB=1 -DV_SUB=0", 8, 1,
        {{4, 2, 0}}, {0, 1}, {0, 0}, {0, 2}},
  [SRW_FORMAT_AYUV] = {"-DDEPTH=8 -DY_STEP=4 -DY_AT=1 -DA_AT=0 -DC_STEP=4 -DH_SUB=0 -DV_SUB=0", 8, 1,
        {{4, 1, 0}}, {0, 1}, {0, 2}, {0, 3}},
  [SRW_FORMAT_P010] = {"-DDEPTH=10 -DSHIFT=6 -DY_STEP=2 -DC_STEP=4 -DH_SUB=1 -DV_SUB=1", 10, 2,
        {{2, 1, 0}, {4, 2, 1}}, {0, 0}, {1, 0}, {1, 2}},
  [SRW_FORMAT_I420_10LE] = {"-DDEPTH=10 -DSHIFT=0 -DY_STEP=2 -DC_STEP=2 -DH_SUB=1 -DV_SUB=1", 10, 3,
        {{2, 1, 0}, {2, 2, 1}, {2, 2, 1}}, {0, 0}, {1, 0}, {2, 0}},
  [SRW_FORMAT_I422_10LE] = {I422_10LE_OPTIONS, 10, 3,
        {{2, 1, 0}, {2, 2, 0}, {2, 2, 0}}, {0, 0}, {1, 0}, {2, 0}},
  /* as I422_10LE to frame.cl */
  [SRW_FORMAT_V210] = {I422_10LE_OPTIONS, 10, 1, {{16, 6, 0}}},
};

/* ---- layouts ---- */

static gsize
row_bytes (const Plane * plane, gint width)
{
  return (gsize) ((width + plane->pixels - 1) / plane->pixels) * plane->bytes;
}

static gsize
plane_rows (const Plane * plane, gint height)
{
  return ((gsize) height + (1u << plane->rows) - 1) >> plane->rows;
}

void
srw_frame_layout_init (SrwFrameLayout * layout, SrwFormat format, gint width, gint height)
{
  const FormatInfo *info = &formats[format];
  /* GStreamer gives 4:2:0 an even number of rows, and planes of 10 bits too */
  gboolean even = info->planes > 1 && (info->plane[1].rows || info->depth > 8);
  gint rows = even ? (height + 1) & ~1 : height;
  gsize align = format == SRW_FORMAT_V210 ? 128 : 4;

  *layout = (SrwFrameLayout) {.format = format,.width = width,.height = height,.planes = info->planes };
  for (gint i = 0; i < layout->planes; i++) {
    layout->offset[i] = layout->size;
    layout->stride[i] = (gint) ((row_bytes (&info->plane[i], width) + align - 1) & ~(align - 1));
    layout->size += (gsize) layout->stride[i] * plane_rows (&info->plane[i], rows);
  }
}

static gboolean
plane_fits (const SrwFrameLayout * layout, gint i)
{
  const Plane *plane = &formats[layout->format].plane[i];
  gsize row = row_bytes (plane, layout->width);
  gsize stride, end;

  if (layout->stride[i] <= 0 || (gsize) layout->stride[i] < row || layout->offset[i] > layout->size)
    return FALSE;
  /* at most 2^31 · 2^14: no overflow */
  stride = (gsize) layout->stride[i];
  end = stride * (plane_rows (plane, layout->height) - 1) + row;
  return end <= layout->size - layout->offset[i];
}

gboolean
srw_frame_layout_check (const SrwFrameLayout * layout, GError ** error)
{
  if ((guint) layout->format >= G_N_ELEMENTS (formats) || (guint) layout->matrix > SRW_MATRIX_BT2020
      || (guint) layout->range > SRW_RANGE_FULL || layout->planes != formats[layout->format].planes) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "not a frame format: %d, matrix %d, range %d, %d planes",
        layout->format, layout->matrix, layout->range, layout->planes);
    return FALSE;
  }
  if (layout->width < 1 || layout->height < 1 || layout->width > MAX_SIDE || layout->height > MAX_SIDE) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "frames of %d×%d pixels cannot be processed: both sides must be "
        "from 1 to %d", layout->width, layout->height, MAX_SIDE);
    return FALSE;
  }
  for (gint i = 0; i < layout->planes; i++) {
    if (!plane_fits (layout, i)) {
      g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "plane %d of a %d×%d frame (offset %" G_GSIZE_FORMAT
          ", stride %d) does not fit in %" G_GSIZE_FORMAT " bytes", i, layout->width, layout->height,
          layout->offset[i], layout->stride[i], layout->size);
      return FALSE;
    }
  }
  return TRUE;
}

gsize
srw_frame_plane_rows (const SrwFrameLayout * layout, gint plane)
{
  return plane_rows (&formats[layout->format].plane[plane], layout->height);
}

/* Where the next plane begins, or the memory ends. */
static gsize
plane_end (const SrwFrameLayout * layout, gint plane)
{
  gsize end = layout->size;

  for (gint i = 0; i < layout->planes; i++) {
    if (layout->offset[i] > layout->offset[plane])
      end = MIN (end, layout->offset[i]);
  }
  return end;
}

void
srw_frame_clear_padding (const SrwFrameLayout * layout, guint8 * frame)
{
  const FormatInfo *info = &formats[layout->format];

  for (gint i = 0; i < layout->planes; i++) {
    gsize stride = (gsize) layout->stride[i], row = row_bytes (&info->plane[i], layout->width);
    gsize rows = plane_rows (&info->plane[i], layout->height), end = plane_end (layout, i), at = layout->offset[i];

    if (at + stride * (rows - 1) + row > end)
      return;
    for (gsize y = 0; y < rows; y++, at += stride)
      memset (frame + at + row, 0, (y + 1 < rows ? at + stride : end) - (at + row));
  }
}

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
  gdouble step = 1 << (formats[layout->format].depth - 8);
  gdouble most = (1 << formats[layout->format].depth) - 1;
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
  gboolean grey = formats[layout->format].planes == 1 && formats[layout->format].plane[0].bytes == 1;
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
  cl_program program;
  cl_kernel unpack, pack;
  SrwFrameLayout layout;        /* of the planes */
  cl_mem planes;
} Packing;

struct _SrwFrameIo
{
  SrwOps *ops;
  cl_program program;
  cl_kernel read, write;
  Packing packing;              /* of v210 alone */
};

#define ARG(call, value) srw_call_arg (call, sizeof (value), &(value))

/* Over pairs of rows. */
static void
run (SrwCall * call, gint width, gint height, const SrwFrameLayout * layout)
{
  gdouble pixels = (gdouble) width * height;

  srw_call_run_rows (call, ((gsize) width + 3) / 4, ((gsize) height + 1) / 2, 12 * pixels, 16 * pixels + layout->size);
}

static cl_kernel
kernel_new (cl_program program, const gchar * name, GError ** error)
{
  cl_int code;
  cl_kernel kernel = clCreateKernel (program, name, &code);

  return srw_cl_check (code, name, error) ? kernel : NULL;
}

static gboolean
packing_init (Packing * packing, SrwDevice * device, gint width, gint height, GError ** error)
{
  cl_int code;

  srw_frame_layout_init (&packing->layout, SRW_FORMAT_I422_10LE, width, height);
  if (!(packing->program = srw_program_build (device, "v210.cl", "", error))
      || !(packing->unpack = kernel_new (packing->program, "v210_unpack", error))
      || !(packing->pack = kernel_new (packing->program, "v210_pack", error)))
    return FALSE;
  packing->planes = clCreateBuffer (srw_device_context (device), CL_MEM_READ_WRITE, packing->layout.size, NULL, &code);
  return srw_cl_check (code, "clCreateBuffer for the planes of v210", error);
}

SrwFrameIo *
srw_frame_io_new (SrwOps * ops, SrwDevice * device, SrwFormat format, gint width, gint height, GError ** error)
{
  SrwFrameIo *io;

  if ((guint) format >= G_N_ELEMENTS (formats)) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "not a frame format: %d", format);
    return NULL;
  }
  io = g_new0 (SrwFrameIo, 1);
  io->ops = ops;
  if ((io->program = srw_program_build (device, "frame.cl", formats[format].options, error))
      && (io->read = kernel_new (io->program, "frame_read", error))
      && (io->write = kernel_new (io->program, "frame_write", error))
      && (format != SRW_FORMAT_V210 || packing_init (&io->packing, device, width, height, error)))
    return io;
  srw_frame_io_free (&io);
  return NULL;
}

void
srw_frame_io_free (SrwFrameIo ** io)
{
  if (*io == NULL)
    return;
  g_clear_pointer (&(*io)->read, clReleaseKernel);
  g_clear_pointer (&(*io)->write, clReleaseKernel);
  g_clear_pointer (&(*io)->program, clReleaseProgram);
  g_clear_pointer (&(*io)->packing.unpack, clReleaseKernel);
  g_clear_pointer (&(*io)->packing.pack, clReleaseKernel);
  g_clear_pointer (&(*io)->packing.program, clReleaseProgram);
  g_clear_pointer (&(*io)->packing.planes, clReleaseMemObject);
  g_clear_pointer (io, g_free);
}

gsize
srw_frame_io_bytes (const SrwFrameIo * io)
{
  return io->packing.layout.size;
}

static gsize
component_offset (const SrwFrameLayout * layout, Component component)
{
  return layout->offset[component.plane] + component.byte;
}

/* What both kernels want to know of a frame's memory. */
static void
set_layout (SrwCall * call, const SrwFrameLayout * layout)
{
  const FormatInfo *info = &formats[layout->format];
  cl_long4 offsets = {.s = {(cl_long) component_offset (layout, info->y),
            (cl_long) component_offset (layout, info->u), (cl_long) component_offset (layout, info->v)} };
  cl_int4 strides = {.s = {layout->stride[info->y.plane], layout->stride[info->u.plane], layout->stride[info->v.plane]} };

  ARG (call, offsets);
  ARG (call, strides);
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
run_packing (SrwCall * call, const SrwFrameLayout * layout, const SrwFrameLayout * planes)
{
  srw_call_run_rows (call, ((gsize) layout->width + 5) / 6, (gsize) layout->height, 0,
      (gdouble) layout->size + planes->size);
}

static void
set_packed (SrwCall * call, cl_mem frame, const SrwFrameLayout * layout)
{
  cl_long at = (cl_long) layout->offset[0];

  ARG (call, frame);
  ARG (call, at);
  ARG (call, layout->stride[0]);
}

static void
unpack (SrwFrameIo * io, cl_mem frame, const SrwFrameLayout * layout, const SrwFrameLayout * planes)
{
  SrwCall call = {.ops = io->ops,.op = "frame.unpack",.kernel = io->packing.unpack };

  set_packed (&call, frame, layout);
  ARG (&call, layout->width);
  ARG (&call, io->packing.planes);
  set_layout (&call, planes);
  run_packing (&call, layout, planes);
}

static void
pack (SrwFrameIo * io, const SrwFrameLayout * planes, cl_mem frame, const SrwFrameLayout * layout)
{
  SrwCall call = {.ops = io->ops,.op = "frame.pack",.kernel = io->packing.pack };

  ARG (&call, io->packing.planes);
  set_layout (&call, planes);
  ARG (&call, layout->width);
  set_packed (&call, frame, layout);
  run_packing (&call, layout, planes);
}

/* ---- reading and writing ---- */

static void
read_frame (SrwFrameIo * io, cl_mem frame, const SrwFrameLayout * layout, cl_mem picture, gint padded_width,
    gint padded_height)
{
  SrwCall call = {.ops = io->ops,.op = "frame.read",.kernel = io->read };
  Decode decode = { 0 };

  if (formats[layout->format].depth)
    decode = decode_of (layout);
  ARG (&call, frame);
  set_layout (&call, layout);
  ARG (&call, layout->width);
  ARG (&call, layout->height);
  ARG (&call, decode.y);
  ARG (&call, decode.u);
  ARG (&call, decode.v);
  ARG (&call, decode.bias);
  ARG (&call, picture);
  ARG (&call, padded_width);
  run (&call, padded_width, padded_height, layout);
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
  SrwCall call = {.ops = io->ops,.op = "frame.write",.kernel = io->write };
  Encode encode = {.y = {.s = {0.299f, 0.587f, 0.114f}} };
  cl_int keep = blend->keep_chroma != FALSE, masked = blend->mask != NULL;
  /* some memory must be given */
  cl_mem mask = masked ? blend->mask : source;

  if (formats[layout->format].depth)
    encode = encode_of (layout);
  ARG (&call, head);
  ARG (&call, padded_width);
  ARG (&call, blend->amount);
  ARG (&call, keep);
  ARG (&call, masked);
  ARG (&call, mask);
  ARG (&call, source);
  set_layout (&call, source_layout);
  ARG (&call, layout->width);
  ARG (&call, layout->height);
  ARG (&call, encode.y);
  ARG (&call, encode.u);
  ARG (&call, encode.v);
  ARG (&call, frame);
  set_layout (&call, layout);
  run (&call, layout->width, layout->height, layout);
}

void
srw_frame_write (SrwFrameIo * io, cl_mem head, gint padded_width, const SrwFrameBlend * blend, cl_mem source,
    const SrwFrameLayout * source_layout, cl_mem frame, const SrwFrameLayout * layout)
{
  if (layout->format == SRW_FORMAT_V210) {
    SrwFrameLayout planes = planes_for (io, layout);
    unpack (io, source, source_layout, &planes);
    /* every sample is read before it is written in its place */
    write_frame (io, head, padded_width, blend, io->packing.planes, &planes, io->packing.planes, &planes);
    pack (io, &planes, frame, layout);
  } else {
    write_frame (io, head, padded_width, blend, source, source_layout, frame, layout);
  }
}
