/* Styles. A style is 60·C floats: for F1..F4 in turn, the mean of every channel and then the
 * deviation of every channel. Immutable once made, reference counted, thread-safe.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

G_BEGIN_DECLS

typedef struct _SrwStyle SrwStyle;

/* How names of saved styles end; files of any other name are pictures. */
#define SRW_STYLE_SUFFIX ".srwstyle"

SrwStyle *srw_style_new (gint width, const gfloat * statistics);      /* copies 60·width floats */
SrwStyle *srw_style_ref (SrwStyle * style);
void srw_style_unref (SrwStyle * style);

gint srw_style_width (const SrwStyle * style);  /* C */
const gfloat *srw_style_statistics (const SrwStyle * style);

/* (1 − mix)·a + mix·b, statistic by statistic. Both of the same C. */
SrwStyle *srw_style_blend (const SrwStyle * a, const SrwStyle * b, gfloat mix);
/* How far b looks from a: the mean over all channels of (|Δmean| + |Δdeviation|) / a's deviation, at most 4 for each.
 * Both of the same C. */
gfloat srw_style_distance (const SrwStyle * a, const SrwStyle * b);

/* The most bytes of a preview: a small picture that people know a saved style by, encoded (video/preview.h). Here it is
 * bytes and no more. */
#define SRW_STYLE_MAX_PREVIEW (16 * 1024)

/* .srwstyle files carry a checksum of the model they were made with (32 bytes, SHA-256 of the weights file); loading
 * one made with other weights is SRW_ERROR_PICTURE. A file that cannot be written whole leaves what was there
 * before. `preview` may be NULL. */
gboolean srw_style_save (const SrwStyle * style, GBytes * preview, const guint8 model_id[32], const gchar * path,
    GError ** error);
SrwStyle *srw_style_load (const gchar * path, gint width, const guint8 model_id[32], GError ** error);
/* The preview in a .srwstyle file, of whatever weights; untrusted. SRW_ERROR_PICTURE where there is none. */
GBytes *srw_style_load_preview (const gchar * path, GError ** error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwStyle, srw_style_unref)

G_END_DECLS
