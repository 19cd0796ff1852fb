/* Pixel formats, and where the pixels of a frame lie in memory.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

G_BEGIN_DECLS

typedef enum
{
  SRW_FORMAT_RGBA, SRW_FORMAT_BGRA, SRW_FORMAT_ARGB, SRW_FORMAT_ABGR,
  SRW_FORMAT_RGBX, SRW_FORMAT_BGRX, SRW_FORMAT_XRGB, SRW_FORMAT_XBGR,
  SRW_FORMAT_RGB, SRW_FORMAT_BGR, SRW_FORMAT_GRAY8,
  SRW_FORMAT_NV12, SRW_FORMAT_NV21, SRW_FORMAT_NV16, SRW_FORMAT_I420, SRW_FORMAT_YV12, SRW_FORMAT_Y42B,
  SRW_FORMAT_YUY2, SRW_FORMAT_UYVY, SRW_FORMAT_AYUV,
  SRW_FORMAT_P010, SRW_FORMAT_I420_10LE, SRW_FORMAT_I422_10LE, SRW_FORMAT_V210,
} SrwFormat;

typedef enum { SRW_MATRIX_BT601, SRW_MATRIX_BT709, SRW_MATRIX_BT2020 } SrwMatrix;
typedef enum { SRW_RANGE_LIMITED, SRW_RANGE_FULL } SrwRange;

#define SRW_MAX_PLANES 3

/* Layout of a frame; the pixels are passed apart. Chroma of odd sizes rounds up. */
typedef struct
{
  SrwFormat format;
  SrwMatrix matrix;             /* Y'CbCr formats only */
  SrwRange range;               /* Y'CbCr and grey */
  gint width, height;           /* pixels, 1..16384 */
  gint planes;
  gsize offset[SRW_MAX_PLANES]; /* bytes from the start of the frame's memory */
  gint stride[SRW_MAX_PLANES];  /* bytes a row, > 0 */
  gsize size;                   /* bytes of the frame's memory */
} SrwFrameLayout;

/* Fills planes, offset, stride and size for tightly packed rows (4-byte aligned, as GStreamer lays them out). */
void srw_frame_layout_init (SrwFrameLayout * layout, SrwFormat format, gint width, gint height);
/* SRW_ERROR_SIZE when a plane does not fit in `size` or a number is out of range. */
gboolean srw_frame_layout_check (const SrwFrameLayout * layout, GError ** error);

/* Rows of a plane that are in use. */
gsize srw_frame_plane_rows (const SrwFrameLayout * layout, gint plane);

/* Sets to zero what of a frame's memory belongs to no sample: the ends of rows and what lies behind a plane. Nothing
 * where planes lie in one another's rows. */
void srw_frame_clear_padding (const SrwFrameLayout * layout, guint8 * frame);

G_END_DECLS
