/* Host memory on its way to or from a device.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl/staging.h"

#include <string.h>

static cl_int
allocate_pinned (SrwStaging * staging, SrwDevice * device, gsize bytes)
{
  cl_context context = srw_device_context (device);
  cl_int code;

  staging->queue = clCreateCommandQueue (context, srw_device_id (device), 0, &code);
  if (code == CL_SUCCESS)
    staging->pinned = clCreateBuffer (context, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR, bytes, NULL, &code);
  if (code != CL_SUCCESS)
    return code;
  staging->memory = clEnqueueMapBuffer (staging->queue, staging->pinned, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, bytes,
      0, NULL, NULL, &code);
  return code;
}

cl_int
srw_staging_reserve (SrwStaging * staging, SrwDevice * device, gsize bytes)
{
  cl_int code = CL_SUCCESS;

  if (staging->bytes >= bytes)
    return CL_SUCCESS;
  srw_staging_clear (staging);
  if (srw_device_info (device)->pinned_copies)
    code = allocate_pinned (staging, device, bytes);
  else if ((staging->memory = g_try_malloc (bytes)) == NULL)
    code = CL_OUT_OF_HOST_MEMORY;
  if (code == CL_SUCCESS)
    staging->bytes = bytes;
  else
    srw_staging_clear (staging);
  return code;
}

void
srw_staging_clear (SrwStaging * staging)
{
  if (staging->queue == NULL)
    g_free (staging->memory);
  else if (staging->memory)
    clEnqueueUnmapMemObject (staging->queue, staging->pinned, staging->memory, 0, NULL, NULL);
  g_clear_pointer (&staging->pinned, clReleaseMemObject);
  g_clear_pointer (&staging->queue, clReleaseCommandQueue);
  *staging = (SrwStaging) { 0 };
}

/* ---- uploads ---- */

static void
wait_for (cl_event * copied)
{
  if (*copied)
    clWaitForEvents (1, copied);
  g_clear_pointer (copied, clReleaseEvent);
}

cl_int
srw_uploads_write (SrwUploads * uploads, SrwQueue * queue, gconstpointer data, gsize bytes, cl_mem to)
{
  SrwStaging *staging = &uploads->staging[uploads->next];
  cl_event *copied = &uploads->copied[uploads->next];
  cl_int code;

  wait_for (copied);
  code = srw_staging_reserve (staging, srw_queue_device (queue), bytes);
  if (code != CL_SUCCESS)
    return code;
  memcpy (staging->memory, data, bytes);
  uploads->next = (uploads->next + 1) % SRW_UPLOADS;
  return clEnqueueWriteBuffer (srw_queue_commands (queue), to, CL_FALSE, 0, bytes, staging->memory, 0, NULL, copied);
}

void
srw_uploads_clear (SrwUploads * uploads)
{
  for (guint i = 0; i < SRW_UPLOADS; i++) {
    wait_for (&uploads->copied[i]);
    srw_staging_clear (&uploads->staging[i]);
  }
}
