/* Choosing a device, and the cache of built programs.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "network/choice.h"
#include "opencl/buffer.h"
#include "opencl/program.h"
#include "opencl/queue.h"

static const gchar kernel_source[] = "__kernel void twice (__global float *x) { x[get_global_id (0)] *= FACTOR; }\n";

static void
test_select (void)
{
  GError *error = NULL;
  SrwDevice *first = srw_device_open (NULL, &error), *again;
  const gchar *const wrong[] = { "99:0", "0:99", "no such device", "99999999999999999999:0" };
  GPtrArray *entries = srw_device_entries ();
  gchar *part;

  g_assert_no_error (error);
  g_assert_cmpint (entries->len, >=, 1);
  g_assert_cmpint (srw_device_info (first)->compute_units, >=, 1);
  g_assert_cmpint (srw_device_info (first)->base_align % 64, ==, 0);

  /* shared, whatever it is called */
  again = srw_device_open ("", &error);
  g_assert_no_error (error);
  g_assert_true (again == first);
  g_clear_pointer (&again, srw_device_unref);
  g_assert_null (again);
  part = g_ascii_strup (srw_device_info (first)->name, 8);
  again = srw_device_open (part, &error);
  g_assert_no_error (error);
  g_assert_nonnull (again);
  g_clear_pointer (&again, srw_device_unref);
  g_free (part);
  again = srw_device_open (((const SrwDeviceEntry *) entries->pdata[0])->number, &error);
  g_assert_no_error (error);
  g_clear_pointer (&again, srw_device_unref);

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_assert_null (srw_device_open (wrong[i], &error));
    g_assert_error (error, SRW_ERROR, SRW_ERROR_NO_DEVICE);
    g_assert_nonnull (strstr (error->message, wrong[i]));
    g_clear_error (&error);
  }
  g_ptr_array_unref (entries);
  g_clear_pointer (&first, srw_device_unref);
}

/* Nothing is measured, and nothing remembered, where there is no choice. */
static void
test_only_one (void)
{
  GPtrArray *entries = srw_device_entries ();
  gchar *dir = srw_program_cache_dir (), *path = g_build_filename (dir, "devices", NULL), *why = NULL;
  GError *error = NULL;
  SrwDevice *device = srw_choice_open_device ("Auto", NULL, &why, &error);

  g_assert_no_error (error);
  if (entries->len == 1) {
    g_assert_cmpstr (why, ==, "the only one");
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  } else {
    g_test_skip ("there are several devices here");
  }
  g_clear_pointer (&device, srw_device_unref);
  g_ptr_array_unref (entries);
  g_free (why);
  g_free (path);
  g_free (dir);
}

static void
test_kind (void)
{
  static const struct
  {
    const gchar *which;
    cl_device_type type;
  } kinds[] = { {"cpu", CL_DEVICE_TYPE_CPU}, {"GPU", CL_DEVICE_TYPE_GPU} };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    GError *error = NULL;
    SrwDevice *device = srw_device_open (kinds[i].which, &error);
    if (device)
      g_assert_true (srw_device_info (device)->type & kinds[i].type);
    else
      g_assert_error (error, SRW_ERROR, SRW_ERROR_NO_DEVICE);
    g_clear_error (&error);
    g_clear_pointer (&device, srw_device_unref);
  }
}

