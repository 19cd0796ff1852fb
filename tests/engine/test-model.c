/* The loader of weights files against files that are wrong in every way a file can be.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "fixture.h"

static const SrwModelConfig tiny = FIXTURE_CONFIG (8, 1, 1, 1, {1, 1, 1, 1});

#define ANY_TENSOR "encoder.1.blocks.0.spatial.key.weight"

/* The file must be refused with a message that names it and has `word` in it. */
static void
assert_refused (GBytes * bytes, const gchar * word)
{
  GError *error = NULL;
  SrwModel *model = srw_model_new (bytes, "the-file", &error);

  g_assert_null (model);
  g_assert_error (error, SRW_ERROR, SRW_ERROR_MODEL);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, "the-file: "));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_nonnull (strstr (error->message, word));
  g_error_free (error);
  g_bytes_unref (bytes);
}

static void
test_good (void)
{
  SrwModel *model = fixture_model (&tiny);
  const SrwModelConfig *config = srw_model_config (model);
  const gfloat *bias = fixture_values (model, "head.bias");

  g_assert_cmpint (config->width, ==, 8);
  g_assert_cmpint (config->depths[3], ==, 1);
  g_assert_cmpint (srw_model_feature_first (config, SRW_STAGES), ==, 30 * 8);
  for (gint i = 0; i < 12; i++)
    g_assert_true (bias[i] >= -0.2f && bias[i] <= 0.2f);
  g_clear_pointer (&model, srw_model_unref);
}

/* Half precision: the values come out as if they had been rounded. */
static void
test_half (void)
{
  static const guint16 halves[12] = { 0x0000, 0x8000, 0x3c00, 0xbc00, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x3555, 0x4248,
    0x8001, 0xfbff
  };
  static const gdouble values[12] = { 0.0, -0.0, 1.0, -1.0, 5.9604644775390625e-8, 6.097555160522461e-5,
    6.103515625e-5, 65504.0, 0.333251953125, 3.140625, -5.9604644775390625e-8, -65504.0
  };
  WeightsFile *file = weights_file_new (&tiny);
  FileTensor *tensor = weights_file_tensor (file, "head.bias");
  GError *error = NULL;
  GBytes *bytes;
  SrwModel *model;

  for (gint i = 0; i < 12; i++) {
    guint16 half = GUINT16_TO_LE (halves[i]);
    memcpy (file->data->data + tensor->begin + 2 * i, &half, 2);
  }
  tensor->end = tensor->begin + 24;
  g_free (tensor->dtype);
  tensor->dtype = g_strdup ("F16");
  bytes = weights_file_bytes (file);
  model = srw_model_new (bytes, "half", &error);
  g_assert_no_error (error);
  for (gint i = 0; i < 12; i++)
    g_assert_cmpfloat (fixture_values (model, "head.bias")[i], ==, (gfloat) values[i]);
  g_clear_pointer (&model, srw_model_unref);
  g_bytes_unref (bytes);
  weights_file_free (file);
}

static void
test_truncated (void)
{
  WeightsFile *file = weights_file_new (&tiny);
  GBytes *whole = weights_file_bytes (file);
  gsize size = g_bytes_get_size (whole);
  const gsize lengths[] = { 0, 1, 7, 8, 9, 100, size / 2, size - 1 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    /* a copy of its own, so that reading past the end is seen by the sanitizer */
    GBytes *part = g_bytes_new (g_bytes_get_data (whole, NULL), lengths[i]);
    assert_refused (part, "");
  }
  g_bytes_unref (whole);
  weights_file_free (file);
}

static void
test_header (void)
{
  static const guint64 lengths[] = { G_MAXUINT64, G_MAXINT64, 1u << 31, 100 };
  static const gchar *const garbage[] = { "", "{", "null", "[]", "3", "{}", "\"a\"", "{\"__metadata__\":3}",
    "{\"__metadata__\":{\"format\":3}}", "{\"__metadata__\":{\"format\":\"other\"}}", "{\"a\":nul}", "\xff\xfe", "{,}",
    "/* \" */ [[[[[[", "{\"a\":'[['}"
  };
  WeightsFile *file = weights_file_new (&tiny);
  GString *deep = g_string_new (NULL);
  gchar *big;

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    guint64 start[2] = { GUINT64_TO_LE (lengths[i]), 0 };
    assert_refused (g_bytes_new (start, sizeof start), "header");
  }
  for (guint i = 0; i < G_N_ELEMENTS (garbage); i++)
    assert_refused (weights_file_with_header (file, garbage[i]), "");
  for (gint i = 0; i < 1000000; i++)
    g_string_append_c (deep, '[');
  assert_refused (weights_file_with_header (file, deep->str), "header");
  g_string_free (deep, TRUE);
  big = g_strnfill (5 << 20, ' ');
  assert_refused (weights_file_with_header (file, big), "header");
  g_free (big);
  weights_file_free (file);
}

