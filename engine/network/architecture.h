/* The numbers that a network's shapes follow from.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SRW_STAGES 4
#define SRW_MAX_BLOCKS 16       /* of a stage */

/* As the metadata of a weights file says it. Symbols are those of docs/network.md. */
typedef struct
{
  gint width;                   /* C, a multiple of 8 */
  gint decoder_channels[SRW_STAGES];    /* of D1..D4, multiples of 16 */
  gint depths[SRW_STAGES];      /* blocks of a stage: N1..N4 */
  gint hidden_ratio[SRW_STAGES];        /* h1..h4 */
  gint recurrences;             /* q */
  gint skip_step;               /* p */
  gfloat key_bound;             /* b; 0: keys have no bound */
} SrwModelConfig;

/* Channels of encoder stage 0..3: 2C, 4C, 8C, 16C. */
gint srw_model_encoder_channels (const SrwModelConfig * config, gint stage);
/* Channels of F1..F4 (stage 0..3) are the encoder's; their sum is 30·C, and that of the stages before `stage` is
 * this. */
gint srw_model_feature_first (const SrwModelConfig * config, gint stage);

G_END_DECLS
