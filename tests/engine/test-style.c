/* Styles: blending, and .srwstyle files with their previews.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "network/style.h"
#include "video/preview.h"

#define C 8
#define COUNT (60 * C)

/* in a file */
#define PREVIEW_BYTES_AT (8 + 4 + 32)
#define STATISTICS_AT (PREVIEW_BYTES_AT + 4)

static const guint8 model_id[32] = "some model";
static const guint8 other_id[32] = "another model";

static SrwStyle *
style_of (gfloat base)
{
  gfloat statistics[COUNT];

  for (gint i = 0; i < COUNT; i++)
    statistics[i] = base + (gfloat) i * 0.25f;
  return srw_style_new (C, statistics);
}

static void
test_blend (void)
{
  SrwStyle *a = style_of (1), *b = style_of (3), *mix;
  const gfloat mixes[] = { 0.0f, 0.25f, 1.0f };

  for (guint m = 0; m < G_N_ELEMENTS (mixes); m++) {
    mix = srw_style_blend (a, b, mixes[m]);
    g_assert_cmpint (srw_style_width (mix), ==, C);
    for (gint i = 0; i < COUNT; i++)
      g_assert_cmpfloat_with_epsilon (srw_style_statistics (mix)[i], 1 + 2 * mixes[m] + 0.25 * i, 1e-5);
    g_clear_pointer (&mix, srw_style_unref);
    g_assert_null (mix);
  }
  mix = srw_style_ref (a);
  g_clear_pointer (&a, srw_style_unref);
  g_assert_cmpfloat (srw_style_statistics (mix)[0], ==, 1.0f);
  g_clear_pointer (&mix, srw_style_unref);
  g_clear_pointer (&b, srw_style_unref);
}

/* Means and deviations count alike, in deviations of the first, and no channel for more than four. */
static void
test_distance (void)
{
  const gint widths[] = { 2 * C, 4 * C, 8 * C, 16 * C };
  const gfloat moves[][3] = { {0, 0, 0}, {1, 0, 0.5f}, {-1, 1, 1}, {0, -0.5f, 0.25f}, {50, 0, 4} };
  gfloat from[COUNT], to[COUNT];

  for (guint m = 0; m < G_N_ELEMENTS (moves); m++) {
    SrwStyle *a, *b;

    for (gint stage = 0, at = 0; stage < 4; at += 2 * widths[stage++])
      for (gint i = at; i < at + 2 * widths[stage]; i++) {
        const gboolean deviation = i >= at + widths[stage];
        from[i] = deviation ? 2.0f : (gfloat) i;
        to[i] = from[i] + moves[m][deviation];
      }
    a = srw_style_new (C, from);
    b = srw_style_new (C, to);
    g_assert_cmpfloat_with_epsilon (srw_style_distance (a, b), moves[m][2], 1e-4);
    g_clear_pointer (&a, srw_style_unref);
    g_clear_pointer (&b, srw_style_unref);
  }
}

