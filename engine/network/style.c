/* Styles.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/style.h"

#include <math.h>
#include <string.h>

#include "base/inputfile.h"
#include "network/model.h"

/* A .srwstyle file: magic, C, the model's SHA-256, the preview's bytes, 60·C float32 values, the preview; numbers are
 * little-endian. Files of the first format, which end with the values and do not tell of a preview, are still read. */
#define MAGIC "SRWSTYL2"
#define MAGIC_1 "SRWSTYL1"
#define MAGIC_BYTES 8
#define HEADER_BYTES_1 (MAGIC_BYTES + 4 + SRW_MODEL_ID_BYTES)
#define HEADER_BYTES (HEADER_BYTES_1 + 4)
#define STATISTICS_PER_C 60
/* C of the widest network that a file is read of for its preview alone */
#define MAX_WIDTH 1024

#define DAMAGED "damaged .srwstyle file"

/* A channel that is nearly constant decides nothing alone. */
#define LEAST_DEVIATION 1e-4f
#define MOST_DEVIATIONS 4.0f

struct _SrwStyle
{
  gatomicrefcount refs;
  gint width;
  gfloat statistics[];          /* (60·C) */
};

static gsize
statistics_count (gint width)
{
  return (gsize) STATISTICS_PER_C *(gsize) width;
}

static SrwStyle *
style_alloc (gint width)
{
  SrwStyle *style = g_malloc (sizeof *style + statistics_count (width) * sizeof (gfloat));

  g_atomic_ref_count_init (&style->refs);
  style->width = width;
  return style;
}

SrwStyle *
srw_style_new (gint width, const gfloat * statistics)
{
  SrwStyle *style = style_alloc (width);

  memcpy (style->statistics, statistics, statistics_count (width) * sizeof (gfloat));
  return style;
}

SrwStyle *
srw_style_ref (SrwStyle * style)
{
  g_atomic_ref_count_inc (&style->refs);
  return style;
}

void
srw_style_unref (SrwStyle * style)
{
  if (g_atomic_ref_count_dec (&style->refs))
    g_free (style);
}

gint
srw_style_width (const SrwStyle * style)
{
  return style->width;
}

const gfloat *
srw_style_statistics (const SrwStyle * style)
{
  return style->statistics;
}

SrwStyle *
srw_style_blend (const SrwStyle * a, const SrwStyle * b, gfloat mix)
{
  SrwStyle *style;

  g_return_val_if_fail (a->width == b->width, NULL);
  style = style_alloc (a->width);
  for (gsize i = 0; i < statistics_count (a->width); i++)
    style->statistics[i] = (1.0f - mix) * a->statistics[i] + mix * b->statistics[i];
  return style;
}

gfloat
srw_style_distance (const SrwStyle * a, const SrwStyle * b)
{
  const SrwModelConfig config = {.width = a->width };
  const gfloat *x = a->statistics, *y = b->statistics;
  gfloat sum = 0.0f;

  g_return_val_if_fail (a->width == b->width, MOST_DEVIATIONS);
  for (gint stage = 0; stage < SRW_STAGES; stage++) {
    const gint c = srw_model_encoder_channels (&config, stage);
    for (gint i = 0; i < c; i++) {
      const gfloat moved = fabsf (y[i] - x[i]) + fabsf (y[c + i] - x[c + i]);
      sum += fminf (moved / fmaxf (x[c + i], LEAST_DEVIATION), MOST_DEVIATIONS);
    }
    x += 2 * c;
    y += 2 * c;
  }
  return sum / (gfloat) (statistics_count (a->width) / 2);
}

/* ---- files ---- */

static void
append_word (GByteArray * file, guint32 word)
{
  word = GUINT32_TO_LE (word);
  g_byte_array_append (file, (const guint8 *) &word, 4);
}

static guint32
word_at (const guint8 * data)
{
  guint32 word;

  memcpy (&word, data, 4);
  return GUINT32_FROM_LE (word);
}

gboolean
srw_style_save (const SrwStyle * style, GBytes * preview, const guint8 model_id[32], const gchar * path,
    GError ** error)
{
  GByteArray *file = g_byte_array_new ();
  gsize size = 0;
  const guint8 *picture = preview ? g_bytes_get_data (preview, &size) : NULL;
  GError *cause = NULL;
  gboolean saved;

  g_return_val_if_fail (size <= SRW_STYLE_MAX_PREVIEW, FALSE);
  g_byte_array_append (file, (const guint8 *) MAGIC, MAGIC_BYTES);
  append_word (file, (guint32) style->width);
  g_byte_array_append (file, model_id, SRW_MODEL_ID_BYTES);
  append_word (file, (guint32) size);
  for (gsize i = 0; i < statistics_count (style->width); i++) {
    guint32 word;
    memcpy (&word, &style->statistics[i], 4);
    append_word (file, word);
  }
  g_byte_array_append (file, picture, (guint) size);
  saved = g_file_set_contents (path, (gchar *) file->data, (gssize) file->len, &cause);
  if (!saved)
    g_set_error (error, SRW_ERROR, SRW_ERROR_NOT_FOUND, "style file: %s", cause->message);
  g_clear_error (&cause);
  g_byte_array_unref (file);
  return saved;
}

