/* Pixel formats, and where the pixels of a frame lie in memory.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "video/layout-private.h"

#include <string.h>

#define MAX_SIDE 16384

#define PACKED4(r, g, b, a) \
  { "-DDEPTH=8 -DPACKED=4 -DR_AT=" #r " -DG_AT=" #g " -DB_AT=" #b " -DA_AT=" #a, 0, 1, {{4, 1, 0}} }
#define PACKED3(r, g, b) { "-DDEPTH=8 -DPACKED=3 -DR_AT=" #r " -DG_AT=" #g " -DB_AT=" #b, 0, 1, {{3, 1, 0}} }

#define I422_10LE_OPTIONS "-DDEPTH=10 -DSHIFT=0 -DY_STEP=2 -DC_STEP=2 -DH_SUB=1 -DV_SUB=0"

static const SrwFormatInfo formats[] = {
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

const SrwFormatInfo *
srw_format_info (SrwFormat format)
{
  return (guint) format < G_N_ELEMENTS (formats) ? &formats[format] : NULL;
}

/* ---- layouts ---- */

static gsize
row_bytes (const SrwPlane * plane, gint width)
{
  return (gsize) ((width + plane->pixels - 1) / plane->pixels) * plane->bytes;
}

static gsize
plane_rows (const SrwPlane * plane, gint height)
{
  return ((gsize) height + (1u << plane->rows) - 1) >> plane->rows;
}

void
srw_frame_layout_init (SrwFrameLayout * layout, SrwFormat format, gint width, gint height)
{
  const SrwFormatInfo *info = &formats[format];
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
  const SrwPlane *plane = &formats[layout->format].plane[i];
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
  const SrwFormatInfo *info = &formats[layout->format];

  for (gint i = 0; i < layout->planes; i++) {
    gsize stride = (gsize) layout->stride[i], row = row_bytes (&info->plane[i], layout->width);
    gsize rows = plane_rows (&info->plane[i], layout->height), end = plane_end (layout, i), at = layout->offset[i];

    if (at + stride * (rows - 1) + row > end)
      return;
    for (gsize y = 0; y < rows; y++, at += stride)
      memset (frame + at + row, 0, (y + 1 < rows ? at + stride : end) - (at + row));
  }
}
