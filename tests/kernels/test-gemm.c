/* The choice between CLBlast and tiles: measured, remembered, and survives whatever is in the file.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>

#include "fixture.h"

static const SrwProductShape shapes[] = { {300, 32, 48}, {20, 16, 16} };

static gchar *
choices_path (void)
{
  return g_build_filename (g_getenv ("SRW_CACHE_DIR"), "gemm", NULL);
}

/* By fresh operators, which know only what is in the file. */
static void
tune (gboolean measuring)
{
  GError *error = NULL;
  SrwOps *ops = srw_ops_new (fixture_queue (), &error);

  g_assert_no_error (error);
  srw_ops_tune (ops, shapes, G_N_ELEMENTS (shapes), measuring, &error);
  g_assert_no_error (error);
  g_clear_pointer (&ops, srw_ops_free);
}

static gchar *
contents (void)
{
  gchar *path = choices_path (), *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_free (path);
  return text;
}

static void
assert_choices (const gchar * text)
{
  GKeyFile *file = g_key_file_new ();
  gchar **groups, *value;
  gsize n_groups;

  g_assert_true (g_key_file_load_from_data (file, text, -1, G_KEY_FILE_NONE, NULL));
  groups = g_key_file_get_groups (file, &n_groups);
  g_assert_cmpuint (n_groups, >, 0);
  /* whatever was there before, ours is the last */
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++) {
    value = g_key_file_get_string (file, groups[n_groups - 1], i ? "5x16x16" : "9x32x48", NULL);
    g_assert_true (g_strcmp0 (value, "tile") == 0 || g_strcmp0 (value, "clblast") == 0);
    g_free (value);
  }
  g_strfreev (groups);
  g_key_file_free (file);
}

static void
test_malformed (void)
{
  static const gchar *const wrong[] = { "", "[a]\n9x32x48=\xff\xfe\n", "no key file", "[group\nx" };
  gchar *path = choices_path (), *text;

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_assert_true (g_file_set_contents (path, wrong[i], -1, NULL));
    if (i >= 2)
      g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*gemm*written anew*");
    tune (TRUE);
    g_test_assert_expected_messages ();
    text = contents ();
    assert_choices (text);
    g_free (text);
  }
  g_free (path);
}

static void
test_remembered (void)
{
  gchar *before, *after;

  tune (TRUE);
  before = contents ();
  tune (TRUE);
  after = contents ();
  assert_choices (after);
  g_assert_cmpstr (before, ==, after);
  g_free (before);
  g_free (after);
}

/* What a stream does: it measures nothing, and so has nothing to remember. */
static void
test_not_measured (void)
{
  gchar *path = choices_path ();

  g_remove (path);
  tune (FALSE);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_free (path);
}

static void
remove_all (const gchar * dir)
{
  GDir *handle = g_dir_open (dir, 0, NULL);
  const gchar *name;

  while (handle && (name = g_dir_read_name (handle))) {
    gchar *path = g_build_filename (dir, name, NULL);
    g_remove (path);
    g_free (path);
  }
  g_clear_pointer (&handle, g_dir_close);
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  gchar *dir = g_dir_make_tmp ("stylerwkv-XXXXXX", NULL);
  int result;

  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("SRW_GEMM");
  g_setenv ("SRW_CACHE_DIR", dir, TRUE);
  g_test_add_func ("/kernels/gemm/remembered", test_remembered);
  g_test_add_func ("/kernels/gemm/malformed", test_malformed);
  g_test_add_func ("/kernels/gemm/not-measured", test_not_measured);
  result = g_test_run ();
  fixture_close ();
  remove_all (dir);
  g_free (dir);
  return result;
}
