/* StyleRWKV engine: the operators of the network on an OpenCL queue. */
#include "ops-private.h"

#include "program.h"

/* Tokens of a chunk of Bi-WKV. A chunk's states are private memory of a work-item, 192 bytes a token. */
#define WKV_CHUNK 64
/* Work-items a compute unit should get at least, so that all are busy to the end: the first thread may take half of
 * them and one more. */
#define ITEMS_PER_UNIT 32
#define STATISTICS_STRIP 256
/* Floats between the two products of channel mixing: half of a first-level cache. */
#define MIXING_FLOATS 6144

const SrwTile srw_tiles[3] = { {1, 14}, {2, 12}, {3, 8} };

static const struct
{
  const gchar *file, *name;
  SrwKernel kernel;
} plain_kernels[] = {
  {"norm.cl", "norm", SRW_KERNEL_NORM},
  {"norm.cl", "statistics_strips", SRW_KERNEL_STATISTICS_STRIPS},
  {"norm.cl", "statistics_merge", SRW_KERNEL_STATISTICS_MERGE},
  {"norm.cl", "adain", SRW_KERNEL_ADAIN},
  {"norm.cl", "fold_affine", SRW_KERNEL_FOLD_AFFINE},
  {"shift.cl", "shift", SRW_KERNEL_SHIFT},
  {"wkv.cl", "wkv_chunks", SRW_KERNEL_WKV_CHUNKS},
  {"wkv.cl", "wkv_carry", SRW_KERNEL_WKV_CARRY},
  {"wkv.cl", "wkv_output", SRW_KERNEL_WKV_OUTPUT},
  {"library.cl", "gate", SRW_KERNEL_GATE},
  {"library.cl", "epilogue", SRW_KERNEL_EPILOGUE},
};

/* ---- construction ---- */

