/* The operators by the kernels for GPUs, kernels/gpu/.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/ops-private.h"

/* Tokens of a product's tile, of a shift's, and of a chunk of Bi-WKV: 16 parts of so many that an item's are in
 * registers. */
#define PRODUCT_TOKENS 128
#define SHIFT_TOKENS 32
#define SHIFT_ITEMS 128
#define WKV_CHUNK 192
#define WKV_CHANNELS 16
#define WKV_ITEMS 256
/* What a chunk of Bi-WKV gathers, at most. */
#define WKV_MAX_RUNS 256
#define STATISTICS_CHANNELS 16
#define STATISTICS_ITEMS 256

/* Columns of a product's tile; the widest that divides those of the product is taken. */
static const gint panels[] = { 16, 32, 48, 64 };

#define N_PANELS G_N_ELEMENTS (panels)

enum
{
  SHIFT_LINEAR, WKV_CHUNKS, WKV_OUTPUT, STATISTICS, ADAIN,
  /* one for every panel */
  LINEAR, CONV = LINEAR + N_PANELS, STEM = CONV + N_PANELS, HEAD = STEM + N_PANELS, UPCONV = HEAD + N_PANELS,
  N_KERNELS = UPCONV + N_PANELS
};

G_STATIC_ASSERT (N_KERNELS <= SRW_MAX_KERNELS);

/* product.cl */
enum { MOMENTS = 1, PARTS = 2 };

/* ---- construction ---- */

static gboolean
build_products (SrwOps * ops, guint panel, GError ** error)
{
  gchar *options = g_strdup_printf ("-DN=%d -DTOKENS=%d", panels[panel], PRODUCT_TOKENS);
  const gchar *file = "gpu/product.cl";
  gboolean ok = srw_ops_build (ops, file, options, "linear", LINEAR + panel, error)
      && srw_ops_build (ops, file, options, "conv", CONV + panel, error)
      && srw_ops_build (ops, file, options, "stem", STEM + panel, error)
      && srw_ops_build (ops, file, options, "head", HEAD + panel, error)
      && srw_ops_build (ops, file, options, "upconv", UPCONV + panel, error);

  g_free (options);
  return ok;
}

static gboolean
build (SrwOps * ops, GError ** error)
{
  gchar *options = g_strdup_printf ("-DCHUNK=%d", WKV_CHUNK);
  gboolean ok = srw_ops_build (ops, "gpu/shift.cl", NULL, "shift_linear", SHIFT_LINEAR, error)
      && srw_ops_build (ops, "gpu/wkv.cl", options, "wkv_chunks", WKV_CHUNKS, error)
      && srw_ops_build (ops, "gpu/wkv.cl", options, "wkv_output", WKV_OUTPUT, error)
      && srw_ops_build (ops, "gpu/statistics.cl", NULL, "statistics", STATISTICS, error)
      && srw_ops_build (ops, "gpu/statistics.cl", NULL, "adain", ADAIN, error);

  g_free (options);
  for (guint i = 0; ok && i < N_PANELS; i++)
    ok = build_products (ops, i, error);
  return ok;
}

/* ---- products ---- */

static guint
panel_for (gint columns)
{
  guint i = N_PANELS - 1;

  while (columns % panels[i])
    i--;
  return i;
}

/* product.cl has 4 columns and 8 tokens to an item, or 4 tokens where the tile is narrow. */
static void
run_tiles (SrwLaunch * launch, guint panel, gint columns, gsize tokens, gsize phases, gdouble flops, gdouble bytes)
{
  const gsize each = panels[panel] == 16 ? 4 : 8;
  const gsize groups[3] = { srw_div_up (tokens, PRODUCT_TOKENS), (gsize) (columns / panels[panel]), phases };

  srw_launch_run_groups (launch, panels[panel] / 4 * PRODUCT_TOKENS / each, groups, flops, bytes);
}

/* Some memory must be given for what is not wanted. */
static void
set_moments (SrwLaunch * launch, const SrwTensor * out, cl_mem unused)
{
  srw_launch_mem (launch, out->moments ? out->moments : unused);
}

static void
set_parts (SrwLaunch * launch, const SrwTensor * out, cl_mem unused)
{
  srw_launch_mem (launch, out->parts ? out->parts : unused);
}

static void
set_summaries (SrwLaunch * launch, const SrwTensor * out)
{
  srw_launch_int (launch, (out->moments ? MOMENTS : 0) | (out->parts ? PARTS : 0));
}