/* NULL when a value is not finite or a deviation is not positive. */
static SrwStyle *
parse_statistics (const guint8 * data, gint width)
{
  SrwStyle *style = style_alloc (width);
  const SrwModelConfig config = {.width = width };
  const guint8 *at = data;
  gboolean good = TRUE;
  gfloat *value = style->statistics;

  for (gint stage = 0; stage < SRW_STAGES; stage++) {
    gint c = srw_model_encoder_channels (&config, stage);
    for (gint i = 0; i < 2 * c; i++, at += 4, value++) {
      const guint32 word = word_at (at);
      memcpy (value, &word, 4);
      good = good && isfinite (*value) && (i < c || *value > 0.0f);
    }
  }
  if (!good)
    g_clear_pointer (&style, srw_style_unref);
  return style;
}

/* What a file holds, once its size is what its header says. The pointers are into the file. */
typedef struct
{
  guint32 width;
  const guint8 *model_id, *statistics, *preview;
  gsize preview_bytes;
} Contents;

/* Fails when it is no such file; `whole` tells whether all of it is there, and nothing else. */
static gboolean
parse_header (const guint8 * data, gsize size, Contents * contents, gboolean * whole)
{
  const gboolean first = size >= MAGIC_BYTES && memcmp (data, MAGIC_1, MAGIC_BYTES) == 0;
  const gsize header = first ? HEADER_BYTES_1 : HEADER_BYTES;
  guint64 statistics;

  if (size < header || (!first && memcmp (data, MAGIC, MAGIC_BYTES)))
    return FALSE;
  contents->width = word_at (data + MAGIC_BYTES);
  contents->model_id = data + MAGIC_BYTES + 4;
  contents->preview_bytes = first ? 0 : word_at (data + HEADER_BYTES_1);
  statistics = 4 * (guint64) STATISTICS_PER_C *contents->width;
  *whole = contents->preview_bytes <= SRW_STYLE_MAX_PREVIEW && size == header + statistics + contents->preview_bytes;
  contents->statistics = data + header;
  contents->preview = data + size - contents->preview_bytes;
  return TRUE;
}

/* Says what is wrong with a file that was read. */
static void
refuse (const gchar * path, const gchar * wrong, GError ** error)
{
  gchar *name = srw_input_file_display_name (path);

  g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "%s: %s", name, wrong);
  g_free (name);
}

/* The file, with what stands in it; NULL with `error` set when it is none, or of other weights than `model_id`, NULL
 * for any. */
static GBytes *
read_file (const gchar * path, gint width, const guint8 * model_id, Contents * contents, GError ** error)
{
  /* enough to tell that a file is of another network */
  const gsize most = 64 * (HEADER_BYTES + 4 * statistics_count (width)) + SRW_STYLE_MAX_PREVIEW;
  GBytes *bytes = srw_input_file_read (path, most, SRW_ERROR_PICTURE, error);
  const gchar *wrong = NULL;
  gboolean whole = FALSE;

  if (bytes == NULL)
    return NULL;
  if (!parse_header (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), contents, &whole))
    wrong = "not a .srwstyle file";
  else if (model_id && (contents->width != (guint32) width
          || memcmp (contents->model_id, model_id, SRW_MODEL_ID_BYTES)))
    wrong = "made with other weights; save the style again with the weights in use";
  else if (!whole)
    wrong = DAMAGED;
  if (wrong) {
    refuse (path, wrong, error);
    g_clear_pointer (&bytes, g_bytes_unref);
  }
  return bytes;
}

SrwStyle *
srw_style_load (const gchar * path, gint width, const guint8 model_id[32], GError ** error)
{
  Contents contents;
  GBytes *file = read_file (path, width, model_id, &contents, error);
  SrwStyle *style = file ? parse_statistics (contents.statistics, width) : NULL;

  if (file && style == NULL)
    refuse (path, DAMAGED, error);
  g_clear_pointer (&file, g_bytes_unref);
  return style;
}

GBytes *
srw_style_load_preview (const gchar * path, GError ** error)
{
  Contents contents;
  GBytes *file = read_file (path, MAX_WIDTH, NULL, &contents, error), *preview = NULL;

  if (file && contents.preview_bytes)
    preview = g_bytes_new (contents.preview, contents.preview_bytes);
  else if (file)
    refuse (path, "a style without a preview; save it again with stylerwkv-style", error);
  g_clear_pointer (&file, g_bytes_unref);
  return preview;
}
