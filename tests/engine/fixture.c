/* What the engine tests share.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

static gchar *private_dir;

void
fixture_init (int *argc, char ***argv)
{
  gchar *cache;

  g_test_init (argc, argv, NULL);
  private_dir = g_dir_make_tmp ("srw-test-XXXXXX", NULL);
  g_assert_nonnull (private_dir);
  cache = fixture_path ("cache");
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  g_unsetenv ("SRW_CACHE_DIR");
  g_free (cache);
}

static void
remove_tree (const gchar * path)
{
  GDir *dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    gchar *child = g_build_filename (path, name, NULL);
    remove_tree (child);
    g_free (child);
  }
  g_clear_pointer (&dir, g_dir_close);
  g_remove (path);
}

int
fixture_run (void)
{
  int result = g_test_run ();

  remove_tree (private_dir);
  g_clear_pointer (&private_dir, g_free);
  return result;
}

gchar *
fixture_path (const gchar * name)
{
  return g_build_filename (private_dir, name, NULL);
}

/* ---- the formula ---- */

static gdouble
uniform (guint32 seed, gsize index)
{
  guint32 x = (guint32) index * 2654435761u + seed;

  x = (x ^ (x >> 16)) * 0x7feb352du;
  x = (x ^ (x >> 15)) * 0x846ca68bu;
  x ^= x >> 16;
  return (x >> 8) / 8388608.0 - 1.0;
}

static gfloat
formula (const gchar * name, guint32 seed, gsize index, gint inputs)
{
  gdouble u = uniform (seed, index);

  if (g_str_has_suffix (name, "norm.weight"))
    return (gfloat) (1.0 + 0.2 * u);
  if (g_str_has_suffix (name, "bias"))
    return (gfloat) (0.2 * u);
  if (g_str_has_suffix (name, "tap"))
    return (gfloat) (0.1 + 0.2 * u);
  if (g_str_has_suffix (name, "decay"))
    return (gfloat) (8.0 + 12.0 * u);
  if (g_str_has_suffix (name, "bonus"))
    return (gfloat) u;
  return (gfloat) (1.5 / sqrt (inputs) * u);
}

/* ---- writing ---- */

static void G_GNUC_PRINTF (6, 7)
add (WeightsFile * file, gint a, gint b, gint c, gint d, const gchar * format, ...)
{
  FileTensor *tensor = g_new0 (FileTensor, 1);
  const gint shape[4] = { a, b, c, d };
  GString *text = g_string_new ("[");
  guint32 seed = 2166136261u;
  gsize count = 1;
  gint inputs;
  va_list arguments;

  va_start (arguments, format);
  tensor->name = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  for (gint i = 0; i < 4 && shape[i]; i++) {
    g_string_append_printf (text, "%s%d", i ? "," : "", shape[i]);
    count *= (gsize) shape[i];
  }
  inputs = (gint) (count / (gsize) a);
  tensor->shape = g_string_free (g_string_append_c (text, ']'), FALSE);
  tensor->dtype = g_strdup ("F32");
  tensor->begin = file->data->len;
  tensor->end = tensor->begin + 4 * count;
  for (const gchar * at = tensor->name; *at; at++)
    seed = (seed ^ (guchar) * at) * 16777619u;
  for (gsize i = 0; i < count; i++) {
    gfloat value = formula (tensor->name, seed, i, inputs);
    guint32 word;
    memcpy (&word, &value, 4);
    word = GUINT32_TO_LE (word);
    g_byte_array_append (file->data, (guint8 *) & word, 4);
  }
  g_ptr_array_add (file->tensors, tensor);
}

static void
add_blocks (WeightsFile * file, const SrwModelConfig * config, const gchar * side, gint stage, gint c)
{
  static const gchar *const mixings[] = { "spatial", "channel" };

  for (gint i = 0; i < config->depths[stage]; i++) {
    for (gint m = 0; m < 2; m++) {
      gchar *p = g_strdup_printf ("%s.%d.blocks.%d.%s", side, stage, i, mixings[m]);
      add (file, c, 0, 0, 0, "%s.norm.weight", p);
      add (file, c, 0, 0, 0, "%s.norm.bias", p);
      add (file, 9, c, 0, 0, "%s.shift.tap", p);
      add (file, c, 1, 3, 3, "%s.shift.depthwise.weight", p);
      add (file, c, 0, 0, 0, "%s.shift.depthwise.bias", p);
      add (file, 18, c, 0, 0, "%s.shift.dense.weight", p);
      add (file, 18, 0, 0, 0, "%s.shift.dense.bias", p);
      add (file, c, c, 0, 0, "%s.receptance.weight", p);
      add (file, m ? config->hidden_ratio[stage] * c : c, c, 0, 0, "%s.key.weight", p);
      add (file, c, m ? config->hidden_ratio[stage] * c : c, 0, 0, "%s.value.weight", p);
      if (m == 0) {
        add (file, c, c, 0, 0, "%s.output.weight", p);
        add (file, config->recurrences, c, 0, 0, "%s.decay", p);
        add (file, config->recurrences, c, 0, 0, "%s.bonus", p);
      }
      g_free (p);
    }
  }
}