static void
multiply (SrwOps * ops, const gchar * name, const SrwProduct * p, const SrwAffine * affine)
{
  const SrwLinear *w = p->w;
  const guint panel = panel_for (w->out);
  const gsize tokens = srw_tokens (&p->out);
  const gboolean adds = p->epilogue == SRW_EPILOGUE_RESIDUAL || p->epilogue == SRW_EPILOGUE_GATED_RESIDUAL;
  SrwLaunch launch = srw_ops_launch (ops, name, LINEAR + panel);
  gdouble bytes = srw_weight_bytes (w, 1) + srw_map_bytes (ops, &p->a) + srw_map_bytes (ops, &p->out) * (adds ? 2 : 1);

  bytes += (p->a_gate ? srw_map_bytes (ops, p->a_gate) : 0) + (p->b ? srw_map_bytes (ops, p->b) : 0)
      + (p->gate ? srw_map_bytes (ops, p->gate) : 0);
  srw_launch_tensor (&launch, &p->a, NULL);
  srw_launch_tensor (&launch, p->a_gate, p->a.mem);
  srw_launch_tensor (&launch, p->b, p->a.mem);
  srw_launch_mem (&launch, affine ? affine->mem : w->bias);
  srw_launch_int (&launch, affine ? affine->first : 0);
  srw_launch_int (&launch, affine ? affine->stride : 0);
  /* of what is read last */
  srw_launch_int (&launch, affine == NULL ? w->in : p->b ? p->a.channels : 0);
  srw_launch_mem (&launch, w->weights);
  srw_launch_mem (&launch, w->bias);
  srw_launch_int (&launch, w->out);
  srw_launch_int (&launch, p->epilogue);
  srw_launch_int (&launch, p->a.channels);
  srw_launch_float (&launch, w->key_bound);
  srw_launch_tensor (&launch, p->gate, p->a.mem);
  srw_launch_tensor (&launch, &p->out, NULL);
  set_moments (&launch, &p->out, w->bias);
  set_parts (&launch, &p->out, w->bias);
  set_summaries (&launch, &p->out);
  run_tiles (&launch, panel, w->out, tokens, 1, 2.0 * tokens * w->in * w->out, bytes);
}

static void
linear (SrwOps * ops, const gchar * name, const SrwProduct * product)
{
  multiply (ops, name, product, NULL);
}

static void
merge (SrwOps * ops, const gchar * name, const SrwTensor * a, const SrwTensor * feature, const SrwAffine * affine,
    const SrwLinear * w, const SrwLinear * folded, const SrwTensor * out)
{
  const SrwProduct product = {.a = a ? *a : *feature,.b = a ? feature : NULL,.w = w,.epilogue = SRW_EPILOGUE_NONE,
    .out = *out
  };

  multiply (ops, name, &product, affine);
}

/* ---- convolutions ---- */

static void
set_weights (SrwLaunch * launch, const SrwLinear * w)
{
  srw_launch_mem (launch, w->weights);
  srw_launch_mem (launch, w->bias);
  srw_launch_int (launch, w->out);
}

static void
run_conv (SrwLaunch * launch, const SrwLinear * w, const SrwTensor * out, gdouble map_bytes)
{
  const gsize tokens = srw_tokens (out);
  const gint taps = w->kernel * w->kernel;

  run_tiles (launch, panel_for (w->out), w->out, tokens, 1, 2.0 * tokens * taps * w->in * w->out,
      map_bytes + srw_weight_bytes (w, taps));
}

static gdouble
float_bytes (const SrwTensor * tensor)
{
  return (gdouble) srw_tokens (tensor) * tensor->channels * sizeof (gfloat);
}

static void
stem (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwLinear * w, const SrwTensor * out)
{
  SrwLaunch launch = srw_ops_launch (ops, name, STEM + panel_for (w->out));

  srw_launch_tensor (&launch, in, NULL);
  set_weights (&launch, w);
  srw_launch_tensor (&launch, out, NULL);
  set_moments (&launch, out, w->bias);
  set_summaries (&launch, out);
  run_conv (&launch, w, out, float_bytes (in) + srw_map_bytes (ops, out));
}

