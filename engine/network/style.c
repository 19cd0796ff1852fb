/* Styles.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/style.h"

#include <math.h>
#include <string.h>

#include "base/inputfile.h"
#include "network/model.h"

/* A .srwstyle file: magic, C, the model's SHA-256, 60·C float32 values; numbers are little-endian. */
#define MAGIC "SRWSTYL1"
#define MAGIC_BYTES 8
#define HEADER_BYTES (MAGIC_BYTES + 4 + SRW_MODEL_ID_BYTES)
#define STATISTICS_PER_C 60

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

gboolean
srw_style_save (const SrwStyle * style, const guint8 model_id[32], const gchar * path, GError ** error)
{
  gsize count = statistics_count (style->width), size = HEADER_BYTES + 4 * count;
  guint32 word = GUINT32_TO_LE ((guint32) style->width);
  guint8 *data = g_malloc (size), *at = data;
  GError *cause = NULL;
  gboolean saved;

  memcpy (at, MAGIC, MAGIC_BYTES);
  memcpy (at += MAGIC_BYTES, &word, 4);
  memcpy (at += 4, model_id, SRW_MODEL_ID_BYTES);
  at += SRW_MODEL_ID_BYTES;
  for (gsize i = 0; i < count; i++, at += 4) {
    memcpy (&word, &style->statistics[i], 4);
    word = GUINT32_TO_LE (word);
    memcpy (at, &word, 4);
  }
  saved = g_file_set_contents (path, (gchar *) data, (gssize) size, &cause);
  if (!saved)
    g_set_error (error, SRW_ERROR, SRW_ERROR_NOT_FOUND, "style file: %s", cause->message);
  g_clear_error (&cause);
  g_free (data);
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
      guint32 word;
      memcpy (&word, at, 4);
      word = GUINT32_FROM_LE (word);
      memcpy (value, &word, 4);
      good = good && isfinite (*value) && (i < c || *value > 0.0f);
    }
  }
  if (!good)
    g_clear_pointer (&style, srw_style_unref);
  return style;
}

static SrwStyle *
parse_file (const guint8 * data, gsize size, const gchar * path, gint width, const guint8 * model_id, GError ** error)
{
  SrwStyle *style = NULL;
  guint32 word;

  if (size < HEADER_BYTES || memcmp (data, MAGIC, MAGIC_BYTES)) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "%s: not a .srwstyle file", path);
    return NULL;
  }
  memcpy (&word, data + MAGIC_BYTES, 4);
  if (GUINT32_FROM_LE (word) != (guint32) width
      || memcmp (data + MAGIC_BYTES + 4, model_id, SRW_MODEL_ID_BYTES)) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE,
        "%s: made with other weights; save the style again with the weights in use", path);
    return NULL;
  }
  if (size == HEADER_BYTES + 4 * statistics_count (width))
    style = parse_statistics (data + HEADER_BYTES, width);
  if (style == NULL)
    g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "%s: damaged .srwstyle file", path);
  return style;
}

SrwStyle *
srw_style_load (const gchar * path, gint width, const guint8 model_id[32], GError ** error)
{
  /* enough to tell that a file is of another network */
  const gsize most = 64 * (HEADER_BYTES + 4 * statistics_count (width));
  GBytes *bytes = srw_input_file_read (path, most, SRW_ERROR_PICTURE, error);
  SrwStyle *style = NULL;
  gchar *name;

  if (bytes) {
    gsize size;
    const guint8 *data = g_bytes_get_data (bytes, &size);
    name = srw_input_file_display_name (path);
    style = parse_file (data, size, name, width, model_id, error);
    g_free (name);
    g_bytes_unref (bytes);
  }
  return style;
}
