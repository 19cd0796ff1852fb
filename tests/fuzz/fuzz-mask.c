/* Masks, read and fitted to frames.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "video/mask.h"

static void
check_fit (SrwMask * mask, gint width, gint height, gint stride, gint rows)
{
  const guint8 *fit = srw_mask_fit (mask, width, height, stride, rows);

  g_assert_nonnull (fit);
  /* what is no pixel is zero */
  for (gint y = 0; y < rows; y++)
    for (gint x = y < height ? width : 0; x < stride; x++)
      g_assert_cmpuint (fit[(gsize) y * (gsize) stride + (gsize) x], ==, 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  const gchar *path = fuzz_file (data, size);
  GError *error = NULL;
  SrwMask *mask = srw_mask_load (path, &error);

  fuzz_check_result (mask, error, path);
  if (mask) {
    check_fit (mask, 1, 1, 1, 1);
    check_fit (mask, 37, 5, 40, 8);
    check_fit (mask, 3, 50, 16, 64);
  }
  g_clear_pointer (&mask, srw_mask_unref);
  return 0;
}
