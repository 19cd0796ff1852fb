/* Where to stylise: a grey picture, white for everywhere, that fits frames of any size. Reference counted; used by one
 * thread at a time.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

G_BEGIN_DECLS

typedef struct _SrwMask SrwMask;

/* Takes the luma (BT.601) of any picture. Errors: as srw_picture_load. */
SrwMask *srw_mask_load (const gchar * path, GError ** error);
/* Of pixels, `stride` bytes a row, which are copied. */
SrwMask *srw_mask_new (const guint8 * grey, gint width, gint height, gint stride);
SrwMask *srw_mask_ref (SrwMask * mask);
void srw_mask_unref (SrwMask * mask);

/* (1 − mix)·from + mix·to, of width × height pixels; NULL stands for white. */
SrwMask *srw_mask_blend (SrwMask * from, SrwMask * to, gfloat mix, gint width, gint height);

/* The mask scaled to width × height, bilinear, pixel centres on pixel centres: `rows` rows of `stride` bytes, zero
 * where there is no pixel. Done again only for another size than the last time. The mask owns it. NULL when there is
 * not enough memory. */
const guint8 *srw_mask_fit (SrwMask * mask, gint width, gint height, gint stride, gint rows);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwMask, srw_mask_unref)

G_END_DECLS
