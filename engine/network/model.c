/* Weights files.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/model.h"

#include <gio/gio.h>

#include "base/inputfile.h"
#include "network/safetensors.h"
#include "srw-models.h"

#define FORMAT_NAME "stylerwkv-2"
#define OLD_FORMAT_NAME "stylerwkv-1"
#define MAX_FILE_BYTES (G_GINT64_CONSTANT (1) << 30)

#define MAX_WIDTH 128
#define MAX_HIDDEN_RATIO 8
#define MAX_RECURRENCES 8
#define MAX_SKIP_STEP 16
#define MAX_CHANNELS (16 * MAX_WIDTH)
/* exp(2b) is how much more one token can weigh than another */
#define MAX_KEY_BOUND 40.0

struct _SrwModel
{
  gatomicrefcount refs;
  SrwModelConfig config;
  guint8 id[SRW_MODEL_ID_BYTES];
  SrwLayers *layers;
  gfloat *values;               /* of every tensor, one behind the other */
  const gfloat **first;         /* of each tensor */
};

/* ---- metadata ---- */

/* `count` integers from 1 to `max`, comma separated. */
static gboolean
read_numbers (const SrwSafetensors * file, const gchar * key, gint count, gint max, gint * numbers, GError ** error)
{
  const gchar *text = srw_safetensors_metadata (file, key);
  gchar **parts;
  gboolean good;

  if (text == NULL)
    return srw_safetensors_refuse (file, error, "the metadata has no string \"%s\"", key);
  parts = g_strsplit (text, ",", count + 1);
  good = g_strv_length (parts) == (guint) count;
  for (gint i = 0; good && i < count; i++) {
    guint64 number = 0;
    good = g_ascii_string_to_unsigned (g_strstrip (parts[i]), 10, 1, (guint64) max, &number, NULL);
    numbers[i] = (gint) number;
  }
  g_strfreev (parts);
  if (!good)
    return srw_safetensors_refuse (file, error,
        "metadata \"%s\" is \"%.40s\" where %d number%s from 1 to %d belong%s", key, text, count,
        count == 1 ? "" : "s", max, count == 1 ? "s" : "");
  return TRUE;
}

/* A number from 0 to `max`. */
static gboolean
read_real (const SrwSafetensors * file, const gchar * key, gdouble max, gfloat * real, GError ** error)
{
  const gchar *text = srw_safetensors_metadata (file, key);
  gchar *end = NULL;
  gdouble value = text ? g_ascii_strtod (text, &end) : 0.0;

  if (text == NULL)
    return srw_safetensors_refuse (file, error, "the metadata has no string \"%s\"", key);
  /* so written that NaN is refused */
  if (end == text || *end != '\0' || !(value >= 0.0 && value <= max))
    return srw_safetensors_refuse (file, error, "metadata \"%s\" is \"%.40s\" where a number from 0 to %g belongs",
        key, text, max);
  *real = (gfloat) value;
  return TRUE;
}

static gboolean
read_width (const SrwSafetensors * file, SrwModelConfig * config, GError ** error)
{
  gint channels[SRW_STAGES];

  if (!read_numbers (file, "encoder_channels", SRW_STAGES, MAX_CHANNELS, channels, error))
    return FALSE;
  config->width = channels[0] / 2;
  for (gint stage = 0; stage < SRW_STAGES; stage++)
    if (channels[stage] % 16 || channels[stage] != srw_model_encoder_channels (config, stage))
      return srw_safetensors_refuse (file, error,
          "metadata \"encoder_channels\" has %d for stage %d: the first is a multiple of 16, and each "
          "of the others twice the one before", channels[stage], stage + 1);
  return TRUE;
}

static gboolean
read_decoder_channels (const SrwSafetensors * file, SrwModelConfig * config, GError ** error)
{
  gint *channels = config->decoder_channels;

  if (!read_numbers (file, "decoder_channels", SRW_STAGES, MAX_CHANNELS, channels, error))
    return FALSE;
  for (gint stage = 0; stage < SRW_STAGES; stage++)
    if (channels[stage] % 16)
      return srw_safetensors_refuse (file, error,
          "metadata \"decoder_channels\" has %d for stage %d, which is no multiple of 16", channels[stage], stage + 1);
  return TRUE;
}

static gboolean
read_present_config (const SrwSafetensors * file, SrwModelConfig * config, GError ** error)
{
  return read_width (file, config, error) && read_decoder_channels (file, config, error)
      && read_numbers (file, "depths", SRW_STAGES, SRW_MAX_BLOCKS, config->depths, error)
      && read_numbers (file, "hidden_ratio", SRW_STAGES, MAX_HIDDEN_RATIO, config->hidden_ratio, error)
      && read_numbers (file, "recurrences", 1, MAX_RECURRENCES, &config->recurrences, error)
      && read_numbers (file, "skip_step", 1, MAX_SKIP_STEP, &config->skip_step, error)
      && read_real (file, "key_bound", MAX_KEY_BOUND, &config->key_bound, error);
}

