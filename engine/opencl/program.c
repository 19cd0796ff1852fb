/* Building OpenCL programs, with a cache of binaries on disk.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl/program.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

#include "opencl/device-private.h"
#include "srw-kernels.h"

/* Changes whenever what is hashed or stored changes its meaning. */
#define CACHE_FORMAT "stylerwkv-binary-1\n"
#define CACHE_SUFFIX ".clbin"
#define CACHE_MAX_BYTES (64 << 20)
#define DIGEST_BYTES 32
#define SOURCES "/stylerwkv/kernels/"

/* ---- sources ---- */

static gchar *
load_source (const gchar * file, GError ** error)
{
  const gchar *dir = g_getenv ("SRW_KERNEL_DIR");
  GError *cause = NULL;
  gchar *text = NULL;
  gchar *path;

  if (dir && dir[0]) {
    path = g_build_filename (dir, file, NULL);
    g_file_get_contents (path, &text, NULL, &cause);
  } else {
    GBytes *bytes;
    path = g_strconcat (SOURCES, file, NULL);
    bytes = g_resource_lookup_data (srw_kernels_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, &cause);
    if (bytes) {
      text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      g_bytes_unref (bytes);
    }
  }
  if (text == NULL)
    g_set_error (error, SRW_ERROR, SRW_ERROR_BUILD, "kernel source %s: %s", path, cause->message);
  g_clear_error (&cause);
  g_free (path);
  return text;
}

/* kernels/common.h, the common.h of `file`'s folder, if it lies in one, and kernels/`file`. */
static gchar *
load_program_source (const gchar * file, GError ** error)
{
  gchar *folder = g_path_get_dirname (file), *path = g_build_filename (folder, "common.h", NULL);
  gchar *common = load_source ("common.h", error), *family = NULL, *own = NULL, *whole = NULL;

  if (common && (family = strcmp (folder, ".") ? load_source (path, error) : g_strdup ("")))
    own = load_source (file, error);
  /* the compiler's log then counts lines of the file itself */
  if (own)
    whole = g_strconcat (common, "\n", family, "\n#line 1\n", own, NULL);
  g_free (own);
  g_free (family);
  g_free (common);
  g_free (path);
  g_free (folder);
  return whole;
}