static void
add_network (WeightsFile * file, const SrwModelConfig * config)
{
  const gint C = config->width;
  const gint encoder[4] = { 2 * C, 4 * C, 8 * C, 16 * C };
  const gint *decoder = config->decoder_channels;

  add (file, 2 * C, 3, 4, 4, "stem.weight");
  add (file, 2 * C, 0, 0, 0, "stem.bias");
  for (gint s = 0; s < 4; s++) {
    if (s > 0) {
      add (file, encoder[s], encoder[s] / 2, 0, 0, "encoder.%d.expand.weight", s);
      add (file, encoder[s], 0, 0, 0, "encoder.%d.expand.bias", s);
    }
    if (s < 3) {
      add (file, encoder[s], encoder[s], 3, 3, "encoder.%d.down.weight", s);
      add (file, encoder[s], 0, 0, 0, "encoder.%d.down.bias", s);
      add (file, decoder[s], decoder[s + 1] + encoder[s], 0, 0, "decoder.%d.merge.weight", s);
      add (file, decoder[s], 0, 0, 0, "decoder.%d.merge.bias", s);
      add (file, decoder[s], decoder[s], 3, 3, "decoder.%d.up.weight", s);
      add (file, decoder[s], 0, 0, 0, "decoder.%d.up.bias", s);
    }
    add_blocks (file, config, "encoder", s, encoder[s]);
    add_blocks (file, config, "decoder", s, decoder[s]);
  }
  add (file, decoder[3], encoder[3], 0, 0, "decoder.3.reduce.weight");
  add (file, decoder[3], 0, 0, 0, "decoder.3.reduce.bias");
  add (file, 12, decoder[0], 3, 3, "head.weight");
  add (file, 12, 0, 0, 0, "head.bias");
}

static void
tensor_free (gpointer data)
{
  FileTensor *tensor = data;

  g_free (tensor->name);
  g_free (tensor->dtype);
  g_free (tensor->shape);
  g_free (tensor);
}

static gchar *
four (const gint numbers[4])
{
  return g_strdup_printf ("%d,%d,%d,%d", numbers[0], numbers[1], numbers[2], numbers[3]);
}

/* Takes the value. */
static void
set_metadata (WeightsFile * file, const gchar * key, gchar * value)
{
  g_hash_table_insert (file->metadata, g_strdup (key), value);
}

WeightsFile *
weights_file_new (const SrwModelConfig * config)
{
  WeightsFile *file = g_new0 (WeightsFile, 1);
  const gint encoder[4] = { 2 * config->width, 4 * config->width, 8 * config->width, 16 * config->width };

  file->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  file->tensors = g_ptr_array_new_with_free_func (tensor_free);
  file->data = g_byte_array_new ();
  set_metadata (file, "format", g_strdup ("stylerwkv-2"));
  set_metadata (file, "encoder_channels", four (encoder));
  set_metadata (file, "decoder_channels", four (config->decoder_channels));
  set_metadata (file, "depths", four (config->depths));
  set_metadata (file, "hidden_ratio", four (config->hidden_ratio));
  set_metadata (file, "recurrences", g_strdup_printf ("%d", config->recurrences));
  set_metadata (file, "skip_step", g_strdup_printf ("%d", config->skip_step));
  set_metadata (file, "key_bound", g_strdup_printf ("%g", config->key_bound));
  add_network (file, config);
  return file;
}

void
weights_file_free (WeightsFile * file)
{
  g_hash_table_unref (file->metadata);
  g_ptr_array_unref (file->tensors);
  g_byte_array_unref (file->data);
  g_free (file);
}

FileTensor *
weights_file_tensor (WeightsFile * file, const gchar * name)
{
  for (guint i = 0; i < file->tensors->len; i++) {
    FileTensor *tensor = file->tensors->pdata[i];
    if (!strcmp (tensor->name, name))
      return tensor;
  }
  g_assert_not_reached ();
}

gchar *
weights_file_header (WeightsFile * file)
{
  GString *header = g_string_new ("{\"__metadata__\":{");
  GHashTableIter iter;
  gpointer key, value;
  const gchar *separator = "";

  g_hash_table_iter_init (&iter, file->metadata);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    g_string_append_printf (header, "%s\"%s\":\"%s\"", separator, (gchar *) key, (gchar *) value);
    separator = ",";
  }
  g_string_append_c (header, '}');
  for (guint i = 0; i < file->tensors->len; i++) {
    const FileTensor *t = file->tensors->pdata[i];
    g_string_append_printf (header, ",\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%" G_GSIZE_FORMAT ",%"
        G_GSIZE_FORMAT "]}", t->name, t->dtype, t->shape, t->begin, t->end);
  }
  return g_string_free (g_string_append_c (header, '}'), FALSE);
}

