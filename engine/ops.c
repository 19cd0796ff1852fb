/* StyleRWKV engine: the operators of the network on an OpenCL queue: queue, launches, and which family does them. */
#include "ops-private.h"

#include "program.h"

/* ---- construction ---- */

gboolean
srw_ops_build (SrwOps * ops, const gchar * file, const gchar * options, const gchar * name, guint kernel,
    GError ** error)
{
  /* built once per process, whatever the number of kernels in it */
  cl_program program = srw_program_build (ops->device, file, options, error);
  cl_int code;

  if (program == NULL)
    return FALSE;
  ops->kernels[kernel] = clCreateKernel (program, name, &code);
  clReleaseProgram (program);
  if (code == CL_SUCCESS)
    return TRUE;
  ops->kernels[kernel] = NULL;
  g_set_error (error, SRW_ERROR, SRW_ERROR_BUILD, "kernel %s of kernels/%s: %s", name, file, srw_cl_error_name (code));
  return FALSE;
}

SrwOps *
srw_ops_new (SrwDevice * device, GError ** error)
{
  SrwOps *ops = g_new0 (SrwOps, 1);

  ops->device = srw_device_ref (device);
  ops->family = srw_device_info (device)->family == SRW_KERNELS_GPU ? &srw_gpu_family : &srw_cpu_family;
  ops->gemm = srw_gemm_new ();
  ops->profile = g_array_new (FALSE, FALSE, sizeof (SrwProfileEntry));
  /* a queue that can profile costs nothing until events are kept */
  ops->queue = srw_device_queue_new (device, TRUE, error);
  if (ops->queue && ops->family->build (ops, error))
    return ops;
  srw_ops_free (&ops);
  return NULL;
}

void
srw_ops_free (SrwOps ** ops)
{
  SrwOps *held;

  if (ops == NULL || *ops == NULL)
    return;
  held = *ops;
  *ops = NULL;
  srw_profile_clear (held);
  g_array_unref (held->profile);
  for (guint i = 0; i < SRW_MAX_KERNELS; i++)
    if (held->kernels[i])
      clReleaseKernel (held->kernels[i]);
  if (held->queue) {
    clFinish (held->queue);
    clReleaseCommandQueue (held->queue);
  }
  srw_gemm_free (&held->gemm);
  srw_device_unref (&held->device);
  g_free (held->failed_op);
  g_free (held);
}

cl_command_queue
srw_ops_queue (SrwOps * ops)
{
  return ops->queue;
}

/* ---- launches ---- */

void
srw_ops_fail (SrwOps * ops, const gchar * op, cl_int code)
{
  if (ops->failure != CL_SUCCESS)
    return;
  ops->failure = code;
  ops->failed_op = g_strdup (op);
}

gboolean
srw_ops_check (SrwOps * ops, GError ** error)
{
  if (ops->failure == CL_SUCCESS)
    return TRUE;
  g_set_error (error, SRW_ERROR, SRW_ERROR_DEVICE, "OpenCL: operator %s failed: %s (%d)", ops->failed_op,
      srw_cl_error_name (ops->failure), ops->failure);
  g_clear_pointer (&ops->failed_op, g_free);
  ops->failure = CL_SUCCESS;
  return FALSE;
}

SrwCall
srw_call_begin (SrwOps * ops, const gchar * op, guint kernel)
{
  return (SrwCall) {.ops = ops,.op = op,.kernel = ops->kernels[kernel] };
}

void
srw_call_arg (SrwCall * call, gsize size, gconstpointer value)
{
  cl_int code = clSetKernelArg (call->kernel, call->next++, size, value);

  if (code != CL_SUCCESS)
    srw_ops_fail (call->ops, call->op, code);
}

void
srw_call_mem (SrwCall * call, cl_mem mem)
{
  srw_call_arg (call, sizeof mem, &mem);
}

void
srw_call_int (SrwCall * call, gint value)
{
  const cl_int number = value;

  srw_call_arg (call, sizeof number, &number);
}

