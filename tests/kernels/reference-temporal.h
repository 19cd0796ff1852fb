/* Plain scalar definitions of what holds video still, in double precision, as docs/network.md section 6 has them.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* picture: (height, width, 4). */
void reference_luma (gint width, gint height, const gfloat * picture, gfloat * luma);
/* in: (2·height, 2·width). */
void reference_halve (gint width, gint height, const gfloat * in, gfloat * out);

/* Vectors are x, y of every block of 8×8, row by row. parents: those of the map of half the size, NULL if there is
 * none. */
void reference_match (gint width, gint height, const gfloat * now, const gfloat * before, gint radius,
    const gint * parents, gint parent_columns, gint parent_rows, gint * vectors);
/* Mean difference of the blocks and what was found for them. */
gdouble reference_scene (gint width, gint height, const gfloat * now, const gfloat * before, const gint * vectors);

/* head: (height / 2, width / 2, 16); shown: (height, width, 4). `out` is laid out as shown, its fourth elements 0. */
void reference_temporal (gint width, gint height, const gfloat * now, const gfloat * before, const gint * vectors,
    gdouble smoothing, const gfloat * shown, const gfloat * head, gdouble * out);
