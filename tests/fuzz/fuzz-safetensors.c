/* Weights files.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "network/model.h"

/* As much as the network of the seeds needs, so that they can do with a header. */
#define PADDED_BYTES (2 << 20)

static void
read_model (gconstpointer data, gsize size)
{
  GBytes *bytes = g_bytes_new_static (data, size);
  GError *error = NULL;
  SrwModel *model = srw_model_new (bytes, "the file", &error);

  fuzz_check_result (model, error, "the file: ");
  if (model) {
    const gint c = srw_model_config (model)->width;
    /* the last tensor */
    const gfloat *bias = srw_model_values (model, srw_model_layers (model)->tensors->len - 1);
    g_assert_true (c > 0 && c % 8 == 0);
    for (gint i = 0; i < 12; i++)
      g_assert_true (isfinite (bias[i]));
  }
  g_clear_pointer (&model, srw_model_unref);
  g_bytes_unref (bytes);
}

/* The file as it is, so that what is read behind its end is seen, and with zeros behind it. */
int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  static guint8 padded[PADDED_BYTES];

  read_model (data, size);
  size = MIN (size, sizeof padded);
  memcpy (padded, data, size);
  read_model (padded, sizeof padded);
  memset (padded, 0, size);
  return 0;
}
