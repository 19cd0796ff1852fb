/* Safetensors files.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/safetensors.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

/* The largest network that a model may be has 4000 tensors of at most 200 bytes of header each. */
#define MAX_HEADER_BYTES (4 << 20)
#define MAX_HEADER_DEPTH 4

struct _SrwSafetensors
{
  gchar *name;
  GBytes *bytes;
  JsonObject *header;
  const guint8 *data;           /* behind the header */
  gsize size;                   /* of the data, bytes */
};

/* Where the values of a tensor are in the data. */
typedef struct
{
  const SrwTensorInfo *info;
  gsize begin, end;             /* bytes */
  gboolean half;                /* F16, else F32 */
} Place;

gsize
srw_tensor_info_count (const SrwTensorInfo * info)
{
  gsize count = 1;

  for (gint i = 0; i < info->rank; i++)
    count *= (gsize) info->shape[i];
  return count;
}

/* What is quoted of the file may be cut within a character, or be none. */
gboolean
srw_safetensors_refuse (const SrwSafetensors * file, GError ** error, const gchar * format, ...)
{
  va_list arguments;
  gchar *why, *shown;

  va_start (arguments, format);
  why = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  shown = g_utf8_make_valid (why, -1);
  g_set_error (error, SRW_ERROR, SRW_ERROR_MODEL,
      "%s: %s; use a weights file written by this project's training/export.py", file->name, shown);
  g_free (shown);
  g_free (why);
  return FALSE;
}

/* ---- header ---- */

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

/* Of one that was checked. */
static gboolean
parse_json (SrwSafetensors * file, const gchar * text, gsize length, GError ** error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) cause = NULL;
  JsonNode *root;

  if (!json_parser_load_from_data (parser, text, (gssize) length, &cause))
    return srw_safetensors_refuse (file, error, "the header is not JSON (%s)", cause->message);
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return srw_safetensors_refuse (file, error, "the header is not a JSON object");
  file->header = json_object_ref (json_node_get_object (root));
  return TRUE;
}

/* A file is the length of the header in 8 bytes, the header, and the data. */
static gboolean
read_header (SrwSafetensors * file, GError ** error)
{
  const guint8 *all = g_bytes_get_data (file->bytes, &file->size);
  const gchar *text = (const gchar *) all + 8;
  guint64 length;

  if (file->size < 8)
    return srw_safetensors_refuse (file, error, "the file is only %" G_GSIZE_FORMAT " bytes long", file->size);
  memcpy (&length, all, sizeof length);
  length = GUINT64_FROM_LE (length);
  if (length > MAX_HEADER_BYTES || length > file->size - 8)
    return srw_safetensors_refuse (file, error, "the header claims to be %" G_GUINT64_FORMAT
        " bytes long, which it cannot be", length);
  file->data = all + 8 + length;
  file->size -= 8 + (gsize) length;
  if (!g_utf8_validate_len (text, (gsize) length, NULL) || !structure_fits (text, (gsize) length))
    return srw_safetensors_refuse (file, error, "the header is not what a safetensors file has");
  return parse_json (file, text, (gsize) length, error);
}

SrwSafetensors *
srw_safetensors_new (GBytes * bytes, const gchar * name, GError ** error)
{
  SrwSafetensors *file = g_new0 (SrwSafetensors, 1);

  file->name = g_strdup (name);
  file->bytes = g_bytes_ref (bytes);
  if (read_header (file, error))
    return file;
  srw_safetensors_free (file);
  return NULL;
}

void
srw_safetensors_free (SrwSafetensors * file)
{
  g_clear_pointer (&file->header, json_object_unref);
  g_bytes_unref (file->bytes);
  g_free (file->name);
  g_free (file);
}

