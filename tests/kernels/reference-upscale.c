/* Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reference-upscale.h"

#include <math.h>

#include "reference.h"

#define RADIUS 3
#define TAPS ((2 * RADIUS + 1) * (2 * RADIUS + 1))
#define EPSILON 4e-4

/* How much of pixel i lies in [from, to). */
static gdouble
covered (gint i, gdouble from, gdouble to)
{
  return MAX (0.0, MIN (to, i + 1.0) - MAX (from, i));
}

static void
reduce_pixel (const ReferenceExtent * full, const gfloat * picture, const ReferenceExtent * small, gint x, gint y,
    gdouble out[4])
{
  const gdouble across = (gdouble) full->width / small->width, down = (gdouble) full->height / small->height;
  gdouble area = 0.0;

  for (gint c = 0; c < 4; c++)
    out[c] = 0.0;
  for (gint i = (gint) (y * down); i < MIN (full->height, (gint) ((y + 1) * down) + 1); i++)
    for (gint j = (gint) (x * across); j < MIN (full->width, (gint) ((x + 1) * across) + 1); j++) {
      const gdouble share = covered (i, y * down, (y + 1) * down) * covered (j, x * across, (x + 1) * across);
      for (gint c = 0; c < 4; c++)
        out[c] += share * picture[((gsize) i * full->padded_width + j) * 4 + c];
      area += share;
    }
  for (gint c = 0; c < 4; c++)
    out[c] /= area;
}

void
reference_reduce (const ReferenceExtent * full, const gfloat * picture, const ReferenceExtent * small, gdouble * out)
{
  for (gint y = 0; y < small->padded_height; y++)
    for (gint x = 0; x < small->padded_width; x++, out += 4)
      reduce_pixel (full, picture, small, MIN (x, small->width - 1), MIN (y, small->height - 1), out);
}

static gdouble
luma_of (const gdouble * colour)
{
  return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
}

/* (height, width) of the small picture. */
static gdouble *
small_guide (const ReferenceExtent * full, const gfloat * picture, const ReferenceExtent * small)
{
  gdouble *guide = g_new (gdouble, (gsize) small->width * small->height), colour[4];

  for (gint y = 0; y < small->height; y++)
    for (gint x = 0; x < small->width; x++) {
      reduce_pixel (full, picture, small, x, y, colour);
      guide[(gsize) y * small->width + x] = luma_of (colour);
    }
  return guide;
}

static gsize
tap (const ReferenceExtent * extent, gint x, gint y, gint i)
{
  const gint side = 2 * RADIUS + 1;

  x = CLAMP (x + i % side - RADIUS, 0, extent->width - 1);
  y = CLAMP (y + i / side - RADIUS, 0, extent->height - 1);
  return (gsize) y * extent->width + x;
}

static gdouble
window_gain (const ReferenceExtent * small, const gfloat * head, const gdouble * guide, gint x, gint y, gint c)
{
  gdouble guide_mean = 0.0, head_mean = 0.0, covariance = 0.0, variance = 0.0;

  for (gint pass = 0; pass < 2; pass++)
    for (gint i = 0; i < TAPS; i++) {
      const gsize at = tap (small, x, y, i);
      const gdouble value = head[reference_head_at (small->padded_width, (gint) (at % small->width),
          (gint) (at / small->width)) + c];
      if (pass == 0) {
        guide_mean += guide[at] / TAPS;
        head_mean += value / TAPS;
      } else {
        covariance += (guide[at] - guide_mean) * (value - head_mean) / TAPS;
        variance += (guide[at] - guide_mean) * (guide[at] - guide_mean) / TAPS;
      }
    }
  return covariance / (variance + EPSILON);
}

/* Of a (height, width) map at a pixel of the full picture. */
static gdouble
bilinear (const ReferenceExtent * full, const ReferenceExtent * small, const gdouble * map, gint x, gint y)
{
  const gdouble px = CLAMP ((x + 0.5) * small->width / full->width - 0.5, 0.0, small->width - 1.0);
  const gdouble py = CLAMP ((y + 0.5) * small->height / full->height - 0.5, 0.0, small->height - 1.0);
  const gint x0 = (gint) px, y0 = (gint) py, x1 = MIN (x0 + 1, small->width - 1), y1 = MIN (y0 + 1, small->height - 1);
  const gdouble *above = map + (gsize) y0 * small->width, *below = map + (gsize) y1 * small->width;
  const gdouble top = above[x0] + (above[x1] - above[x0]) * (px - x0);
  const gdouble bottom = below[x0] + (below[x1] - below[x0]) * (px - x0);

  return top + (bottom - top) * (py - y0);
}

/* One colour of `out`: offset + gain·luma, without a picture the offset alone. */
static void
apply (const ReferenceExtent * full, const gfloat * picture, const ReferenceExtent * small, const gdouble * offset,
    const gdouble * gain, gint c, gdouble * out)
{
  for (gint y = 0; y < (full->height + 1) / 2 * 2; y++)
    for (gint x = 0; x < (full->width + 1) / 2 * 2; x++) {
      gdouble value = bilinear (full, small, offset, x, y);
      if (picture) {
        const gfloat *pixel = picture + ((gsize) y * full->padded_width + x) * 4;
        const gdouble colour[3] = { pixel[0], pixel[1], pixel[2] };
        value += bilinear (full, small, gain, x, y) * luma_of (colour);
      }
      out[reference_head_at (full->padded_width, x, y) + c] = CLAMP (value, 0.0, 1.0);
    }
}

void
reference_restore (const ReferenceExtent * full, const gfloat * picture, const ReferenceExtent * small,
    const gfloat * small_head, gdouble * out)
{
  const gsize pixels = (gsize) small->width * small->height;
  gdouble *guide = small_guide (full, picture, small), *sharp = g_new (gdouble, pixels);
  gdouble *gain = g_new0 (gdouble, pixels), *offset = g_new (gdouble, pixels);

  for (gint c = 0; c < 3; c++) {
    for (gsize at = 0; at < pixels; at++)
      sharp[at] = window_gain (small, small_head, guide, (gint) (at % small->width), (gint) (at / small->width), c);
    for (gsize at = 0; at < pixels; at++) {
      const gint x = (gint) (at % small->width), y = (gint) (at / small->width);
      gain[at] = 0.0;
      for (gint i = 0; i < TAPS; i++)
        gain[at] += sharp[tap (small, x, y, i)] / TAPS;
      offset[at] = small_head[reference_head_at (small->padded_width, x, y) + c] - gain[at] * guide[at];
    }
    apply (full, picture, small, offset, gain, c, out);
  }
  g_free (guide);
  g_free (sharp);
  g_free (gain);
  g_free (offset);
}

void
reference_bilinear (const ReferenceExtent * full, const ReferenceExtent * small, const gfloat * small_head,
    gdouble * out)
{
  gdouble *plain = g_new (gdouble, (gsize) small->width * small->height);

  for (gint c = 0; c < 3; c++) {
    for (gint y = 0; y < small->height; y++)
      for (gint x = 0; x < small->width; x++)
        plain[(gsize) y * small->width + x] = small_head[reference_head_at (small->padded_width, x, y) + c];
    apply (full, NULL, small, plain, NULL, c, out);
  }
  g_free (plain);
}
