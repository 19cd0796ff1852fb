/* Styles: blending, and .srwstyle files.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "network/style.h"

#define C 8
#define COUNT (60 * C)

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

  g_assert_true (srw_style_save (style, model_id, path, &error));
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

  g_assert_false (srw_style_save (style, model_id, "/nonexistent/a.srwstyle", &error));
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

static void
assert_damaged (const gchar * path, const gchar * data, gsize size)
{
  GError *error = NULL;

  g_assert_true (g_file_set_contents (path, data, (gssize) size, NULL));
  g_assert_null (srw_style_load (path, C, model_id, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_PICTURE);
  g_assert_nonnull (strstr (error->message, path));
  g_error_free (error);
}

static void
test_damaged (void)
{
  const gfloat bad[] = { NAN, INFINITY, 0.0f, -1.0f };
  gchar *path = fixture_path ("b.srwstyle"), *data;
  SrwStyle *style = style_of (1);
  gsize size, first_deviation;

  g_assert_true (srw_style_save (style, model_id, path, NULL));
  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  for (gsize length = 0; length < size; length += 7)
    assert_damaged (path, data, length);
  data = g_realloc (data, size + 4);
  memset (data + size, 0, 4);
  assert_damaged (path, data, size + 4);
  first_deviation = size - 4 * COUNT + 4 * 2 * C;
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    memcpy (data + first_deviation, &bad[i], 4);
    assert_damaged (path, data, size);
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
  g_test_add_func ("/style/damaged", test_damaged);
  return fixture_run ();
}
