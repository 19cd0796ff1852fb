/* The weights of a model on a device, packed as the kernels want them.
 *
 * Shared: every stylizer of one process that uses the same device and the same model holds the same SrwWeights.
 * Read-only once made, reference counted, thread-safe. Shapes: c is the stage's channel count, h and q as in
 * docs/network.md.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/model.h"
#include "network/pack.h"

G_BEGIN_DECLS

typedef struct
{
  SrwNorm norm;
  SrwShift shift;
  SrwLinear rkv;                /* c → 3c: receptance, bounded key, value */
  cl_mem decay;                 /* (q, c) */
  cl_mem bonus;                 /* (q, c) */
  SrwLinear output;             /* c → c */
} SrwSpatial;

typedef struct
{
  SrwNorm norm;
  SrwShift shift;
  SrwLinear rk;                 /* c → c + h·c: receptance, key */
  SrwLinear value;              /* h·c → c */
} SrwChannel;

typedef struct
{
  SrwSpatial spatial;
  SrwChannel channel;
} SrwBlock;

typedef struct
{
  gint channels;                /* c */
  SrwLinear expand;             /* c/2 → c; not in stage 0 */
  SrwBlock blocks[SRW_MAX_BLOCKS];      /* (N) */
  SrwLinear down;               /* 3×3, stride 2, c → c; not in stage 3 */
} SrwEncoderStage;

typedef struct
{
  gint channels;                /* c */
  SrwLinear merge;              /* what comes from below and AdaIN(F) → c; in stage 3 `reduce`, AdaIN(F4) → c */
  SrwLinear up;                 /* 3×3 behind nearest ×2, c → c; not in stage 3 */
  SrwBlock blocks[SRW_MAX_BLOCKS];      /* (N) */
} SrwDecoderStage;

typedef struct _SrwWeights
{
  SrwModelConfig config;
  guint8 id[SRW_MODEL_ID_BYTES];        /* of the model */
  gsize bytes;                  /* on the device */
  SrwLinear stem;               /* 4×4, stride 2, 3 (padded to 4) → c of E1 */
  SrwEncoderStage encoder[SRW_STAGES];
  SrwDecoderStage decoder[SRW_STAGES];
  SrwLinear head;               /* 3×3, c of D1 → 12 (padded to 16) */
} SrwWeights;

/* The weights of `model` on the device. Returns a reference. Errors: SRW_ERROR_DEVICE, SRW_ERROR_MEMORY. */
SrwWeights *srw_weights_get (SrwDevice * device, const SrwModel * model, GError ** error);
void srw_weights_unref (SrwWeights * weights);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwWeights, srw_weights_unref)

G_END_DECLS
