/* Memory of a device.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl/buffer.h"

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
  asked = g_strdup_printf ("%" G_GSIZE_FORMAT " bytes for %s", bytes, what);
  srw_cl_check (code, asked, error);
  g_free (asked);
  return NULL;
}

cl_mem
srw_buffer_new (SrwDevice * device, gsize bytes, const gchar * what, GError ** error)
{
  return create (device, 0, NULL, bytes, what, error);
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
