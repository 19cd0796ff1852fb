/* The façade of the engine: everything the element, the benchmark and the examples use.
 *
 *   open → set_size → (style_from_picture, set_style, set_mask) → process, or begin … end → close
 *
 * A stylizer is used by one thread at a time, except srw_stylizer_prepare, _style_from_picture, _style_from_file and
 * _mask_from_file, which may run on another thread while frames are processed (they work on queues and memory of their
 * own).
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/architecture.h"
#include "network/choice.h"
#include "network/style.h"
#include "opencl/queue.h"
#include "video/layout.h"
#include "video/mask.h"
#include "video/params.h"
#include "video/picture.h"

G_BEGIN_DECLS

typedef struct _SrwStylizer SrwStylizer;

#define SRW_MIN_PROCESSING_HEIGHT 16

/* Style pictures are scaled down to so many pixels on the short side: a style's strokes are as large in the video as
 * they are in the picture then. */
#define SRW_MIN_STYLE_SCALE 128
#define SRW_STYLE_SCALE 512
#define SRW_MAX_STYLE_SCALE 2048

typedef struct
{
  gsize device_bytes;           /* arena, weights, frame buffers */
  gint processing_width, processing_height;     /* of the network, padded */
  const gchar *device_name;
  guint frames_in_flight;       /* that the device gains by: 2 of a GPU, which copies beside computing, else 1 */
  SrwModelConfig model;         /* of the weights */
} SrwStylizerInfo;

/* `device`: see srw_choice_open_device. `model_file`: path of a weights file, NULL for the embedded `small`.
 * Errors: any of SrwError but PICTURE and SIZE. */
SrwStylizer *srw_stylizer_open (const gchar * device, const gchar * model_file, GError ** error);
/* On a device that is open already; takes a reference of its own. */
SrwStylizer *srw_stylizer_open_on (SrwDevice * device, const gchar * model_file, GError ** error);
void srw_stylizer_close (SrwStylizer * stylizer);

/* Prepares memory and every kernel for frames of this format and size, and warms them, so that the first frame costs
 * what the others do. The style set before stays. On failure the stylizer keeps its old size.
 *
 * `processing_height`: the rows that the network works on, at least SRW_MIN_PROCESSING_HEIGHT, with the width in
 * proportion; its result returns to full size guided by the frame. 0, or the height of the frame and more: the size of
 * the frame itself. */
gboolean srw_stylizer_set_size (SrwStylizer * stylizer, SrwFormat format, gint width, gint height,
    gint processing_height, GError ** error);

/* set_size in two parts: `prepare` does what takes time, and may run on another thread while frames of the present
 * size are processed; `swap_session` puts it to use between two frames, with none begun and not ended. It takes the
 * session, also when it fails and the old size stays. */
SrwSession *srw_stylizer_prepare (SrwStylizer * stylizer, SrwFormat format, gint width, gint height,
    gint processing_height, GError ** error);
gboolean srw_stylizer_swap_session (SrwStylizer * stylizer, SrwSession * session, GError ** error);
/* Whether the session was prepared on the device in use; no other may be swapped in. */
gboolean srw_stylizer_fits (const SrwStylizer * stylizer, const SrwSession * session);

/* Goes on on another device, with the same size, style and mask; between two frames, with none begun and not ended.
 * What was shown before is forgotten. On failure everything stays. What other threads are making meanwhile is still
 * made on the device before: styles and masks are good on any. */
gboolean srw_stylizer_move (SrwStylizer * stylizer, SrwDevice * device, GError ** error);
/* Measures how products of the present size are done fastest on the device, where there is a choice, which takes
 * seconds the first time; between two frames. It is remembered for sessions to come, which never measure by
 * themselves. */
gboolean srw_stylizer_tune (SrwStylizer * stylizer, GError ** error);
/* The device in use; no reference. */
SrwDevice *srw_stylizer_device (const SrwStylizer * stylizer);

/* Statistics of a picture: `rgb` is packed 8-bit R, G, B, `stride` bytes a row. The caller has scaled
 * it down. Thread-safe against process. */
SrwStyle *srw_stylizer_style_from_picture (SrwStylizer * stylizer, const guint8 * rgb, gint width, gint height,
    gint stride, GError ** error);
/* Any picture gdk-pixbuf reads, its short side scaled down to `scale` pixels, or a .srwstyle file, whose scale was
 * chosen when it was made. Errors: SRW_ERROR_NOT_FOUND, SRW_ERROR_PICTURE. */
SrwStyle *srw_stylizer_style_from_file (SrwStylizer * stylizer, const gchar * path, gint scale, GError ** error);
/* The embedded picture, its short side scaled down. Any thread. */
SrwPicture *srw_stylizer_builtin_picture (gint short_side, GError ** error);
/* The built-in style, computed from that picture. */
SrwStyle *srw_stylizer_style_builtin (SrwStylizer * stylizer, gint scale, GError ** error);

/* SHA-256 of the weights in use; stays until the stylizer moves or is closed. */
const guint8 *srw_stylizer_model_id (SrwStylizer * stylizer);

/* Takes effect with the next frame. The stylizer takes its own reference. */
void srw_stylizer_set_style (SrwStylizer * stylizer, SrwStyle * style);

/* Any picture gdk-pixbuf reads, fitted to the size of the frames so that set_mask has little left to do. Errors: as
 * srw_stylizer_style_from_file. */
SrwMask *srw_stylizer_mask_from_file (SrwStylizer * stylizer, const gchar * path, GError ** error);
/* Where to stylise, from the next frame on and for any size; NULL: everywhere. The stylizer takes the mask, also when
 * that fails and the old one stays. */
gboolean srw_stylizer_set_mask (SrwStylizer * stylizer, SrwMask * mask, GError ** error);

/* Stylises one frame; returns when `out` is complete. `in` and `out` are host memory of layout->size bytes; they may be
 * the same memory only if the layouts are equal. Errors: SRW_ERROR_DEVICE, SRW_ERROR_SIZE (layout differs from
 * set_size). */
gboolean srw_stylizer_process (SrwStylizer * stylizer, const guint8 * in, const SrwFrameLayout * in_layout,
    guint8 * out, const SrwFrameLayout * out_layout, const SrwFrameParams * params, GError ** error);

/* The same in two parts, so that copying one frame, computing another and whatever the caller does overlap: `begin`
 * returns at once, `end` waits for the oldest frame begun. Until then `in` and `out` must stay, and they must not share
 * memory with those of other frames in flight. At most SRW_MAX_IN_FLIGHT frames are begun and not ended. A frame whose
 * `begin` failed is not to be ended. Frames that did not get through are told by `end`; whatever it returns, the
 * frame's memory is the caller's again. */
gboolean srw_stylizer_begin (SrwStylizer * stylizer, const guint8 * in, const SrwFrameLayout * in_layout, guint8 * out,
    const SrwFrameLayout * out_layout, const SrwFrameParams * params, GError ** error);
gboolean srw_stylizer_end (SrwStylizer * stylizer, GError ** error);

/* What frames of the present size are computed on; for the benchmark, which turns its profiling on. */
SrwQueue *srw_stylizer_queue (SrwStylizer * stylizer);

void srw_stylizer_get_info (SrwStylizer * stylizer, SrwStylizerInfo * info);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwStylizer, srw_stylizer_close)

G_END_DECLS
