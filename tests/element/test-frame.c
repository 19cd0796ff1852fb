/* engine/frame.c and kernels/frame.cl against a scalar reference that takes every fact about a format (where samples
 * lie, how deep they are, what they mean) from GStreamer's own tables.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/video/video.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "video/frame.h"
#include "video/mask.h"
#include "video/picture.h"

#define GUARD 64
#define GUARD_BYTE 0xa5
#define PADDED(n) (((n) + 15) & ~15)

static const GstVideoFormat gst_formats[] = {
  [SRW_FORMAT_RGBA] = GST_VIDEO_FORMAT_RGBA,[SRW_FORMAT_BGRA] = GST_VIDEO_FORMAT_BGRA,
  [SRW_FORMAT_ARGB] = GST_VIDEO_FORMAT_ARGB,[SRW_FORMAT_ABGR] = GST_VIDEO_FORMAT_ABGR,
  [SRW_FORMAT_RGBX] = GST_VIDEO_FORMAT_RGBx,[SRW_FORMAT_BGRX] = GST_VIDEO_FORMAT_BGRx,
  [SRW_FORMAT_XRGB] = GST_VIDEO_FORMAT_xRGB,[SRW_FORMAT_XBGR] = GST_VIDEO_FORMAT_xBGR,
  [SRW_FORMAT_RGB] = GST_VIDEO_FORMAT_RGB,[SRW_FORMAT_BGR] = GST_VIDEO_FORMAT_BGR,
  [SRW_FORMAT_GRAY8] = GST_VIDEO_FORMAT_GRAY8,[SRW_FORMAT_NV12] = GST_VIDEO_FORMAT_NV12,
  [SRW_FORMAT_I420] = GST_VIDEO_FORMAT_I420,[SRW_FORMAT_YV12] = GST_VIDEO_FORMAT_YV12,
  [SRW_FORMAT_YUY2] = GST_VIDEO_FORMAT_YUY2,[SRW_FORMAT_UYVY] = GST_VIDEO_FORMAT_UYVY,
  [SRW_FORMAT_P010] = GST_VIDEO_FORMAT_P010_10LE,[SRW_FORMAT_I420_10LE] = GST_VIDEO_FORMAT_I420_10LE,
  [SRW_FORMAT_NV21] = GST_VIDEO_FORMAT_NV21,[SRW_FORMAT_NV16] = GST_VIDEO_FORMAT_NV16,
  [SRW_FORMAT_Y42B] = GST_VIDEO_FORMAT_Y42B,[SRW_FORMAT_AYUV] = GST_VIDEO_FORMAT_AYUV,
  [SRW_FORMAT_I422_10LE] = GST_VIDEO_FORMAT_I422_10LE,[SRW_FORMAT_V210] = GST_VIDEO_FORMAT_v210,
};

static const GstVideoColorMatrix gst_matrices[] = {
  [SRW_MATRIX_BT601] = GST_VIDEO_COLOR_MATRIX_BT601,[SRW_MATRIX_BT709] = GST_VIDEO_COLOR_MATRIX_BT709,
  [SRW_MATRIX_BT2020] = GST_VIDEO_COLOR_MATRIX_BT2020,
};

static const GstVideoColorRange gst_ranges[] = {
  [SRW_RANGE_LIMITED] = GST_VIDEO_COLOR_RANGE_16_235,[SRW_RANGE_FULL] = GST_VIDEO_COLOR_RANGE_0_255,
};

static const gint sizes[][2] = { {1, 1}, {2, 2}, {3, 5}, {4, 3}, {18, 7}, {37, 23}, {64, 48} };

static SrwDevice *device;
static SrwQueue *queue;
static GRand *rng;

/* ---- the reference ---- */

/* A frame, its memory with guards before and after, and what GStreamer knows of it. */
typedef struct
{
  SrwFrameLayout layout;
  const GstVideoFormatInfo *info;
  guint8 *memory;
  gsize size;
} Frame;

/* `extra` bytes more to a row than needed, and a gap between planes. */
static void
frame_init (Frame * frame, SrwFormat format, gint width, gint height, gint extra)
{
  srw_frame_layout_init (&frame->layout, format, width, height);
  frame->info = gst_video_format_get_info (gst_formats[format]);
  frame->size = GUARD;
  for (gint i = 0; i < frame->layout.planes; i++) {
    frame->layout.stride[i] += extra;
    frame->layout.offset[i] = frame->size;
    frame->size += (gsize) frame->layout.stride[i] * (gsize) GST_VIDEO_SUB_SCALE (frame->info->h_sub[i], height)
        + (extra ? 5 : 0);
  }
  frame->size += GUARD;
  frame->layout.size = frame->size;
  frame->memory = g_malloc (frame->size);
  memset (frame->memory, GUARD_BYTE, frame->size);
}

static guint8 *
sample_at (const Frame * frame, gint component, gint x, gint y)
{
  const GstVideoFormatInfo *info = frame->info;
  gint plane = info->plane[component];
  /* what GStreamer says of P010's V is in samples */
  gint bytes = info->depth[component] > 8 ? 2 : 1;

  return frame->memory + frame->layout.offset[plane]
      + (gsize) (y >> info->h_sub[component]) * frame->layout.stride[plane]
      + (x >> info->w_sub[component]) * info->pixel_stride[component] + info->poffset[component] * bytes;
}

