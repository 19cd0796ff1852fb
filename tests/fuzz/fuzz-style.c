/* Saved styles, and the previews in them.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "fuzz.h"
#include "network/style.h"
#include "seeds.h"
#include "video/preview.h"

static void
check_preview (const gchar * path)
{
  GError *error = NULL;
  SrwPicture *preview = srw_preview_load (path, &error);

  fuzz_check_result (preview, error, path);
  if (preview) {
    g_assert_cmpint (preview->width, ==, SRW_PREVIEW_SIDE);
    g_assert_cmpint (preview->height, ==, SRW_PREVIEW_SIDE);
  }
  g_clear_pointer (&preview, srw_picture_free);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  const gchar *path = fuzz_file (data, size);
  GError *error = NULL;
  SrwStyle *style = srw_style_load (path, SEED_WIDTH_C, seed_model_id, &error);

  fuzz_check_result (style, error, path);
  if (style) {
    const gfloat *statistics = srw_style_statistics (style);
    SrwStyle *mix = srw_style_blend (style, style, 0.5f);
    g_assert_cmpint (srw_style_width (style), ==, SEED_WIDTH_C);
    for (gint i = 0; i < 60 * SEED_WIDTH_C; i++)
      g_assert_true (isfinite (statistics[i]));
    g_assert_true (srw_style_distance (style, mix) >= 0.0f);
    g_clear_pointer (&mix, srw_style_unref);
  }
  g_clear_pointer (&style, srw_style_unref);
  check_preview (path);
  return 0;
}
