/* The operators of the network: which family does them.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/ops-private.h"

#include "opencl/program.h"

/* exp(−8) is a normal half float, and exp(8) far from the largest. */
#define MAX_SMALL_KEY 8.0f

/* ---- construction ---- */

gboolean
srw_ops_build (SrwOps * ops, const gchar * file, const gchar * options, const gchar * name, guint kernel,
    GError ** error)
{
  ops->kernels[kernel] = srw_kernel_new (srw_queue_device (ops->queue), file, options, name, error);
  return ops->kernels[kernel] != NULL;
}

SrwOps *
srw_ops_new (SrwQueue * queue, GError ** error)
{
  SrwOps *ops = g_new0 (SrwOps, 1);

  ops->queue = queue;
  ops->family = srw_ops_info (ops)->family == SRW_KERNELS_GPU ? &srw_gpu_family : &srw_cpu_family;
  ops->gemm = srw_gemm_new ();
  if (ops->family->build (ops, error))
    return ops;
  srw_ops_free (ops);
  return NULL;
}

void
srw_ops_free (SrwOps * ops)
{
  for (guint i = 0; i < SRW_MAX_KERNELS; i++)
    g_clear_pointer (&ops->kernels[i], clReleaseKernel);
  srw_gemm_free (ops->gemm);
  g_free (ops);
}

SrwQueue *
srw_ops_queue (const SrwOps * ops)
{
  return ops->queue;
}

const SrwDeviceInfo *
srw_ops_info (const SrwOps * ops)
{
  return srw_device_info (srw_queue_device (ops->queue));
}

/* ---- helpers ---- */

SrwLaunch
srw_ops_launch (SrwOps * ops, const gchar * op, guint kernel)
{
  return srw_launch_begin (ops->queue, op, ops->kernels[kernel]);
}

void
srw_launch_tensor (SrwLaunch * launch, const SrwTensor * tensor, cl_mem unused)
{
  cl_int map[5] = { 0 };        /* Map of common.h */

  if (tensor) {
    map[0] = tensor->height;
    map[1] = tensor->width;
    map[2] = tensor->channels;
    map[3] = tensor->stride;
    map[4] = tensor->offset;
  }
  srw_launch_mem (launch, tensor ? tensor->mem : unused);
  srw_launch_arg (launch, sizeof map, map);
}

void
srw_launch_shift (SrwLaunch * launch, const SrwShift * w)
{
  srw_launch_mem (launch, w->tap);
  srw_launch_mem (launch, w->depthwise);
  srw_launch_mem (launch, w->depthwise_bias);
  srw_launch_mem (launch, w->dense);
  srw_launch_mem (launch, w->dense_bias);
}

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

void
srw_mix_values (SrwOps * ops, const gchar * name, const SrwLinear * value, const SrwTensor * wide,
    const SrwTensor * out)
{
  SrwTensor r = *wide, k = *wide;

  r.channels = out->channels;
  k.channels = value->in;
  k.offset += out->channels;
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
srw_op_shift_linear (SrwOps * ops, const gchar * name, const SrwShifted * shifted, const SrwLinear * w,
    SrwEpilogue epilogue, SrwTensor out)
{
  ops->family->shift_linear (ops, name, shifted, w, epilogue, &out);
}

void
srw_op_channel_mixing (SrwOps * ops, const gchar * name, const SrwShifted * shifted, const SrwLinear * rk,
    const SrwLinear * value, SrwTensor wide, SrwTensor out)
{
  ops->family->channel_mixing (ops, name, shifted, rk, value, &wide, &out);
}

void
srw_op_merge (SrwOps * ops, const gchar * name, const SrwTensor * a, SrwTensor feature, const SrwAffine * affine,
    const SrwLinear * w, const SrwLinear * folded, SrwTensor out)
{
  ops->family->merge (ops, name, a, &feature, affine, w, folded, &out);
}

gboolean
srw_keys_are_small (gfloat bound)
{
  return bound > 0.0f && bound <= MAX_SMALL_KEY;
}

void
srw_op_wkv (SrwOps * ops, const gchar * name, SrwTensor key, gboolean exponentiated, SrwTensor value, cl_mem decay,
    cl_mem bonus, gint round, gint step, cl_mem scratch, SrwTensor out)
{
  ops->family->wkv (ops, name, &key, exponentiated, &value, decay, bonus, round, step, scratch, &out);
}

void
srw_op_statistics (SrwOps * ops, const gchar * name, const SrwTensor * maps, guint n, cl_mem scratch,
    cl_mem statistics, gint first, gint stride)
{
  g_return_if_fail (n <= SRW_MAX_STATISTICS);
  ops->family->statistics (ops, name, maps, n, scratch, statistics, first, stride);
}

void
srw_op_adain (SrwOps * ops, const gchar * name, gint n, cl_mem content, cl_mem smoothed, cl_mem style,
    const SrwContinuation * continuation, cl_mem scene, cl_mem affine)
{
  SrwLaunch launch = srw_ops_launch (ops, name, ops->family->adain);

  srw_launch_int (&launch, n);
  srw_launch_mem (&launch, content);
  srw_launch_mem (&launch, smoothed);
  srw_launch_mem (&launch, style);
  srw_launch_float (&launch, continuation->smoothing);
  srw_launch_float (&launch, continuation->strength);
  srw_launch_int (&launch, continuation->reset);
  srw_launch_int (&launch, continuation->scene_known);
  srw_launch_arg (&launch, sizeof continuation->scene_change, &continuation->scene_change);
  srw_launch_mem (&launch, scene);
  srw_launch_mem (&launch, affine);
  srw_launch_run_groups (&launch, ops->family->adain_items, (const gsize[3]) { 1, 1, 1 }, 20.0 * n, 40.0 * n);
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
  return srw_ops_info (ops)->half_maps ? sizeof (cl_half) : sizeof (cl_float);
}
