/* StyleRWKV engine: weights files. */
#include "model.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "inputfile.h"
#include "srw-models.h"

#define FORMAT_NAME "stylerwkv-2"
#define OLD_FORMAT_NAME "stylerwkv-1"
#define MAX_FILE_BYTES (G_GINT64_CONSTANT (1) << 30)
/* The largest network the numbers below allow has 4000 tensors of at most 200 bytes of header each. */
#define MAX_HEADER_BYTES (4 << 20)
#define MAX_HEADER_DEPTH 4
#define MAX_RANK 4

#define MAX_WIDTH_C 128
#define MAX_BLOCKS 16
#define MAX_HIDDEN 8
#define MAX_ROUNDS 8
#define MAX_STEP 16
#define MAX_CHANNELS (16 * MAX_WIDTH_C)
/* exp(2b) is how much more one token can weigh than another */
#define MAX_KEY_BOUND 40.0

/* A tensor the network needs, and where its values are once the file is read. */
typedef struct
{
  gchar *name;
  gint rank;
  gint shape[MAX_RANK];
  gsize count;                  /* values */
  gsize begin, end;             /* bytes in the data part of the file */
  gboolean half;                /* F16, else F32 */
  gsize first;                  /* first value in SrwModel.values */
} Entry;

struct _SrwModel
{
  gatomicrefcount refs;
  gchar *name;
  SrwModelConfig config;
  guint8 id[SRW_MODEL_ID_BYTES];
  GPtrArray *entries;           /* Entry */
  GHashTable *by_name;          /* Entry.name → Entry */
  gfloat *values;               /* of every tensor, one behind the other */
};

/* ---- architecture ---- */

gint
srw_model_encoder_channels (const SrwModelConfig * config, gint stage)
{
  static const gint factors[SRW_STAGES] = { 2, 4, 8, 16 };

  return factors[stage] * config->width_c;
}

gint
srw_model_feature_first (const SrwModelConfig * config, gint stage)
{
  gint first = 0;

  for (gint i = 0; i < stage; i++)
    first += srw_model_encoder_channels (config, i);
  return first;
}

/* ---- the tensors of a network ---- */

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->name);
  g_free (entry);
}

static void
expect (SrwModel * model, gchar * name, gint rank, gint a, gint b, gint c, gint d)
{
  Entry *entry = g_new0 (Entry, 1);
  const gint shape[MAX_RANK] = { a, b, c, d };

  entry->name = name;
  entry->rank = rank;
  entry->count = 1;
  for (gint i = 0; i < rank; i++) {
    entry->shape[i] = shape[i];
    entry->count *= (gsize) shape[i];
  }
  g_ptr_array_add (model->entries, entry);
  g_hash_table_insert (model->by_name, entry->name, entry);
}

/* All take `prefix` and a name behind it. */
#define EXPECT_1(model, name, a) expect (model, name, 1, a, 0, 0, 0)
#define EXPECT_2(model, name, a, b) expect (model, name, 2, a, b, 0, 0)
#define EXPECT_4(model, name, a, b, c, d) expect (model, name, 4, a, b, c, d)
#define IN(prefix, name) g_strconcat (prefix, name, NULL)

static void
expect_linear (SrwModel * model, const gchar * prefix, gint out, gint in)
{
  EXPECT_2 (model, IN (prefix, ".weight"), out, in);
  EXPECT_1 (model, IN (prefix, ".bias"), out);
}

static void
expect_conv (SrwModel * model, const gchar * prefix, gint out, gint in, gint kernel)
{
  EXPECT_4 (model, IN (prefix, ".weight"), out, in, kernel, kernel);
  EXPECT_1 (model, IN (prefix, ".bias"), out);
}

static void
expect_norm_and_shift (SrwModel * model, const gchar * prefix, gint c)
{
  EXPECT_1 (model, IN (prefix, ".norm.weight"), c);
  EXPECT_1 (model, IN (prefix, ".norm.bias"), c);
  EXPECT_2 (model, IN (prefix, ".shift.tap"), 9, c);
  EXPECT_4 (model, IN (prefix, ".shift.depthwise.weight"), c, 1, 3, 3);
  EXPECT_1 (model, IN (prefix, ".shift.depthwise.bias"), c);
  EXPECT_2 (model, IN (prefix, ".shift.dense.weight"), 18, c);
  EXPECT_1 (model, IN (prefix, ".shift.dense.bias"), 18);
}