static gboolean
build_kernel (SrwOps * ops, const gchar * file, const gchar * options, const gchar * name, SrwKernel kernel,
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

static gboolean
build_kernels (SrwOps * ops, GError ** error)
{
  gchar *options = g_strdup_printf ("-DCHUNK=%d", WKV_CHUNK);
  gboolean ok = TRUE;

  for (guint i = 0; ok && i < G_N_ELEMENTS (plain_kernels); i++)
    ok = build_kernel (ops, plain_kernels[i].file, options, plain_kernels[i].name, plain_kernels[i].kernel, error);
  g_free (options);
  for (guint i = 0; ok && i < G_N_ELEMENTS (srw_tiles); i++) {
    options = g_strdup_printf ("-DCOLUMNS=%d -DROWS=%d", srw_tiles[i].columns, srw_tiles[i].rows);
    ok = build_kernel (ops, "product.cl", options, "linear", SRW_KERNEL_LINEAR + i, error)
        && build_kernel (ops, "product.cl", options, "conv", SRW_KERNEL_CONV + i, error)
        && build_kernel (ops, "product.cl", options, "upconv", SRW_KERNEL_UPCONV + i, error)
        && build_kernel (ops, "product.cl", options, "channel_mixing", SRW_KERNEL_CHANNEL_MIXING + i, error);
    g_free (options);
  }
  return ok;
}

SrwOps *
srw_ops_new (SrwDevice * device, GError ** error)
{
  SrwOps *ops = g_new0 (SrwOps, 1);

  ops->device = srw_device_ref (device);
  ops->gemm = srw_gemm_new ();
  ops->profile = g_array_new (FALSE, FALSE, sizeof (SrwProfileEntry));
  /* a queue that can profile costs nothing until events are kept */
  ops->queue = srw_device_queue_new (device, TRUE, error);
  if (ops->queue && build_kernels (ops, error))
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
  for (guint i = 0; i < SRW_N_KERNELS; i++)
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
srw_call_begin (SrwOps * ops, const gchar * op, SrwKernel kernel)
{
  return (SrwCall) {.ops = ops,.op = op,.kernel = ops->kernels[kernel] };
}

static void
set_arg (SrwCall * call, gsize size, gconstpointer value)
{
  cl_int code = clSetKernelArg (call->kernel, call->next++, size, value);

  if (code != CL_SUCCESS)
    srw_ops_fail (call->ops, call->op, code);
}

void
srw_call_mem (SrwCall * call, cl_mem mem)
{
  set_arg (call, sizeof mem, &mem);
}

void
srw_call_int (SrwCall * call, gint value)
{
  const cl_int number = value;

  set_arg (call, sizeof number, &number);
}

void
srw_call_float (SrwCall * call, gfloat value)
{
  const cl_float number = value;

  set_arg (call, sizeof number, &number);
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
  set_arg (call, sizeof map, map);
}

void
srw_call_run (SrwCall * call, gsize width, gsize height, gdouble flops, gdouble bytes)
{
  SrwOps *ops = call->ops;
  const gsize global[2] = { width, height }, local[2] = { 1, 1 };
  cl_event event = NULL;
  cl_int code;

  if (ops->failure != CL_SUCCESS)
    return;
  code = clEnqueueNDRangeKernel (ops->queue, call->kernel, 2, NULL, global, local, 0, NULL,
      ops->profiling ? &event : NULL);
  if (code != CL_SUCCESS)
    srw_ops_fail (ops, call->op, code);
  else if (event)
    srw_profile_add (ops, call->op, event, flops, bytes);
}

/* ---- helpers ---- */

gsize
srw_tokens (const SrwTensor * tensor)
{
  return (gsize) tensor->height * tensor->width;
}

gdouble
srw_map_bytes (const SrwTensor * tensor)
{
  return (gdouble) srw_tokens (tensor) * tensor->channels * sizeof (gfloat);
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

gint
srw_share (SrwOps * ops, gsize total, gsize wanted, gsize grain)
{
  const gsize fair = srw_div_up (total, (gsize) srw_device_info (ops->device)->compute_units * ITEMS_PER_UNIT);

  return (gint) (srw_div_up (MAX (MIN (wanted, fair), 1), grain) * grain);
}

guint
srw_tile_for (gint columns)
{
  return columns % 48 == 0 ? 2 : columns % 32 == 0 ? 1 : 0;
}

/* ---- products ---- */

void
srw_op_linear (SrwOps * ops, const gchar * name, SrwTensor in, const SrwTensor * in_gate, const SrwLinear * w,
    SrwEpilogue epilogue, const SrwTensor * gate, SrwTensor out)
{
  const SrwProduct product = {.a = in,.a_gate = in_gate,.w = w,.epilogue = epilogue,.gate = gate,.out = out };

  srw_gemm_run (ops, name, &product);
}

void
srw_op_merge (SrwOps * ops, const gchar * name, SrwTensor a, const SrwTensor * b, const SrwLinear * w, SrwTensor out)
{
  const SrwProduct product = {.a = a,.b = b,.w = w,.epilogue = SRW_EPILOGUE_NONE,.out = out };

  srw_gemm_run (ops, name, &product);
}

static void
mix_in_one (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwLinear * rk, const SrwLinear * value,
    const SrwTensor * wide, const SrwTensor * out)
{
  const guint tile = srw_tile_for (value->out);
  const gsize tokens = srw_tokens (in);
  const gint grain = srw_tiles[tile].rows;
  const gint rows = srw_share (ops, tokens, tokens, grain), group = MAX (MIXING_FLOATS / rk->out / grain, 1) * grain;
  SrwCall call = srw_call_begin (ops, name, SRW_KERNEL_CHANNEL_MIXING + tile);

  srw_call_tensor (&call, in, NULL);
  srw_call_mem (&call, rk->weights);
  srw_call_mem (&call, rk->bias);
  srw_call_mem (&call, value->weights);
  srw_call_mem (&call, value->bias);
  srw_call_int (&call, rows);
  srw_call_int (&call, group);
  srw_call_tensor (&call, wide, NULL);
  srw_call_tensor (&call, out, NULL);
  srw_call_run (&call, srw_div_up (tokens, rows), 1,
      2.0 * tokens * ((gdouble) rk->in * rk->out + (gdouble) value->in * value->out),
      srw_map_bytes (in) + 2 * srw_map_bytes (out) + srw_weight_bytes (rk, 1) + srw_weight_bytes (value, 1));
}

void
srw_op_channel_mixing (SrwOps * ops, const gchar * name, SrwTensor in, const SrwLinear * rk, const SrwLinear * value,
    SrwTensor wide, SrwTensor out)
{
  SrwTensor r = wide, k = wide;

  if (srw_device_info (ops->device)->type & CL_DEVICE_TYPE_CPU) {
    mix_in_one (ops, name, &in, rk, value, &wide, &out);
    return;
  }
  r.channels = in.channels;
  k.channels = value->in;
  k.offset += in.channels;
  srw_op_linear (ops, name, in, NULL, rk, SRW_EPILOGUE_RK, NULL, wide);
  srw_op_linear (ops, name, k, NULL, value, SRW_EPILOGUE_GATED_RESIDUAL, &r, out);
}

void
srw_op_conv (SrwOps * ops, const gchar * name, SrwTensor in, const SrwLinear * w, SrwEpilogue epilogue, SrwTensor out)
{
  SrwCall call = srw_call_begin (ops, name, SRW_KERNEL_CONV + srw_tile_for (w->out));
  const gint taps = w->kernel * w->kernel;

  srw_call_tensor (&call, &in, NULL);
  srw_call_mem (&call, w->weights);
  srw_call_mem (&call, w->bias);
  srw_call_int (&call, w->out);
  srw_call_int (&call, w->kernel);
  srw_call_int (&call, w->stride);
  srw_call_int (&call, epilogue);
  srw_call_tensor (&call, &out, NULL);
  srw_call_run (&call, out.height, 1, 2.0 * srw_tokens (&out) * taps * w->in * w->out,
      srw_map_bytes (&in) + srw_map_bytes (&out) + srw_weight_bytes (w, taps));
}

void
srw_op_upconv (SrwOps * ops, const gchar * name, SrwTensor in, const SrwLinear * w, SrwTensor out)
{
  SrwCall call = srw_call_begin (ops, name, SRW_KERNEL_UPCONV + srw_tile_for (w->out));

  srw_call_tensor (&call, &in, NULL);
  srw_call_mem (&call, w->weights);
  srw_call_mem (&call, w->bias);
  srw_call_int (&call, w->out);
  srw_call_tensor (&call, &out, NULL);
  srw_call_run (&call, out.height, 1, 2.0 * srw_tokens (&out) * 4 * w->in * w->out,
      srw_map_bytes (&in) + srw_map_bytes (&out) + srw_weight_bytes (w, 16));
}

void
srw_op_fold_affine (SrwOps * ops, const gchar * name, const SrwLinear * w, gint in_first, gint channels, cl_mem affine,
    gint first, gint stride, SrwLinear * folded)
{
  SrwCall call = srw_call_begin (ops, name, SRW_KERNEL_FOLD_AFFINE);

  srw_call_mem (&call, w->weights);
  srw_call_mem (&call, w->bias);
  srw_call_int (&call, w->in);
  srw_call_int (&call, w->out);
  srw_call_int (&call, in_first);
  srw_call_int (&call, channels);
  srw_call_mem (&call, affine);
  srw_call_int (&call, first);
  srw_call_int (&call, stride);
  srw_call_mem (&call, folded->weights);
  srw_call_mem (&call, folded->bias);
  srw_call_run (&call, w->out / 16, 1, 3.0 * channels * w->out, 2 * srw_weight_bytes (w, 1));
}

/* ---- normalisation and statistics ---- */

void
srw_op_norm (SrwOps * ops, const gchar * name, SrwTensor in, cl_mem weight, cl_mem bias, SrwTensor out)
{
  const gsize tokens = srw_tokens (&in);
  const gint rows = srw_share (ops, tokens, 16384 / in.channels, 1);
  SrwCall call = srw_call_begin (ops, name, SRW_KERNEL_NORM);

  srw_call_tensor (&call, &in, NULL);
  srw_call_mem (&call, weight);
  srw_call_mem (&call, bias);
  srw_call_int (&call, rows);
  srw_call_tensor (&call, &out, NULL);
  srw_call_run (&call, srw_div_up (tokens, rows), 1, 8.0 * tokens * in.channels, srw_map_bytes (&in) + srw_map_bytes (&out));
}

gsize
srw_statistics_scratch (SrwOps * ops, gint height, gint width, gint channels)
{
  return srw_div_up ((gsize) height * width, STATISTICS_STRIP) * 2 * channels;
}

void
srw_op_statistics (SrwOps * ops, const gchar * name, SrwTensor in, cl_mem scratch, cl_mem statistics, gint first,
    gint stride)
{
  const gsize tokens = srw_tokens (&in), strips = srw_div_up (tokens, STATISTICS_STRIP);
  SrwCall call = srw_call_begin (ops, name, SRW_KERNEL_STATISTICS_STRIPS);

  srw_call_tensor (&call, &in, NULL);
  srw_call_int (&call, STATISTICS_STRIP);
  srw_call_mem (&call, scratch);
  srw_call_run (&call, strips, in.channels / 16, 4.0 * tokens * in.channels, srw_map_bytes (&in));

  call = srw_call_begin (ops, name, SRW_KERNEL_STATISTICS_MERGE);
  srw_call_mem (&call, scratch);
  srw_call_int (&call, in.channels);
  srw_call_int (&call, (gint) tokens);
  srw_call_int (&call, STATISTICS_STRIP);
  srw_call_mem (&call, statistics);
  srw_call_int (&call, first);
  srw_call_int (&call, stride);
  srw_call_run (&call, in.channels / 16, 1, 8.0 * strips * in.channels, 8.0 * strips * in.channels);
}

void
srw_op_adain (SrwOps * ops, const gchar * name, gint n, cl_mem content, cl_mem smoothed, cl_mem style, gfloat smoothing,
    gboolean restart, gfloat strength, cl_mem affine)
{
  SrwCall call = srw_call_begin (ops, name, SRW_KERNEL_ADAIN);

  srw_call_int (&call, n);
  srw_call_mem (&call, content);
  srw_call_mem (&call, smoothed);
  srw_call_mem (&call, style);
  srw_call_float (&call, smoothing);
  srw_call_int (&call, restart);
  srw_call_float (&call, strength);
  srw_call_mem (&call, affine);
  srw_call_run (&call, 1, 1, 20.0 * n, 40.0 * n);
}

/* ---- Deform-Shift and Bi-WKV ---- */

void
srw_op_shift (SrwOps * ops, const gchar * name, SrwTensor in, const SrwShift * w, SrwTensor out)
{
  SrwCall call = srw_call_begin (ops, name, SRW_KERNEL_SHIFT);

  srw_call_tensor (&call, &in, NULL);
  srw_call_mem (&call, w->tap);
  srw_call_mem (&call, w->depthwise);
  srw_call_mem (&call, w->depthwise_bias);
  srw_call_mem (&call, w->dense);
  srw_call_mem (&call, w->dense_bias);
  srw_call_tensor (&call, &out, NULL);
  /* nine taps three times (depthwise, interpolation, sum) and the product that makes the offsets */
  srw_call_run (&call, in.height, 1, srw_tokens (&in) * (in.channels * (2.0 * 9 + 2 * 18 + 9 * 10) + 18 * 20),
      srw_map_bytes (&in) + srw_map_bytes (&out));
}

static gsize
wkv_chunks (gint height, gint width)
{
  return srw_div_up ((gsize) height * width, WKV_CHUNK);
}

gsize
srw_wkv_scratch (SrwOps * ops, gint height, gint width, gint channels)
{
  return wkv_chunks (height, width) * 6 * channels;
}

void
srw_op_wkv (SrwOps * ops, const gchar * name, SrwTensor key, SrwTensor value, cl_mem decay, cl_mem bonus, gint round,
    gint step, cl_mem scratch, SrwTensor out)
{
  const gsize chunks = wkv_chunks (key.height, key.width), tokens = srw_tokens (&key);
  const gint blocks = key.channels / 16;
  /* all channels of a chunk in one work-item, for they lie together, unless that leaves too few of them */
  const gint span = chunks >= (gsize) srw_device_info (ops->device)->compute_units * ITEMS_PER_UNIT ? blocks : 1;
  const gdouble state_bytes = chunks * 6.0 * key.channels * sizeof (gfloat);
  SrwCall call = srw_call_begin (ops, name, SRW_KERNEL_WKV_CHUNKS);

  srw_call_tensor (&call, &key, NULL);
  srw_call_tensor (&call, &value, NULL);
  srw_call_mem (&call, decay);
  srw_call_int (&call, round * blocks);
  srw_call_int (&call, step);
  srw_call_int (&call, round & 1);
  srw_call_int (&call, span);
  srw_call_mem (&call, scratch);
  srw_call_run (&call, chunks, srw_div_up (blocks, span), 40.0 * tokens * key.channels,
      srw_map_bytes (&key) + srw_map_bytes (&value) + state_bytes);

  call = srw_call_begin (ops, name, SRW_KERNEL_WKV_CARRY);
  srw_call_int (&call, (gint) chunks);
  srw_call_int (&call, key.channels);
  srw_call_mem (&call, scratch);
  srw_call_run (&call, blocks, 2, 50.0 * chunks * key.channels, 2 * state_bytes);

  call = srw_call_begin (ops, name, SRW_KERNEL_WKV_OUTPUT);
  srw_call_tensor (&call, &key, NULL);
  srw_call_tensor (&call, &value, NULL);
  srw_call_mem (&call, decay);
  srw_call_mem (&call, bonus);
  srw_call_int (&call, round * blocks);
  srw_call_int (&call, step);
  srw_call_int (&call, round & 1);
  srw_call_int (&call, span);
  srw_call_mem (&call, scratch);
  srw_call_tensor (&call, &out, NULL);
  srw_call_run (&call, chunks, srw_div_up (blocks, span), 110.0 * tokens * key.channels,
      srw_map_bytes (&key) + srw_map_bytes (&value) + srw_map_bytes (&out) + state_bytes);
}
