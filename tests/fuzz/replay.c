/* Stands in for libFuzzer: calls a target with the bytes of every file in folders, and with the beginnings of each.
 *
 *   fuzz-TARGET FOLDER…
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define BEGINNINGS 24
/* The files here are small ones, whatever they claim to be. */
#define MOST_MEMORY_KB (256 * 1024)

/* As much as the process has ever asked for, used or not. */
static guint64
peak_memory_kb (void)
{
  gchar *status, *peak;
  guint64 kb;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  peak = strstr (status, "VmPeak:");
  g_assert_nonnull (peak);
  kb = g_ascii_strtoull (peak + strlen ("VmPeak:"), NULL, 10);
  g_free (status);
  return kb;
}

/* In memory of exactly this size, so that a sanitizer sees what is read behind it. */
static void
replay (const gchar * data, gsize size)
{
  /* unlike g_malloc's, it is somewhere even if it is empty, as libFuzzer's are */
  guint8 *copy = malloc (size);

  memcpy (copy, data, size);
  LLVMFuzzerTestOneInput (copy, size);
  free (copy);
}

static void
test_file (gconstpointer path)
{
  GError *error = NULL;
  guint64 before = peak_memory_kb ();
  gchar *data;
  gsize size;

  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  replay (data, size);
  for (gsize i = 0; i < BEGINNINGS; i++)
    replay (data, size * i / BEGINNINGS);
  g_assert_cmpuint (peak_memory_kb () - before, <=, MOST_MEMORY_KB);
  g_free (data);
}

static void
add_folder (const gchar * folder)
{
  GError *error = NULL;
  GDir *dir = g_dir_open (folder, 0, &error);
  const gchar *name;
  guint files = 0;

  g_assert_no_error (error);
  for (; (name = g_dir_read_name (dir)); files++) {
    gchar *test = g_strdup_printf ("/%s/%s", folder, name);
    g_test_add_data_func_full (test, g_build_filename (folder, name, NULL), test_file, g_free);
    g_free (test);
  }
  g_assert_cmpuint (files, >, 0);
  g_dir_close (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  LLVMFuzzerInitialize (&argc, &argv);
  g_assert_cmpint (argc, >, 1);
  for (gint i = 1; i < argc; i++)
    add_folder (argv[i]);
  return g_test_run ();
}