static void
test_errors (void)
{
  GError *error = NULL;

  g_assert_true (srw_cl_check (CL_SUCCESS, "nothing", &error));
  g_assert_no_error (error);
  g_assert_false (srw_cl_check (CL_INVALID_KERNEL, "something", &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_DEVICE);
  g_assert_nonnull (strstr (error->message, "CL_INVALID_KERNEL"));
  g_clear_error (&error);
  g_assert_false (srw_cl_check (CL_MEM_OBJECT_ALLOCATION_FAILURE, "something", &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_MEMORY);
  g_clear_error (&error);
  g_assert_cmpstr (srw_cl_error_name (12345), ==, "unknown OpenCL error");
}

/* Builds the test's kernel in a device opened anew, runs it; the result is `factor`. */
static void
build_and_run (const gchar * options, gfloat factor)
{
  GError *error = NULL;
  SrwDevice *device = srw_device_open (NULL, &error);
  cl_program program = srw_program_build (device, "twice.cl", options, &error);
  SrwQueue *queue;
  cl_kernel kernel;
  cl_mem mem;
  gfloat value = 1.0f;
  gsize one = 1;

  g_assert_no_error (error);
  kernel = clCreateKernel (program, "twice", NULL);
  mem = clCreateBuffer (srw_device_context (device), CL_MEM_COPY_HOST_PTR, sizeof value, &value, NULL);
  queue = srw_queue_new (device, &error);
  g_assert_no_error (error);
  clSetKernelArg (kernel, 0, sizeof mem, &mem);
  g_assert_cmpint (clEnqueueNDRangeKernel (srw_queue_commands (queue), kernel, 1, NULL, &one, NULL, 0, NULL, NULL),
      ==, CL_SUCCESS);
  g_assert_cmpint (clEnqueueReadBuffer (srw_queue_commands (queue), mem, CL_TRUE, 0, sizeof value, &value, 0, NULL,
      NULL), ==, CL_SUCCESS);
  g_assert_cmpfloat (value, ==, factor);
  srw_program_store (device);
  clReleaseMemObject (mem);
  clReleaseKernel (kernel);
  srw_queue_free (queue);
  clReleaseProgram (program);
  g_clear_pointer (&device, srw_device_unref);
}

/* A directory with the kernel in it for sources, and an empty one for binaries. */
static void
use_directories (gchar ** cache)
{
  gchar *kernels = fixture_path ("kernels"), *common, *twice;

  g_mkdir_with_parents (kernels, 0700);
  common = g_build_filename (kernels, "common.h", NULL);
  twice = g_build_filename (kernels, "twice.cl", NULL);
  g_assert_true (g_file_set_contents (common, "", 0, NULL));
  g_assert_true (g_file_set_contents (twice, kernel_source, -1, NULL));
  g_setenv ("SRW_KERNEL_DIR", kernels, TRUE);
  *cache = fixture_path ("binaries");
  g_setenv ("SRW_CACHE_DIR", *cache, TRUE);
  g_setenv ("SRW_PROGRAM_CACHE", "always", TRUE);
  g_free (common);
  g_free (twice);
  g_free (kernels);
}

static void
forget_directories (gchar * cache)
{
  g_unsetenv ("SRW_KERNEL_DIR");
  g_unsetenv ("SRW_CACHE_DIR");
  g_unsetenv ("SRW_PROGRAM_CACHE");
  g_free (cache);
}

/* Files in a directory; their names end in `last`, which the caller frees. */
static guint
files_in (const gchar * path, gchar ** last)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const gchar *name;
  guint count = 0;

  *last = NULL;
  while (dir && (name = g_dir_read_name (dir))) {
    g_free (*last);
    *last = g_build_filename (path, name, NULL);
    count++;
  }
  g_clear_pointer (&dir, g_dir_close);
  return count;
}

static void
clear_cache (const gchar * path)
{
  gchar *file;

  while (files_in (path, &file) > 0) {
    g_assert_cmpint (g_remove (file), ==, 0);
    g_free (file);
  }
}

static void
test_cache (void)
{
  gchar *cache, *file, *data;
  gsize size;

  use_directories (&cache);
  build_and_run ("-DFACTOR=3", 3);
  g_assert_cmpint (files_in (cache, &file), ==, 1);
  build_and_run ("-DFACTOR=3", 3);
  g_free (file);
  g_assert_cmpint (files_in (cache, &file), ==, 1);

  /* damaged in the middle, cut short, emptied, replaced by a directory */
  g_assert_true (g_file_get_contents (file, &data, &size, NULL));
  data[size / 2] ^= 1;
  g_assert_true (g_file_set_contents (file, data, (gssize) size, NULL));
  build_and_run ("-DFACTOR=3", 3);
  g_assert_true (g_file_set_contents (file, data, (gssize) size / 3, NULL));
  build_and_run ("-DFACTOR=3", 3);
  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  build_and_run ("-DFACTOR=3", 3);
  g_remove (file);
  g_mkdir (file, 0700);
  build_and_run ("-DFACTOR=3", 3);
  g_rmdir (file);
  g_free (data);
  g_free (file);

  /* other options are another program */
  build_and_run ("-DFACTOR=3", 3);
  build_and_run ("-DFACTOR=5", 5);
  g_assert_cmpint (files_in (cache, &file), ==, 2);
  g_free (file);
  clear_cache (cache);
  forget_directories (cache);
}

/* A binary whose checksum is right and which the driver still cannot use. */
static void
test_foreign_binary (void)
{
  gchar *cache, *file;
  guint8 data[32 + 100];
  gsize length = 32;
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);

  use_directories (&cache);
  build_and_run ("-DFACTOR=7", 7);
  g_assert_cmpint (files_in (cache, &file), ==, 1);
  memset (data + 32, 'x', 100);
  g_checksum_update (sum, data + 32, 100);
  g_checksum_get_digest (sum, data, &length);
  g_assert_true (g_file_set_contents (file, (gchar *) data, sizeof data, NULL));
  build_and_run ("-DFACTOR=7", 7);
  g_checksum_free (sum);
  g_free (file);
  clear_cache (cache);
  forget_directories (cache);
}