const gchar *
srw_safetensors_metadata (const SrwSafetensors * file, const gchar * key)
{
  JsonNode *metadata = json_object_get_member (file->header, "__metadata__");
  JsonNode *value;

  if (metadata == NULL || !JSON_NODE_HOLDS_OBJECT (metadata))
    return NULL;
  value = json_object_get_member (json_node_get_object (metadata), key);
  if (value == NULL || !JSON_NODE_HOLDS_VALUE (value) || json_node_get_value_type (value) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (value);
}

/* ---- tensors ---- */

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
shape_text (const SrwTensorInfo * info)
{
  GString *text = g_string_new ("[");

  for (gint i = 0; i < info->rank; i++)
    g_string_append_printf (text, "%s%d", i ? "," : "", info->shape[i]);
  return g_string_free (g_string_append_c (text, ']'), FALSE);
}

static gboolean
check_shape (const SrwSafetensors * file, const SrwTensorInfo * info, JsonObject * object, GError ** error)
{
  g_autofree gchar *text = shape_text (info);
  gint64 shape[SRW_MAX_RANK];
  gboolean good = read_integers (json_object_get_member (object, "shape"), (guint) info->rank, shape);

  for (gint i = 0; good && i < info->rank; i++)
    good = shape[i] == info->shape[i];
  return good || srw_safetensors_refuse (file, error, "tensor %s has not the shape %s that the metadata asks for",
      info->name, text);
}

static gboolean
read_type (const SrwSafetensors * file, const SrwTensorInfo * info, JsonObject * object, gboolean * half,
    GError ** error)
{
  JsonNode *node = json_object_get_member (object, "dtype");
  const gchar *type = "";

  if (node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    type = json_node_get_string (node);
  *half = !strcmp (type, "F16");
  return *half || !strcmp (type, "F32")
      || srw_safetensors_refuse (file, error, "tensor %s has dtype \"%.20s\", which is neither F16 nor F32",
          info->name, type);
}

static gboolean
read_offsets (const SrwSafetensors * file, JsonObject * object, Place * place, GError ** error)
{
  const SrwTensorInfo *info = place->info;
  gint64 offsets[2];

  if (!read_integers (json_object_get_member (object, "data_offsets"), 2, offsets) || offsets[0] > offsets[1]
      || (guint64) offsets[1] > file->size)
    return srw_safetensors_refuse (file, error, "tensor %s lies outside the file", info->name);
  place->begin = (gsize) offsets[0];
  place->end = (gsize) offsets[1];
  if (place->end - place->begin != srw_tensor_info_count (info) * (place->half ? 2 : 4))
    return srw_safetensors_refuse (file, error,
        "tensor %s takes %" G_GSIZE_FORMAT " bytes, which does not fit its shape",
        info->name, place->end - place->begin);
  return TRUE;
}

static gboolean
find_tensor (const SrwSafetensors * file, Place * place, GError ** error)
{
  JsonNode *node = json_object_get_member (file->header, place->info->name);
  JsonObject *object;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return srw_safetensors_refuse (file, error, "tensor %s is missing", place->info->name);
  object = json_node_get_object (node);
  return read_type (file, place->info, object, &place->half, error)
      && check_shape (file, place->info, object, error) && read_offsets (file, object, place, error);
}

static gint
by_begin (gconstpointer a, gconstpointer b)
{
  const Place *pa = a, *pb = b;

  return pa->begin < pb->begin ? -1 : pa->begin > pb->begin;
}

static gboolean
check_overlap (const SrwSafetensors * file, const Place * places, guint n, GError ** error)
{
  g_autofree Place *sorted = g_memdup2 (places, n * sizeof *places);

  qsort (sorted, n, sizeof *sorted, by_begin);
  for (guint i = 1; i < n; i++) {
    if (sorted[i].begin < sorted[i - 1].end)
      return srw_safetensors_refuse (file, error, "tensors %s and %s overlap", sorted[i - 1].info->name,
          sorted[i].info->name);
  }
  return TRUE;
}

static gboolean
check_unknown (const SrwSafetensors * file, const SrwTensorInfo * infos, guint n, GError ** error)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GList) names = json_object_get_members (file->header);

  g_hash_table_add (known, (gpointer) "__metadata__");
  for (guint i = 0; i < n; i++)
    g_hash_table_add (known, infos[i].name);
  for (GList * item = names; item; item = item->next) {
    if (!g_hash_table_contains (known, item->data))
      return srw_safetensors_refuse (file, error, "tensor %.80s does not belong to this network",
          (const gchar *) item->data);
  }
  return TRUE;
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
read_values (const SrwSafetensors * file, const Place * place, gfloat * values, GError ** error)
{
  const gsize count = srw_tensor_info_count (place->info);

  for (gsize i = 0; i < count; i++) {
    values[i] = read_value (file->data + place->begin, place->half, i);
    if (!isfinite (values[i]))
      return srw_safetensors_refuse (file, error, "value %" G_GSIZE_FORMAT " of tensor %s is not finite", i,
          place->info->name);
  }
  return TRUE;
}

/* Of tensors that were checked: no more than twice the file, into which their shapes fit. */
static gfloat *
read_all (const SrwSafetensors * file, const Place * places, guint n, GError ** error)
{
  g_autofree gfloat *values = NULL;
  gsize total = 0, at = 0;

  for (guint i = 0; i < n; i++)
    total += srw_tensor_info_count (places[i].info);
  values = g_new (gfloat, total);
  for (guint i = 0; i < n; i++) {
    if (!read_values (file, &places[i], values + at, error))
      return NULL;
    at += srw_tensor_info_count (places[i].info);
  }
  return g_steal_pointer (&values);
}

gfloat *
srw_safetensors_read (const SrwSafetensors * file, const SrwTensorInfo * infos, guint n, GError ** error)
{
  g_autofree Place *places = g_new0 (Place, n);

  for (guint i = 0; i < n; i++) {
    places[i].info = &infos[i];
    if (!find_tensor (file, &places[i], error))
      return NULL;
  }
  if (!check_unknown (file, infos, n, error) || !check_overlap (file, places, n, error))
    return NULL;
  return read_all (file, places, n, error);
}