static void
expect_block (SrwModel * model, const gchar * prefix, gint c, gint hidden)
{
  const SrwModelConfig *config = &model->config;
  gchar *spatial = IN (prefix, ".spatial"), *channel = IN (prefix, ".channel");

  expect_norm_and_shift (model, spatial, c);
  EXPECT_2 (model, IN (spatial, ".receptance.weight"), c, c);
  EXPECT_2 (model, IN (spatial, ".key.weight"), c, c);
  EXPECT_2 (model, IN (spatial, ".value.weight"), c, c);
  EXPECT_2 (model, IN (spatial, ".output.weight"), c, c);
  EXPECT_2 (model, IN (spatial, ".decay"), config->rounds, c);
  EXPECT_2 (model, IN (spatial, ".bonus"), config->rounds, c);

  expect_norm_and_shift (model, channel, c);
  EXPECT_2 (model, IN (channel, ".receptance.weight"), c, c);
  EXPECT_2 (model, IN (channel, ".key.weight"), hidden * c, c);
  EXPECT_2 (model, IN (channel, ".value.weight"), c, hidden * c);
  g_free (spatial);
  g_free (channel);
}

static void
expect_stage (SrwModel * model, const gchar * side, gint stage, gint c)
{
  for (gint i = 0; i < model->config.blocks[stage]; i++) {
    gchar *prefix = g_strdup_printf ("%s.%d.blocks.%d", side, stage, i);
    expect_block (model, prefix, c, model->config.hidden[stage]);
    g_free (prefix);
  }
}

static void
expect_encoder (SrwModel * model)
{
  const SrwModelConfig *config = &model->config;

  expect_conv (model, "stem", 2 * config->width_c, 3, 4);
  for (gint stage = 0; stage < SRW_STAGES; stage++) {
    gint c = srw_model_encoder_channels (config, stage);
    gchar *expand = g_strdup_printf ("encoder.%d.expand", stage);
    gchar *down = g_strdup_printf ("encoder.%d.down", stage);
    if (stage > 0)
      expect_linear (model, expand, c, c / 2);
    expect_stage (model, "encoder", stage, c);
    if (stage < SRW_STAGES - 1)
      expect_conv (model, down, c, c, 3);
    g_free (expand);
    g_free (down);
  }
}

static void
expect_decoder (SrwModel * model)
{
  const SrwModelConfig *config = &model->config;
  gint below = srw_model_encoder_channels (config, SRW_STAGES - 1);     /* channels of what comes from below */

  for (gint stage = SRW_STAGES - 1; stage >= 0; stage--) {
    gint c = config->decoder_channels[stage];
    gchar *reduce = g_strdup_printf ("decoder.%d.reduce", stage);
    gchar *merge = g_strdup_printf ("decoder.%d.merge", stage);
    gchar *up = g_strdup_printf ("decoder.%d.up", stage);
    if (stage == SRW_STAGES - 1) {
      expect_linear (model, reduce, c, below);
    } else {
      expect_linear (model, merge, c, below + srw_model_encoder_channels (config, stage));
      expect_conv (model, up, c, c, 3);
    }
    expect_stage (model, "decoder", stage, c);
    below = c;
    g_free (reduce);
    g_free (merge);
    g_free (up);
  }
  expect_conv (model, "head", 12, below, 3);
}

/* ---- reading ---- */

/* Refuses the file; always FALSE. What it quotes of the file may be cut within a character, or be none. */
static gboolean G_GNUC_PRINTF (3, 4)
refuse (const SrwModel * model, GError ** error, const gchar * format, ...)
{
  va_list arguments;
  gchar *why, *shown;

  va_start (arguments, format);
  why = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  shown = g_utf8_make_valid (why, -1);
  g_set_error (error, SRW_ERROR, SRW_ERROR_MODEL,
      "%s: %s; use a weights file written by this project's training/export.py", model->name, shown);
  g_free (shown);
  g_free (why);
  return FALSE;
}

static guint64
read_le64 (const guint8 * data)
{
  guint64 value;

  memcpy (&value, data, sizeof value);
  return GUINT64_FROM_LE (value);
}

/* json-glib recurses for every bracket, so the depth is bounded before it sees the text. It also knows comments and
 * other quotes, in which brackets would be miscounted here: only what JSON has is let through. */
