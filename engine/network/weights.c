/* The weights of a model on a device.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/weights.h"

#include <string.h>

#include "opencl/buffer.h"

/* One entry of the process-wide cache: the weights and who they belong to. */
typedef struct
{
  SrwWeights weights;           /* first: an SrwWeights is the start of its Shared */
  SrwDevice *device;
  SrwModel *model;              /* whose layers they are */
  guint refs;                   /* guarded by shared_lock */
} Shared;

static GMutex shared_lock;
static GSList *shared;          /* Shared, not owned: leaves with its last reference */

/* What a layer is packed into. */
typedef union
{
  SrwLinear linear;
  SrwNorm norm;
  SrwShift shift;
  cl_mem vectors;
} Packed;

static Packed *
packed_of (SrwWeights * weights, const SrwLayer * layer)
{
  return (Packed *) ((guint8 *) weights + layer->offset);
}

/* ---- packing ---- */

/* The rows of a product come from several tensors. */
static gboolean
pack_product (const Shared * item, const SrwLayers * layers, const SrwLayer * layer, SrwLinear * packed,
    GError ** error)
{
  const gint in = srw_layer_in (layers, layer), out = srw_layer_out (layers, layer);
  gfloat *rows = g_new (gfloat, (gsize) out * in), *at = rows;
  gboolean good;

  for (guint i = 0; i < layer->count; i++) {
    const gsize count = srw_tensor_info_count (srw_layer_tensor (layers, layer, i));
    memcpy (at, srw_model_values (item->model, layer->first + i), count * sizeof (gfloat));
    at += count;
  }
  good = srw_pack_linear (item->device, out, in, rows, NULL, packed, error);
  packed->key_bound = layer->key_bound;
  g_free (rows);
  return good;
}

static gboolean
pack_layer (const Shared * item, const SrwLayers * layers, const SrwLayer * layer, Packed * packed, GError ** error)
{
  SrwDevice *device = item->device;
  const SrwTensorInfo *first = srw_layer_tensor (layers, layer, 0);
  const gint *shape = first->shape;
  const gfloat *values[5] = { NULL };

  for (guint i = 0; i < layer->count; i++)
    values[i] = srw_model_values (item->model, layer->first + i);
  switch (layer->kind) {
    case SRW_LAYER_CONV:
      return srw_pack_conv (device, shape[0], shape[1], shape[2], layer->stride, values[0], values[1],
          &packed->linear, error);
    case SRW_LAYER_UPCONV:
      return srw_pack_upconv (device, shape[0], shape[1], values[0], values[1], &packed->linear, error);
    case SRW_LAYER_LINEAR:
      return srw_pack_linear (device, shape[0], shape[1], values[0], values[1], &packed->linear, error);
    case SRW_LAYER_PRODUCT:
      return pack_product (item, layers, layer, &packed->linear, error);
    case SRW_LAYER_NORM:
      return srw_pack_norm (device, shape[0], values[0], values[1], &packed->norm, error);
    case SRW_LAYER_SHIFT:
      return srw_pack_shift (device, shape[1], values[0], values[1], values[2], values[3], values[4], &packed->shift,
          error);
    case SRW_LAYER_VECTORS:
      packed->vectors = srw_buffer_new_from (device, values[0], srw_tensor_info_count (first) * sizeof (gfloat),
          "weights", error);
      return packed->vectors != NULL;
  }
  g_return_val_if_reached (FALSE);
}

static gsize
layer_bytes (const SrwLayer * layer, const Packed * packed)
{
  switch (layer->kind) {
    case SRW_LAYER_NORM:
      return srw_norm_bytes (&packed->norm);
    case SRW_LAYER_SHIFT:
      return srw_shift_bytes (&packed->shift);
    case SRW_LAYER_VECTORS:
      return srw_buffer_bytes (packed->vectors);
    default:
      return srw_linear_bytes (&packed->linear);
  }
}

static void
clear_layer (const SrwLayer * layer, Packed * packed)
{
  switch (layer->kind) {
    case SRW_LAYER_NORM:
      srw_norm_clear (&packed->norm);
      break;
    case SRW_LAYER_SHIFT:
      srw_shift_clear (&packed->shift);
      break;
    case SRW_LAYER_VECTORS:
      srw_buffer_clear (&packed->vectors);
      break;
    default:
      srw_linear_clear (&packed->linear);
  }
}

/* ---- sharing ---- */

/* Also unwinds weights that were only packed in part. */
static void
shared_free (Shared * item)
{
  const GArray *layers = srw_model_layers (item->model)->layers;

  for (guint i = 0; i < layers->len; i++) {
    const SrwLayer *layer = &g_array_index (layers, SrwLayer, i);
    clear_layer (layer, packed_of (&item->weights, layer));
  }
  srw_model_unref (item->model);
  srw_device_unref (item->device);
  g_free (item);
}

static Shared *
shared_new (SrwDevice * device, const SrwModel * model, GError ** error)
{
  const SrwLayers *layers = srw_model_layers (model);
  Shared *item = g_new0 (Shared, 1);
  SrwWeights *weights = &item->weights;

  item->refs = 1;
  item->device = srw_device_ref (device);
  item->model = srw_model_ref ((SrwModel *) model);
  weights->config = *srw_model_config (model);
  memcpy (weights->id, srw_model_id (model), SRW_MODEL_ID_BYTES);
  for (guint i = 0; i < layers->layers->len; i++) {
    const SrwLayer *layer = &g_array_index (layers->layers, SrwLayer, i);
    Packed *packed = packed_of (weights, layer);
    if (!pack_layer (item, layers, layer, packed, error)) {
      shared_free (item);
      return NULL;
    }
    weights->bytes += layer_bytes (layer, packed);
  }
  return item;
}

SrwWeights *
srw_weights_get (SrwDevice * device, const SrwModel * model, GError ** error)
{
  Shared *found = NULL;

  g_mutex_lock (&shared_lock);
  for (GSList * item = shared; item && found == NULL; item = item->next) {
    Shared *candidate = item->data;
    if (candidate->device == device && !memcmp (candidate->weights.id, srw_model_id (model), SRW_MODEL_ID_BYTES))
      found = candidate;
  }
  if (found) {
    found->refs++;
  } else {
    found = shared_new (device, model, error);
    if (found)
      shared = g_slist_prepend (shared, found);
  }
  g_mutex_unlock (&shared_lock);
  return found ? &found->weights : NULL;
}

void
srw_weights_unref (SrwWeights * weights)
{
  Shared *item = (Shared *) weights;

  g_mutex_lock (&shared_lock);
  if (--item->refs == 0) {
    shared = g_slist_remove (shared, item);
    shared_free (item);
  }
  g_mutex_unlock (&shared_lock);
}
