/* A layer between the OpenCL loader and its drivers, which makes a device fail when a test says so.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "failinglayer.h"

#include <CL/cl_layer.h>
#include <glib.h>
#include <string.h>

#define EXPORTED __attribute__ ((visibility ("default")))

static const struct _cl_icd_dispatch *driver;
static struct _cl_icd_dispatch layer;

static Failing failing;
static char failing_name[64];
static gint launches_left, waits_left;  /* atomic */

static GMutex hold_lock;
static GCond hold_moved;
static enum
{
  NOT_HELD,
  TO_BE_HELD,
  HELD,
} hold;

EXPORTED void
failing_layer_set (const Failing * what)
{
  failing = *what;
  g_strlcpy (failing_name, what->device ? what->device : "", sizeof failing_name);
  g_atomic_int_set (&launches_left, what->launches);
  g_atomic_int_set (&waits_left, what->waits);
}

static void
move_hold (int to)
{
  g_mutex_lock (&hold_lock);
  hold = to;
  g_cond_broadcast (&hold_moved);
  g_mutex_unlock (&hold_lock);
}

EXPORTED void
failing_layer_hold (void)
{
  move_hold (TO_BE_HELD);
}

EXPORTED void
failing_layer_release (void)
{
  move_hold (NOT_HELD);
}

EXPORTED void
failing_layer_wait (void)
{
  g_mutex_lock (&hold_lock);
  while (hold != HELD)
    g_cond_wait (&hold_moved, &hold_lock);
  g_mutex_unlock (&hold_lock);
}

static void
be_held (void)
{
  g_mutex_lock (&hold_lock);
  if (hold == TO_BE_HELD)
    hold = HELD;
  g_cond_broadcast (&hold_moved);
  while (hold == HELD)
    g_cond_wait (&hold_moved, &hold_lock);
  g_mutex_unlock (&hold_lock);
}

static gboolean
concerns (cl_command_queue queue)
{
  char name[256] = "";
  cl_device_id device;

  return failing_name[0] && driver->clGetCommandQueueInfo (queue, CL_QUEUE_DEVICE, sizeof device, &device,
      NULL) == CL_SUCCESS && driver->clGetDeviceInfo (device, CL_DEVICE_NAME, sizeof name, name, NULL) == CL_SUCCESS
      && g_str_has_prefix (name, failing_name);
}

static gboolean
is_used_up (gint * left)
{
  const gint now = g_atomic_int_get (left);

  if (now > 0)
    g_atomic_int_add (left, -1);
  return now == 0;
}

static gboolean
is_gone (cl_command_queue queue)
{
  return concerns (queue) && !failing.launches_alone && (g_atomic_int_get (&launches_left) == 0
      || g_atomic_int_get (&waits_left) == 0);
}

static cl_int CL_API_CALL
launch (cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset, const size_t *global,
    const size_t *local, cl_uint n, const cl_event * list, cl_event * event)
{
  if (concerns (queue) && (is_used_up (&launches_left) || is_gone (queue)))
    return failing.code;
  return driver->clEnqueueNDRangeKernel (queue, kernel, dimensions, offset, global, local, n, list, event);
}

static cl_int CL_API_CALL
write_buffer (cl_command_queue queue, cl_mem mem, cl_bool blocking, size_t offset, size_t bytes, const void *data,
    cl_uint n, const cl_event * list, cl_event * event)
{
  if (is_gone (queue))
    return failing.code;
  return driver->clEnqueueWriteBuffer (queue, mem, blocking, offset, bytes, data, n, list, event);
}

static cl_int CL_API_CALL
read_buffer (cl_command_queue queue, cl_mem mem, cl_bool blocking, size_t offset, size_t bytes, void *data,
    cl_uint n, const cl_event * list, cl_event * event)
{
  if (blocking)
    be_held ();
  if (is_gone (queue))
    return failing.code;
  return driver->clEnqueueReadBuffer (queue, mem, blocking, offset, bytes, data, n, list, event);
}

static cl_int CL_API_CALL
wait_for_events (cl_uint n, const cl_event * list)
{
  const cl_int code = driver->clWaitForEvents (n, list);
  cl_command_queue queue;

  if (driver->clGetEventInfo (list[0], CL_EVENT_COMMAND_QUEUE, sizeof queue, &queue, NULL) == CL_SUCCESS
      && concerns (queue) && is_used_up (&waits_left))
    return failing.code;
  return code;
}

EXPORTED CL_API_ENTRY cl_int CL_API_CALL
clGetLayerInfo (cl_layer_info name, size_t size, void *value, size_t *size_ret)
{
  const cl_layer_api_version version = CL_LAYER_API_VERSION_100;

  if (name != CL_LAYER_API_VERSION || (value && size < sizeof version))
    return CL_INVALID_VALUE;
  if (value)
    memcpy (value, &version, sizeof version);
  if (size_ret)
    *size_ret = sizeof version;
  return CL_SUCCESS;
}

EXPORTED CL_API_ENTRY cl_int CL_API_CALL
clInitLayer (cl_uint n, const struct _cl_icd_dispatch *target, cl_uint * n_ret,
    const struct _cl_icd_dispatch **dispatch)
{
  if (n < sizeof layer / sizeof layer.clGetPlatformIDs)
    return CL_INVALID_VALUE;
  driver = target;
  layer.clEnqueueNDRangeKernel = launch;
  layer.clEnqueueWriteBuffer = write_buffer;
  layer.clEnqueueReadBuffer = read_buffer;
  layer.clWaitForEvents = wait_for_events;
  *n_ret = sizeof layer / sizeof layer.clGetPlatformIDs;
  *dispatch = &layer;
  return CL_SUCCESS;
}