static void
test_no_cache (void)
{
  gchar *cache, *file = fixture_path ("file"), *below = g_build_filename (file, "cache", NULL), *none;

  use_directories (&cache);
  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  g_setenv ("SRW_CACHE_DIR", below, TRUE);
  none = srw_program_cache_dir ();
  g_assert_null (none);
  build_and_run ("-DFACTOR=2", 2);

  g_setenv ("SRW_CACHE_DIR", cache, TRUE);
  g_mkdir_with_parents (cache, 0700);
  g_assert_cmpint (chmod (cache, 0500), ==, 0);
  build_and_run ("-DFACTOR=2", 2);
  g_assert_cmpint (chmod (cache, 0700), ==, 0);
  clear_cache (cache);
  g_remove (file);
  g_free (file);
  g_free (below);
  forget_directories (cache);
}

/* Sixty-four megabytes are kept, the newest of them. */
static void
test_bounded (void)
{
  gchar *cache, *file, *big = g_malloc0 (20 << 20);
  guint count;

  use_directories (&cache);
  g_mkdir_with_parents (cache, 0700);
  for (gint i = 0; i < 5; i++) {
    gchar *name = g_strdup_printf ("%s/%d.clbin", cache, i);
    g_assert_true (g_file_set_contents (name, big, 20 << 20, NULL));
    g_free (name);
  }
  build_and_run ("-DFACTOR=11", 11);
  count = files_in (cache, &file);
  g_free (file);
  g_assert_cmpint (count, <=, 4);
  g_assert_cmpint (count, >=, 3);
  clear_cache (cache);
  g_free (big);
  forget_directories (cache);
}

static void
test_build_errors (void)
{
  gchar *cache;
  GError *error = NULL;
  SrwDevice *device = srw_device_open (NULL, &error);

  g_assert_no_error (error);
  use_directories (&cache);
  g_assert_null (srw_program_build (device, "none.cl", NULL, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_BUILD);
  g_clear_error (&error);
  /* FACTOR is not defined */
  g_assert_null (srw_program_build (device, "twice.cl", NULL, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_BUILD);
  g_assert_nonnull (strstr (error->message, "twice.cl"));
  g_assert_nonnull (strstr (error->message, "FACTOR"));
  g_clear_error (&error);
  forget_directories (cache);
  g_clear_pointer (&device, srw_device_unref);
}

/* Large buffers of a processor begin with a huge page, small ones need not; all hold what is written to them, to the
 * last byte. */
static void
test_buffers (void)
{
  static const gsize sizes[] = { 1, 4097, ((gsize) 4 << 20) - 1, (gsize) 4 << 20, ((gsize) 6 << 20) + 3 };
  GError *error = NULL;
  SrwDevice *device = srw_device_open (NULL, &error);
  SrwQueue *queue = srw_queue_new (device, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    cl_mem buffer = srw_buffer_new (device, sizes[i], "a test", &error);
    cl_command_queue commands = srw_queue_commands (queue);
    guint8 *bytes;

    g_assert_no_error (error);
    g_assert_cmpuint (srw_buffer_bytes (buffer), ==, sizes[i]);
    bytes = clEnqueueMapBuffer (commands, buffer, CL_TRUE, CL_MAP_WRITE, 0, sizes[i], 0, NULL, NULL, NULL);
    g_assert_nonnull (bytes);
#ifdef __linux__
    if (srw_device_info (device)->type == CL_DEVICE_TYPE_CPU && sizes[i] >= (gsize) 4 << 20)
      g_assert_cmpuint ((guintptr) bytes % (2 << 20), ==, 0);
#endif
    bytes[0] = bytes[sizes[i] - 1] = 1 + i;
    clEnqueueUnmapMemObject (commands, buffer, bytes, 0, NULL, NULL);
    bytes = clEnqueueMapBuffer (commands, buffer, CL_TRUE, CL_MAP_READ, 0, sizes[i], 0, NULL, NULL, NULL);
    g_assert_cmpuint (bytes[0], ==, 1 + i);
    g_assert_cmpuint (bytes[sizes[i] - 1], ==, 1 + i);
    clEnqueueUnmapMemObject (commands, buffer, bytes, 0, NULL, NULL);
    clFinish (commands);
    srw_buffer_clear (&buffer);
  }
  srw_queue_free (queue);
  srw_device_unref (device);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  g_test_add_func ("/device/select", test_select);
  g_test_add_func ("/device/only-one", test_only_one);
  g_test_add_func ("/device/kind", test_kind);
  g_test_add_func ("/device/errors", test_errors);
  g_test_add_func ("/buffer/sizes", test_buffers);
  g_test_add_func ("/program/cache", test_cache);
  g_test_add_func ("/program/foreign-binary", test_foreign_binary);
  g_test_add_func ("/program/no-cache", test_no_cache);
  g_test_add_func ("/program/bounded", test_bounded);
  g_test_add_func ("/program/build-errors", test_build_errors);
  return fixture_run ();
}