/* GStreamer's macros are for addresses that fit the type, which those of odd strides do not. */
static guint
read_le (const guint8 * p, gint bytes)
{
  guint value = 0;

  for (gint i = 0; i < bytes; i++)
    value |= (guint) p[i] << 8 * i;
  return value;
}

static void
write_le (guint8 * p, gint bytes, guint value)
{
  for (gint i = 0; i < bytes; i++)
    p[i] = (guint8) (value >> 8 * i);
}

/* v210 is the one format whose samples are no whole bytes: three to a 32-bit word, U Y V Y U Y V Y U Y V Y. Which one
 * of its row a sample is. */
static gint
v210_index (gint component, gint x)
{
  return component == 0 ? 2 * x + 1 : x / 2 * 4 + (component == 1 ? 0 : 2);
}

static guint8 *
v210_word (const Frame * frame, gint index, gint y)
{
  return frame->memory + frame->layout.offset[0] + (gsize) y * frame->layout.stride[0] + index / 3 * 4;
}

static gint
v210_get (const Frame * frame, gint index, gint y)
{
  return (gint) (read_le (v210_word (frame, index, y), 4) >> index % 3 * 10 & 0x3ff);
}

static void
v210_set (Frame * frame, gint index, gint y, gint value)
{
  guint8 *word = v210_word (frame, index, y);
  gint shift = index % 3 * 10;

  write_le (word, 4, (read_le (word, 4) & ~(0x3ffu << shift)) | (guint) value << shift);
}

static gboolean
is_v210 (const Frame * frame)
{
  return frame->layout.format == SRW_FORMAT_V210;
}

static gint
sample_get (const Frame * frame, gint component, gint x, gint y)
{
  const guint8 *p;
  gint raw;

  if (is_v210 (frame))
    return v210_get (frame, v210_index (component, x), y);
  p = sample_at (frame, component, x, y);
  raw = frame->info->depth[component] > 8 ? (gint) read_le (p, 2) : *p;
  return raw >> frame->info->shift[component];
}

static void
sample_set (Frame * frame, gint component, gint x, gint y, gint value)
{
  guint8 *p;

  if (is_v210 (frame)) {
    v210_set (frame, v210_index (component, x), y, value);
    return;
  }
  p = sample_at (frame, component, x, y);
  if (frame->info->depth[component] > 8)
    write_le (p, 2, (guint) value << frame->info->shift[component]);
  else
    *p = (guint8) value;
}

static gboolean
is_rgb (const Frame * frame)
{
  return GST_VIDEO_FORMAT_INFO_IS_RGB (frame->info);
}

/* (Kr, Kb), and per component what code 0 of the signal is and how many codes a unit is. */
static void
colorimetry (const Frame * frame, gdouble * kr, gdouble * kb, gint offset[4], gint scale[4])
{
  gst_video_color_range_offsets (gst_ranges[frame->layout.range], frame->info, offset, scale);
  gst_video_color_matrix_get_Kr_Kb (gst_matrices[frame->layout.matrix], kr, kb);
}

static void
reference_decode (const Frame * frame, gint x, gint y, gdouble rgb[3])
{
  gint offset[4], scale[4];
  gdouble kr, kb, c[3];
  gint n = (gint) frame->info->n_components;

  for (gint i = 0; i < 3; i++)
    c[i] = i < n ? sample_get (frame, i, x, y) : 0;
  if (is_rgb (frame)) {
    for (gint i = 0; i < 3; i++)
      rgb[i] = c[i] / 255;
    return;
  }
  colorimetry (frame, &kr, &kb, offset, scale);
  for (gint i = 0; i < 3; i++)
    c[i] = i < n ? (c[i] - offset[i]) / scale[i] : 0;
  rgb[0] = c[0] + 2 * (1 - kr) * c[2];
  rgb[2] = c[0] + 2 * (1 - kb) * c[1];
  rgb[1] = (c[0] - kr * rgb[0] - kb * rgb[2]) / (1 - kr - kb);
  for (gint i = 0; i < 3; i++)
    rgb[i] = CLAMP (rgb[i], 0, 1);
}

/* The exact code value of one component of a colour, before rounding. */
static gdouble
reference_encode (const Frame * frame, gint component, const gdouble rgb[3])
{
  gint offset[4], scale[4];
  gdouble kr, kb, luma;

  if (is_rgb (frame))
    return rgb[component] * 255;
  colorimetry (frame, &kr, &kb, offset, scale);
  luma = kr * rgb[0] + (1 - kr - kb) * rgb[1] + kb * rgb[2];
  if (component == 0)
    return luma * scale[0] + offset[0];
  if (component == 1)
    return (rgb[2] - luma) / (2 * (1 - kb)) * scale[1] + offset[1];
  return (rgb[0] - luma) / (2 * (1 - kr)) * scale[2] + offset[2];
}