/* The first format: widths follow from C, one ratio is for all stages, and keys have no bound. */
static void
test_old_format (void)
{
  static const gchar *const old[][2] = { {"format", "stylerwkv-1"}, {"C", "8"}, {"N", "1,1,1,1"}, {"h", "1"}, {"q",
      "1"},
    {"p", "1"}
  };
  static const gchar *const wrong[][2] = { {"C", "12"}, {"C", "16"}, {"N", "1,1,1"}, {"h", "0"}, {"q", "2"}, {"p",
      "x"} };
  WeightsFile *file = weights_file_new (&tiny);
  const SrwModelConfig *config;
  GError *error = NULL;
  SrwModel *model;
  GBytes *bytes;

  g_hash_table_remove_all (file->metadata);
  for (guint i = 0; i < G_N_ELEMENTS (old); i++)
    g_hash_table_insert (file->metadata, g_strdup (old[i][0]), g_strdup (old[i][1]));
  bytes = weights_file_bytes (file);
  model = srw_model_new (bytes, "old", &error);
  g_assert_no_error (error);
  config = srw_model_config (model);
  g_assert_cmpmem (config->decoder_channels, sizeof config->decoder_channels, tiny.decoder_channels,
      sizeof tiny.decoder_channels);
  g_assert_cmpmem (config->hidden_ratio, sizeof config->hidden_ratio, tiny.hidden_ratio, sizeof tiny.hidden_ratio);
  g_assert_cmpfloat (config->key_bound, ==, 0.0f);
  g_clear_pointer (&model, srw_model_unref);
  g_bytes_unref (bytes);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    gchar *kept = g_strdup (g_hash_table_lookup (file->metadata, wrong[i][0]));
    g_hash_table_insert (file->metadata, g_strdup (wrong[i][0]), g_strdup (wrong[i][1]));
    assert_refused (weights_file_bytes (file), "");
    g_hash_table_insert (file->metadata, g_strdup (wrong[i][0]), kept);
  }
  weights_file_free (file);
}

static void
test_metadata (void)
{
  static const struct
  {
    const gchar *key, *value;   /* NULL: not there */
  } wrong[] = {
    {"format", NULL}, {"format", "stylerwkv-3"}, {"encoder_channels", NULL}, {"encoder_channels", "16,32,64"},
    {"encoder_channels", "16,32,64,96"}, {"encoder_channels", "24,48,96,192"}, {"encoder_channels", "0,0,0,0"},
    {"encoder_channels", "99999999999999999999,1,1,1"}, {"encoder_channels", "16000000,32000000,64000000,128000000"},
    {"decoder_channels", NULL}, {"decoder_channels", "16,32,64,60"}, {"decoder_channels", "32,48,64,-64"},
    {"decoder_channels", "32,48,64,1000000"}, {"depths", "1,1,1"}, {"depths", "1,1,1,1,1"}, {"depths", "1,1,0,1"},
    {"depths", "1,1,1,100"}, {"depths", ",,,"}, {"hidden_ratio", "0,1,1,1"}, {"hidden_ratio", "x"}, {"recurrences",
        "0"},
    {"recurrences", "100"}, {"skip_step", "0"}, {"skip_step", "-1"}, {"key_bound", NULL}, {"key_bound", "-1"},
    {"key_bound", "nan"}, {"key_bound", "inf"}, {"key_bound", "1e9"}, {"key_bound", "4 "}, {"key_bound", ""},
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    WeightsFile *file = weights_file_new (&tiny);
    g_hash_table_remove (file->metadata, wrong[i].key);
    if (wrong[i].value)
      g_hash_table_insert (file->metadata, g_strdup (wrong[i].key), g_strdup (wrong[i].value));
    assert_refused (weights_file_bytes (file), wrong[i].key);
    weights_file_free (file);
  }
}

