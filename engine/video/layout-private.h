/* What is known of a format, for layout.c and frame.c.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "video/layout.h"

G_BEGIN_DECLS

/* Rows of a plane are made of units of `bytes` for `pixels` columns; `rows` is log2 of the frame's rows to one of the
 * plane. */
typedef struct
{
  guint8 bytes, pixels, rows;
} SrwPlane;

/* A component's first sample: plane, and byte within its first unit. */
typedef struct
{
  guint8 plane, byte;
} SrwComponent;

typedef struct
{
  const gchar *options;         /* of frame.cl */
  guint8 depth;                 /* bits of a sample of Y'CbCr; 0 for RGB */
  guint8 planes;
  SrwPlane plane[SRW_MAX_PLANES];
  SrwComponent y, u, v;            /* packed RGB: y is the pixel */
} SrwFormatInfo;

/* NULL: there is no such format. */
const SrwFormatInfo *srw_format_info (SrwFormat format);

G_END_DECLS
