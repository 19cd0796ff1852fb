/* Small pictures that people know saved styles by.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "video/picture.h"

G_BEGIN_DECLS

/* Pixels of a preview's side: all are squares of this size, and JPEG files of at most SRW_STYLE_MAX_PREVIEW bytes. */
#define SRW_PREVIEW_SIDE 128

/* The middle of a picture. Never fails but for want of memory, which is SRW_ERROR_PICTURE. */
SrwPicture *srw_preview_of (const SrwPicture * picture, GError ** error);
/* The one that a .srwstyle file holds, of whatever weights. Errors: as srw_picture_load, and SRW_ERROR_PICTURE where
 * it holds none. */
SrwPicture *srw_preview_load (const gchar * path, GError ** error);
/* (1 − mix)·a + mix·b, as styles are blended. */
SrwPicture *srw_preview_blend (const SrwPicture * a, const SrwPicture * b, gfloat mix);
/* For srw_style_save. */
GBytes *srw_preview_encode (const SrwPicture * preview, GError ** error);

G_END_DECLS