/* Messages show the beginning of a text, which may end within a character, or hold half a character in the first
 * place. */
static void
test_strange_text (void)
{
  static const gchar *const texts[] = {
    "a\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
        "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4", "\\ud800"
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    static const gchar *const keys[] = { "format", "encoder_channels", "key_bound" };
    for (guint k = 0; k < G_N_ELEMENTS (keys); k++) {
      WeightsFile *file = weights_file_new (&tiny);
      g_hash_table_insert (file->metadata, g_strdup (keys[k]), g_strdup (texts[i]));
      assert_refused (weights_file_bytes (file), "");
      weights_file_free (file);
    }
  }
}

/* Metadata that is possible but not that of the tensors. */
static void
test_other_network (void)
{
  static const gchar *const other[][2] = { {"encoder_channels", "32,64,128,256"}, {"decoder_channels", "16,48,64,64"},
      {"depths", "1,1,1,2"},
    {"hidden_ratio", "2,1,1,1"}, {"recurrences", "2"} };

  for (guint i = 0; i < G_N_ELEMENTS (other); i++) {
    WeightsFile *file = weights_file_new (&tiny);
    g_hash_table_insert (file->metadata, g_strdup (other[i][0]), g_strdup (other[i][1]));
    assert_refused (weights_file_bytes (file), "tensor");
    weights_file_free (file);
  }
}

typedef void (*Damage) (WeightsFile * file, FileTensor * tensor);

static void
damage_name (WeightsFile * file, FileTensor * tensor)
{
  g_free (tensor->name);
  tensor->name = g_strdup ("something");
}

static void
damage_dtype (WeightsFile * file, FileTensor * tensor)
{
  g_free (tensor->dtype);
  tensor->dtype = g_strdup ("BF16");
}

static void
set_shape (FileTensor * tensor, const gchar * shape)
{
  g_free (tensor->shape);
  tensor->shape = g_strdup (shape);
}

static void
damage_shape (WeightsFile * file, FileTensor * tensor)
{
  set_shape (tensor, "[16,64]");
}

static void
damage_rank (WeightsFile * file, FileTensor * tensor)
{
  set_shape (tensor, "[32,32,1]");
}

static void
damage_shape_type (WeightsFile * file, FileTensor * tensor)
{
  set_shape (tensor, "[32.0,\"32\"]");
}

static void
damage_shape_sign (WeightsFile * file, FileTensor * tensor)
{
  set_shape (tensor, "[-32,-32]");
}

static void
damage_shape_kind (WeightsFile * file, FileTensor * tensor)
{
  set_shape (tensor, "null");
}

static void
damage_outside (WeightsFile * file, FileTensor * tensor)
{
  gsize size = tensor->end - tensor->begin;

  tensor->begin = file->data->len - size + 4;
  tensor->end = tensor->begin + size;
}

static void
damage_huge_offset (WeightsFile * file, FileTensor * tensor)
{
  tensor->end = (gsize) G_MAXINT64;
  tensor->begin = tensor->end - 4096;
}

static void
damage_order (WeightsFile * file, FileTensor * tensor)
{
  gsize begin = tensor->begin;

  tensor->begin = tensor->end;
  tensor->end = begin;
}

static void
damage_size (WeightsFile * file, FileTensor * tensor)
{
  tensor->end -= 4;
}

static void
damage_overlap (WeightsFile * file, FileTensor * tensor)
{
  tensor->begin -= 4;
  tensor->end -= 4;
}

static void
put_value (WeightsFile * file, FileTensor * tensor, guint32 bits)
{
  bits = GUINT32_TO_LE (bits);
  memcpy (file->data->data + tensor->begin + 40, &bits, 4);
}

static void
damage_nan (WeightsFile * file, FileTensor * tensor)
{
  put_value (file, tensor, 0x7fc00000);
}

static void
damage_infinity (WeightsFile * file, FileTensor * tensor)
{
  put_value (file, tensor, 0xff800000);
}