static void
conv (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwLinear * w, const SrwTensor * out)
{
  SrwLaunch launch = srw_ops_launch (ops, name, CONV + panel_for (w->out));

  if (w->in == 4) {
    stem (ops, name, in, w, out);
    return;
  }
  srw_launch_tensor (&launch, in, NULL);
  set_weights (&launch, w);
  srw_launch_int (&launch, w->kernel);
  srw_launch_int (&launch, w->stride);
  srw_launch_tensor (&launch, out, NULL);
  set_moments (&launch, out, w->bias);
  set_parts (&launch, out, w->bias);
  set_summaries (&launch, out);
  run_conv (&launch, w, out, srw_map_bytes (ops, in) + srw_map_bytes (ops, out));
}

static void
head (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwLinear * w, const SrwTensor * out)
{
  SrwLaunch launch = srw_ops_launch (ops, name, HEAD + panel_for (w->out));

  srw_launch_tensor (&launch, in, NULL);
  set_weights (&launch, w);
  srw_launch_tensor (&launch, out, NULL);
  run_conv (&launch, w, out, srw_map_bytes (ops, in) + float_bytes (out));
}

static void
upconv (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwLinear * w, const SrwTensor * out)
{
  const guint panel = panel_for (w->out);
  SrwLaunch launch = srw_ops_launch (ops, name, UPCONV + panel);

  srw_launch_tensor (&launch, in, NULL);
  set_weights (&launch, w);
  srw_launch_tensor (&launch, out, NULL);
  set_moments (&launch, out, w->bias);
  set_summaries (&launch, out);
  run_tiles (&launch, panel, w->out, srw_tokens (in), 4, 2.0 * srw_tokens (out) * 4 * w->in * w->out,
      srw_map_bytes (ops, in) + srw_map_bytes (ops, out) + srw_weight_bytes (w, 16));
}

/* ---- Deform-Shift and the product that reads it ---- */

static gint
panels_of_token (gint channels)
{
  return channels / panels[panel_for (channels)];
}

static gsize
moments_bytes (gsize tokens, gint channels)
{
  return tokens * panels_of_token (channels) * sizeof (cl_float2);
}

static void
shift_linear (SrwOps * ops, const gchar * name, const SrwShifted * s, const SrwLinear * w, SrwEpilogue epilogue,
    const SrwTensor * out)
{
  const gint c = s->in.channels;
  const gsize tokens = srw_tokens (&s->in), groups[3] = { srw_div_up (tokens, SHIFT_TOKENS), 1, 1 };
  SrwLaunch launch = srw_ops_launch (ops, name, SHIFT_LINEAR);

  srw_launch_tensor (&launch, &s->in, NULL);
  srw_launch_mem (&launch, s->in.moments);
  srw_launch_int (&launch, panels_of_token (c));
  srw_launch_mem (&launch, s->norm->weight);
  srw_launch_mem (&launch, s->norm->bias);
  srw_launch_shift (&launch, s->w);
  srw_launch_tensor (&launch, &s->z, NULL);
  set_weights (&launch, w);
  srw_launch_int (&launch, epilogue);
  srw_launch_float (&launch, w->key_bound);
  srw_launch_tensor (&launch, out, NULL);
  /* as in ops-cpu.c, and the normalisation: of nine tokens, and of the corners of nine taps; z need not leave the
   * caches */
  srw_launch_run_groups (&launch, SHIFT_ITEMS, groups,
      tokens * (c * (3.0 * 9 + 2 * 18 + 9 * 10) + 18 * 40 + 2.0 * w->in * w->out),
      srw_map_bytes (ops, &s->in) + srw_map_bytes (ops, out) + moments_bytes (tokens, c) + srw_weight_bytes (w, 1));
}

static void
channel_mixing (SrwOps * ops, const gchar * name, const SrwShifted * shifted, const SrwLinear * rk,
    const SrwLinear * value, const SrwTensor * wide, const SrwTensor * out)
{
  shift_linear (ops, name, shifted, rk, SRW_EPILOGUE_RK, wide);
  srw_mix_values (ops, name, value, wide, out);
}

/* ---- Bi-WKV ---- */

/* How many chunks are summed up together. */
static gsize
wkv_run (gsize chunks)
{
  return srw_div_up (chunks, WKV_MAX_RUNS);
}

static gsize
wkv_scratch (gsize tokens, gint channels)
{
  const gsize chunks = srw_div_up (tokens, WKV_CHUNK), runs = srw_div_up (chunks, wkv_run (chunks));

  return (chunks + runs) * 6 * channels * sizeof (gfloat);
}

