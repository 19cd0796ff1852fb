/* What was measured on devices, remembered.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl/measurements.h"

#include "base/inputfile.h"
#include "opencl/program.h"

/* Room for some thousand choices. */
#define MAX_BYTES (1 << 20)

struct _SrwMeasurements
{
  gchar *path;
  GKeyFile *file;
  gboolean changed;
};

static gboolean
load (SrwMeasurements * self, GError ** error)
{
  GBytes *bytes = srw_input_file_read (self->path, MAX_BYTES, SRW_ERROR_NOT_FOUND, error);
  gboolean good = bytes && g_key_file_load_from_bytes (self->file, bytes, G_KEY_FILE_NONE, error);

  g_clear_pointer (&bytes, g_bytes_unref);
  return good;
}

SrwMeasurements *
srw_measurements_open (const gchar * file)
{
  gchar *dir = srw_program_cache_dir ();
  SrwMeasurements *self = dir ? g_new0 (SrwMeasurements, 1) : NULL;
  GError *error = NULL;

  if (self) {
    self->path = g_build_filename (dir, file, NULL);
    self->file = g_key_file_new ();
    if (g_file_test (self->path, G_FILE_TEST_EXISTS) && !load (self, &error)) {
      g_warning ("the cache file %s is no good, and is written anew: %s", self->path, error->message);
      g_clear_error (&error);
      g_key_file_unref (self->file);
      self->file = g_key_file_new ();
    }
  }
  g_free (dir);
  return self;
}

void
srw_measurements_close (SrwMeasurements * self)
{
  if (self->changed)
    g_key_file_save_to_file (self->file, self->path, NULL);
  g_key_file_unref (self->file);
  g_free (self->path);
  g_free (self);
}

gchar *
srw_measurements_group (const gchar * platform, const gchar * name, const gchar * driver)
{
  gchar *kernels = srw_program_sources_id ();
  gchar *all = g_strjoin ("\n", platform, name, driver, kernels, NULL);
  gchar *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, all, -1);

  g_free (all);
  g_free (kernels);
  return sum;
}

gchar *
srw_measurements_get (const SrwMeasurements * self, const gchar * group, const gchar * key)
{
  return g_key_file_get_string (self->file, group, key, NULL);
}

void
srw_measurements_set (SrwMeasurements * self, const gchar * group, const gchar * key, const gchar * value)
{
  g_key_file_set_string (self->file, group, key, value);
  self->changed = TRUE;
}

void
srw_measurements_refuse (const SrwMeasurements * self, const gchar * value)
{
  g_warning ("the cache file %s holds \"%s\", which was never measured: it is measured again", self->path, value);
}
