/* An in-order queue of a device.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl/queue.h"

#include "opencl/program.h"

typedef struct
{
  gchar *op;
  cl_event event;
  gdouble flops, bytes;
} ProfileEntry;

struct _SrwQueue
{
  SrwDevice *device;
  cl_command_queue commands;
  cl_int failure;               /* the first since the last check, */
  gchar *failed_op;             /* and the operator it happened in */
  gboolean profiling;
  GArray *profile;              /* ProfileEntry */
  const SrwRecorder *recorder;  /* NULL: launches are launched */
  gpointer recorder_data;
  guint recorded;               /* launches */
};

/* ---- life ---- */

static void
profile_entry_clear (gpointer data)
{
  ProfileEntry *entry = data;

  clReleaseEvent (entry->event);
  g_free (entry->op);
}

SrwQueue *
srw_queue_new (SrwDevice * device, GError ** error)
{
  SrwQueue *queue = g_new0 (SrwQueue, 1);
  cl_int code;

  queue->device = srw_device_ref (device);
  queue->profile = g_array_new (FALSE, FALSE, sizeof (ProfileEntry));
  g_array_set_clear_func (queue->profile, profile_entry_clear);
  /* one that can profile costs nothing until events are kept */
  queue->commands = clCreateCommandQueue (srw_device_context (device), srw_device_id (device),
      CL_QUEUE_PROFILING_ENABLE, &code);
  if (srw_cl_check (code, "clCreateCommandQueue", error))
    return queue;
  queue->commands = NULL;
  srw_queue_free (queue);
  return NULL;
}

void
srw_queue_free (SrwQueue * queue)
{
  g_array_unref (queue->profile);
  if (queue->commands) {
    clFinish (queue->commands);
    clReleaseCommandQueue (queue->commands);
  }
  srw_device_unref (queue->device);
  g_free (queue->failed_op);
  g_free (queue);
}

SrwDevice *
srw_queue_device (const SrwQueue * queue)
{
  return queue->device;
}

cl_command_queue
srw_queue_commands (const SrwQueue * queue)
{
  return queue->commands;
}

void
srw_queue_finish (SrwQueue * queue)
{
  clFinish (queue->commands);
}

/* ---- failures ---- */

void
srw_queue_fail (SrwQueue * queue, const gchar * op, cl_int code)
{
  if (queue->failure != CL_SUCCESS)
    return;
  queue->failure = code;
  queue->failed_op = g_strdup (op);
}

cl_int
srw_queue_failure (const SrwQueue * queue)
{
  return queue->failure;
}

gboolean
srw_queue_check (SrwQueue * queue, GError ** error)
{
  gchar *what;

  if (queue->failure == CL_SUCCESS)
    return TRUE;
  what = g_strdup_printf ("operator %s on %s", queue->failed_op, srw_device_info (queue->device)->name);
  srw_cl_check (queue->failure, what, error);
  g_free (what);
  g_clear_pointer (&queue->failed_op, g_free);
  queue->failure = CL_SUCCESS;
  return FALSE;
}

/* ---- launches ---- */

static void
record_touch (SrwQueue * queue, cl_mem mem)
{
  if (queue->recorder && queue->recorder->touch)
    queue->recorder->touch (queue->recorded, mem, queue->recorder_data);
}

gboolean
srw_queue_admits (SrwQueue * queue, const gchar * op, const cl_mem * mem, guint n, gdouble flops, gdouble bytes)
{
  if (queue->recorder == NULL)
    return queue->failure == CL_SUCCESS;
  for (guint i = 0; i < n; i++)
    record_touch (queue, mem[i]);
  if (queue->recorder->launch)
    queue->recorder->launch (op, flops, bytes, queue->recorder_data);
  queue->recorded++;
  return FALSE;
}

SrwLaunch
srw_launch_begin (SrwQueue * queue, const gchar * op, cl_kernel kernel)
{
  return (SrwLaunch) {.queue = queue,.op = op,.kernel = kernel };
}