/* ---- device memory ---- */

static cl_mem
upload (gconstpointer data, gsize size)
{
  cl_int code;
  cl_mem mem = clCreateBuffer (srw_device_context (device), CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, size,
      (gpointer) data, &code);

  fail_unless_equals_int (code, CL_SUCCESS);
  return mem;
}

static void
download (cl_mem mem, gpointer data, gsize size)
{
  GError *error = NULL;

  fail_unless (srw_queue_check (queue, &error), "%s", error ? error->message : "");
  fail_unless_equals_int (clEnqueueReadBuffer (srw_queue_commands (queue), mem, CL_TRUE, 0, size, data, 0, NULL, NULL),
      CL_SUCCESS);
}

static SrwFrameIo *
io_new (SrwFormat format)
{
  GError *error = NULL;
  SrwFrameIo *io = srw_frame_io_new (queue, format, 64, 48, &error);

  fail_unless (io != NULL, "%s", error ? error->message : "");
  return io;
}

static void
setup (void)
{
  GError *error = NULL;

  device = srw_device_open (NULL, &error);
  fail_unless (device != NULL, "%s", error ? error->message : "");
  queue = srw_queue_new (device, &error);
  fail_unless (queue != NULL, "%s", error ? error->message : "");
  rng = g_rand_new_with_seed (20);
}

static void
teardown (void)
{
  g_rand_free (rng);
  g_clear_pointer (&queue, srw_queue_free);
  g_clear_pointer (&device, srw_device_unref);
}

/* ---- reading ---- */

static void
fill_random (Frame * frame)
{
  for (gint y = 0; y < frame->layout.height; y++)
    for (gint x = 0; x < frame->layout.width; x++)
      for (guint i = 0; i < frame->info->n_components; i++)
        sample_set (frame, (gint) i, x, y, g_rand_int_range (rng, 0, 1 << frame->info->depth[i]));
}

static gfloat *
read_picture (SrwFrameIo * io, const Frame * frame, gint pw, gint ph)
{
  gsize floats = (gsize) pw * ph * 4;
  gfloat *picture = g_new (gfloat, floats + GUARD);
  cl_mem in = upload (frame->memory, frame->size), out;

  for (gsize i = 0; i < floats + GUARD; i++)
    picture[i] = -7.0f;
  out = upload (picture, (floats + GUARD) * sizeof (gfloat));
  srw_frame_read (io, in, &frame->layout, out, pw, ph);
  download (out, picture, (floats + GUARD) * sizeof (gfloat));
  clReleaseMemObject (in);
  clReleaseMemObject (out);
  return picture;
}

static void
check_read (SrwFrameIo * io, const Frame * frame)
{
  gint pw = PADDED (frame->layout.width), ph = PADDED (frame->layout.height);
  gfloat *picture = read_picture (io, frame, pw, ph);

  for (gint y = 0; y < ph; y++) {
    for (gint x = 0; x < pw; x++) {
      const gfloat *got = picture + ((gsize) y * pw + x) * 4;
      gdouble want[3];
      reference_decode (frame, MIN (x, frame->layout.width - 1), MIN (y, frame->layout.height - 1), want);
      for (gint i = 0; i < 3; i++)
        fail_unless (fabs (got[i] - want[i]) < 2e-6, "%s %dx%d: pixel %d,%d colour %d is %g, not %g",
            frame->info->name, frame->layout.width, frame->layout.height, x, y, i, got[i], want[i]);
    }
  }
  for (gint i = 0; i < GUARD; i++)
    fail_unless (picture[(gsize) pw * ph * 4 + i] == -7.0f, "%s: written past the picture", frame->info->name);
  g_free (picture);
}

/* Every matrix and range at every size, rows packed and with odd strides. */
static void
check_read_format (SrwFormat format)
{
  SrwFrameIo *io = io_new (format);

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
    for (guint m = 0; m < 6; m++) {
      Frame frame;
      frame_init (&frame, format, sizes[s][0], sizes[s][1], m & 1 ? 3 : 0);
      frame.layout.matrix = (SrwMatrix) (m / 2);
      frame.layout.range = (SrwRange) (m & 1);
      fail_unless (srw_frame_layout_check (&frame.layout, NULL));
      fill_random (&frame);
      check_read (io, &frame);
      g_free (frame.memory);
    }
  }
  g_clear_pointer (&io, srw_frame_io_free);
  fail_unless (io == NULL);
}

GST_START_TEST (test_read)
{
  for (guint i = 0; i < G_N_ELEMENTS (gst_formats); i++)
    check_read_format ((SrwFormat) i);
}
GST_END_TEST;

/* ---- writing ---- */

static gfloat *
random_floats (gsize n)
{
  gfloat *data = g_new (gfloat, n);

  for (gsize i = 0; i < n; i++)
    data[i] = (gfloat) g_rand_double (rng);
  return data;
}

static guint8 *
random_mask (gsize n)
{
  guint8 *data = g_malloc (n);

  for (gsize i = 0; i < n; i++)
    data[i] = (guint8) (g_rand_boolean (rng) ? g_rand_int (rng) : g_rand_boolean (rng) ? 255 : 0);
  return data;
}

