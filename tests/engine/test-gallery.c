/* The styles that come along: each listed one is there, fits the built-in weights, has a preview, and is like no other.
 *
 *   test-gallery models/styles
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "network/model.h"
#include "network/style.h"
#include "video/preview.h"

/* Half as far as the nearest two are from each other. */
#define NEAREST 0.05f

static const gchar *folder;

/* Names in the first column of origins.md's table, sorted. */
static GPtrArray *
listed_names (void)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  gchar *path = g_build_filename (folder, "origins.md", NULL), *text, **lines;
  GError *error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (gchar ** line = lines; *line; line++)
    if (g_str_has_prefix (*line, "| `"))
      g_ptr_array_add (names, g_strndup (*line + 3, strcspn (*line + 3, "`")));
  g_strfreev (lines);
  g_free (text);
  g_free (path);
  return names;
}

static guint
count_files (void)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const gchar *name;
  guint count = 0;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)))
    count += g_str_has_suffix (name, SRW_STYLE_SUFFIX);
  g_dir_close (dir);
  return count;
}

static void
test_each (void)
{
  GPtrArray *names = listed_names (), *styles = g_ptr_array_new_with_free_func ((GDestroyNotify) srw_style_unref);
  GError *error = NULL;
  SrwModel *model = srw_model_open (NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (names->len, >, 0);
  g_assert_cmpuint (count_files (), ==, names->len);
  for (guint i = 0; i < names->len; i++) {
    gchar *name = g_strconcat (g_ptr_array_index (names, i), SRW_STYLE_SUFFIX, NULL);
    gchar *path = g_build_filename (folder, name, NULL);
    SrwStyle *style = srw_style_load (path, srw_model_config (model)->width, srw_model_id (model), &error);
    SrwPicture *preview = style ? srw_preview_load (path, &error) : NULL;

    if (error)
      g_error ("%s (models/styles/make.sh makes them all anew)", error->message);
    for (guint k = 0; k < styles->len; k++) {
      gfloat distance = srw_style_distance (g_ptr_array_index (styles, k), style);

      g_test_message ("%s, %s: %.3f", name, (gchar *) g_ptr_array_index (names, k), distance);
      g_assert_cmpfloat (distance, >, NEAREST);
    }
    g_ptr_array_add (styles, style);
    g_clear_pointer (&preview, srw_picture_free);
    g_free (path);
    g_free (name);
  }
  srw_model_unref (model);
  g_ptr_array_unref (styles);
  g_ptr_array_unref (names);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  folder = argv[1];
  g_test_add_func ("/gallery/each", test_each);
  return g_test_run ();
}
