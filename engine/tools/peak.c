/* stylerwkv-bench: what the device can do at best.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peak.h"

#include "opencl/buffer.h"
#include "opencl/queue.h"

#define ROUNDS 5
#define STEPS 4096
#define LANES 16
#define COPY_BYTES (128 << 20)

static const gchar source[] =
    "#pragma OPENCL FP_CONTRACT ON\n"
    "__attribute__ ((reqd_work_group_size (1, 1, 1)))\n"
    "__kernel void sums (__global float16 *out, float factor, int steps)\n"
    "{\n"
    "  float16 s[CHAINS];\n"
    "  const float16 a = factor + convert_float16 ((uint16) (get_global_id (0)));\n"
    "  const float16 b = factor;\n"
    "#pragma unroll\n"
    "  for (int i = 0; i < CHAINS; i++) s[i] = a + i;\n"
    "  for (int n = 0; n < steps; n++) {\n"
    "#pragma unroll\n"
    "    for (int i = 0; i < CHAINS; i++) s[i] = s[i] * a + b;\n"
    "  }\n"
    "#pragma unroll\n"
    "  for (int i = 1; i < CHAINS; i++) s[0] += s[i];\n"
    "  out[get_global_id (0)] = s[0];\n"
    "}\n"
    "__attribute__ ((reqd_work_group_size (1, 1, 1)))\n"
    "__kernel void copy (__global const float16 *in, __global float16 *out, int count)\n"
    "{\n"
    "  const size_t first = get_global_id (0) * count;\n"
    "  for (int i = 0; i < count; i++) out[first + i] = in[first + i];\n"
    "}\n";

/* Independent float16 sums of a work-item: as many as the registers hold, more than the latency of a multiply-add. */
static guint
chains (SrwDevice * device)
{
  return srw_device_info (device)->lanes < 16 ? 6 : 12;
}

/* Seconds of the fastest of some launches; negative after a failure. */
static gdouble
fastest (cl_command_queue queue, cl_kernel kernel, gsize items)
{
  const gsize local = 1;        /* as the kernels say */
  gdouble best = G_MAXDOUBLE;

  for (gint i = 0; i < ROUNDS; i++) {
    cl_event event = NULL;
    cl_ulong start = 0, end = 0;
    if (clEnqueueNDRangeKernel (queue, kernel, 1, NULL, &items, &local, 0, NULL, &event) != CL_SUCCESS)
      return -1.0;
    clWaitForEvents (1, &event);
    clGetEventProfilingInfo (event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL);
    clGetEventProfilingInfo (event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL);
    clReleaseEvent (event);
    best = MIN (best, (gdouble) MAX (end - start, 1) * 1e-9);
  }
  return best;
}

static cl_program
build (SrwDevice * device, GError ** error)
{
  const gchar *text = source;
  cl_device_id id = srw_device_id (device);
  cl_int code;
  cl_program program = clCreateProgramWithSource (srw_device_context (device), 1, &text, NULL, &code);
  gchar *options;

  if (!srw_cl_check (code, "clCreateProgramWithSource", error))
    return NULL;
  options = g_strdup_printf ("-cl-std=CL1.2 -DCHAINS=%u", chains (device));
  code = clBuildProgram (program, 1, &id, options, NULL, NULL);
  g_free (options);
  if (srw_cl_check (code, "clBuildProgram of the peak kernels", error))
    return program;
  clReleaseProgram (program);
  return NULL;
}

static gdouble
measure_flops (SrwDevice * device, cl_command_queue queue, cl_program program, cl_mem out)
{
  cl_kernel kernel = clCreateKernel (program, "sums", NULL);
  gsize items = (gsize) srw_device_info (device)->compute_units * 32;
  const cl_float factor = 0.5f;
  const cl_int steps = STEPS;
  gdouble seconds;

  clSetKernelArg (kernel, 0, sizeof out, &out);
  clSetKernelArg (kernel, 1, sizeof factor, &factor);
  clSetKernelArg (kernel, 2, sizeof steps, &steps);
  seconds = fastest (queue, kernel, items);
  clReleaseKernel (kernel);
  return 2.0 * chains (device) * LANES * STEPS * (gdouble) items / seconds;
}

static gdouble
measure_bytes (cl_command_queue queue, cl_program program, cl_mem in, cl_mem out)
{
  cl_kernel kernel = clCreateKernel (program, "copy", NULL);
  const cl_int count = 256;
  gsize items = COPY_BYTES / (LANES * sizeof (gfloat)) / (gsize) count;
  gdouble seconds;

  clSetKernelArg (kernel, 0, sizeof in, &in);
  clSetKernelArg (kernel, 1, sizeof out, &out);
  clSetKernelArg (kernel, 2, sizeof count, &count);
  seconds = fastest (queue, kernel, items);
  clReleaseKernel (kernel);
  return 2.0 * COPY_BYTES / seconds;
}

gboolean
bench_peak_measure (SrwDevice * device, BenchPeak * peak, GError ** error)
{
  g_autoptr (SrwQueue) queue = srw_queue_new (device, error);
  cl_program program = queue ? build (device, error) : NULL;
  cl_mem in = NULL, out = NULL;
  gboolean good = FALSE;

  if (program && (in = srw_buffer_new (device, COPY_BYTES, "the peak kernels", error))
      && (out = srw_buffer_new (device, COPY_BYTES, "the peak kernels", error))) {
    peak->flops = measure_flops (device, srw_queue_commands (queue), program, out);
    peak->bytes = measure_bytes (srw_queue_commands (queue), program, in, out);
    good = peak->flops > 0 && peak->bytes > 0;
    if (!good)
      g_set_error (error, SRW_ERROR, SRW_ERROR_DEVICE, "the peak kernels do not run on this device");
  }
  srw_buffer_clear (&in);
  srw_buffer_clear (&out);
  g_clear_pointer (&program, clReleaseProgram);
  return good;
}
