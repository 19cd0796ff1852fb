/* Weights files.
 *
 * A model is the checked contents of a safetensors file as docs/network.md section 7 defines it: every tensor of the
 * network is there, has the right shape and is finite. Files are untrusted: whatever is wrong with one is
 * SRW_ERROR_MODEL, naming the file, the tensor and the value. Immutable once made, reference counted, thread-safe.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/layers.h"

G_BEGIN_DECLS

#define SRW_MODEL_ID_BYTES 32

typedef struct _SrwModel SrwModel;

/* path: NULL for the embedded `small`. Errors: SRW_ERROR_NOT_FOUND, SRW_ERROR_MODEL. */
SrwModel *srw_model_open (const gchar * path, GError ** error);
/* `name` stands for the file in messages. */
SrwModel *srw_model_new (GBytes * bytes, const gchar * name, GError ** error);
SrwModel *srw_model_ref (SrwModel * model);
void srw_model_unref (SrwModel * model);

const SrwModelConfig *srw_model_config (const SrwModel * model);
/* SHA-256 of the file, SRW_MODEL_ID_BYTES. */
const guint8 *srw_model_id (const SrwModel * model);

/* What the network is made of. */
const SrwLayers *srw_model_layers (const SrwModel * model);
/* The values of tensor `tensor` of the layers, in the order of the file, float32. */
const gfloat *srw_model_values (const SrwModel * model, guint tensor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwModel, srw_model_unref)

G_END_DECLS
