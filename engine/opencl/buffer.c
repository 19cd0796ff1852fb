/* Memory of a device.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl/buffer.h"

#include <stdlib.h>

#ifdef __linux__
#include <sys/mman.h>
#endif

#define HUGE_PAGE ((gsize) 2 << 20)
/* Below, rounding up to whole huge pages wastes more than they save. */
#define HUGE_PAGES_FROM (2 * HUGE_PAGE)

static cl_mem
create (SrwDevice * device, cl_mem_flags flags, gconstpointer data, gsize bytes, const gchar * what, GError ** error)
{
  cl_int code;
  /* what is copied from is only read */
  cl_mem buffer = clCreateBuffer (srw_device_context (device), CL_MEM_READ_WRITE | flags, bytes, (gpointer) data,
      &code);

  gchar *asked;

  if (code == CL_SUCCESS)
    return buffer;
  asked = g_strdup_printf ("%" G_GSIZE_FORMAT " bytes for %s on %s", bytes, what, srw_device_info (device)->name);
  srw_cl_check (code, asked, error);
  g_free (asked);
  return NULL;
}

/* The scans of columns touch another page with every token: with pages of 4 KiB the processor looks up most of them
 * in memory. Huge ones are a hint, and only of Linux. Free with free; NULL where there are none to be had. */
static gpointer
allocate_huge_pages (gsize bytes)
{
  gpointer memory = NULL;

#ifdef MADV_HUGEPAGE
  const gsize whole = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;

  if (posix_memalign (&memory, HUGE_PAGE, whole) != 0)
    return NULL;
  madvise (memory, whole, MADV_HUGEPAGE);
#endif
  return memory;
}

static void CL_CALLBACK
free_host_memory (cl_mem buffer, gpointer memory)
{
  free (memory);
}

/* NULL where the device or the system would rather have it the usual way. */
static cl_mem
create_on_huge_pages (SrwDevice * device, gsize bytes)
{
  gpointer memory;
  cl_mem buffer;

  if (srw_device_info (device)->type != CL_DEVICE_TYPE_CPU || bytes < HUGE_PAGES_FROM
      || (memory = allocate_huge_pages (bytes)) == NULL)
    return NULL;
  buffer = clCreateBuffer (srw_device_context (device), CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes, memory, NULL);
  if (buffer == NULL) {
    free (memory);
  } else if (clSetMemObjectDestructorCallback (buffer, free_host_memory, memory) != CL_SUCCESS) {
    clReleaseMemObject (buffer);
    free (memory);
    buffer = NULL;
  }
  return buffer;
}

cl_mem
srw_buffer_new (SrwDevice * device, gsize bytes, const gchar * what, GError ** error)
{
  cl_mem buffer = create_on_huge_pages (device, bytes);

  return buffer ? buffer : create (device, 0, NULL, bytes, what, error);
}

cl_mem
srw_buffer_new_from (SrwDevice * device, gconstpointer data, gsize bytes, const gchar * what, GError ** error)
{
  return create (device, CL_MEM_COPY_HOST_PTR, data, bytes, what, error);
}

gboolean
srw_buffer_reserve (SrwDevice * device, cl_mem * buffer, gsize bytes, const gchar * what, GError ** error)
{
  cl_mem grown;

  if (srw_buffer_bytes (*buffer) >= bytes)
    return TRUE;
  grown = srw_buffer_new (device, bytes, what, error);
  if (grown == NULL)
    return FALSE;
  srw_buffer_clear (buffer);
  *buffer = grown;
  return TRUE;
}

gsize
srw_buffer_bytes (cl_mem buffer)
{
  gsize bytes = 0;

  if (buffer)
    clGetMemObjectInfo (buffer, CL_MEM_SIZE, sizeof bytes, &bytes, NULL);
  return bytes;
}

void
srw_buffer_clear (cl_mem * buffer)
{
  if (*buffer)
    clReleaseMemObject (*buffer);
  *buffer = NULL;
}