static void
set_order (SrwLaunch * launch, gint round, gint channels, gint step, gsize chunks)
{
  srw_launch_int (launch, round * channels);
  srw_launch_int (launch, step);
  srw_launch_int (launch, round & 1);
  srw_launch_int (launch, (gint) chunks);
  srw_launch_int (launch, (gint) wkv_run (chunks));
}

static void
wkv (SrwOps * ops, const gchar * name, const SrwTensor * key, gboolean exponentiated, const SrwTensor * value,
    cl_mem decay, cl_mem bonus, gint round, gint step, cl_mem scratch, const SrwTensor * out)
{
  const gsize tokens = srw_tokens (key), chunks = srw_div_up (tokens, WKV_CHUNK);
  const gsize sums[3] = { srw_div_up (chunks, wkv_run (chunks)), (gsize) key->channels / WKV_CHANNELS, 1 };
  const gsize outputs[3] = { chunks, sums[1], 1 };
  const gdouble in_bytes = srw_map_bytes (ops, key) + srw_map_bytes (ops, value);
  const gdouble state_bytes = wkv_scratch (tokens, key->channels);
  SrwLaunch launch = srw_ops_launch (ops, name, WKV_CHUNKS);

  srw_launch_tensor (&launch, key, NULL);
  srw_launch_int (&launch, exponentiated);
  srw_launch_tensor (&launch, value, NULL);
  srw_launch_mem (&launch, decay);
  set_order (&launch, round, key->channels, step, chunks);
  srw_launch_mem (&launch, scratch);
  srw_launch_run_groups (&launch, WKV_ITEMS, sums, 40.0 * tokens * key->channels, in_bytes + state_bytes);

  launch = srw_ops_launch (ops, name, WKV_OUTPUT);
  srw_launch_tensor (&launch, key, NULL);
  srw_launch_int (&launch, exponentiated);
  srw_launch_tensor (&launch, value, NULL);
  srw_launch_mem (&launch, decay);
  srw_launch_mem (&launch, bonus);
  set_order (&launch, round, key->channels, step, chunks);
  srw_launch_mem (&launch, scratch);
  srw_launch_tensor (&launch, out, NULL);
  srw_launch_run_groups (&launch, WKV_ITEMS, outputs, 110.0 * tokens * key->channels,
      in_bytes + srw_map_bytes (ops, out) + state_bytes);
}

/* ---- statistics ---- */

static gsize
parts_bytes (gsize tokens, gint channels)
{
  return srw_div_up (tokens, PRODUCT_TOKENS) * 2 * channels * sizeof (gfloat);
}

static void
statistics (SrwOps * ops, const gchar * name, const SrwTensor * maps, guint n, cl_mem scratch, cl_mem results,
    gint first, gint stride)
{
  cl_int4 tokens = { 0 }, channels = { 0 };
  SrwLaunch launch = srw_ops_launch (ops, name, STATISTICS);
  gdouble bytes = 0.0;
  gsize all = 0;

  for (guint i = 0; i < SRW_MAX_STATISTICS; i++)
    srw_launch_mem (&launch, maps[MIN (i, n - 1)].parts);
  for (guint i = 0; i < n; i++) {
    tokens.s[i] = (cl_int) srw_tokens (&maps[i]);
    channels.s[i] = maps[i].channels;
    all += maps[i].channels;
    bytes += parts_bytes (srw_tokens (&maps[i]), maps[i].channels);
  }
  srw_launch_arg (&launch, sizeof tokens, &tokens);
  srw_launch_arg (&launch, sizeof channels, &channels);
  srw_launch_int (&launch, PRODUCT_TOKENS);
  srw_launch_mem (&launch, results);
  srw_launch_int (&launch, first);
  srw_launch_int (&launch, stride);
  srw_launch_run_groups (&launch, STATISTICS_ITEMS, (const gsize[3]) { all / STATISTICS_CHANNELS, 1, 1 }, bytes, bytes);
}

const SrwFamily srw_gpu_family = {
  .build = build,.conv = conv,.head = head,.upconv = upconv,.linear = linear,.shift_linear = shift_linear,
  .channel_mixing = channel_mixing,.merge = merge,.wkv = wkv,.statistics = statistics,
  .adain = ADAIN,.adain_items = STATISTICS_ITEMS,
  .moments_bytes = moments_bytes,.wkv_scratch = wkv_scratch,.parts_bytes = parts_bytes
};
