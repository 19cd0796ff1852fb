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

/* A file of a few bytes can claim to be a picture of any size: this is as much as gets decoded. Fuzzing would do little
 * else. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define SRW_MAX_PIXELS (64 * 1000)
#else
#define SRW_MAX_PIXELS (100 * 1000 * 1000)
#endif

/* Long strips are scaled down more than the short side asks for, to this. */
#define SRW_MAX_LONG_SIDE 4096

/* Any picture gdk-pixbuf reads, turned as its metadata asks, transparent parts over white, scaled down until the short
 * side is at most `short_side`. Errors: SRW_ERROR_NOT_FOUND, SRW_ERROR_PICTURE. */
SrwPicture *srw_picture_load (const gchar * path, gint short_side, GError ** error);
/* The same of the contents of a file, of `most` pixels before they are scaled; `name` stands for it in messages. */
SrwPicture *srw_picture_load_bytes (GBytes * bytes, const gchar * name, gint most, gint short_side, GError ** error);
/* As JPEG, of a quality from 0 to 100. */
GBytes *srw_picture_encode (const SrwPicture * picture, gint quality, GError ** error);
void srw_picture_free (SrwPicture * picture);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwPicture, srw_picture_free)

G_END_DECLS
