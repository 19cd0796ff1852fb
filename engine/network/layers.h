/* What a network of a configuration is made of: the one table that a weights file is checked against, that weights
 * are packed, measured and released by, and that the products of a frame are known from. Names and shapes are those
 * of docs/network.md, section 7.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/architecture.h"
#include "network/safetensors.h"

G_BEGIN_DECLS

typedef enum
{
  SRW_LAYER_CONV,               /* SrwLinear: weight (out, in, kernel, kernel), bias (out) */
  SRW_LAYER_UPCONV,             /* SrwLinear: the same of a 3×3 convolution behind a nearest ×2 */
  SRW_LAYER_LINEAR,             /* SrwLinear: weight (out, in), bias (out) */
  SRW_LAYER_PRODUCT,            /* SrwLinear: weights (out, in) of up to three, side by side, no bias */
  SRW_LAYER_NORM,               /* SrwNorm: weight (c), bias (c) */
  SRW_LAYER_SHIFT,              /* SrwShift: tap (9, c), depthwise weight (c, 1, 3, 3) and bias (c), dense weight (18,
      c) and bias (18) */
  SRW_LAYER_VECTORS,            /* cl_mem: (q, c) */
} SrwLayerKind;

typedef struct
{
  SrwLayerKind kind;
  guint first, count;           /* its tensors in the table's, in the order above */
  gint stride;                  /* of a convolution */
  gfloat key_bound;             /* of R, K and V */
  gint level;                   /* of a product: the map it makes has 1/2^level of the picture's height and width */
  gsize offset;                 /* of the struct in SrwWeights */
} SrwLayer;

typedef struct
{
  GArray *layers;               /* SrwLayer */
  GArray *tensors;              /* SrwTensorInfo, in the order of the layers */
} SrwLayers;

SrwLayers *srw_layers_new (const SrwModelConfig * config);
void srw_layers_free (SrwLayers * layers);

/* Tensor i of a layer. */
const SrwTensorInfo *srw_layer_tensor (const SrwLayers * layers, const SrwLayer * layer, guint i);
/* Rows of all its tensors, and columns of the first one: what a product makes and takes. */
gint srw_layer_out (const SrwLayers * layers, const SrwLayer * layer);
gint srw_layer_in (const SrwLayers * layers, const SrwLayer * layer);
gboolean srw_layer_is_product (const SrwLayer * layer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwLayers, srw_layers_free)

G_END_DECLS