typedef struct
{
  gfloat *head;
  guint8 *mask;                 /* or NULL */
  gint pw, ph;
  SrwFrameBlend blend;          /* its mask is made by write_frame */
} Result;

static void
result_at (const Result * result, gint x, gint y, gdouble rgb[3])
{
  const gfloat *token = result->head + ((gsize) (y / 2) * (result->pw / 2) + x / 2) * 16;

  for (gint i = 0; i < 3; i++)
    rgb[i] = token[3 * (2 * (y % 2) + x % 2) + i];
}

/* What one pixel makes of a component whose sample was `plain`. */
static gdouble
reference_pixel (const Result * result, const Frame * source, const Frame * frame, gint component, gint x, gint y,
    gdouble plain)
{
  gdouble amount = result->blend.amount, rgb[3], luma, chroma;

  if (result->mask)
    amount *= result->mask[y * result->pw + x] / 255.0;
  result_at (result, x, y, rgb);
  if (!is_rgb (frame)) {
    if (component ? result->blend.keep_chroma : result->blend.keep_luma)
      return plain;
    return plain * (1 - amount) + reference_encode (frame, component, rgb) * amount;
  }
  for (gint i = 0; i < 3; i++)
    rgb[i] -= sample_get (source, i, x, y) / 255.0;
  luma = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
  chroma = rgb[component] - luma;
  return plain + 255 * amount * ((result->blend.keep_luma ? 0 : luma) + (result->blend.keep_chroma ? 0 : chroma));
}

/* What the last kernel is to write, before rounding: the mean over the pixels that share the sample. */
static gdouble
reference_blend (const Result * result, const Frame * source, const Frame * frame, gint component, gint x, gint y)
{
  gint bx = frame->info->w_sub[component], by = frame->info->h_sub[component], n = 0;
  gdouble plain = sample_get (source, component, x, y), sum = 0;

  for (gint yy = y >> by << by; yy < MIN (((y >> by) + 1) << by, frame->layout.height); yy++)
    for (gint xx = x >> bx << bx; xx < MIN (((x >> bx) + 1) << bx, frame->layout.width); xx++, n++)
      sum += reference_pixel (result, source, frame, component, xx, yy, plain);
  return sum / n;
}

static void
write_frame (SrwFrameIo * io, const Result * result, const Frame * source, Frame * frame)
{
  gsize pixels = (gsize) result->pw * result->ph;
  cl_mem head = upload (result->head, pixels * 4 * sizeof (gfloat));
  cl_mem in = upload (source->memory, source->size), out = upload (frame->memory, frame->size);
  SrwFrameBlend blend = result->blend;

  if (result->mask)
    blend.mask = upload (result->mask, pixels);
  /* what is written is a frame that was read */
  g_free (read_picture (io, source, result->pw, result->ph));
  srw_frame_write (io, head, result->pw, &blend, in, &source->layout, out, &frame->layout);
  download (out, frame->memory, frame->size);
  if (blend.mask)
    clReleaseMemObject (blend.mask);
  clReleaseMemObject (head);
  clReleaseMemObject (in);
  clReleaseMemObject (out);
}

/* What nobody asked for in a row's groups of six pixels: two bits of each word are 0, and samples right of the picture
 * repeat its edge. Erases the groups. */
static void
check_v210_groups (Frame * frame)
{
  gint groups = (frame->layout.width + 5) / 6, last = frame->layout.width - 1;

  for (gint y = 0; y < frame->layout.height; y++) {
    for (gint x = 0; x < 6 * groups; x++) {
      for (gint i = 0; i < 3; i++)
        fail_unless_equals_int (v210_get (frame, v210_index (i, x), y), v210_get (frame, v210_index (i, MIN (x,
            last)), y));
      fail_unless_equals_int (v210_word (frame, v210_index (0, x), y)[3] >> 6, 0);
    }
    memset (v210_word (frame, 0, y), GUARD_BYTE, 16 * (gsize) groups);
  }
}

/* Compares every sample, then erases it, so that what is left must be the bytes from before. */
static void
check_written (const Result * result, const Frame * source, Frame * frame)
{
  GstVideoFormatInfo const *info = frame->info;

  for (guint i = 0; i < info->n_components; i++) {
    gint largest = (1 << info->depth[i]) - 1;
    for (gint y = 0; y < frame->layout.height; y++) {
      for (gint x = 0; x < frame->layout.width; x++) {
        gint got = sample_get (frame, (gint) i, x, y);
        gdouble want;
        if (i == 3) {
          fail_unless_equals_int (got, sample_get (source, 3, x, y));
          continue;
        }
        want = CLAMP (reference_blend (result, source, frame, (gint) i, x, y), 0, largest);
        fail_unless (fabs (got - want) < 0.501, "%s %dx%d: component %u of pixel %d,%d is %d, not %g", info->name,
            frame->layout.width, frame->layout.height, i, x, y, got, want);
      }
    }
  }
  if (is_v210 (frame)) {
    check_v210_groups (frame);
    return;
  }
  for (gint y = 0; y < frame->layout.height; y++)
    for (gint x = 0; x < frame->layout.width; x++)
      for (guint i = 0; i < info->n_components; i++)
        memset (sample_at (frame, (gint) i, x, y), GUARD_BYTE, info->depth[i] > 8 ? 2 : 1);
}