GBytes *
weights_file_with_header (WeightsFile * file, const gchar * header)
{
  GByteArray *all = g_byte_array_new ();
  guint64 length = GUINT64_TO_LE ((guint64) strlen (header));

  g_byte_array_append (all, (guint8 *) & length, 8);
  g_byte_array_append (all, (const guint8 *) header, (guint) strlen (header));
  g_byte_array_append (all, file->data->data, file->data->len);
  return g_byte_array_free_to_bytes (all);
}

GBytes *
weights_file_bytes (WeightsFile * file)
{
  gchar *header = weights_file_header (file);
  GBytes *bytes = weights_file_with_header (file, header);

  g_free (header);
  return bytes;
}

SrwModel *
fixture_model (const SrwModelConfig * config)
{
  WeightsFile *file = weights_file_new (config);
  GBytes *bytes = weights_file_bytes (file);
  GError *error = NULL;
  SrwModel *model = srw_model_new (bytes, "formula", &error);

  g_assert_no_error (error);
  g_bytes_unref (bytes);
  weights_file_free (file);
  return model;
}

const gfloat *
fixture_values (const SrwModel * model, const gchar * name)
{
  const GArray *tensors = srw_model_layers (model)->tensors;

  for (guint i = 0; i < tensors->len; i++)
    if (!strcmp (g_array_index (tensors, SrwTensorInfo, i).name, name))
      return srw_model_values (model, i);
  g_assert_not_reached ();
}

/* ---- reading: the files are the project's own, so that nothing is checked twice ---- */

static void
vector_free (gpointer data)
{
  Vector *vector = data;

  g_free (vector->values);
  g_free (vector);
}

static Vector *
read_vector (JsonObject * entry, const guint8 * data)
{
  JsonArray *shape = json_object_get_array_member (entry, "shape");
  JsonArray *offsets = json_object_get_array_member (entry, "data_offsets");
  Vector *vector = g_new0 (Vector, 1);

  vector->rank = (gint) json_array_get_length (shape);
  vector->count = 1;
  for (gint i = 0; i < vector->rank; i++) {
    vector->shape[i] = (gint) json_array_get_int_element (shape, (guint) i);
    vector->count *= (gsize) vector->shape[i];
  }
  g_assert_cmpstr (json_object_get_string_member (entry, "dtype"), ==, "F32");
  vector->values = g_new (gfloat, vector->count);
  memcpy (vector->values, data + json_array_get_int_element (offsets, 0), vector->count * sizeof (gfloat));
  return vector;
}

static gint
metadata_number (JsonObject * metadata, const gchar * key)
{
  return atoi (json_object_get_string_member (metadata, key));
}

static void
metadata_four (JsonObject * metadata, const gchar * key, gint numbers[4])
{
  gchar **parts = g_strsplit (json_object_get_string_member (metadata, key), ",", 4);

  for (gint i = 0; i < 4; i++)
    numbers[i] = atoi (parts[i]);
  g_strfreev (parts);
}

Vectors *
vectors_load (const gchar * path)
{
  Vectors *vectors = g_new0 (Vectors, 1);
  JsonParser *parser = json_parser_new ();
  GError *error = NULL;
  guint64 length;
  gchar *data;
  JsonObject *header, *metadata;
  GList *names;
  gint encoder[4];

  g_file_get_contents (path, &data, NULL, &error);
  g_assert_no_error (error);
  memcpy (&length, data, 8);
  length = GUINT64_FROM_LE (length);
  json_parser_load_from_data (parser, data + 8, (gssize) length, &error);
  g_assert_no_error (error);
  header = json_node_get_object (json_parser_get_root (parser));
  metadata = json_object_get_object_member (header, "__metadata__");
  metadata_four (metadata, "encoder_channels", encoder);
  vectors->config.width = encoder[0] / 2;
  metadata_four (metadata, "decoder_channels", vectors->config.decoder_channels);
  metadata_four (metadata, "depths", vectors->config.depths);
  metadata_four (metadata, "hidden_ratio", vectors->config.hidden_ratio);
  vectors->config.recurrences = metadata_number (metadata, "recurrences");
  vectors->config.skip_step = metadata_number (metadata, "skip_step");
  vectors->config.key_bound = (gfloat) g_ascii_strtod (json_object_get_string_member (metadata, "key_bound"), NULL);

  vectors->tensors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, vector_free);
  names = json_object_get_members (header);
  for (GList * item = names; item; item = item->next)
    if (strcmp (item->data, "__metadata__"))
      g_hash_table_insert (vectors->tensors, g_strdup (item->data),
          read_vector (json_object_get_object_member (header, item->data), (guint8 *) data + 8 + length));
  g_list_free (names);
  g_object_unref (parser);
  g_free (data);
  return vectors;
}

const Vector *
vectors_get (const Vectors * vectors, const gchar * name)
{
  return g_hash_table_lookup (vectors->tensors, name);
}

void
vectors_free (Vectors * vectors)
{
  g_hash_table_unref (vectors->tensors);
  g_free (vectors);
}
