/* Scalar definitions of docs/network.md section 8, in double precision.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* As SrwExtent. */
typedef struct
{
  gint width, height, padded_width, padded_height;
} ReferenceExtent;

/* picture, out: (padded_height, padded_width, 4) of their extents. */
void reference_reduce (const ReferenceExtent * full, const gfloat * picture, const ReferenceExtent * small,
    gdouble * out);

/* Heads are (padded_height / 2, padded_width / 2, 16). Of `out` only the 12 channels in use of tokens that have a pixel
 * in the picture are written. */
void reference_restore (const ReferenceExtent * full, const gfloat * picture, const ReferenceExtent * small,
    const gfloat * small_head, gdouble * out);

/* The same without a guide: the small head, bilinear. */
void reference_bilinear (const ReferenceExtent * full, const ReferenceExtent * small, const gfloat * small_head,
    gdouble * out);