static void
check_guards (const Frame * frame, const Frame * source)
{
  /* the fourth byte of RGBx and its like is nobody's component, and copied */
  gboolean has_x = is_rgb (frame) && frame->info->n_components == 3 && frame->info->pixel_stride[0] == 4;

  for (gint y = 0; has_x && y < frame->layout.height; y++) {
    for (gint x = 0; x < frame->layout.width; x++) {
      gint at = 6 - frame->info->poffset[0] - frame->info->poffset[1] - frame->info->poffset[2];
      gsize i = frame->layout.offset[0] + (gsize) y * frame->layout.stride[0] + 4 * x + at;
      gsize j = source->layout.offset[0] + (gsize) y * source->layout.stride[0] + 4 * x + at;
      fail_unless_equals_int (frame->memory[i], source->memory[j]);
      frame->memory[i] = GUARD_BYTE;
    }
  }
  for (gsize i = 0; i < frame->size; i++)
    fail_unless (frame->memory[i] == GUARD_BYTE, "%s %dx%d: byte %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
        " is none of the picture's, but written", frame->info->name, frame->layout.width, frame->layout.height, i,
        frame->size);
}

static void
check_write_format (SrwFormat format)
{
  static const gfloat amounts[] = { 0.0f, 1.0f, 0.37f };
  SrwFrameIo *io = io_new (format);

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
    for (guint m = 0; m < 24; m++) {
      Result result = { NULL, NULL, PADDED (sizes[s][0]), PADDED (sizes[s][1]), {.amount = amounts[m % 3]} };
      Frame source, frame;
      result.blend.keep_chroma = m / 6 & 1;
      result.blend.keep_luma = m / 12;
      result.head = random_floats ((gsize) result.pw * result.ph * 4);
      if (m / 3 & 1)
        result.mask = random_mask ((gsize) result.pw * result.ph);
      frame_init (&source, format, sizes[s][0], sizes[s][1], m & 1 ? 0 : 7);
      frame_init (&frame, format, sizes[s][0], sizes[s][1], m & 1 ? 5 : 0);
      frame.layout.matrix = (SrwMatrix) (m / 2 % 3);
      frame.layout.range = (SrwRange) (m & 1);
      for (gsize i = 0; i < source.size; i++)
        source.memory[i] = (guint8) g_rand_int (rng);
      write_frame (io, &result, &source, &frame);
      check_written (&result, &source, &frame);
      check_guards (&frame, &source);
      g_free (source.memory);
      g_free (frame.memory);
      g_free (result.head);
      g_free (result.mask);
    }
  }
  g_clear_pointer (&io, srw_frame_io_free);
}

GST_START_TEST (test_write)
{
  for (guint i = 0; i < G_N_ELEMENTS (gst_formats); i++)
    check_write_format ((SrwFormat) i);
}
GST_END_TEST;

/* ---- there and back ---- */

/* Colours near grey, which no chroma subsampling or clipping can hurt. */
static void
fill_greyish (Frame * frame)
{
  for (guint i = 0; i < frame->info->n_components; i++) {
    gint step = 1 << (frame->info->depth[i] - 8);
    for (gint y = 0; y < frame->layout.height; y++) {
      for (gint x = 0; x < frame->layout.width; x++) {
        gint value = i ? g_rand_int_range (rng, 112, 145) : g_rand_int_range (rng, 60, 196);
        sample_set (frame, (gint) i, x, y, value * step + g_rand_int_range (rng, 0, step));
      }
    }
  }
}

/* A head that gives the picture back. */
static gfloat *
head_of_picture (const gfloat * picture, gint pw, gint ph)
{
  gfloat *head = g_new0 (gfloat, (gsize) pw * ph * 4);

  for (gint y = 0; y < ph; y++)
    for (gint x = 0; x < pw; x++)
      for (gint i = 0; i < 3; i++)
        head[((y / 2) * (pw / 2) + x / 2) * 16 + 3 * (2 * (y % 2) + x % 2) + i] = picture[(y * pw + x) * 4 + i];
  return head;
}

static gint
worst_difference (const Frame * a, const Frame * b)
{
  gint worst = 0;

  for (gint i = 0; i < (gint) a->info->n_components; i++)
    for (gint y = 0; y < a->layout.height; y++)
      for (gint x = 0; x < a->layout.width; x++)
        worst = MAX (worst, ABS (sample_get (a, i, x, y) - sample_get (b, i, x, y)));
  return worst;
}

