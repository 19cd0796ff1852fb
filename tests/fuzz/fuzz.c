/* What the fuzz targets share.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* GLib would raise SIGTRAP, which libFuzzer does not know for the end of a program. What loaders of gdk-pixbuf say
 * when a picture has no width is theirs, and followed by an error. */
static void
no_criticals (const gchar * domain, GLogLevelFlags level, const gchar * message, gpointer data)
{
  if (g_strcmp0 (domain, "GdkPixbuf") == 0)
    return;
  g_log_default_handler (domain, level & ~G_LOG_FLAG_FATAL, message, NULL);
  if (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR))
    abort ();
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  /* neither a registry of plug-ins nor other modules are read */
  g_setenv ("GST_REGISTRY_DISABLE", "yes", TRUE);
  g_setenv ("GIO_USE_VFS", "local", TRUE);
  g_log_set_default_handler (no_criticals, NULL);
  return 0;
}

const gchar *
fuzz_file (const guint8 * data, gsize size)
{
  static gchar path[64];
  static int file = -1;

  if (file < 0) {
    file = memfd_create ("input", 0);
    g_assert_cmpint (file, >=, 0);
    g_snprintf (path, sizeof path, "/proc/self/fd/%d", file);
  }
  g_assert_cmpint (ftruncate (file, 0), ==, 0);
  g_assert_cmpint (pwrite (file, data, size, 0), ==, (gssize) size);
  return path;
}

void
fuzz_check_result (gconstpointer result, GError * error, const gchar * name)
{
  if (result) {
    g_assert_no_error (error);
    return;
  }
  g_assert_nonnull (error);
  g_assert_true (error->domain == SRW_ERROR);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_true (g_str_has_prefix (error->message, name));
  g_error_free (error);
}
