/* The operators by the kernels for processors, kernels/cpu/.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/ops-private.h"

/* Tokens of a chunk of Bi-WKV. A chunk's states are private memory of a work-item, 192 bytes a token. */
#define WKV_CHUNK 64
/* Work-items a compute unit should get at least, so that all are busy to the end: the first thread may take half of
 * them and one more. */
#define ITEMS_PER_UNIT 32
#define STATISTICS_STRIP 256
/* Floats that stay in a first-level cache beside a tile's weights. */
#define CACHED_FLOATS 6144

/* As much as the registers hold beside the weights and what they are multiplied by: of 16 lanes there are 32, of 8
 * there are 16, and a float16 takes two of them. */
const SrwTile srw_tiles[SRW_TILES] = { {1, 14}, {2, 12}, {3, 8}, {1, 6} };

/* Index of the one for 8 lanes; the others are for 16, by columns. */
#define NARROW_TILE 3

typedef struct
{
  const gchar *file, *name;
  SrwKernel kernel;
} KernelSource;

static const KernelSource plain_kernels[] = {
  {"cpu/norm.cl", "norm", SRW_KERNEL_NORM},
  {"cpu/norm.cl", "statistics_strips", SRW_KERNEL_STATISTICS_STRIPS},
  {"cpu/norm.cl", "statistics_merge", SRW_KERNEL_STATISTICS_MERGE},
  {"cpu/norm.cl", "adain", SRW_KERNEL_ADAIN},
  {"cpu/norm.cl", "fold_affine", SRW_KERNEL_FOLD_AFFINE},
  {"cpu/wkv.cl", "wkv_chunks", SRW_KERNEL_WKV_CHUNKS},
  {"cpu/wkv.cl", "wkv_carry", SRW_KERNEL_WKV_CARRY},
  {"cpu/wkv.cl", "wkv_output", SRW_KERNEL_WKV_OUTPUT},
  {"cpu/epilogue.cl", "gate", SRW_KERNEL_GATE},
  {"cpu/epilogue.cl", "epilogue", SRW_KERNEL_EPILOGUE},
};

/* Each in all tiles: the numbers are those of the first tile. */
static const KernelSource tile_kernels[] = {
  {"cpu/product.cl", "linear", SRW_KERNEL_LINEAR},
  {"cpu/product.cl", "conv", SRW_KERNEL_CONV},
  {"cpu/product.cl", "upconv", SRW_KERNEL_UPCONV},
  {"cpu/shift.cl", "shift", SRW_KERNEL_SHIFT},
  {"cpu/shift.cl", "shift_linear", SRW_KERNEL_SHIFT_LINEAR},
  {"cpu/shift.cl", "channel_mixing", SRW_KERNEL_CHANNEL_MIXING},
};

/* ---- construction ---- */

static gboolean
has_narrow_registers (SrwOps * ops)
{
  return srw_ops_info (ops)->lanes < 16;
}

static gboolean
build_for_tile (SrwOps * ops, SrwTile tile, const gchar * file, const gchar * name, SrwKernel kernel, GError ** error)
{
  gchar *options = g_strdup_printf ("-DCOLUMNS=%d -DROWS=%d", tile.columns, tile.rows);
  const gboolean ok = srw_ops_build (ops, file, options, name, kernel, error);

  g_free (options);
  return ok;
}