static void
check_round_trip_format (SrwFormat format)
{
  SrwFrameIo *io = io_new (format);

  for (guint m = 0; m < 6; m++) {
    Result result = { NULL, NULL, 48, 32, {.amount = 1.0f} };
    Frame frame, back;
    gfloat *picture;
    frame_init (&frame, format, 35, 21, 0);
    frame.layout.matrix = (SrwMatrix) (m / 2);
    frame.layout.range = (SrwRange) (m & 1);
    if (is_rgb (&frame))
      fill_random (&frame);
    else
      fill_greyish (&frame);
    frame_init (&back, format, 35, 21, 0);
    back.layout = frame.layout;
    picture = read_picture (io, &frame, 48, 32);
    result.head = head_of_picture (picture, 48, 32);
    write_frame (io, &result, &frame, &back);
    fail_unless_equals_int (worst_difference (&frame, &back), 0);
    g_free (frame.memory);
    g_free (back.memory);
    g_free (picture);
    g_free (result.head);
  }
  g_clear_pointer (&io, srw_frame_io_free);
}

/* Towards no style at all every code value stays, whether it is a colour or not. */
static void
check_vanishing_format (SrwFormat format)
{
  static const gfloat amounts[] = { 0.0f, 1e-4f, 0.01f };
  SrwFrameIo *io = io_new (format);

  for (guint m = 0; m < 6; m++) {
    Result result = { random_floats (48 * 32 * 4), NULL, 48, 32, {.amount = amounts[m / 2]} };
    Frame frame, back;
    gint largest;
    frame_init (&frame, format, 35, 21, 0);
    frame.layout.range = (SrwRange) (m & 1);
    fill_random (&frame);
    frame_init (&back, format, 35, 21, 0);
    back.layout = frame.layout;
    write_frame (io, &result, &frame, &back);
    largest = (1 << frame.info->depth[0]) - 1;
    fail_unless (worst_difference (&frame, &back) <= (gint) (amounts[m / 2] * largest + 0.5), "%s at %g: %d",
        frame.info->name, amounts[m / 2], worst_difference (&frame, &back));
    g_free (frame.memory);
    g_free (back.memory);
    g_free (result.head);
  }
  g_clear_pointer (&io, srw_frame_io_free);
}

GST_START_TEST (test_vanishing)
{
  for (guint i = 0; i < G_N_ELEMENTS (gst_formats); i++)
    check_vanishing_format ((SrwFormat) i);
}
GST_END_TEST;

GST_START_TEST (test_round_trip)
{
  for (guint i = 0; i < G_N_ELEMENTS (gst_formats); i++)
    check_round_trip_format ((SrwFormat) i);
}
GST_END_TEST;

/* ---- videoconvert ---- */

/* What videoconvert makes of a frame. Chroma is repeated and not interpolated, as it is here. */
static void
convert (const Frame * from, Frame * to)
{
  GstVideoInfo info[2];
  const Frame *frame[2] = { from, to };
  GstVideoFrame mapped[2];
  GstBuffer *buffer[2];
  GstVideoConverter *converter;

  for (guint i = 0; i < 2; i++) {
    const SrwFrameLayout *l = &frame[i]->layout;
    gst_video_info_set_format (&info[i], GST_VIDEO_FORMAT_INFO_FORMAT (frame[i]->info), (guint) l->width,
        (guint) l->height);
    if (!is_rgb (frame[i])) {
      info[i].colorimetry.matrix = gst_matrices[l->matrix];
      info[i].colorimetry.range = gst_ranges[l->range];
    }
    for (gint p = 0; p < l->planes; p++) {
      info[i].offset[p] = l->offset[p];
      info[i].stride[p] = l->stride[p];
    }
    info[i].size = frame[i]->size;
    buffer[i] = gst_buffer_new_wrapped_full (0, frame[i]->memory, frame[i]->size, 0, frame[i]->size, NULL, NULL);
    fail_unless (gst_video_frame_map (&mapped[i], &info[i], buffer[i], i ? GST_MAP_WRITE : GST_MAP_READ));
  }
  converter = gst_video_converter_new (&info[0], &info[1], gst_structure_new ("options",
          GST_VIDEO_CONVERTER_OPT_CHROMA_MODE, GST_TYPE_VIDEO_CHROMA_MODE, GST_VIDEO_CHROMA_MODE_NONE,
          GST_VIDEO_CONVERTER_OPT_DITHER_METHOD, GST_TYPE_VIDEO_DITHER_METHOD, GST_VIDEO_DITHER_NONE, NULL));
  gst_video_converter_frame (converter, &mapped[0], &mapped[1]);
  gst_video_converter_free (converter);
  for (guint i = 0; i < 2; i++) {
    gst_video_frame_unmap (&mapped[i]);
    gst_buffer_unref (buffer[i]);
  }
}

/* A frame of 16-bit colours, which no rounding of videoconvert's own hides. Its layout is only for the memory. */
static void
deep_frame_init (Frame * frame, gint width, gint height)
{
  frame_init (frame, SRW_FORMAT_RGBA, 2 * width, height, 0);
  frame->layout.width = width;
  frame->info = gst_video_format_get_info (GST_VIDEO_FORMAT_ARGB64);
}

static guint16 *
deep_pixel (const Frame * frame, gint x, gint y)
{
  return (guint16 *) (frame->memory + frame->layout.offset[0] + (gsize) y * frame->layout.stride[0] + 8 * (gsize) x);
}