static gboolean
structure_fits (const gchar * text, gsize length)
{
  gboolean in_string = FALSE;
  gint depth = 0;

  for (gsize i = 0; i < length; i++) {
    if (in_string) {
      if (text[i] == '\\')
        i++;
      else if (text[i] == '"')
        in_string = FALSE;
    } else if (text[i] == '"') {
      in_string = TRUE;
    } else if (text[i] == '{' || text[i] == '[') {
      if (++depth > MAX_HEADER_DEPTH)
        return FALSE;
    } else if (text[i] == '}' || text[i] == ']') {
      depth--;
    } else if (!g_ascii_isalnum (text[i]) && (text[i] == 0 || !strchr (" \t\r\n:,+-.", text[i]))) {
      return FALSE;
    }
  }
  return TRUE;
}

static JsonObject *
parse_header (const SrwModel * model, const gchar * text, gsize length, GError ** error)
{
  JsonParser *parser;
  JsonObject *header = NULL;
  GError *cause = NULL;
  JsonNode *root;

  if (!g_utf8_validate_len (text, length, NULL) || !structure_fits (text, length)) {
    refuse (model, error, "the header is not what a safetensors file has");
    return NULL;
  }
  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, text, (gssize) length, &cause)) {
    refuse (model, error, "the header is not JSON (%s)", cause->message);
  } else {
    root = json_parser_get_root (parser);
    if (root && JSON_NODE_HOLDS_OBJECT (root))
      header = json_object_ref (json_node_get_object (root));
    else
      refuse (model, error, "the header is not a JSON object");
  }
  g_clear_error (&cause);
  g_object_unref (parser);
  return header;
}