void
srw_call_float (SrwCall * call, gfloat value)
{
  const cl_float number = value;

  srw_call_arg (call, sizeof number, &number);
}

void
srw_call_tensor (SrwCall * call, const SrwTensor * tensor, cl_mem unused)
{
  cl_int map[5] = { 0 };        /* Map of common.h */

  if (tensor) {
    map[0] = tensor->height;
    map[1] = tensor->width;
    map[2] = tensor->channels;
    map[3] = tensor->stride;
    map[4] = tensor->offset;
  }
  srw_call_mem (call, tensor ? tensor->mem : unused);
  srw_call_arg (call, sizeof map, map);
}

static void
enqueue (SrwCall * call, gsize items, const gsize groups[3], gdouble flops, gdouble bytes)
{
  SrwOps *ops = call->ops;
  const gsize global[3] = { items * groups[0], groups[1], groups[2] }, local[3] = { items, 1, 1 };
  cl_event event = NULL;
  cl_int code;

  if (ops->failure != CL_SUCCESS)
    return;
  code = clEnqueueNDRangeKernel (ops->queue, call->kernel, 3, NULL, global, local, 0, NULL,
      ops->profiling ? &event : NULL);
  if (code != CL_SUCCESS)
    srw_ops_fail (ops, call->op, code);
  else if (event)
    srw_profile_add (ops, call->op, event, flops, bytes);
}

void
srw_call_run (SrwCall * call, gsize width, gsize height, gdouble flops, gdouble bytes)
{
  enqueue (call, 1, (const gsize[3]) { width, height, 1 }, flops, bytes);
}

void
srw_call_run_groups (SrwCall * call, gsize items, const gsize groups[3], gdouble flops, gdouble bytes)
{
  enqueue (call, items, groups, flops, bytes);
}

void
srw_call_run_rows (SrwCall * call, gsize units, gsize rows, gdouble flops, gdouble bytes)
{
  if (srw_device_info (call->ops->device)->family == SRW_KERNELS_GPU)
    enqueue (call, SRW_ROW_GROUP, (const gsize[3]) { srw_div_up (units, SRW_ROW_GROUP), rows, 1 }, flops, bytes);
  else
    enqueue (call, 1, (const gsize[3]) { 1, rows, 1 }, flops, bytes);
}

/* ---- helpers ---- */

gsize
srw_tokens (const SrwTensor * tensor)
{
  return (gsize) tensor->height * tensor->width;
}

gdouble
srw_map_bytes (SrwOps * ops, const SrwTensor * tensor)
{
  return (gdouble) srw_tokens (tensor) * tensor->channels * srw_value_bytes (ops);
}

gdouble
srw_weight_bytes (const SrwLinear * w, gint taps)
{
  return (gdouble) taps *w->in * w->out * sizeof (gfloat);
}

gsize
srw_div_up (gsize n, gsize d)
{
  return (n + d - 1) / d;
}

void
srw_mix_in_two (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwLinear * rk, const SrwLinear * value,
    const SrwTensor * wide, const SrwTensor * out)
{
  SrwTensor r = *wide, k = *wide;

  r.channels = in->channels;
  k.channels = value->in;
  k.offset += in->channels;
  srw_op_linear (ops, name, *in, NULL, rk, SRW_EPILOGUE_RK, NULL, *wide);
  srw_op_linear (ops, name, k, NULL, value, SRW_EPILOGUE_GATED_RESIDUAL, &r, *out);
}

/* ---- operators: the family's ---- */

void
srw_op_conv (SrwOps * ops, const gchar * name, SrwTensor in, const SrwLinear * w, SrwTensor out)
{
  ops->family->conv (ops, name, &in, w, &out);
}

void
srw_op_head (SrwOps * ops, const gchar * name, SrwTensor in, const SrwLinear * w, SrwTensor out)
{
  ops->family->head (ops, name, &in, w, &out);
}

void
srw_op_upconv (SrwOps * ops, const gchar * name, SrwTensor in, const SrwLinear * w, SrwTensor out)
{
  ops->family->upconv (ops, name, &in, w, &out);
}