/* The picture that the network is given, in code values of the frame's depth. This engine is exact, as test_read shows;
 * videoconvert's integers stray by up to 2.6 code values of 8 bit, so that three are allowed there, and four of 10
 * bit. */
static void
check_read_as_videoconvert (SrwFrameIo * io, const Frame * frame)
{
  gint width = frame->layout.width, height = frame->layout.height, largest = (1 << frame->info->depth[0]) - 1;
  gfloat *picture = read_picture (io, frame, PADDED (width), PADDED (height));
  Frame deep;

  deep_frame_init (&deep, width, height);
  convert (frame, &deep);
  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++)
      for (gint i = 0; i < 3; i++) {
        gint got = (gint) lround (picture[(y * PADDED (width) + x) * 4 + i] * largest);
        gint want = (gint) lround (deep_pixel (&deep, x, y)[1 + i] / 65535.0 * largest);
        fail_unless (ABS (got - want) <= (frame->info->depth[0] > 8 ? 4 : 3),
            "%s, matrix %d, range %d: pixel %d,%d colour %d is read as %d, "
            "by videoconvert as %d", frame->info->name, frame->layout.matrix, frame->layout.range, x, y, i, got, want);
      }
  g_free (deep.memory);
  g_free (picture);
}

/* What is written of colours, the same for pixels that share chroma: within two code values of 8 bit and four of 10,
 * since videoconvert cuts off where this engine rounds. */
static void
check_write_as_videoconvert (SrwFrameIo * io, const Frame * source)
{
  gint width = source->layout.width, height = source->layout.height;
  Result result = { g_new0 (gfloat, (gsize) PADDED (width) * PADDED (height) * 4), NULL, PADDED (width),
      PADDED (height),
    {.amount = 1.0f}
  };
  Frame deep, ours, theirs;

  deep_frame_init (&deep, width, height);
  frame_init (&ours, source->layout.format, width, height, 0);
  frame_init (&theirs, source->layout.format, width, height, 0);
  ours.layout = theirs.layout = source->layout;
  for (gint y = 0; y < height; y += 2)
    for (gint x = 0; x < width; x += 2)
      for (gint i = 0; i < 4; i++) {
        guint16 value = i ? (guint16) g_rand_int_range (rng, 0, 65536) : 65535;
        for (gint k = 0; k < 4; k++) {
          deep_pixel (&deep, x + k % 2, y + k / 2)[i] = value;
          if (i)
            result.head[((y / 2) * (result.pw / 2) + x / 2) * 16 + 3 * k + i - 1] = value / 65535.0f;
        }
      }
  convert (&deep, &theirs);
  write_frame (io, &result, source, &ours);
  fail_unless (worst_difference (&ours, &theirs) <= (source->info->depth[0] > 8 ? 4 : 2),
      "%s, matrix %d, range %d: written %d off what "
      "videoconvert writes", source->info->name, source->layout.matrix, source->layout.range,
      worst_difference (&ours, &theirs));
  g_free (deep.memory);
  g_free (ours.memory);
  g_free (theirs.memory);
  g_free (result.head);
}

static void
check_as_videoconvert (SrwFormat format)
{
  SrwFrameIo *io = io_new (format);

  for (guint m = 0; m < 6; m++) {
    Frame frame;
    frame_init (&frame, format, 36, 22, 0);
    frame.layout.matrix = (SrwMatrix) (m / 2);
    frame.layout.range = (SrwRange) (m & 1);
    if (is_rgb (&frame))
      fill_random (&frame);
    else
      fill_greyish (&frame);
    for (gint i = 0; frame.info->n_components == 4 && i < 36 * 22; i++)
      sample_set (&frame, 3, i % 36, i / 36, 255);
    check_read_as_videoconvert (io, &frame);
    check_write_as_videoconvert (io, &frame);
    g_free (frame.memory);
  }
  g_clear_pointer (&io, srw_frame_io_free);
}

GST_START_TEST (test_as_videoconvert)
{
  for (guint i = 0; i < G_N_ELEMENTS (gst_formats); i++)
    check_as_videoconvert ((SrwFormat) i);
}
GST_END_TEST;

/* ---- masks ---- */

/* A grey picture of random pixels, as a portable greymap. */
static SrwMask *
load_random_mask (gint width, gint height, guint8 * pixels)
{
  gchar *header = g_strdup_printf ("P5\n%d %d\n255\n", width, height), *path = NULL;
  GString *data = g_string_new (header);
  GError *error = NULL;
  SrwMask *mask;
  gint fd = g_file_open_tmp ("stylerwkv-mask-XXXXXX.pgm", &path, &error);

  fail_unless (fd >= 0, "%s", error ? error->message : "");
  g_close (fd, NULL);
  for (gint i = 0; i < width * height; i++)
    pixels[i] = (guint8) g_rand_int (rng);
  g_string_append_len (data, (const gchar *) pixels, width * height);
  fail_unless (g_file_set_contents (path, data->str, (gssize) data->len, NULL));
  mask = srw_mask_load (path, &error);
  fail_unless (mask != NULL, "%s", error ? error->message : "");
  g_unlink (path);
  g_string_free (data, TRUE);
  g_free (header);
  g_free (path);
  return mask;
}

