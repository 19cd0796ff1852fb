/* Safetensors files: a header in JSON that names tensors, their types, shapes and places, and their values. Files are
 * untrusted: whatever is wrong with one is SRW_ERROR_MODEL, naming the file, the tensor and the value.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

G_BEGIN_DECLS

#define SRW_MAX_RANK 4

/* A tensor that a file is to have. */
typedef struct
{
  gchar *name;
  gint rank;
  gint shape[SRW_MAX_RANK];
} SrwTensorInfo;

/* Numbers in a tensor. */
gsize srw_tensor_info_count (const SrwTensorInfo * info);

/* A file whose header was read. Used by one thread at a time. */
typedef struct _SrwSafetensors SrwSafetensors;

/* `name` stands for the file in messages. */
SrwSafetensors *srw_safetensors_new (GBytes * bytes, const gchar * name, GError ** error);
void srw_safetensors_free (SrwSafetensors * file);

/* The string `key` of the metadata, NULL if it is not there. Owned by the file. */
const gchar *srw_safetensors_metadata (const SrwSafetensors * file, const gchar * key);

/* The values of all `n` tensors, one behind the other in the order of `infos`, float32, all of them finite; free with
 * g_free. The file must have these, of these shapes, as F16 or F32, none lying on another, and no more. */
gfloat *srw_safetensors_read (const SrwSafetensors * file, const SrwTensorInfo * infos, guint n, GError ** error);

/* Refuses the file for a reason of the caller's; always FALSE. */
gboolean srw_safetensors_refuse (const SrwSafetensors * file, GError ** error, const gchar * format, ...)
G_GNUC_PRINTF (3, 4);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwSafetensors, srw_safetensors_free)

G_END_DECLS
