/* Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reference-temporal.h"

#include <math.h>

#include "reference.h"

typedef struct
{
  gint x, y;
} Vector;

void
reference_luma (gint width, gint height, const gfloat * picture, gfloat * luma)
{
  for (gint i = 0; i < width * height; i++)
    luma[i] = (gfloat) (0.299 * picture[4 * i] + 0.587 * picture[4 * i + 1] + 0.114 * picture[4 * i + 2]);
}

void
reference_halve (gint width, gint height, const gfloat * in, gfloat * out)
{
  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++) {
      const gfloat *at = in + 2 * y * 2 * width + 2 * x;
      out[y * width + x] = (at[0] + at[1] + at[2 * width] + at[2 * width + 1]) / 4;
    }
}

/* Mean difference of `columns`×`rows` samples from (x, y) on and where the vector leads. */
static gdouble
difference (gint width, const gfloat * now, const gfloat * before, gint x, gint y, gint columns, gint rows, Vector v)
{
  gdouble sum = 0.0;

  for (gint j = y; j < y + rows; j++)
    for (gint i = x; i < x + columns; i++)
      sum += fabs ((gdouble) now[j * width + i] - before[(j + v.y) * width + i + v.x]);
  return sum / (columns * rows);
}

static gdouble
block_difference (gint width, gint height, const gfloat * now, const gfloat * before, gint x, gint y, Vector v)
{
  if (x + v.x < 0 || y + v.y < 0 || x + v.x + 8 > width || y + v.y + 8 > height)
    return INFINITY;
  return difference (width, now, before, x, y, 8, 8, v);
}

void
reference_match (gint width, gint height, const gfloat * now, const gfloat * before, gint radius, const gint * parents,
    gint parent_columns, gint parent_rows, gint * vectors)
{
  for (gint by = 0; by < (height + 7) / 8; by++)
    for (gint bx = 0; bx < (width + 7) / 8; bx++) {
      const gint x = MIN (8 * bx, width - 8), y = MIN (8 * by, height - 8);
      Vector best = { 0, 0 }, centre;
      gdouble least = block_difference (width, height, now, before, x, y, best);
      for (gint i = 0; parents && i < 4; i++) {
        /* the block above this one, its neighbour on the nearer side, and those two of the row on the nearer side */
        const gint px = CLAMP (bx / 2 + (i % 2) * (bx % 2 ? 1 : -1), 0, parent_columns - 1);
        const gint py = CLAMP (by / 2 + (i / 2) * (by % 2 ? 1 : -1), 0, parent_rows - 1);
        const gint *parent = parents + 2 * (py * parent_columns + px);
        const Vector v = { 2 * parent[0], 2 * parent[1] };
        const gdouble cost = block_difference (width, height, now, before, x, y, v) + 1.0 / 256;
        if (cost < least) {
          least = cost;
          best = v;
        }
      }
      centre = best;
      for (gint dy = -radius; dy <= radius; dy++)
        for (gint dx = -radius; dx <= radius; dx++) {
          const Vector v = { centre.x + dx, centre.y + dy };
          const gdouble cost = block_difference (width, height, now, before, x, y, v) + 2.0 / 256;
          if (cost < least) {
            least = cost;
            best = v;
          }
        }
      *vectors++ = best.x;
      *vectors++ = best.y;
    }
}

gdouble
reference_scene (gint width, gint height, const gfloat * now, const gfloat * before, const gint * vectors)
{
  const gint columns = (width + 7) / 8, rows = (height + 7) / 8;
  gdouble sum = 0.0;

  for (gint i = 0; i < columns * rows; i++) {
    const Vector v = { vectors[2 * i], vectors[2 * i + 1] };
    sum += block_difference (width, height, now, before, MIN (8 * (i % columns), width - 8),
        MIN (8 * (i / columns), height - 8), v);
  }
  return sum / (columns * rows);
}

static gint
neighbours_alike (const gint * vectors, gint columns, gint rows, gint bx, gint by)
{
  static const Vector around[] = { {-1, 0}, {1, 0}, {0, -1}, {0, 1} };
  const gint *own = vectors + 2 * (by * columns + bx);
  gint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (around); i++) {
    const gint x = CLAMP (bx + around[i].x, 0, columns - 1), y = CLAMP (by + around[i].y, 0, rows - 1);
    const gint *other = vectors + 2 * (y * columns + x);
    n += ABS (other[0] - own[0]) <= 2 && ABS (other[1] - own[1]) <= 2;
  }
  return n;
}

static gdouble
fall (gdouble value, gdouble same, gdouble other)
{
  return CLAMP ((other - value) / (other - same), 0.0, 1.0);
}

/* How much of what was shown there stays in 4×2 pixels from (x, y) on. */
static gdouble
weight (gint width, gint height, const gfloat * now, const gfloat * before, const gint * vectors, const gfloat * shown,
    const gfloat * head, gint x, gint y)
{
  const gint *vector = vectors + 2 * (y / 8 * (width / 8) + x / 8);
  const Vector v = { vector[0], vector[1] };
  const gint left = CLAMP (x - 2, MAX (0, -v.x), MIN (width, width - v.x) - 8);
  const gint top = CLAMP (y - 2, MAX (0, -v.y), MIN (height, height - v.y) - 6);
  gdouble output = 0.0;

  if (neighbours_alike (vectors, width / 8, height / 8, x / 8, y / 8) < 2)
    return 0.0;
  for (gint j = y; j < y + 2; j++)
    for (gint i = x; i < x + 4; i++)
      for (gint c = 0; c < 3; c++)
        output += fabs ((gdouble) head[reference_head_at (width, i, j) + c]
            - shown[4 * ((j + v.y) * width + i + v.x) + c]) / 24;
  return fall (difference (width, now, before, left, top, 8, 6, v), 8.0 / 255, 20.0 / 255) * fall (output, 0.06, 0.20);
}

void
reference_temporal (gint width, gint height, const gfloat * now, const gfloat * before, const gint * vectors,
    gdouble smoothing, const gfloat * shown, const gfloat * head, gdouble * out)
{
  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++) {
      const gdouble kept = smoothing * weight (width, height, now, before, vectors, shown, head, x / 4 * 4, y / 2 * 2);
      const gint *v = vectors + 2 * (y / 8 * (width / 8) + x / 8);
      for (gint c = 0; c < 3; c++) {
        const gfloat was = shown[4 * ((y + v[1]) * width + x + v[0]) + c];
        out[4 * (y * width + x) + c] = (1 - kept) * head[reference_head_at (width, x, y) + c] + kept * was;
      }
      out[4 * (y * width + x) + 3] = 0.0;
    }
}
