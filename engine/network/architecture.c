/* The numbers that a network's shapes follow from.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/architecture.h"

gint
srw_model_encoder_channels (const SrwModelConfig * config, gint stage)
{
  static const gint factors[SRW_STAGES] = { 2, 4, 8, 16 };

  return factors[stage] * config->width;
}

gint
srw_model_feature_first (const SrwModelConfig * config, gint stage)
{
  gint first = 0;

  for (gint i = 0; i < stage; i++)
    first += srw_model_encoder_channels (config, i);
  return first;
}
