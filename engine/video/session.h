/* Everything that belongs to one frame size: network, frames on the device, queues.
 *
 * A session is used by one thread at a time; two sessions share nothing but the weights and the device.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/network.h"
#include "video/continuity.h"
#include "video/frame.h"
#include "video/mask.h"
#include "video/params.h"
#include "video/temporal.h"
#include "video/upscale.h"

G_BEGIN_DECLS

/* Allocates everything and runs every kernel once. `processing_height`, 1..height, is how many rows the network works
 * on, before padding. Device and weights are shared, the model is only read. Errors: SRW_ERROR_SIZE, MEMORY, DEVICE,
 * BUILD. */
SrwSession *srw_session_new (SrwDevice * device, const SrwModel * model, const SrwWeights * weights, SrwFormat format,
    gint width, gint height, gint processing_height, GError ** error);

SrwDevice *srw_session_device (const SrwSession * session);
/* Format, width and height of its frames. */
const SrwFrameLayout *srw_session_layout (const SrwSession * session);
gint srw_session_processing_height (const SrwSession * session);
/* What the network works on, padded. */
void srw_session_network_size (const SrwSession * session, gint * width, gint * height);

/* Of the next frames. Has to be called before the first one. Takes a reference of its own. */
void srw_session_set_style (SrwSession * session, SrwStyle * style);
/* NULL: everywhere. Of the next frames too; the mask is read before it returns. */
gboolean srw_session_set_mask (SrwSession * session, SrwMask * mask, GError ** error);

/* Begins a frame, with layouts that fit, and returns at once; see srw_stylizer_begin. At a strength of 0 nothing is
 * drawn and the memory is not touched: the frames on both sides of it do not follow one another. */
gboolean srw_session_begin (SrwSession * session, const guint8 * in, const SrwFrameLayout * in_layout, guint8 * out,
    const SrwFrameLayout * out_layout, const SrwFrameParams * params, GError ** error);
/* Waits for the oldest frame begun. */
gboolean srw_session_end (SrwSession * session, GError ** error);
guint srw_session_in_flight (const SrwSession * session);

/* Measures how its products are done fastest, see srw_network_tune, and does them so from the next frame on. A session
 * is made with what was measured before. */
gboolean srw_session_tune (SrwSession * session, const SrwModel * model, GError ** error);

/* Bytes on the device, weights not counted. */
gsize srw_session_bytes (const SrwSession * session);
/* What frames are computed on; for profiling. */
SrwQueue *srw_session_queue (SrwSession * session);

/* The side of a picture after padding. */
gint srw_padded (gint side);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwSession, srw_session_free)

G_END_DECLS
