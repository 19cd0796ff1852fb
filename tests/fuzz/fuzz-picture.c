/* Pictures, as styles are made of.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "video/picture.h"

#define SHORT_SIDE 16

/* Every sample is there. */
static void
check_picture (const SrwPicture * picture)
{
  guint sum = 0;

  g_assert_true (picture->width > 0 && picture->height > 0 && MIN (picture->width, picture->height) <= SHORT_SIDE);
  for (gsize i = 0; i < (gsize) picture->width * (gsize) picture->height * 3; i++)
    sum += picture->rgb[i];
  g_assert_cmpuint (sum, <=, 255u * 3u * (guint) picture->width * (guint) picture->height);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  GBytes *bytes = g_bytes_new_static (data, size);
  GError *error = NULL;
  SrwPicture *picture = srw_picture_load_bytes (bytes, "the picture", SRW_MAX_PIXELS, SHORT_SIDE, &error);

  fuzz_check_result (picture, error, "the picture: ");
  if (picture)
    check_picture (picture);
  g_clear_pointer (&picture, srw_picture_free);
  g_bytes_unref (bytes);
  return 0;
}