/* The string `key` of the metadata, NULL if it is not there. */
static const gchar *
metadata_string (JsonObject * header, const gchar * key)
{
  JsonNode *metadata = json_object_get_member (header, "__metadata__");
  JsonNode *value;

  if (metadata == NULL || !JSON_NODE_HOLDS_OBJECT (metadata))
    return NULL;
  value = json_object_get_member (json_node_get_object (metadata), key);
  if (value == NULL || !JSON_NODE_HOLDS_VALUE (value) || json_node_get_value_type (value) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (value);
}

/* `count` integers from 1 to `max`, comma separated. */
static gboolean
read_numbers (const SrwModel * model, JsonObject * header, const gchar * key, gint count, gint max, gint * numbers,
    GError ** error)
{
  const gchar *text = metadata_string (header, key);
  gchar **parts;
  gboolean good;

  if (text == NULL)
    return refuse (model, error, "the metadata has no string \"%s\"", key);
  parts = g_strsplit (text, ",", count + 1);
  good = g_strv_length (parts) == (guint) count;
  for (gint i = 0; good && i < count; i++) {
    guint64 number = 0;
    good = g_ascii_string_to_unsigned (g_strstrip (parts[i]), 10, 1, (guint64) max, &number, NULL);
    numbers[i] = (gint) number;
  }
  g_strfreev (parts);
  if (!good)
    return refuse (model, error, "metadata \"%s\" is \"%.40s\" where %d number%s from 1 to %d belong%s", key, text, count,
        count == 1 ? "" : "s", max, count == 1 ? "s" : "");
  return TRUE;
}

/* A number from 0 to `max`. */
static gboolean
read_real (const SrwModel * model, JsonObject * header, const gchar * key, gdouble max, gfloat * real, GError ** error)
{
  const gchar *text = metadata_string (header, key);
  gchar *end = NULL;
  gdouble value = text ? g_ascii_strtod (text, &end) : 0.0;

  if (text == NULL)
    return refuse (model, error, "the metadata has no string \"%s\"", key);
  /* so written that NaN is refused */
  if (end == text || *end != '\0' || !(value >= 0.0 && value <= max))
    return refuse (model, error, "metadata \"%s\" is \"%.40s\" where a number from 0 to %g belongs", key, text, max);
  *real = (gfloat) value;
  return TRUE;
}

static gboolean
read_width (SrwModel * model, JsonObject * header, GError ** error)
{
  SrwModelConfig *config = &model->config;
  gint channels[SRW_STAGES];

  if (!read_numbers (model, header, "encoder_channels", SRW_STAGES, MAX_CHANNELS, channels, error))
    return FALSE;
  config->width_c = channels[0] / 2;
  for (gint stage = 0; stage < SRW_STAGES; stage++)
    if (channels[stage] % 16 || channels[stage] != srw_model_encoder_channels (config, stage))
      return refuse (model, error, "metadata \"encoder_channels\" has %d for stage %d: the first is a multiple of 16, and each "
          "of the others twice the one before", channels[stage], stage + 1);
  return TRUE;
}

static gboolean
read_decoder_channels (SrwModel * model, JsonObject * header, GError ** error)
{
  gint *channels = model->config.decoder_channels;

  if (!read_numbers (model, header, "decoder_channels", SRW_STAGES, MAX_CHANNELS, channels, error))
    return FALSE;
  for (gint stage = 0; stage < SRW_STAGES; stage++)
    if (channels[stage] % 16)
      return refuse (model, error, "metadata \"decoder_channels\" has %d for stage %d, which is no multiple of 16",
          channels[stage], stage + 1);
  return TRUE;
}

static gboolean
read_present_config (SrwModel * model, JsonObject * header, GError ** error)
{
  SrwModelConfig *config = &model->config;

  return read_width (model, header, error) && read_decoder_channels (model, header, error)
      && read_numbers (model, header, "depths", SRW_STAGES, MAX_BLOCKS, config->blocks, error)
      && read_numbers (model, header, "hidden_ratio", SRW_STAGES, MAX_HIDDEN, config->hidden, error)
      && read_numbers (model, header, "recurrences", 1, MAX_ROUNDS, &config->rounds, error)
      && read_numbers (model, header, "skip_step", 1, MAX_STEP, &config->step, error)
      && read_real (model, header, "key_bound", MAX_KEY_BOUND, &config->key_bound, error);
}

/* Of the first format: every width follows from C. */
static gboolean
read_old_config (SrwModel * model, JsonObject * header, GError ** error)
{
  static const gint factors[SRW_STAGES] = { 4, 6, 8, 8 };
  SrwModelConfig *config = &model->config;
  gint hidden;

  if (!read_numbers (model, header, "C", 1, MAX_WIDTH_C, &config->width_c, error)
      || !read_numbers (model, header, "N", SRW_STAGES, MAX_BLOCKS, config->blocks, error)
      || !read_numbers (model, header, "h", 1, MAX_HIDDEN, &hidden, error)
      || !read_numbers (model, header, "q", 1, MAX_ROUNDS, &config->rounds, error)
      || !read_numbers (model, header, "p", 1, MAX_STEP, &config->step, error))
    return FALSE;
  if (config->width_c % 8)
    return refuse (model, error, "C is %d, not a multiple of 8", config->width_c);
  for (gint stage = 0; stage < SRW_STAGES; stage++) {
    config->decoder_channels[stage] = factors[stage] * config->width_c;
    config->hidden[stage] = hidden;
  }
  return TRUE;
}

static gboolean
read_config (SrwModel * model, JsonObject * header, GError ** error)
{
  const gchar *format = metadata_string (header, "format");

  if (g_strcmp0 (format, FORMAT_NAME) == 0)
    return read_present_config (model, header, error);
  if (g_strcmp0 (format, OLD_FORMAT_NAME) == 0)
    return read_old_config (model, header, error);
  return refuse (model, error, "the metadata says format \"%.40s\" instead of \"" FORMAT_NAME "\" or \"" OLD_FORMAT_NAME "\"",
      format ? format : "");
}

/* Exactly `count` non-negative integers. */
static gboolean
read_integers (JsonNode * node, guint count, gint64 * integers)
{
  JsonArray *array;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  array = json_node_get_array (node);
  if (json_array_get_length (array) != count)
    return FALSE;
  for (guint i = 0; i < count; i++) {
    JsonNode *element = json_array_get_element (array, i);
    if (!JSON_NODE_HOLDS_VALUE (element) || json_node_get_value_type (element) != G_TYPE_INT64)
      return FALSE;
    integers[i] = json_node_get_int (element);
    if (integers[i] < 0)
      return FALSE;
  }
  return TRUE;
}

static gchar *
shape_text (const Entry * entry)
{
  GString *text = g_string_new ("[");

  for (gint i = 0; i < entry->rank; i++)
    g_string_append_printf (text, "%s%d", i ? "," : "", entry->shape[i]);
  return g_string_free (g_string_append_c (text, ']'), FALSE);
}

static gboolean
read_shape (const SrwModel * model, const Entry * entry, JsonObject * object, GError ** error)
{
  gint64 shape[MAX_RANK];
  gboolean good = read_integers (json_object_get_member (object, "shape"), (guint) entry->rank, shape);
  gchar *text;

  for (gint i = 0; good && i < entry->rank; i++)
    good = shape[i] == entry->shape[i];
  if (good)
    return TRUE;
  text = shape_text (entry);
  refuse (model, error, "tensor %s has not the shape %s that the metadata asks for", entry->name, text);
  g_free (text);
  return FALSE;
}

static gboolean
read_entry (const SrwModel * model, Entry * entry, JsonObject * header, gsize data_size, GError ** error)
{
  JsonNode *node = json_object_get_member (header, entry->name);
  JsonObject *object;
  JsonNode *dtype;
  const gchar *type = NULL;
  gint64 offsets[2];

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return refuse (model, error, "tensor %s is missing", entry->name);
  object = json_node_get_object (node);
  dtype = json_object_get_member (object, "dtype");
  if (dtype && JSON_NODE_HOLDS_VALUE (dtype) && json_node_get_value_type (dtype) == G_TYPE_STRING)
    type = json_node_get_string (dtype);
  if (g_strcmp0 (type, "F16") && g_strcmp0 (type, "F32"))
    return refuse (model, error, "tensor %s has dtype \"%.20s\", which is neither F16 nor F32", entry->name,
        type ? type : "");
  entry->half = !strcmp (type, "F16");
  if (!read_shape (model, entry, object, error))
    return FALSE;
  if (!read_integers (json_object_get_member (object, "data_offsets"), 2, offsets) || offsets[0] > offsets[1]
      || (guint64) offsets[1] > data_size)
    return refuse (model, error, "tensor %s lies outside the file", entry->name);
  entry->begin = (gsize) offsets[0];
  entry->end = (gsize) offsets[1];
  if (entry->end - entry->begin != entry->count * (entry->half ? 2 : 4))
    return refuse (model, error, "tensor %s takes %" G_GSIZE_FORMAT " bytes, which does not fit its shape", entry->name,
        entry->end - entry->begin);
  return TRUE;
}

static gint
by_begin (gconstpointer a, gconstpointer b)
{
  const Entry *ea = *(Entry * const *) a, *eb = *(Entry * const *) b;

  return ea->begin < eb->begin ? -1 : ea->begin > eb->begin;
}

/* Sorts the entries by their place in the file. */
static gboolean
check_overlap (SrwModel * model, GError ** error)
{
  g_ptr_array_sort (model->entries, by_begin);
  for (guint i = 1; i < model->entries->len; i++) {
    const Entry *before = model->entries->pdata[i - 1], *entry = model->entries->pdata[i];
    if (entry->begin < before->end)
      return refuse (model, error, "tensors %s and %s overlap", before->name, entry->name);
  }
  return TRUE;
}

static gboolean
check_unknown (const SrwModel * model, JsonObject * header, GError ** error)
{
  GList *names = json_object_get_members (header);
  gboolean good = TRUE;

  for (GList * item = names; good && item; item = item->next)
    if (strcmp (item->data, "__metadata__") && !g_hash_table_contains (model->by_name, item->data))
      good = refuse (model, error, "tensor %.80s does not belong to this network", (const gchar *) item->data);
  g_list_free (names);
  return good;
}

static gfloat
half_to_float (guint16 half)
{
  guint32 sign = (guint32) (half & 0x8000) << 16;
  guint32 exponent = (half >> 10) & 31;
  guint32 mantissa = half & 0x3ff;
  guint32 bits;
  gfloat value;

  if (exponent == 0) {
    value = ldexpf ((gfloat) mantissa, -24);
    return sign ? -value : value;
  }
  bits = sign | (exponent == 31 ? 255u << 23 : (exponent + 112) << 23) | mantissa << 13;
  memcpy (&value, &bits, sizeof value);
  return value;
}

static gfloat
read_value (const guint8 * data, gboolean half, gsize i)
{
  guint32 bits;
  guint16 small;
  gfloat value;

  if (half) {
    memcpy (&small, data + 2 * i, sizeof small);
    return half_to_float (GUINT16_FROM_LE (small));
  }
  memcpy (&bits, data + 4 * i, sizeof bits);
  bits = GUINT32_FROM_LE (bits);
  memcpy (&value, &bits, sizeof value);
  return value;
}

static gboolean
read_values (SrwModel * model, const guint8 * data, GError ** error)
{
  gsize total = 0;

  for (guint e = 0; e < model->entries->len; e++) {
    Entry *entry = model->entries->pdata[e];
    entry->first = total;
    total += entry->count;
  }
  /* no more than twice the file, whose size was checked against the shapes */
  model->values = g_new (gfloat, total);
  for (guint e = 0; e < model->entries->len; e++) {
    const Entry *entry = model->entries->pdata[e];
    for (gsize i = 0; i < entry->count; i++) {
      gfloat value = read_value (data + entry->begin, entry->half, i);
      if (!isfinite (value))
        return refuse (model, error, "value %" G_GSIZE_FORMAT " of tensor %s is not finite", i, entry->name);
      model->values[entry->first + i] = value;
    }
  }
  return TRUE;
}

static gboolean
read_tensors (SrwModel * model, JsonObject * header, const guint8 * data, gsize size, GError ** error)
{
  expect_encoder (model);
  expect_decoder (model);
  for (guint e = 0; e < model->entries->len; e++)
    if (!read_entry (model, model->entries->pdata[e], header, size, error))
      return FALSE;
  return check_unknown (model, header, error) && check_overlap (model, error) && read_values (model, data, error);
}

/* A file is the length of the header in 8 bytes, the header, and the data. */
static gboolean
read_file (SrwModel * model, const guint8 * data, gsize size, GError ** error)
{
  JsonObject *header;
  guint64 length;
  gboolean good;

  if (size < 8)
    return refuse (model, error, "the file is only %" G_GSIZE_FORMAT " bytes long", size);
  length = read_le64 (data);
  if (length > MAX_HEADER_BYTES || length > size - 8)
    return refuse (model, error, "the header claims to be %" G_GUINT64_FORMAT " bytes long, which it cannot be", length);
  header = parse_header (model, (const gchar *) data + 8, (gsize) length, error);
  if (header == NULL)
    return FALSE;
  good = read_config (model, header, error)
      && read_tensors (model, header, data + 8 + length, size - 8 - (gsize) length, error);
  json_object_unref (header);
  return good;
}

/* ---- life ---- */

SrwModel *
srw_model_new (GBytes * bytes, const gchar * name, GError ** error)
{
  SrwModel *model = g_new0 (SrwModel, 1);
  gsize size, length = SRW_MODEL_ID_BYTES;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);

  g_atomic_ref_count_init (&model->refs);
  model->name = g_strdup (name);
  model->entries = g_ptr_array_new_with_free_func (entry_free);
  model->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  if (read_file (model, data, size, error)) {
    g_checksum_update (sum, data, (gssize) size);
    g_checksum_get_digest (sum, model->id, &length);
  } else {
    srw_model_unref (&model);
  }
  g_checksum_free (sum);
  return model;
}