/* Of a folder, whose name ends in '/', or is empty. A file that is not there is missed by whoever builds it. */
static void
add_sources (GChecksum * sum, const gchar * folder)
{
  gchar *path = g_strconcat (SOURCES, folder, NULL);
  gchar **names = g_resource_enumerate_children (srw_kernels_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  for (gchar ** name = names; *name; name++) {
    gchar *file = g_strconcat (folder, *name, NULL), *source = NULL;
    if (g_str_has_suffix (file, "/"))
      add_sources (sum, file);
    else if ((source = load_source (file, NULL)))
      g_checksum_update (sum, (const guchar *) source, strlen (source) + 1);
    g_free (source);
    g_free (file);
  }
  g_strfreev (names);
  g_free (path);
}

gchar *
srw_program_sources_id (void)
{
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
  gchar *id;

  add_sources (sum, "");
  id = g_strdup (g_checksum_get_string (sum));
  g_checksum_free (sum);
  return id;
}

/* Those of every program for the device, and `options`. */
static gchar *
all_options (const SrwDeviceInfo * info, const gchar * options)
{
  return g_strdup_printf ("-cl-std=CL1.2 -DROW_GROUP=%d%s%s%s", info->family == SRW_KERNELS_GPU ? SRW_ROW_GROUP : 1,
      info->half_maps ? " -DHALF" : "", options && options[0] ? " " : "", options ? options : "");
}

/* SHA-256, in hexadecimal, of all that a binary depends on. */
static gchar *
program_key (SrwDevice * device, const gchar * source, const gchar * options)
{
  const gchar *parts[] = { CACHE_FORMAT, device->info.platform, device->info.name, device->info.driver,
    device->version, options, source
  };
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
  gchar *key;

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    g_checksum_update (sum, (const guchar *) parts[i],
        strlen (parts[i]) + 1);  /* with the 0: "a","bc" is not "ab","c" */
  key = g_strdup (g_checksum_get_string (sum));
  g_checksum_free (sum);
  return key;
}

/* ---- the cache on disk ---- */

gchar *
srw_program_cache_dir (void)
{
  const gchar *own = g_getenv ("SRW_CACHE_DIR");
  gchar *dir = own && own[0] ? g_strdup (own) : g_build_filename (g_get_user_cache_dir (), "stylerwkv", NULL);

  if (g_mkdir_with_parents (dir, 0700) != 0)
    g_clear_pointer (&dir, g_free);
  return dir;
}

static gchar *
cache_path (const gchar * key)
{
  gchar *dir = srw_program_cache_dir ();
  gchar *name = g_strconcat (key, CACHE_SUFFIX, NULL);
  gchar *path = dir ? g_build_filename (dir, name, NULL) : NULL;

  g_free (name);
  g_free (dir);
  return path;
}

static void
digest_of (const guint8 * data, gsize size, guint8 digest[DIGEST_BYTES])
{
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = DIGEST_BYTES;

  g_checksum_update (sum, data, (gssize) size);
  g_checksum_get_digest (sum, digest, &length);
  g_checksum_free (sum);
}

/* The binary under `key`, or NULL. A file is the SHA-256 of the binary and the binary. */
static GBytes *
cache_fetch (const gchar * key)
{
  gchar *path = cache_path (key);
  guint8 digest[DIGEST_BYTES];
  GBytes *binary = NULL;
  gchar *data = NULL;
  gsize size = 0;

  if (path && g_file_get_contents (path, &data, &size, NULL) && size > DIGEST_BYTES) {
    digest_of ((guint8 *) data + DIGEST_BYTES, size - DIGEST_BYTES, digest);
    if (memcmp (digest, data, DIGEST_BYTES) == 0) {
      binary = g_bytes_new (data + DIGEST_BYTES, size - DIGEST_BYTES);
      g_utime (path, NULL);     /* what is used last is removed last */
    }
  }
  g_free (data);
  g_free (path);
  return binary;
}

typedef struct
{
  gchar *path;
  goffset size;
  gint64 used;
} CacheFile;

static void
cache_file_clear (gpointer data)
{
  g_free (((CacheFile *) data)->path);
}

static gint
least_recent_first (gconstpointer a, gconstpointer b)
{
  gint64 ta = ((const CacheFile *) a)->used, tb = ((const CacheFile *) b)->used;

  return ta < tb ? -1 : ta > tb;
}

/* Removes what was not used for longest until the rest fits. Temporary files of a crashed writer count and age
 * likewise. */
static void
cache_trim (const gchar * dir)
{
  GArray *files = g_array_new (FALSE, FALSE, sizeof (CacheFile));
  GDir *handle = g_dir_open (dir, 0, NULL);
  const gchar *name;
  goffset total = 0;

  g_array_set_clear_func (files, cache_file_clear);
  while (handle && (name = g_dir_read_name (handle))) {
    CacheFile file = { g_build_filename (dir, name, NULL), 0, 0 };
    GStatBuf status;
    if (strstr (name, CACHE_SUFFIX) && g_stat (file.path, &status) == 0) {
      file.size = status.st_size;
      file.used = status.st_mtime;
      total += file.size;
      g_array_append_val (files, file);
    } else {
      g_free (file.path);
    }
  }
  g_array_sort (files, least_recent_first);
  for (guint i = 0; i < files->len && total > CACHE_MAX_BYTES; i++) {
    const CacheFile *file = &g_array_index (files, CacheFile, i);
    if (g_unlink (file->path) == 0)
      total -= file->size;
  }
  g_array_unref (files);
  g_clear_pointer (&handle, g_dir_close);
}

/* Every failure in here only means a slower start next time. */
static void
cache_store (const gchar * key, const guint8 * binary, gsize size)
{
  gchar *path = cache_path (key);
  gchar *dir;
  guint8 *data;

  if (path == NULL || size == 0 || size > CACHE_MAX_BYTES) {
    g_free (path);
    return;
  }
  data = g_malloc (DIGEST_BYTES + size);
  digest_of (binary, size, data);
  memcpy (data + DIGEST_BYTES, binary, size);
  dir = g_path_get_dirname (path);
  /* writes beside the file and renames, so that a reader sees a whole file or none */
  if (g_file_set_contents (path, (gchar *) data, (gssize) (DIGEST_BYTES + size), NULL))
    cache_trim (dir);
  g_free (dir);
  g_free (data);
  g_free (path);
}

static void
store_program (const gchar * key, cl_program program)
{
  gsize size = 0;
  guint8 *binary;

  /* contexts have one device, so the arrays asked for have one element */
  if (clGetProgramInfo (program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) != CL_SUCCESS || size == 0)
    return;
  binary = g_try_malloc (size);
  if (binary && clGetProgramInfo (program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) == CL_SUCCESS)
    cache_store (key, binary, size);
  g_free (binary);
}

/* See program.h. */
static gboolean
keeps_binaries (SrwDevice * device)
{
  return strcmp (device->info.platform, "Portable Computing Language")
      || !g_strcmp0 (g_getenv ("SRW_PROGRAM_CACHE"), "always");
}

/* ---- building ---- */

static cl_program
program_from_binary (SrwDevice * device, const gchar * key, const gchar * options)
{
  GBytes *binary = keeps_binaries (device) ? cache_fetch (key) : NULL;
  cl_program program = NULL;
  const guchar *data;
  cl_int status = CL_SUCCESS, code;
  gsize size;

  if (binary == NULL)
    return NULL;
  data = g_bytes_get_data (binary, &size);
  program = clCreateProgramWithBinary (device->context, 1, &device->id, &size, &data, &status, &code);
  if (code != CL_SUCCESS)
    program = NULL;
  if (program && (status != CL_SUCCESS || clBuildProgram (program, 1, &device->id, options, NULL,
      NULL) != CL_SUCCESS)) {
    clReleaseProgram (program);
    program = NULL;
  }
  g_bytes_unref (binary);
  return program;
}

static void
set_build_error (SrwDevice * device, cl_program program, const gchar * file, cl_int code, GError ** error)
{
  gchar *complaint = strstr (device->info.platform, "Portable Computing Language") ? srw_pocl_complaint () : NULL;
  gsize size = 0;
  gchar *log;

  if (complaint) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_DEVICE, "kernels/%s did not build on %s: %s", file, device->info.name,
        complaint);
    g_free (complaint);
    return;
  }
  clGetProgramBuildInfo (program, device->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
  log = g_malloc0 (size + 1);
  clGetProgramBuildInfo (program, device->id, CL_PROGRAM_BUILD_LOG, size, log, NULL);
  g_set_error (error, SRW_ERROR, SRW_ERROR_BUILD, "kernels/%s did not build on %s (driver %s): %s\n%s", file,
      device->info.name, device->info.driver, srw_cl_error_name (code), g_strstrip (log));
  g_free (log);
}

