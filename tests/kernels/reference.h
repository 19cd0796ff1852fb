/* Plain scalar definitions of the network's operators, in double precision, as docs/network.md has them. Maps are
 * dense, channels-last: in[(y·width + x)·channels + c]. Weights are in the order of the weights file.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* out[t][o] = bias[o] + Σ in[t][i]·weights[o][i]; bias may be NULL. */
void reference_linear (gsize tokens, gint in_channels, gint out_channels, const gfloat * in, const gfloat * weights,
    const gfloat * bias, gdouble * out);

/* Edge replicated, pad 1. out has ((height + 2 − kernel) / stride + 1) rows, columns likewise. */
void reference_conv (gint height, gint width, gint in_channels, gint out_channels, gint kernel, gint stride,
    const gfloat * in, const gfloat * weights, const gfloat * bias, gdouble * out);

/* conv3×3(nearest×2(in)), 2·height × 2·width tokens. */
void reference_upconv (gint height, gint width, gint in_channels, gint out_channels, const gfloat * in,
    const gfloat * weights, const gfloat * bias, gdouble * out);

void reference_norm (gsize tokens, gint channels, const gfloat * in, const gfloat * weight, const gfloat * bias,
    gdouble * out);

/* tap (9, c), depthwise [c][3][3], dense [18][c]. */
void reference_shift (gint height, gint width, gint channels, const gfloat * in, const gfloat * tap,
    const gfloat * depthwise, const gfloat * depthwise_bias, const gfloat * dense, const gfloat * dense_bias,
    gdouble * out);

/* The tokens' raster numbers in the order of the scan. */
void reference_order (gint height, gint width, gint step, gboolean transposed, gint * order);

/* By the formula, in T² steps. One decay and bonus a channel. */
void reference_wkv (gint height, gint width, gint channels, gint step, gboolean transposed, const gfloat * key,
    const gfloat * value, const gfloat * decay, const gfloat * bonus, gdouble * out);
/* The same by two scans, for long sequences. */
void reference_wkv_scan (gint height, gint width, gint channels, gint step, gboolean transposed, const gfloat * key,
    const gfloat * value, const gfloat * decay, const gfloat * bonus, gdouble * out);

void reference_statistics (gsize tokens, gint channels, const gfloat * in, gdouble * mean, gdouble * deviation);

gdouble reference_sigmoid (gdouble x);

/* Where colour 0 of a pixel is in a head. */
gsize reference_head_at (gint padded_width, gint x, gint y);