SrwModel *
srw_model_open (const gchar * path, GError ** error)
{
  SrwModel *model = NULL;
  GBytes *bytes;
  gchar *name;

  if (path)
    bytes = srw_input_file_read (path, MAX_FILE_BYTES, SRW_ERROR_MODEL, error);
  else
    bytes = g_resource_lookup_data (srw_models_get_resource (), "/stylerwkv/models/small.safetensors",
        G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  if (bytes) {
    name = path ? srw_input_file_display_name (path) : g_strdup ("the embedded model");
    model = srw_model_new (bytes, name, error);
    g_free (name);
    g_bytes_unref (bytes);
  }
  return model;
}

SrwModel *
srw_model_ref (SrwModel * model)
{
  g_atomic_ref_count_inc (&model->refs);
  return model;
}

void
srw_model_unref (SrwModel ** model)
{
  SrwModel *held;

  if (model == NULL || *model == NULL)
    return;
  held = *model;
  *model = NULL;
  if (!g_atomic_ref_count_dec (&held->refs))
    return;
  g_hash_table_unref (held->by_name);
  g_ptr_array_unref (held->entries);
  g_free (held->values);
  g_free (held->name);
  g_free (held);
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

const gfloat *
srw_model_get (const SrwModel * model, const gchar * format, ...)
{
  va_list arguments;
  const Entry *entry;
  gchar *name;

  va_start (arguments, format);
  name = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  entry = g_hash_table_lookup (model->by_name, name);
  g_free (name);
  g_return_val_if_fail (entry != NULL, NULL);
  return model->values + entry->first;
}