/* Of the first format: every width follows from C. */
static gboolean
read_old_config (const SrwSafetensors * file, SrwModelConfig * config, GError ** error)
{
  static const gint factors[SRW_STAGES] = { 4, 6, 8, 8 };
  gint hidden;

  if (!read_numbers (file, "C", 1, MAX_WIDTH, &config->width, error)
      || !read_numbers (file, "N", SRW_STAGES, SRW_MAX_BLOCKS, config->depths, error)
      || !read_numbers (file, "h", 1, MAX_HIDDEN_RATIO, &hidden, error)
      || !read_numbers (file, "q", 1, MAX_RECURRENCES, &config->recurrences, error)
      || !read_numbers (file, "p", 1, MAX_SKIP_STEP, &config->skip_step, error))
    return FALSE;
  if (config->width % 8)
    return srw_safetensors_refuse (file, error, "C is %d, not a multiple of 8", config->width);
  for (gint stage = 0; stage < SRW_STAGES; stage++) {
    config->decoder_channels[stage] = factors[stage] * config->width;
    config->hidden_ratio[stage] = hidden;
  }
  return TRUE;
}

static gboolean
read_config (const SrwSafetensors * file, SrwModelConfig * config, GError ** error)
{
  const gchar *format = srw_safetensors_metadata (file, "format");

  if (g_strcmp0 (format, FORMAT_NAME) == 0)
    return read_present_config (file, config, error);
  if (g_strcmp0 (format, OLD_FORMAT_NAME) == 0)
    return read_old_config (file, config, error);
  return srw_safetensors_refuse (file, error,
      "the metadata says format \"%.40s\" instead of \"" FORMAT_NAME "\" or \"" OLD_FORMAT_NAME "\"",
      format ? format : "");
}

/* ---- life ---- */

static gboolean
read_tensors (SrwModel * model, const SrwSafetensors * file, GError ** error)
{
  const GArray *tensors;
  const gfloat *at;

  model->layers = srw_layers_new (&model->config);
  tensors = model->layers->tensors;
  model->values = srw_safetensors_read (file, (const SrwTensorInfo *) tensors->data, tensors->len, error);
  if (model->values == NULL)
    return FALSE;
  at = model->values;
  model->first = g_new (const gfloat *, tensors->len);
  for (guint i = 0; i < tensors->len; i++) {
    model->first[i] = at;
    at += srw_tensor_info_count (&g_array_index (tensors, SrwTensorInfo, i));
  }
  return TRUE;
}

static void
compute_id (SrwModel * model, GBytes * bytes)
{
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize size, length = SRW_MODEL_ID_BYTES;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  g_checksum_update (sum, data, (gssize) size);
  g_checksum_get_digest (sum, model->id, &length);
  g_checksum_free (sum);
}

SrwModel *
srw_model_new (GBytes * bytes, const gchar * name, GError ** error)
{
  g_autoptr (SrwSafetensors) file = srw_safetensors_new (bytes, name, error);
  g_autoptr (SrwModel) model = NULL;

  if (file == NULL)
    return NULL;
  model = g_new0 (SrwModel, 1);
  g_atomic_ref_count_init (&model->refs);
  if (!read_config (file, &model->config, error) || !read_tensors (model, file, error))
    return NULL;
  compute_id (model, bytes);
  return g_steal_pointer (&model);
}

SrwModel *
srw_model_open (const gchar * path, GError ** error)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autofree gchar *name = NULL;

  if (path)
    bytes = srw_input_file_read (path, MAX_FILE_BYTES, SRW_ERROR_MODEL, error);
  else
    bytes = g_resource_lookup_data (srw_models_get_resource (), "/stylerwkv/models/small.safetensors",
        G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  if (bytes == NULL)
    return NULL;
  name = path ? srw_input_file_display_name (path) : g_strdup ("the embedded model");
  return srw_model_new (bytes, name, error);
}

SrwModel *
srw_model_ref (SrwModel * model)
{
  g_atomic_ref_count_inc (&model->refs);
  return model;
}

void
srw_model_unref (SrwModel * model)
{
  if (!g_atomic_ref_count_dec (&model->refs))
    return;
  g_clear_pointer (&model->layers, srw_layers_free);
  g_free (model->first);
  g_free (model->values);
  g_free (model);
}

const SrwModelConfig *
srw_model_config (const SrwModel * model)
{
  return &model->config;
}

const guint8 *
srw_model_id (const SrwModel * model)
{
  return model->id;
}

const SrwLayers *
srw_model_layers (const SrwModel * model)
{
  return model->layers;
}

const gfloat *
srw_model_values (const SrwModel * model, guint tensor)
{
  g_return_val_if_fail (tensor < model->layers->tensors->len, NULL);
  return model->first[tensor];
}