void
srw_op_linear (SrwOps * ops, const gchar * name, SrwTensor in, const SrwTensor * in_gate, const SrwLinear * w,
    SrwEpilogue epilogue, const SrwTensor * gate, SrwTensor out)
{
  const SrwProduct product = {.a = in,.a_gate = in_gate,.w = w,.epilogue = epilogue,.gate = gate,.out = out };

  ops->family->linear (ops, name, &product);
}

void
srw_op_channel_mixing (SrwOps * ops, const gchar * name, SrwTensor in, const SrwLinear * rk, const SrwLinear * value,
    SrwTensor wide, SrwTensor out)
{
  ops->family->channel_mixing (ops, name, &in, rk, value, &wide, &out);
}

void
srw_op_merge (SrwOps * ops, const gchar * name, const SrwTensor * a, SrwTensor feature, const SrwAffine * affine,
    const SrwLinear * w, const SrwLinear * folded, SrwTensor out)
{
  ops->family->merge (ops, name, a, &feature, affine, w, folded, &out);
}

void
srw_op_shift (SrwOps * ops, const gchar * name, SrwTensor in, const SrwNorm * norm, const SrwShift * w, cl_mem scratch,
    SrwTensor out)
{
  ops->family->shift (ops, name, &in, norm, w, scratch, &out);
}

void
srw_op_wkv (SrwOps * ops, const gchar * name, SrwTensor key, SrwTensor value, cl_mem decay, cl_mem bonus, gint round,
    gint step, cl_mem scratch, SrwTensor out)
{
  ops->family->wkv (ops, name, &key, &value, decay, bonus, round, step, scratch, &out);
}

void
srw_op_statistics (SrwOps * ops, const gchar * name, const SrwTensor * maps, guint n, cl_mem scratch,
    cl_mem statistics, gint first, gint stride)
{
  g_return_if_fail (n <= SRW_MAX_STATISTICS);
  ops->family->statistics (ops, name, maps, n, scratch, statistics, first, stride);
}

void
srw_op_adain (SrwOps * ops, const gchar * name, gint n, cl_mem content, cl_mem smoothed, cl_mem style, gfloat smoothing,
    gboolean restart, gfloat strength, cl_mem affine)
{
  SrwCall call = srw_call_begin (ops, name, ops->family->adain);

  srw_call_int (&call, n);
  srw_call_mem (&call, content);
  srw_call_mem (&call, smoothed);
  srw_call_mem (&call, style);
  srw_call_float (&call, smoothing);
  srw_call_int (&call, restart);
  srw_call_float (&call, strength);
  srw_call_mem (&call, affine);
  srw_call_run_groups (&call, ops->family->adain_items, (const gsize[3]) { 1, 1, 1 }, 20.0 * n, 40.0 * n);
}

/* ---- what the family needs ---- */

gboolean
srw_ops_folds (SrwOps * ops)
{
  return ops->family->folds;
}

static gsize
ask (SrwNeedFunc need, gint height, gint width, gint channels)
{
  return need ? need ((gsize) height * (gsize) width, channels) : 0;
}

gsize
srw_shift_scratch (SrwOps * ops, gint height, gint width, gint channels)
{
  return ask (ops->family->shift_scratch, height, width, channels);
}

gsize
srw_moments_bytes (SrwOps * ops, gint height, gint width, gint channels)
{
  return ask (ops->family->moments_bytes, height, width, channels);
}

gsize
srw_wkv_scratch (SrwOps * ops, gint height, gint width, gint channels)
{
  return ask (ops->family->wkv_scratch, height, width, channels);
}

gsize
srw_statistics_scratch (SrwOps * ops, gint height, gint width, gint channels)
{
  return ask (ops->family->statistics_scratch, height, width, channels);
}

gsize
srw_parts_bytes (SrwOps * ops, gint height, gint width, gint channels)
{
  return ask (ops->family->parts_bytes, height, width, channels);
}

gsize
srw_value_bytes (SrwOps * ops)
{
  return srw_device_info (ops->device)->half_maps ? sizeof (cl_half) : sizeof (cl_float);
}