static void
test_file (void)
{
  gchar *path = fixture_path ("a.srwstyle");
  SrwStyle *style = style_of (1), *loaded;
  GError *error = NULL;

  g_assert_true (srw_style_save (style, NULL, model_id, path, &error));
  g_assert_no_error (error);
  loaded = srw_style_load (path, C, model_id, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (srw_style_statistics (style), COUNT * sizeof (gfloat), srw_style_statistics (loaded),
      COUNT * sizeof (gfloat));
  g_clear_pointer (&loaded, srw_style_unref);

  g_assert_null (srw_style_load (path, C, other_id, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_PICTURE);
  g_clear_error (&error);
  g_assert_null (srw_style_load (path, 2 * C, model_id, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_PICTURE);
  g_clear_error (&error);

  g_assert_false (srw_style_save (style, NULL, model_id, "/nonexistent/a.srwstyle", &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (srw_style_load ("/nonexistent/a.srwstyle", C, model_id, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (srw_style_load ("/dev/zero", C, model_id, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_clear_pointer (&style, srw_style_unref);
  g_remove (path);
  g_free (path);
}

/* A picture twice as wide as high, its middle red and its sides blue; or noise. */
static SrwPicture *
picture_of (gint height, gboolean noise)
{
  SrwPicture *picture = g_new (SrwPicture, 1);
  const gint width = 2 * height;

  *picture = (SrwPicture) { width, height, g_malloc0 (3 * width * height) };
  for (gint i = 0; i < width * height; i++) {
    const gboolean middle = i % width >= height / 2 && i % width < width - height / 2;
    picture->rgb[3 * i + (middle ? 0 : 2)] = 220;
    for (gint k = 0; noise && k < 3; k++)
      picture->rgb[3 * i + k] = (guint8) g_test_rand_int_range (0, 256);
  }
  return picture;
}

/* Whether all of a preview is so, as near as JPEG and scaling come to it. */
static gboolean
is_all (const SrwPicture * preview, guint red, guint green, guint blue)
{
  const guint want[] = { red, green, blue };
  gint most = 0;

  g_assert_cmpint (preview->width, ==, SRW_PREVIEW_SIDE);
  g_assert_cmpint (preview->height, ==, SRW_PREVIEW_SIDE);
  for (gint i = 0; i < 3 * SRW_PREVIEW_SIDE * SRW_PREVIEW_SIDE; i++)
    most = MAX (most, ABS ((gint) preview->rgb[i] - (gint) want[i % 3]));
  return most < 8;
}

/* Of a picture larger and smaller than a preview. */
static void
test_preview (void)
{
  gchar *path = fixture_path ("p.srwstyle");
  SrwStyle *style = style_of (1), *loaded;
  GError *error = NULL;

  for (gint height = 40; height <= 640; height *= 16) {
    SrwPicture *picture = picture_of (height, FALSE), *preview = srw_preview_of (picture, &error), *found;
    GBytes *jpeg = srw_preview_encode (preview, &error);

    g_assert_no_error (error);
    g_assert_true (is_all (preview, 220, 0, 0));
    g_assert_true (srw_style_save (style, jpeg, model_id, path, &error));
    loaded = srw_style_load (path, C, model_id, &error);
    g_assert_no_error (error);
    g_assert_cmpmem (srw_style_statistics (style), COUNT * sizeof (gfloat), srw_style_statistics (loaded),
        COUNT * sizeof (gfloat));
    found = srw_preview_load (path, &error);
    g_assert_no_error (error);
    g_assert_true (is_all (found, 220, 0, 0));
    g_clear_pointer (&found, srw_picture_free);
    g_clear_pointer (&loaded, srw_style_unref);
    g_bytes_unref (jpeg);
    g_clear_pointer (&preview, srw_picture_free);
    g_clear_pointer (&picture, srw_picture_free);
  }
  g_clear_pointer (&style, srw_style_unref);
  g_remove (path);
  g_free (path);
}

static void
test_preview_of_noise (void)
{
  SrwPicture *picture = picture_of (256, TRUE), *preview = srw_preview_of (picture, NULL);
  GBytes *jpeg;

  for (gint i = 0; i < 3 * SRW_PREVIEW_SIDE * SRW_PREVIEW_SIDE; i++)
    preview->rgb[i] = (guint8) (g_test_rand_int_range (0, 2) * 255);
  jpeg = srw_preview_encode (preview, NULL);
  g_assert_cmpuint (g_bytes_get_size (jpeg), <=, SRW_STYLE_MAX_PREVIEW);
  g_bytes_unref (jpeg);
  g_clear_pointer (&preview, srw_picture_free);
  g_clear_pointer (&picture, srw_picture_free);
}

static void
test_preview_blend (void)
{
  guint8 red[] = { 200, 0, 0 }, blue[] = { 0, 0, 100 };
  const SrwPicture first = { 1, 1, red }, second = { 1, 1, blue };
  SrwPicture *a = srw_preview_of (&first, NULL), *b = srw_preview_of (&second, NULL);
  SrwPicture *mix = srw_preview_blend (a, b, 0.25f);

  g_assert_true (is_all (mix, 150, 0, 25));
  g_clear_pointer (&mix, srw_picture_free);
  g_clear_pointer (&b, srw_picture_free);
  g_clear_pointer (&a, srw_picture_free);
}

static void
assert_no_preview (const gchar * path, GBytes * preview)
{
  SrwStyle *style = style_of (1);
  GError *error = NULL;

  if (preview)
    g_assert_true (srw_style_save (style, preview, model_id, path, NULL));
  g_assert_null (srw_preview_load (path, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_PICTURE);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_clear_pointer (&style, srw_style_unref);
}

/* What is no preview costs the style nothing. */
static void
test_bad_preview (void)
{
  gchar *path = fixture_path ("q.srwstyle");
  SrwPicture *large = picture_of (256, FALSE), *preview = srw_preview_of (large, NULL);
  GBytes *whole = srw_preview_encode (preview, NULL);
  GBytes *jpegs[] = { g_bytes_new_static ("no picture", 10), srw_picture_encode (large, 30, NULL),
    g_bytes_new_from_bytes (whole, 0, g_bytes_get_size (whole) - 2)
  };
  SrwStyle *style;

  for (guint i = 0; i < G_N_ELEMENTS (jpegs); i++) {
    assert_no_preview (path, jpegs[i]);
    style = srw_style_load (path, C, model_id, NULL);
    g_assert_nonnull (style);
    g_clear_pointer (&style, srw_style_unref);
    g_bytes_unref (jpegs[i]);
  }
  style = style_of (1);
  g_assert_true (srw_style_save (style, NULL, model_id, path, NULL));
  assert_no_preview (path, NULL);
  g_clear_pointer (&style, srw_style_unref);
  g_bytes_unref (whole);
  g_clear_pointer (&preview, srw_picture_free);
  g_clear_pointer (&large, srw_picture_free);
  g_remove (path);
  g_free (path);
}

/* As files were before: no preview, and nothing that tells of one. */
static void
test_first_format (void)
{
  gchar *path = fixture_path ("first.srwstyle");
  GByteArray *file = g_byte_array_new ();
  const gfloat one = 1.0f;
  guint32 word = GUINT32_TO_LE (C);
  SrwStyle *style;
  GError *error = NULL;

  g_byte_array_append (file, (const guint8 *) "SRWSTYL1", 8);
  g_byte_array_append (file, (const guint8 *) &word, 4);
  g_byte_array_append (file, model_id, 32);
  memcpy (&word, &one, 4);
  word = GUINT32_TO_LE (word);
  for (gint i = 0; i < COUNT; i++)
    g_byte_array_append (file, (const guint8 *) &word, 4);
  g_assert_true (g_file_set_contents (path, (gchar *) file->data, file->len, NULL));
  style = srw_style_load (path, C, model_id, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (srw_style_statistics (style)[COUNT - 1], ==, 1.0f);
  assert_no_preview (path, NULL);
  g_clear_pointer (&style, srw_style_unref);
  g_byte_array_unref (file);
  g_remove (path);
  g_free (path);
}

static void
assert_damaged (const gchar * path, const gchar * data, gsize size)
{
  GError *error = NULL;

  g_assert_true (g_file_set_contents (path, data, (gssize) size, NULL));
  g_assert_null (srw_style_load (path, C, model_id, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_PICTURE);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_null (srw_style_load_preview (path, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_PICTURE);
  g_error_free (error);
}

/* What the file says of the preview's size is what is there, or nothing is taken. */
static void
assert_wrong_preview_sizes (const gchar * path, gchar * data, gsize size)
{
  const guint32 wrong[] = { 0, 1, 9, 11, 10 + 4, SRW_STYLE_MAX_PREVIEW + 1, G_MAXINT32, G_MAXUINT32 };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    const guint32 word = GUINT32_TO_LE (wrong[i]);
    memcpy (data + PREVIEW_BYTES_AT, &word, 4);
    assert_damaged (path, data, size);
  }
}

static void
test_damaged (void)
{
  const gfloat bad[] = { NAN, INFINITY, 0.0f, -1.0f };
  gchar *path = fixture_path ("b.srwstyle"), *data;
  SrwStyle *style = style_of (1);
  GBytes *preview = g_bytes_new_static ("0123456789", 10);
  gsize size;

  g_assert_true (srw_style_save (style, preview, model_id, path, NULL));
  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  for (gsize length = 0; length < size; length += 7)
    assert_damaged (path, data, length);
  data = g_realloc (data, size + 4);
  memset (data + size, 0, 4);
  assert_damaged (path, data, size + 4);
  assert_wrong_preview_sizes (path, data, size);
  g_bytes_unref (preview);
  g_free (data);

  g_assert_true (srw_style_save (style, NULL, model_id, path, NULL));
  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    GError *error = NULL;
    memcpy (data + STATISTICS_AT + 4 * 2 * C, &bad[i], 4);
    g_assert_true (g_file_set_contents (path, data, (gssize) size, NULL));
    g_assert_null (srw_style_load (path, C, model_id, &error));
    g_assert_error (error, SRW_ERROR, SRW_ERROR_PICTURE);
    g_clear_error (&error);
  }
  g_clear_pointer (&style, srw_style_unref);
  g_remove (path);
  g_free (data);
  g_free (path);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  g_test_add_func ("/style/blend", test_blend);
  g_test_add_func ("/style/distance", test_distance);
  g_test_add_func ("/style/file", test_file);
  g_test_add_func ("/style/preview", test_preview);
  g_test_add_func ("/style/preview/noise", test_preview_of_noise);
  g_test_add_func ("/style/preview/blend", test_preview_blend);
  g_test_add_func ("/style/preview/bad", test_bad_preview);
  g_test_add_func ("/style/first-format", test_first_format);
  g_test_add_func ("/style/damaged", test_damaged);
  return fixture_run ();
}