static gdouble
reference_bilinear (const guint8 * pixels, gint width, gint height, gdouble x, gdouble y)
{
  gdouble sum = 0;

  x = CLAMP (x, 0, width - 1);
  y = CLAMP (y, 0, height - 1);
  for (gint j = 0; j < height; j++)
    for (gint i = 0; i < width; i++)
      sum += pixels[j * width + i] * MAX (0, 1 - fabs (x - i)) * MAX (0, 1 - fabs (y - j));
  return sum;
}

static void
check_mask_fit (gint width, gint height)
{
  guint8 *pixels = g_malloc ((gsize) width * height);
  SrwMask *mask = load_random_mask (width, height, pixels);

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
    gint w = sizes[s][0], h = sizes[s][1], pw = PADDED (w), ph = PADDED (h);
    const guint8 *fit = srw_mask_fit (mask, w, h, pw, ph);
    fail_unless (fit == srw_mask_fit (mask, w, h, pw, ph));
    for (gint y = 0; y < ph; y++) {
      for (gint x = 0; x < pw; x++) {
        gdouble want = x < w && y < h ? reference_bilinear (pixels, width, height, (x + 0.5) * width / w - 0.5,
            (y + 0.5) * height / h - 0.5) : 0;
        fail_unless (fabs (fit[y * pw + x] - want) < 0.501, "%dx%d as %dx%d: pixel %d,%d is %d, not %g", width, height,
            w, h, x, y, fit[y * pw + x], want);
      }
    }
  }
  g_clear_pointer (&mask, srw_mask_unref);
  fail_unless (mask == NULL);
  g_clear_pointer (&mask, srw_mask_unref);
  g_free (pixels);
}

GST_START_TEST (test_mask_fit)
{
  check_mask_fit (1, 1);
  check_mask_fit (2, 1);
  check_mask_fit (1, 9);
  check_mask_fit (20, 31);
  check_mask_fit (64, 48);
}
GST_END_TEST;

/* ---- layouts ---- */

GST_START_TEST (test_layout_is_gstreamers)
{
  for (guint f = 0; f < G_N_ELEMENTS (gst_formats); f++) {
    for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
      SrwFrameLayout layout;
      GstVideoInfo info;
      srw_frame_layout_init (&layout, (SrwFormat) f, sizes[s][0], sizes[s][1]);
      gst_video_info_set_format (&info, gst_formats[f], sizes[s][0], sizes[s][1]);
      fail_unless_equals_int (layout.planes, GST_VIDEO_INFO_N_PLANES (&info));
      fail_unless_equals_uint64 (layout.size, GST_VIDEO_INFO_SIZE (&info));
      for (gint i = 0; i < layout.planes; i++) {
        fail_unless_equals_uint64 (layout.offset[i], GST_VIDEO_INFO_PLANE_OFFSET (&info, i));
        fail_unless_equals_int (layout.stride[i], GST_VIDEO_INFO_PLANE_STRIDE (&info, i));
      }
      fail_unless (srw_frame_layout_check (&layout, NULL));
    }
  }
}
GST_END_TEST;

#define REFUSED(field, value) G_STMT_START { \
  SrwFrameLayout bad_ = good; \
  GError *error_ = NULL; \
  bad_.field = value; \
  fail_if (srw_frame_layout_check (&bad_, &error_), #field " = " #value); \
  fail_unless (g_error_matches (error_, SRW_ERROR, SRW_ERROR_SIZE)); \
  g_clear_error (&error_); \
} G_STMT_END

GST_START_TEST (test_layout_refused)
{
  SrwFrameLayout good;

  srw_frame_layout_init (&good, SRW_FORMAT_I420, 33, 17);
  fail_unless (srw_frame_layout_check (&good, NULL));
  REFUSED (width, 0);
  REFUSED (width, 37);
  REFUSED (height, -1);
  REFUSED (height, 16385);
  REFUSED (planes, 2);
  REFUSED (stride[1], 16);
  REFUSED (stride[0], -36);
  REFUSED (stride[2], G_MAXINT);
  REFUSED (offset[2], good.size);
  REFUSED (offset[2], G_MAXSIZE);
  REFUSED (size, good.size - good.stride[2]);
  REFUSED (format, (SrwFormat) 99);
  REFUSED (matrix, (SrwMatrix) 3);
  REFUSED (range, (SrwRange) 2);
}
GST_END_TEST;

static Suite *
frame_suite (void)
{
  Suite *suite = suite_create ("frame");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 600);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_read);
  tcase_add_test (tc, test_write);
  tcase_add_test (tc, test_round_trip);
  tcase_add_test (tc, test_vanishing);
  tcase_add_test (tc, test_as_videoconvert);
  tcase_add_test (tc, test_mask_fit);
  tcase_add_test (tc, test_layout_is_gstreamers);
  tcase_add_test (tc, test_layout_refused);
  return suite;
}

GST_CHECK_MAIN (frame);