static void
test_tensors (void)
{
  static const Damage damages[] = { damage_name, damage_dtype, damage_shape, damage_rank, damage_shape_type,
    damage_shape_sign, damage_shape_kind, damage_outside, damage_huge_offset, damage_order, damage_size,
    damage_overlap, damage_nan, damage_infinity
  };

  for (guint i = 0; i < G_N_ELEMENTS (damages); i++) {
    WeightsFile *file = weights_file_new (&tiny);
    damages[i] (file, weights_file_tensor (file, ANY_TENSOR));
    assert_refused (weights_file_bytes (file), ANY_TENSOR);
    weights_file_free (file);
  }
}

static void
test_unknown_tensor (void)
{
  WeightsFile *file = weights_file_new (&tiny);
  FileTensor *extra = g_new0 (FileTensor, 1);
  static const guint8 value[4] = { 0 };

  extra->name = g_strdup ("encoder.0.expand.weight");
  extra->dtype = g_strdup ("F32");
  extra->shape = g_strdup ("[1]");
  extra->begin = file->data->len;
  extra->end = extra->begin + 4;
  g_byte_array_append (file->data, value, 4);
  g_ptr_array_add (file->tensors, extra);
  assert_refused (weights_file_bytes (file), "encoder.0.expand.weight");
  weights_file_free (file);
}

/* Bytes of the header changed at random: refused or read, never a crash. */
static void
test_random (void)
{
  WeightsFile *file = weights_file_new (&tiny);
  gchar *header = weights_file_header (file);
  gsize length = strlen (header);
  gint refused = 0, rounds = g_test_slow () ? 5000 : 300;

  for (gint i = 0; i < rounds; i++) {
    gchar *changed = g_strdup (header);
    gint changes = g_test_rand_int_range (1, 4);
    GBytes *bytes;
    SrwModel *model;
    for (gint k = 0; k < changes; k++)
      changed[g_test_rand_int_range (0, (gint32) length)] = (gchar) g_test_rand_int_range (1, 256);
    bytes = weights_file_with_header (file, changed);
    model = srw_model_new (bytes, "random", NULL);
    refused += model == NULL;
    g_clear_pointer (&model, srw_model_unref);
    g_bytes_unref (bytes);
    g_free (changed);
  }
  g_test_message ("%d of %d refused", refused, rounds);
  g_assert_cmpint (refused, >, rounds / 2);
  g_free (header);
  weights_file_free (file);
}

static void
test_open (void)
{
  gchar *path = fixture_path ("weights.safetensors");
  WeightsFile *file = weights_file_new (&tiny);
  GBytes *bytes = weights_file_bytes (file);
  GError *error = NULL;
  guint8 id[SRW_MODEL_ID_BYTES];
  gsize length = sizeof id;
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
  SrwModel *model;

  g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
  model = srw_model_open (path, &error);
  g_assert_no_error (error);
  g_checksum_update (sum, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));
  g_checksum_get_digest (sum, id, &length);
  g_assert_cmpmem (id, sizeof id, srw_model_id (model), sizeof id);
  g_checksum_free (sum);
  g_clear_pointer (&model, srw_model_unref);
  g_remove (path);

  g_assert_null (srw_model_open (path, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (srw_model_open (g_get_tmp_dir (), &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (srw_model_open ("/dev/zero", &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_bytes_unref (bytes);
  weights_file_free (file);
  g_free (path);
}

static void
test_embedded (void)
{
  GError *error = NULL;
  SrwModel *model = srw_model_open (NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (srw_model_config (model)->width % 8, ==, 0);
  g_clear_pointer (&model, srw_model_unref);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  g_test_add_func ("/model/good", test_good);
  g_test_add_func ("/model/half", test_half);
  g_test_add_func ("/model/truncated", test_truncated);
  g_test_add_func ("/model/header", test_header);
  g_test_add_func ("/model/metadata", test_metadata);
  g_test_add_func ("/model/strange-text", test_strange_text);
  g_test_add_func ("/model/old-format", test_old_format);
  g_test_add_func ("/model/other-network", test_other_network);
  g_test_add_func ("/model/tensors", test_tensors);
  g_test_add_func ("/model/unknown-tensor", test_unknown_tensor);
  g_test_add_func ("/model/random", test_random);
  g_test_add_func ("/model/open", test_open);
  g_test_add_func ("/model/embedded", test_embedded);
  return fixture_run ();
}
