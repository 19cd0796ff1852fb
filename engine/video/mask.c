/* Where to stylise.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "video/mask.h"

#include <string.h>

#include "video/picture.h"

struct _SrwMask
{
  gint refs;                    /* atomic */
  gint width, height;
  guint8 *grey;                 /* (height, width) */
  gint fit_width, fit_height, fit_stride, fit_rows;
  guint8 *fit;                  /* (fit_rows, fit_stride); NULL before the first fit */
};

static SrwMask *
mask_alloc (gint width, gint height)
{
  SrwMask *mask = g_new0 (SrwMask, 1);

  mask->refs = 1;
  mask->width = width;
  mask->height = height;
  return mask;
}

SrwMask *
srw_mask_new (const guint8 * grey, gint width, gint height, gint stride)
{
  SrwMask *mask = mask_alloc (width, height);

  mask->grey = g_malloc ((gsize) width * (gsize) height);
  for (gint y = 0; y < height; y++)
    memcpy (mask->grey + (gsize) y * width, grey + (gsize) y * (gsize) stride, (gsize) width);
  return mask;
}

SrwMask *
srw_mask_blend (SrwMask * from, SrwMask * to, gfloat mix, gint width, gint height)
{
  const guint8 *a = from ? srw_mask_fit (from, width, height, width, height) : NULL;
  const guint8 *b = to ? srw_mask_fit (to, width, height, width, height) : NULL;
  SrwMask *mask = mask_alloc (width, height);
  gsize pixels = (gsize) width * (gsize) height;

  mask->grey = g_malloc (pixels);
  for (gsize i = 0; i < pixels; i++) {
    gfloat start = a ? a[i] : 255.0f, end = b ? b[i] : 255.0f;
    mask->grey[i] = (guint8) (start + (end - start) * mix + 0.5f);
  }
  return mask;
}

SrwMask *
srw_mask_ref (SrwMask * mask)
{
  g_atomic_int_inc (&mask->refs);
  return mask;
}

SrwMask *
srw_mask_load (const gchar * path, GError ** error)
{
  SrwPicture *picture = srw_picture_load (path, SRW_MAX_LONG_SIDE, error);
  SrwMask *mask;
  gsize pixels;

  if (picture == NULL)
    return NULL;
  mask = mask_alloc (picture->width, picture->height);
  pixels = (gsize) picture->width * picture->height;
  /* in place: a grey byte is never ahead of its colours */
  mask->grey = g_steal_pointer (&picture->rgb);
  for (gsize i = 0; i < pixels; i++) {
    const guint8 *rgb = mask->grey + 3 * i;
    mask->grey[i] = (guint8) ((77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2] + 128) >> 8);
  }
  g_clear_pointer (&picture, srw_picture_free);
  return mask;
}

void
srw_mask_unref (SrwMask * mask)
{
  if (!g_atomic_int_dec_and_test (&mask->refs))
    return;
  g_free (mask->grey);
  g_free (mask->fit);
  g_free (mask);
}

/* Where pixel `at` of `size` lies among `from` of them: `*first` and the next one, `*part` of the way to that. */
static void
find_between (gint at, gint size, gint from, gint * first, gfloat * part)
{
  gdouble place = CLAMP ((at + 0.5) * from / size - 0.5, 0.0, from - 1.0);

  *first = MIN ((gint) place, MAX (0, from - 2));
  *part = (gfloat) (place - *first);
}

static void
fit_row (const SrwMask * mask, gint y, gint width, gint height, const gint * first, const gfloat * part, guint8 * to)
{
  gint step = mask->width > 1, row;
  const guint8 *above, *below;
  gfloat down;

  find_between (y, height, mask->height, &row, &down);
  above = mask->grey + (gsize) row * mask->width;
  below = above + (mask->height > 1 ? mask->width : 0);
  for (gint x = 0; x < width; x++) {
    const guint8 *a = above + first[x], *b = below + first[x];
    gfloat top = a[0] + (a[step] - a[0]) * part[x], bottom = b[0] + (b[step] - b[0]) * part[x];
    to[x] = (guint8) (top + (bottom - top) * down + 0.5f);
  }
}

const guint8 *
srw_mask_fit (SrwMask * mask, gint width, gint height, gint stride, gint rows)
{
  gfloat *part;
  gint *first;

  if (mask->fit && mask->fit_width == width && mask->fit_height == height && mask->fit_stride == stride
      && mask->fit_rows == rows)
    return mask->fit;
  g_free (mask->fit);
  mask->fit = g_try_malloc0 ((gsize) stride * (gsize) rows);
  if (mask->fit == NULL)
    return NULL;
  mask->fit_width = width;
  mask->fit_height = height;
  mask->fit_stride = stride;
  mask->fit_rows = rows;
  first = g_new (gint, width);
  part = g_new (gfloat, width);
  for (gint x = 0; x < width; x++)
    find_between (x, width, mask->width, &first[x], &part[x]);
  for (gint y = 0; y < height; y++)
    fit_row (mask, y, width, height, first, part, mask->fit + (gsize) y * (gsize) stride);
  g_free (first);
  g_free (part);
  return mask->fit;
}
