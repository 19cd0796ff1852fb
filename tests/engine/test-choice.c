/* Choosing among devices: the faster one by what was measured, which is remembered, whatever is in the file.
 *
 * Run with two devices: PoCL's `basic`, which has one thread, and `pthread`.
 *
 *   test-choice folder-of-kernels
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "fixture.h"
#include "network/choice.h"
#include "opencl/measurements.h"
#include "opencl/program.h"

/* The two devices. */
static GPtrArray *entries;
/* Where the sources of the kernels lie. */
static const gchar *kernels_folder;

static const SrwDeviceEntry *
entry (guint i)
{
  return entries->pdata[i];
}

static gchar *
times_path (void)
{
  gchar *dir = srw_program_cache_dir (), *path = g_build_filename (dir, "devices", NULL);

  g_free (dir);
  return path;
}

static gchar *
group_of (guint i)
{
  return srw_measurements_group (entry (i)->platform, entry (i)->name, entry (i)->driver);
}

/* The key under which a device's time stands in the file, which has one. */
static gchar *
only_key (GKeyFile * file, const gchar * group)
{
  gsize n = 0;
  gchar **keys = g_key_file_get_keys (file, group, &n, NULL), *key;

  g_assert_cmpuint (n, ==, 1);
  key = g_strdup (keys[0]);
  g_strfreev (keys);
  return key;
}

/* Opens the device with auto, which must give `number`, or any with NULL; gives why. */
static gchar *
choose (const gchar * number)
{
  GError *error = NULL;
  gchar *why = NULL;
  SrwDevice *device = srw_choice_open_device ("auto", NULL, &why, &error);

  g_assert_no_error (error);
  if (number)
    g_assert_cmpstr (srw_device_info (device)->number, ==, number);
  g_clear_pointer (&device, srw_device_unref);
  return why;
}

/* The times of both devices, as the file has them; fails the test where it has none. */
static void
read_times (gdouble ms[2])
{
  gchar *path = times_path ();
  GKeyFile *file = g_key_file_new ();

  g_assert_true (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL));
  for (guint i = 0; i < 2; i++) {
    gchar *group = group_of (i), *key = only_key (file, group);
    ms[i] = g_key_file_get_double (file, group, key, NULL);
    g_assert_cmpfloat (ms[i], >, 0.0);
    g_free (key);
    g_free (group);
  }
  g_key_file_free (file);
  g_free (path);
}

/* Says in the file what the devices take. */
static void
write_times (const gchar * first, const gchar * second)
{
  gchar *path = times_path ();
  GKeyFile *file = g_key_file_new ();

  g_assert_true (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL));
  for (guint i = 0; i < 2; i++) {
    gchar *group = group_of (i), *key = only_key (file, group);
    g_key_file_set_string (file, group, key, i ? second : first);
    g_free (key);
    g_free (group);
  }
  g_assert_true (g_key_file_save_to_file (file, path, NULL));
  g_key_file_free (file);
  g_free (path);
}

static void
expect_warning (const gchar * pattern)
{
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, pattern);
}

/* The first time both are measured; what is chosen is the faster. Then nothing is. */
static void
test_measured (void)
{
  gchar *why = choose (NULL), *again, *path = times_path (), *before, *after;
  gdouble ms[2];

  read_times (ms);
  again = choose (entry (ms[0] <= ms[1] ? 0 : 1)->number);
  g_assert_true (g_str_has_prefix (why, "the faster of 2: "));
  g_assert_cmpstr (why, ==, again);
  g_assert_true (g_file_get_contents (path, &before, NULL, NULL));
  g_free (again);
  again = choose (NULL);
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_cmpstr (before, ==, after);
  g_free (before);
  g_free (after);
  g_free (again);
  g_free (why);
  g_free (path);
}

static void
test_faster (void)
{
  gchar *why;

  write_times ("1.2", "5.4");
  why = choose (entry (0)->number);
  g_assert_cmpstr (why, ==, "the faster of 2: 1.2 ms against 5.4 ms");
  g_free (why);
  write_times ("20", "5.4");
  why = choose (entry (1)->number);
  g_assert_cmpstr (why, ==, "the faster of 2: 5.4 ms against 20.0 ms");
  g_free (why);
  /* alike: the first */
  write_times ("3", "3");
  g_free (choose (entry (0)->number));
}