/* What multiplies, in all tiles for this device. */
static gboolean
build_products (SrwOps * ops, GError ** error)
{
  for (guint i = 0; i < SRW_TILES; i++)
    for (guint k = 0; k < G_N_ELEMENTS (tile_kernels); k++) {
      const KernelSource *source = &tile_kernels[k];
      if (has_narrow_registers (ops) == (i == NARROW_TILE)
          && !build_for_tile (ops, srw_tiles[i], source->file, source->name, source->kernel + i, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
build (SrwOps * ops, GError ** error)
{
  gchar *options = g_strdup_printf ("-DCHUNK=%d", WKV_CHUNK);
  gboolean ok = TRUE;

  for (guint i = 0; ok && i < G_N_ELEMENTS (plain_kernels); i++)
    ok = srw_ops_build (ops, plain_kernels[i].file, options, plain_kernels[i].name, plain_kernels[i].kernel, error);
  g_free (options);
  return ok && build_products (ops, error);
}

/* ---- helpers ---- */

gint
srw_share (SrwOps * ops, gsize total, gsize wanted, gsize grain)
{
  const gsize fair = srw_div_up (total, (gsize) srw_ops_info (ops)->compute_units * ITEMS_PER_UNIT);

  return (gint) (srw_div_up (MAX (MIN (wanted, fair), 1), grain) * grain);
}

guint
srw_tile_for (SrwOps * ops, gint columns)
{
  if (has_narrow_registers (ops))
    return NARROW_TILE;
  return columns % 48 == 0 ? 2 : columns % 32 == 0 ? 1 : 0;
}

/* ---- normalisation and Deform-Shift ---- */

static void
normalise (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwNorm * norm, const SrwTensor * out)
{
  const gsize tokens = srw_tokens (in);
  const gint rows = srw_share (ops, tokens, 16384 / in->channels, 1);
  SrwLaunch launch = srw_ops_launch (ops, name, SRW_KERNEL_NORM);

  srw_launch_tensor (&launch, in, NULL);
  srw_launch_mem (&launch, norm->weight);
  srw_launch_mem (&launch, norm->bias);
  srw_launch_int (&launch, rows);
  srw_launch_tensor (&launch, out, NULL);
  srw_launch_run (&launch, srw_div_up (tokens, rows), 1, 8.0 * tokens * in->channels, srw_map_bytes (ops,
      in) + srw_map_bytes (ops, out));
}

/* nine taps three times (depthwise, interpolation, sum) and the product that makes the offsets */
static gdouble
shift_flops (const SrwTensor * in)
{
  return srw_tokens (in) * (in->channels * (2.0 * 9 + 2 * 18 + 9 * 10) + 18 * 20);
}

static gsize
shift_scratch (gsize tokens, gint channels)
{
  return tokens * channels * sizeof (gfloat);
}

/* A launch that begins with LN(in) shifted, after another one that makes LN(in) in the scratch. */
static SrwLaunch
begin_shift (SrwOps * ops, const gchar * name, guint kernel, const SrwShifted * s)
{
  const SrwTensor normalised = {.mem = s->scratch,.height = s->in.height,.width = s->in.width,
    .channels = s->in.channels,.stride = s->in.channels
  };
  SrwLaunch launch;

  normalise (ops, s->name, &s->in, s->norm, &normalised);
  launch = srw_ops_launch (ops, name, kernel);
  srw_launch_tensor (&launch, &normalised, NULL);
  srw_launch_shift (&launch, s->w);
  srw_launch_tensor (&launch, &s->z, NULL);
  return launch;
}

static void
shift (SrwOps * ops, const SrwShifted * s)
{
  SrwLaunch launch = begin_shift (ops, s->name, SRW_KERNEL_SHIFT + srw_tile_for (ops, s->in.channels), s);

  srw_launch_run (&launch, s->in.height, 1, shift_flops (&s->in), 2 * srw_map_bytes (ops, &s->in));
}

/* ---- products ---- */

/* Adds span, the tokens of a work-item, and group, as many of them at a time as stay in the first-level cache with what
 * is made of them; returns the work-items along a row. */
static gsize
launch_groups (SrwOps * ops, SrwLaunch * launch, const SrwTensor * in, gint floats_a_token, guint tile)
{
  const gint grain = srw_tiles[tile].rows, span = MIN (srw_share (ops, srw_tokens (in), in->width, grain), in->width);

  srw_launch_int (launch, span);
  srw_launch_int (launch, MAX (CACHED_FLOATS / floats_a_token / grain, 1) * grain);
  return srw_div_up (in->width, span);
}

static gboolean
is_processor (SrwOps * ops)
{
  return (srw_ops_info (ops)->type & CL_DEVICE_TYPE_CPU) != 0;
}

static void
shift_linear (SrwOps * ops, const gchar * name, const SrwShifted * shifted, const SrwLinear * w, SrwEpilogue epilogue,
    const SrwTensor * out)
{
  const SrwProduct product = {.a = shifted->z,.w = w,.epilogue = epilogue,.out = *out };
  const guint tile = srw_tile_for (ops, w->out);
  const gdouble tokens = srw_tokens (out);
  SrwLaunch launch;
  gsize items;

  if (!is_processor (ops)) {
    shift (ops, shifted);
    srw_gemm_run (ops, name, &product);
    return;
  }
  launch = begin_shift (ops, name, SRW_KERNEL_SHIFT_LINEAR + tile, shifted);
  srw_launch_mem (&launch, w->weights);
  srw_launch_mem (&launch, w->bias);
  srw_launch_int (&launch, w->out);
  items = launch_groups (ops, &launch, &shifted->in, w->in + w->out, tile);
  srw_launch_int (&launch, epilogue);
  srw_launch_float (&launch, w->key_bound);
  srw_launch_tensor (&launch, out, NULL);
  srw_launch_run (&launch, out->height, items, shift_flops (&shifted->in) + 2 * tokens * w->in * w->out,
      srw_map_bytes (ops, &shifted->in) + srw_map_bytes (ops, out) + srw_weight_bytes (w, 1));
}

static void
channel_mixing (SrwOps * ops, const gchar * name, const SrwShifted * shifted, const SrwLinear * rk,
    const SrwLinear * value, const SrwTensor * wide, const SrwTensor * out)
{
  const guint tile = srw_tile_for (ops, value->out);
  const gdouble tokens = srw_tokens (out);
  SrwLaunch launch;
  gsize items;

  if (!is_processor (ops)) {
    shift_linear (ops, name, shifted, rk, SRW_EPILOGUE_RK, wide);
    srw_mix_values (ops, name, value, wide, out);
    return;
  }
  launch = begin_shift (ops, name, SRW_KERNEL_CHANNEL_MIXING + tile, shifted);
  srw_launch_mem (&launch, rk->weights);
  srw_launch_mem (&launch, rk->bias);
  srw_launch_mem (&launch, value->weights);
  srw_launch_mem (&launch, value->bias);
  items = launch_groups (ops, &launch, &shifted->in, rk->in + rk->out, tile);
  srw_launch_tensor (&launch, wide, NULL);
  srw_launch_tensor (&launch, out, NULL);
  srw_launch_run (&launch, out->height, items,
      shift_flops (&shifted->in) + 2 * tokens * ((gdouble) rk->in * rk->out + (gdouble) value->in * value->out),
      srw_map_bytes (ops, &shifted->in) + 2 * srw_map_bytes (ops, out) + srw_weight_bytes (rk, 1)
      + srw_weight_bytes (value, 1));
}

static void
convolve (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwLinear * w, SrwEpilogue epilogue,
    const SrwTensor * out)
{
  SrwLaunch launch = srw_ops_launch (ops, name, SRW_KERNEL_CONV + srw_tile_for (ops, w->out));
  const gint taps = w->kernel * w->kernel;

  srw_launch_tensor (&launch, in, NULL);
  srw_launch_mem (&launch, w->weights);
  srw_launch_mem (&launch, w->bias);
  srw_launch_int (&launch, w->out);
  srw_launch_int (&launch, w->kernel);
  srw_launch_int (&launch, w->stride);
  srw_launch_int (&launch, epilogue);
  srw_launch_tensor (&launch, out, NULL);
  srw_launch_run (&launch, out->height, 1, 2.0 * srw_tokens (out) * taps * w->in * w->out,
      srw_map_bytes (ops, in) + srw_map_bytes (ops, out) + srw_weight_bytes (w, taps));
}

static void
conv (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwLinear * w, const SrwTensor * out)
{
  convolve (ops, name, in, w, SRW_EPILOGUE_NONE, out);
}

static void
head (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwLinear * w, const SrwTensor * out)
{
  convolve (ops, name, in, w, SRW_EPILOGUE_SIGMOID, out);
}

static void
upconv (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwLinear * w, const SrwTensor * out)
{
  SrwLaunch launch = srw_ops_launch (ops, name, SRW_KERNEL_UPCONV + srw_tile_for (ops, w->out));

  srw_launch_tensor (&launch, in, NULL);
  srw_launch_mem (&launch, w->weights);
  srw_launch_mem (&launch, w->bias);
  srw_launch_int (&launch, w->out);
  srw_launch_tensor (&launch, out, NULL);
  srw_launch_run (&launch, out->height, 1, 2.0 * srw_tokens (out) * 4 * w->in * w->out,
      srw_map_bytes (ops, in) + srw_map_bytes (ops, out) + srw_weight_bytes (w, 16));
}

/* folded = w with the affine applied to input channels [in_first, in_first + channels): w(x ⊙ scale + shift) as a
 * product of x. */
static void
fold (SrwOps * ops, const SrwLinear * w, gint in_first, gint channels, const SrwAffine * affine,
    const SrwLinear * folded)
{
  SrwLaunch launch = srw_ops_launch (ops, "fold", SRW_KERNEL_FOLD_AFFINE);

  srw_launch_mem (&launch, w->weights);
  srw_launch_mem (&launch, w->bias);
  srw_launch_int (&launch, w->in);
  srw_launch_int (&launch, w->out);
  srw_launch_int (&launch, in_first);
  srw_launch_int (&launch, channels);
  srw_launch_mem (&launch, affine->mem);
  srw_launch_int (&launch, affine->first);
  srw_launch_int (&launch, affine->stride);
  srw_launch_mem (&launch, folded->weights);
  srw_launch_mem (&launch, folded->bias);
  srw_launch_run (&launch, w->out / 16, 1, 3.0 * channels * w->out, 2 * srw_weight_bytes (w, 1));
}

static void
merge (SrwOps * ops, const gchar * name, const SrwTensor * a, const SrwTensor * feature, const SrwAffine * affine,
    const SrwLinear * w, const SrwLinear * folded, const SrwTensor * out)
{
  const SrwProduct product = {.a = a ? *a : *feature,.b = a ? feature : NULL,.w = folded,.epilogue = SRW_EPILOGUE_NONE,
    .out = *out
  };

  fold (ops, w, a ? a->channels : 0, feature->channels, affine, folded);
  srw_gemm_run (ops, name, &product);
}

/* ---- statistics ---- */

static gsize
statistics_scratch (gsize tokens, gint channels)
{
  return srw_div_up (tokens, STATISTICS_STRIP) * 2 * channels * sizeof (gfloat);
}

static void
statistics_of (SrwOps * ops, const gchar * name, const SrwTensor * in, cl_mem scratch, cl_mem statistics, gint first,
    gint stride)
{
  const gsize tokens = srw_tokens (in), strips = srw_div_up (tokens, STATISTICS_STRIP);
  SrwLaunch launch = srw_ops_launch (ops, name, SRW_KERNEL_STATISTICS_STRIPS);

  srw_launch_tensor (&launch, in, NULL);
  srw_launch_int (&launch, STATISTICS_STRIP);
  srw_launch_mem (&launch, scratch);
  srw_launch_run (&launch, strips, in->channels / 16, 4.0 * tokens * in->channels, srw_map_bytes (ops, in));

  launch = srw_ops_launch (ops, name, SRW_KERNEL_STATISTICS_MERGE);
  srw_launch_mem (&launch, scratch);
  srw_launch_int (&launch, in->channels);
  srw_launch_int (&launch, (gint) tokens);
  srw_launch_int (&launch, STATISTICS_STRIP);
  srw_launch_mem (&launch, statistics);
  srw_launch_int (&launch, first);
  srw_launch_int (&launch, stride);
  srw_launch_run (&launch, in->channels / 16, 1, 8.0 * strips * in->channels, 8.0 * strips * in->channels);
}

static void
statistics (SrwOps * ops, const gchar * name, const SrwTensor * maps, guint n, cl_mem scratch, cl_mem results,
    gint first, gint stride)
{
  for (guint i = 0; i < n; i++) {
    statistics_of (ops, name, &maps[i], scratch, results, first, stride);
    first += maps[i].channels;
  }
}

/* ---- Bi-WKV ---- */

static gsize
wkv_scratch (gsize tokens, gint channels)
{
  return srw_div_up (tokens, WKV_CHUNK) * 6 * channels * sizeof (gfloat);
}

static void
wkv (SrwOps * ops, const gchar * name, const SrwTensor * key, gboolean exponentiated, const SrwTensor * value,
    cl_mem decay, cl_mem bonus, gint round, gint step, cl_mem scratch, const SrwTensor * out)
{
  const gsize chunks = srw_div_up (srw_tokens (key), WKV_CHUNK), tokens = srw_tokens (key);
  const gint blocks = key->channels / 16;
  /* all channels of a chunk in one work-item, for they lie together, unless that leaves too few of them */
  const gint span = chunks >= (gsize) srw_ops_info (ops)->compute_units * ITEMS_PER_UNIT ? blocks : 1;
  const gdouble state_bytes = chunks * 6.0 * key->channels * sizeof (gfloat);
  SrwLaunch launch = srw_ops_launch (ops, name, SRW_KERNEL_WKV_CHUNKS);

  srw_launch_tensor (&launch, key, NULL);
  srw_launch_int (&launch, exponentiated);
  srw_launch_tensor (&launch, value, NULL);
  srw_launch_mem (&launch, decay);
  srw_launch_int (&launch, round * blocks);
  srw_launch_int (&launch, step);
  srw_launch_int (&launch, round & 1);
  srw_launch_int (&launch, span);
  srw_launch_mem (&launch, scratch);
  srw_launch_run (&launch, chunks, srw_div_up (blocks, span), 40.0 * tokens * key->channels,
      srw_map_bytes (ops, key) + srw_map_bytes (ops, value) + state_bytes);

  launch = srw_ops_launch (ops, name, SRW_KERNEL_WKV_CARRY);
  srw_launch_int (&launch, (gint) chunks);
  srw_launch_int (&launch, key->channels);
  srw_launch_mem (&launch, scratch);
  srw_launch_run (&launch, blocks, 2, 50.0 * chunks * key->channels, 2 * state_bytes);

  launch = srw_ops_launch (ops, name, SRW_KERNEL_WKV_OUTPUT);
  srw_launch_tensor (&launch, key, NULL);
  srw_launch_int (&launch, exponentiated);
  srw_launch_tensor (&launch, value, NULL);
  srw_launch_mem (&launch, decay);
  srw_launch_mem (&launch, bonus);
  srw_launch_int (&launch, round * blocks);
  srw_launch_int (&launch, step);
  srw_launch_int (&launch, round & 1);
  srw_launch_int (&launch, span);
  srw_launch_mem (&launch, scratch);
  srw_launch_tensor (&launch, out, NULL);
  srw_launch_run (&launch, chunks, srw_div_up (blocks, span), 110.0 * tokens * key->channels,
      srw_map_bytes (ops, key) + srw_map_bytes (ops, value) + srw_map_bytes (ops, out) + state_bytes);
}

const SrwFamily srw_cpu_family = {
  .build = build,.conv = conv,.head = head,.upconv = upconv,.linear = srw_gemm_run,.shift_linear = shift_linear,
  .channel_mixing = channel_mixing,.merge = merge,.wkv = wkv,.statistics = statistics,
  .adain = SRW_KERNEL_ADAIN,.adain_items = 1,.folds = TRUE,
  .shift_scratch = shift_scratch,.wkv_scratch = wkv_scratch,.statistics_scratch = statistics_scratch
};