static cl_program
program_from_source (SrwDevice * device, const gchar * file, const gchar * source, const gchar * options,
    GError ** error)
{
  cl_program program;
  cl_int code;

  program = clCreateProgramWithSource (device->context, 1, (const gchar **) &source, NULL, &code);
  if (!srw_cl_check (code, "clCreateProgramWithSource", error))
    return NULL;
  code = clBuildProgram (program, 1, &device->id, options, NULL, NULL);
  if (code == CL_SUCCESS)
    return program;
  set_build_error (device, program, file, code, error);
  clReleaseProgram (program);
  return NULL;
}

cl_program
srw_program_build (SrwDevice * device, const gchar * file, const gchar * own_options, GError ** error)
{
  gchar *options = all_options (&device->info, own_options);
  gchar *source = load_program_source (file, error);
  gchar *key = source ? program_key (device, source, options) : NULL;
  cl_program program = NULL;

  if (key) {
    g_mutex_lock (&device->build_lock);
    program = g_hash_table_lookup (device->programs, key);
    if (program == NULL) {
      g_debug ("program\t%s\t%s", file, options);
      program = program_from_binary (device, key, options);
      if (program == NULL && (program = program_from_source (device, file, source, options, error)))
        g_hash_table_add (device->unstored, g_strdup (key));
      if (program)
        g_hash_table_insert (device->programs, g_strdup (key), program);
    }
    if (program)
      clRetainProgram (program);
    g_mutex_unlock (&device->build_lock);
  }
  g_free (key);
  g_free (source);
  g_free (options);
  return program;
}

cl_kernel
srw_kernel_new (SrwDevice * device, const gchar * file, const gchar * options, const gchar * name, GError ** error)
{
  cl_program program = srw_program_build (device, file, options, error);
  cl_kernel kernel;
  cl_int code;

  if (program == NULL)
    return NULL;
  kernel = clCreateKernel (program, name, &code);
  clReleaseProgram (program);
  if (code == CL_SUCCESS)
    return kernel;
  g_set_error (error, SRW_ERROR, SRW_ERROR_BUILD, "kernel %s of kernels/%s: %s", name, file, srw_cl_error_name (code));
  return NULL;
}

void
srw_program_store (SrwDevice * device)
{
  GHashTableIter iter;
  gpointer key;

  g_mutex_lock (&device->build_lock);
  g_hash_table_iter_init (&iter, device->unstored);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    if (keeps_binaries (device))
      store_program (key, g_hash_table_lookup (device->programs, key));
    g_hash_table_iter_remove (&iter);
  }
  g_mutex_unlock (&device->build_lock);
}
