/* Pictures from files. Files are untrusted.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

G_BEGIN_DECLS

/* 8-bit R, G, B, rows one behind the other. */
typedef struct
{
  gint width, height;
  guint8 *rgb;                  /* (height, width, 3) */
} SrwPicture;

/* Long strips are scaled down more than the short side asks for, to this. */
#define SRW_MAX_LONG_SIDE 4096

/* Any picture gdk-pixbuf reads, turned as its metadata asks, transparent parts over white, scaled down until the short
 * side is at most `short_side`. Errors: SRW_ERROR_NOT_FOUND, SRW_ERROR_PICTURE. */
SrwPicture *srw_picture_load (const gchar * path, gint short_side, GError ** error);
/* The same of the contents of a file; `name` stands for it in messages. */
SrwPicture *srw_picture_load_bytes (GBytes * bytes, const gchar * name, gint short_side, GError ** error);
void srw_picture_free (SrwPicture * picture);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwPicture, srw_picture_free)

G_END_DECLS
