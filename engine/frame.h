/* StyleRWKV engine: pixel formats and colorimetry. Frames go to and from the network's picture (float32 R, G, B in
 * [0,1], 4 floats a pixel, padded to a multiple of 16 by edge replication) in one kernel each. */
#pragma once

#include "ops.h"

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

/* Sets to zero what of a frame's memory belongs to no sample: the ends of rows and what lies behind a plane. Nothing where
 * planes lie in one another's rows. */
void srw_frame_clear_padding (const SrwFrameLayout * layout, guint8 * frame);

/* Kernels for frames of one format, up to width×height (input and output share format and size; strides may differ per
 * frame). */
typedef struct _SrwFrameIo SrwFrameIo;
SrwFrameIo *srw_frame_io_new (SrwOps * ops, SrwDevice * device, SrwFormat format, gint width, gint height, GError ** error);
void srw_frame_io_free (SrwFrameIo ** io);

/* Bytes on the device. */
gsize srw_frame_io_bytes (const SrwFrameIo * io);

/* picture (padded height × padded width × 4) = the frame. Enqueues only. */
void srw_frame_read (SrwFrameIo * io, cl_mem frame, const SrwFrameLayout * layout, cl_mem picture, gint padded_width,
    gint padded_height);

/* How the network's output gets into the frame. */
typedef struct
{
  gfloat amount;                /* 0..1 */
  gboolean keep_chroma;         /* only luma is blended; that of RGB is BT.601's */
  cl_mem mask;                  /* a byte a pixel, padded_width a row, as many rows as the head has: 255 is the whole amount. NULL:
                                 * everywhere */
} SrwFrameBlend;

/* frame = source·(1 − amount) + network output·amount, in `layout`'s format. `source` is the frame that was read, of
 * the same format and size: its own samples are blended, so that amount → 0 leaves every colour alone, those too that
 * no picture in [0,1] holds. head: (padded H/2 × padded W/2) tokens of 16 floats, sigmoid already applied, 12 in use,
 * pixel-shuffled as docs/network.md says. Alpha and padding bytes of `source` are copied through. Enqueues only. */
void srw_frame_write (SrwFrameIo * io, cl_mem head, gint padded_width, const SrwFrameBlend * blend, cl_mem source,
    const SrwFrameLayout * source_layout, cl_mem frame, const SrwFrameLayout * layout);

G_END_DECLS