static void
test_asked (void)
{
  write_times ("1", "9");
  for (guint i = 0; i < 2; i++) {
    GError *error = NULL;
    gchar *why = NULL;
    SrwDevice *device = srw_choice_open_device (entry (i)->number, NULL, &why, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (srw_device_info (device)->number, ==, entry (i)->number);
    g_assert_cmpstr (why, ==, "as asked");
    g_clear_pointer (&device, srw_device_unref);
    g_free (why);
  }
}

/* Those that failed before are not taken again. */
static void
test_lost (void)
{
  const gchar *lost[] = { entry (0)->number, NULL, NULL };
  GError *error = NULL;
  gchar *why = NULL;
  SrwDevice *device;

  write_times ("1", "9");
  device = srw_choice_open_device (NULL, lost, &why, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (srw_device_info (device)->number, ==, entry (1)->number);
  g_assert_cmpstr (why, ==, "the only one left");
  g_clear_pointer (&device, srw_device_unref);
  g_free (why);
  lost[1] = entry (1)->number;
  g_assert_null (srw_choice_open_device (NULL, lost, NULL, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_NO_DEVICE);
  g_clear_error (&error);
}

/* What nobody measured is measured again, with a warning each, and written. */
static void
test_nonsense (void)
{
  static const gchar *const wrong[][2] = { {"nan", "-1"}, {"0", "1e999"}, {"1 ms", ""} };
  gdouble ms[2];

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    write_times (wrong[i][0], wrong[i][1]);
    expect_warning ("*devices*never measured*");
    expect_warning ("*devices*never measured*");
    g_free (choose (NULL));
    g_test_assert_expected_messages ();
    read_times (ms);
  }
}

/* A file that is none of ours is written anew. */
static void
test_foreign_file (void)
{
  static const gchar *const wrong[] = { "no key file" };
  gchar *path = times_path (), *large = g_strnfill (2 << 20, '#');
  gdouble ms[2];

  for (guint i = 0; i <= G_N_ELEMENTS (wrong); i++) {
    g_assert_true (g_file_set_contents (path, i < G_N_ELEMENTS (wrong) ? wrong[i] : large, -1, NULL));
    expect_warning ("*devices*written anew*");
    g_free (choose (NULL));
    g_test_assert_expected_messages ();
    read_times (ms);
  }
  g_free (large);
  g_free (path);
}

/* The kernels in a folder where they can be changed. */
static gchar *
copy_kernels (void)
{
  gchar *to = fixture_path ("kernels"), *command[] = { "cp", "-r", (gchar *) kernels_folder, to, NULL };
  gint status = -1;

  g_assert_true (g_spawn_sync (NULL, command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
  return to;
}

/* What was measured with other kernels says nothing of these: it is measured again, once, and kept beside that. */
static void
test_other_kernels (void)
{
  gchar *kernels = copy_kernels (), *file = g_build_filename (kernels, "gpu", "wkv.cl", NULL);
  gchar *source, *changed, *why;
  gdouble ms[2];

  write_times ("1000.5", "2000.5");
  g_setenv ("SRW_KERNEL_DIR", kernels, TRUE);
  why = choose (NULL);
  g_assert_cmpstr (why, ==, "the faster of 2: 1000.5 ms against 2000.5 ms");
  g_assert_true (g_file_get_contents (file, &source, NULL, NULL));
  changed = g_strconcat (source, "\n", NULL);
  g_assert_true (g_file_set_contents (file, changed, -1, NULL));
  g_free (why);
  why = choose (NULL);
  read_times (ms);
  g_assert_cmpfloat (ms[0], !=, 1000.5);
  g_assert_cmpfloat (ms[1], !=, 2000.5);
  write_times ("3000.5", "4000.5");
  g_free (why);
  why = choose (NULL);
  g_assert_cmpstr (why, ==, "the faster of 2: 3000.5 ms against 4000.5 ms");
  g_unsetenv ("SRW_KERNEL_DIR");
  g_free (why);
  why = choose (NULL);
  g_assert_cmpstr (why, ==, "the faster of 2: 1000.5 ms against 2000.5 ms");
  g_free (why);
  g_free (changed);
  g_free (source);
  g_free (file);
  g_free (kernels);
}

/* Neither a folder in the place of the file nor the lack of a cache keeps a device from being chosen. */
static void
test_nowhere_to_remember (void)
{
  gchar *path = times_path (), *file = fixture_path ("file"), *below = g_build_filename (file, "cache", NULL);

  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  expect_warning ("*devices*written anew*");
  g_free (choose (NULL));
  g_test_assert_expected_messages ();
  g_assert_cmpint (g_rmdir (path), ==, 0);

  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  g_setenv ("SRW_CACHE_DIR", below, TRUE);
  g_free (choose (NULL));
  g_unsetenv ("SRW_CACHE_DIR");
  g_free (below);
  g_free (file);
  g_free (path);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  g_assert_cmpint (argc, ==, 2);
  kernels_folder = argv[1];
  entries = srw_device_entries ();
  g_assert_cmpuint (entries->len, ==, 2);
  g_test_add_func ("/choice/measured", test_measured);
  g_test_add_func ("/choice/faster", test_faster);
  g_test_add_func ("/choice/asked", test_asked);
  g_test_add_func ("/choice/lost", test_lost);
  g_test_add_func ("/choice/other-kernels", test_other_kernels);
  g_test_add_func ("/choice/nonsense", test_nonsense);
  g_test_add_func ("/choice/foreign-file", test_foreign_file);
  g_test_add_func ("/choice/nowhere-to-remember", test_nowhere_to_remember);
  return fixture_run ();
}