void
srw_launch_arg (SrwLaunch * launch, gsize size, gconstpointer value)
{
  cl_int code;

  if (launch->queue->recorder)
    return;
  code = clSetKernelArg (launch->kernel, launch->next++, size, value);
  if (code != CL_SUCCESS)
    srw_queue_fail (launch->queue, launch->op, code);
}

void
srw_launch_mem (SrwLaunch * launch, cl_mem mem)
{
  record_touch (launch->queue, mem);
  srw_launch_arg (launch, sizeof mem, &mem);
}

void
srw_launch_int (SrwLaunch * launch, gint value)
{
  const cl_int number = value;

  srw_launch_arg (launch, sizeof number, &number);
}

void
srw_launch_float (SrwLaunch * launch, gfloat value)
{
  const cl_float number = value;

  srw_launch_arg (launch, sizeof number, &number);
}

void
srw_launch_run_groups (SrwLaunch * launch, gsize items, const gsize groups[3], gdouble flops, gdouble bytes)
{
  SrwQueue *queue = launch->queue;
  const gsize global[3] = { items * groups[0], groups[1], groups[2] }, local[3] = { items, 1, 1 };
  cl_event event = NULL;
  cl_int code;

  if (!srw_queue_admits (queue, launch->op, NULL, 0, flops, bytes))
    return;
  code = clEnqueueNDRangeKernel (queue->commands, launch->kernel, 3, NULL, global, local, 0, NULL,
      srw_queue_event_slot (queue, &event));
  if (code != CL_SUCCESS)
    srw_queue_fail (queue, launch->op, code);
  else if (event)
    srw_queue_add_event (queue, launch->op, event, flops, bytes);
}

void
srw_launch_run (SrwLaunch * launch, gsize width, gsize height, gdouble flops, gdouble bytes)
{
  srw_launch_run_groups (launch, 1, (const gsize[3]) { width, height, 1 }, flops, bytes);
}

void
srw_launch_run_rows (SrwLaunch * launch, gsize units, gsize rows, gdouble flops, gdouble bytes)
{
  const gboolean shared = srw_device_info (launch->queue->device)->family == SRW_KERNELS_GPU;
  const gsize items = shared ? SRW_ROW_GROUP : 1;
  const gsize groups[3] = { shared ? srw_div_up (units, items) : 1, rows, 1 };

  srw_launch_run_groups (launch, items, groups, flops, bytes);
}

gsize
srw_div_up (gsize n, gsize d)
{
  return (n + d - 1) / d;
}

/* ---- watching ---- */

void
srw_queue_record (SrwQueue * queue, const SrwRecorder * recorder, gpointer data)
{
  queue->recorder = recorder;
  queue->recorder_data = data;
  queue->recorded = 0;
}

void
srw_queue_set_profiling (SrwQueue * queue, gboolean profiling)
{
  queue->profiling = profiling;
  if (!profiling)
    g_array_set_size (queue->profile, 0);
}

cl_event *
srw_queue_event_slot (const SrwQueue * queue, cl_event * event)
{
  return queue->profiling ? event : NULL;
}

void
srw_queue_add_event (SrwQueue * queue, const gchar * op, cl_event event, gdouble flops, gdouble bytes)
{
  ProfileEntry entry = { g_strdup (op), event, flops, bytes };

  g_array_append_val (queue->profile, entry);
}

static gdouble
milliseconds (cl_event event)
{
  cl_ulong start = 0, end = 0;

  if (clGetEventProfilingInfo (event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL) != CL_SUCCESS
      || clGetEventProfilingInfo (event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL) != CL_SUCCESS)
    return 0.0;
  return (end - start) * 1e-6;
}

void
srw_queue_report_profile (SrwQueue * queue, SrwProfileFunc each, gpointer data)
{
  srw_queue_finish (queue);
  for (guint i = 0; i < queue->profile->len; i++) {
    const ProfileEntry *entry = &g_array_index (queue->profile, ProfileEntry, i);
    each (entry->op, milliseconds (entry->event), entry->flops, entry->bytes, data);
  }
  g_array_set_size (queue->profile, 0);
}
