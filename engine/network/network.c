/* The forward pass. Reads from top to bottom like docs/network.md.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/network.h"

#include "opencl/staging.h"

/* What the operators of one stage are called in a profile, interned. */
typedef struct
{
  const gchar *enter, *up, *shift, *rkv, *wkv, *output, *mixing, *leave;
} Names;

struct _SrwNetwork
{
  SrwOps *ops;
  const SrwWeights *weights;
  SrwPlan *plan;
  gboolean decodes;             /* not of a style picture */
  SrwLinear folded[SRW_STAGES]; /* decoder[].merge with this frame's AdaIN in it */
  gfloat *style;                /* (2, 30·C): as the plan has it */
  SrwUploads style_uploads;
  Names encoder_names[SRW_STAGES], decoder_names[SRW_STAGES];
};

/* Channels [first, first + channels) of a map whose tokens are `stride` floats apart in the memory of `wide`. */
static SrwTensor
columns (SrwTensor wide, gint stride, gint first, gint channels)
{
  wide.stride = stride;
  wide.offset = first;
  wide.channels = channels;
  return wide;
}

/* ---- ST-RWKV block, section 2 ---- */

static SrwShifted
shifted (const SrwMixing * m, const SrwNorm * norm, const SrwShift * w, const Names * n)
{
  return (SrwShifted) {.name = n->shift,.in = m->x,.norm = norm,.w = w,.scratch = m->shift,.z = m->z };
}

static void
spatial_mixing (SrwNetwork * net, const SrwSpatial * w, const SrwMixing * m, const Names * n)
{
  const SrwModelConfig *config = &net->weights->config;
  gint c = m->x.channels;
  SrwTensor rkv = columns (m->wide, 3 * c, 0, 3 * c);   /* (h, w, 3c) */
  SrwTensor r = columns (m->wide, 3 * c, 0, c), k = columns (m->wide, 3 * c, c, c);
  SrwTensor v = columns (m->wide, 3 * c, 2 * c, c);
  const SrwShifted z = shifted (m, &w->norm, &w->shift, n);
  /* every round wants the exponentials of the same keys */
  const gboolean small = srw_keys_are_small (w->rkv.key_bound);

  srw_op_shift_linear (net->ops, n->rkv, &z, &w->rkv, small ? SRW_EPILOGUE_REV : SRW_EPILOGUE_RKV, rkv);
  /* section 3: Re-WKV; every round replaces the values where they are */
  for (gint round = 0; round < config->recurrences; round++)
    srw_op_wkv (net->ops, n->wkv, k, small, v, w->decay, w->bonus, round, config->skip_step, m->wkv, v);
  srw_op_linear (net->ops, n->output, v, &r, &w->output, SRW_EPILOGUE_RESIDUAL, NULL, m->x);
}

static void
channel_mixing (SrwNetwork * net, const SrwChannel * w, const SrwMixing * m, const Names * n)
{
  SrwTensor wide = columns (m->wide, w->rk.out, 0, w->rk.out);  /* (h, w, c + h·c) */
  const SrwShifted z = shifted (m, &w->norm, &w->shift, n);

  srw_op_channel_mixing (net->ops, n->mixing, &z, &w->rk, &w->value, wide, m->x);
}

static void
blocks (SrwNetwork * net, const SrwBlock * w, gint count, const SrwMixing * m, const Names * n)
{
  for (gint i = 0; i < count; i++) {
    spatial_mixing (net, &w[i].spatial, m, n);
    channel_mixing (net, &w[i].channel, m, n);
  }
}

/* ---- section 1 ---- */

void
srw_network_encode (SrwNetwork * net)
{
  const SrwWeights *w = net->weights;
  const SrwPlan *plan = net->plan;

  for (gint stage = 0; stage < SRW_STAGES; stage++) {
    const SrwEncoderStage *e = &w->encoder[stage];
    const SrwMixing *m = &plan->encoder[stage];
    const Names *names = &net->encoder_names[stage];

    if (stage == 0)
      srw_op_conv (net->ops, names->enter, plan->picture, &w->stem, m->x);
    else
      srw_op_linear (net->ops, names->enter, plan->feature[stage - 1], NULL, &e->expand, SRW_EPILOGUE_NONE, NULL, m->x);
    blocks (net, e->blocks, w->config.depths[stage], m, names);
    if (stage < SRW_STAGES - 1)
      srw_op_conv (net->ops, names->leave, m->x, &e->down, plan->feature[stage]);
  }
  srw_op_statistics (net->ops, "statistics", plan->feature, SRW_STAGES, plan->statistics_scratch, plan->content, 0,
      srw_model_feature_first (&w->config, SRW_STAGES));
}

/* The decoder's first product in a stage: of what comes from below, if there is something, and AdaIN(F). */
static void
merge (SrwNetwork * net, gint stage, const gchar * name, const SrwTensor * below, SrwTensor out)
{
  const SrwModelConfig *config = &net->weights->config;
  const SrwAffine affine = { net->plan->affine, srw_model_feature_first (config, stage),
    srw_model_feature_first (config, SRW_STAGES)
  };

  srw_op_merge (net->ops, name, below, net->plan->feature[stage], &affine, &net->weights->decoder[stage].merge,
      &net->folded[stage], out);
}

void
srw_network_decode (SrwNetwork * net, const SrwContinuation * continuation)
{
  const SrwWeights *w = net->weights;
  const SrwPlan *plan = net->plan;
  gint n = srw_model_feature_first (&w->config, SRW_STAGES);

  srw_op_adain (net->ops, "adain", n, plan->content, plan->smoothed, plan->style, continuation, plan->scene,
      plan->affine);
  for (gint stage = SRW_STAGES - 1; stage >= 0; stage--) {
    const SrwMixing *m = &plan->decoder[stage];
    const Names *names = &net->decoder_names[stage];

    if (stage == SRW_STAGES - 1) {
      merge (net, stage, names->enter, NULL, m->x);
    } else {
      merge (net, stage, names->enter, &plan->decoder[stage + 1].x, plan->merged[stage]);
      srw_op_upconv (net->ops, names->up, plan->merged[stage], &w->decoder[stage].up, m->x);
    }
    blocks (net, w->decoder[stage].blocks, w->config.depths[stage], m, names);
  }
  srw_op_head (net->ops, "head", plan->decoder[0].x, &w->head, plan->head);
}

/* ---- styles: an SrwStyle has the means and the deviations of F1, then of F2, …; a plan has all means, then all
 * deviations */

SrwStyle *
srw_network_read_style (SrwNetwork * net, GError ** error)
{
  const SrwModelConfig *config = &net->weights->config;
  gint n = srw_model_feature_first (config, SRW_STAGES);
  gfloat *flat = g_new (gfloat, 2 * n), *staged = g_new (gfloat, 2 * n), *at = staged;
  SrwStyle *style = NULL;
  cl_int code;

  code = clEnqueueReadBuffer (srw_queue_commands (srw_ops_queue (net->ops)), net->plan->content, CL_TRUE, 0,
      2 * (gsize) n * sizeof (gfloat), flat, 0, NULL, NULL);
  for (gint stage = 0; stage < SRW_STAGES; stage++)
    for (gint half = 0; half < 2; half++)
      for (gint i = 0; i < srw_model_encoder_channels (config, stage); i++)
        *at++ = flat[half * n + srw_model_feature_first (config, stage) + i];
  if (srw_queue_check (srw_ops_queue (net->ops), error) && srw_cl_check (code, "reading the statistics", error))
    style = srw_style_new (config->width, staged);
  g_free (flat);
  g_free (staged);
  return style;
}

void
srw_network_set_style (SrwNetwork * net, const SrwStyle * style)
{
  const SrwModelConfig *config = &net->weights->config;
  gint n = srw_model_feature_first (config, SRW_STAGES);
  const gfloat *at = srw_style_statistics (style);
  cl_int code;

  g_return_if_fail (srw_style_width (style) == config->width);
  for (gint stage = 0; stage < SRW_STAGES; stage++)
    for (gint half = 0; half < 2; half++)
      for (gint i = 0; i < srw_model_encoder_channels (config, stage); i++)
        net->style[half * n + srw_model_feature_first (config, stage) + i] = *at++;
  code = srw_uploads_write (&net->style_uploads, srw_ops_queue (net->ops), net->style, 2 * (gsize) n * sizeof (gfloat),
      net->plan->style);
  if (code != CL_SUCCESS)
    srw_queue_fail (srw_ops_queue (net->ops), "style", code);
}

/* ---- life ---- */

static const gchar *
name_of (const gchar * side, gint stage, const gchar * op)
{
  gchar *name = g_strdup_printf ("%s%d %s", side, stage + 1, op);
  const gchar *interned = g_intern_string (name);

  g_free (name);
  return interned;
}

static Names
stage_names (const gchar * side, gint stage, const gchar * enter, const gchar * leave)
{
  Names n;

  n.enter = name_of (side, stage, enter);
  n.up = name_of (side, stage, "up");
  n.shift = name_of (side, stage, "shift");
  n.rkv = name_of (side, stage, "rkv");
  n.wkv = name_of (side, stage, "wkv");
  n.output = name_of (side, stage, "output");
  n.mixing = name_of (side, stage, "mixing");
  n.leave = name_of (side, stage, leave);
  return n;
}

/* The forward pass without launching anything, for the plan. */
static void
record (SrwNetwork * net)
{
  const SrwContinuation any = {.smoothing = 1.0f,.strength = 1.0f };
  SrwQueue *queue = srw_ops_queue (net->ops);

  srw_plan_record (net->plan, queue);
  srw_network_encode (net);
  if (net->decodes)
    srw_network_decode (net, &any);
  srw_plan_recorded (net->plan, queue);
}

SrwNetwork *
srw_network_declare (SrwOps * ops, const SrwWeights * weights, gint width, gint height, SrwPlanKind kind)
{
  SrwNetwork *net = g_new0 (SrwNetwork, 1);

  net->ops = ops;
  net->weights = weights;
  net->decodes = kind != SRW_PLAN_ENCODER;
  net->style = g_new0 (gfloat, 2 * srw_model_feature_first (&weights->config, SRW_STAGES));
  for (gint stage = 0; stage < SRW_STAGES; stage++) {
    net->encoder_names[stage] = stage_names ("E", stage, stage ? "expand" : "stem", "down");
    net->decoder_names[stage] = stage_names ("D", stage, stage < SRW_STAGES - 1 ? "merge" : "reduce", "");
  }
  /* shapes without memory */
  for (gint stage = 0; stage < SRW_STAGES; stage++) {
    net->folded[stage] = weights->decoder[stage].merge;
    net->folded[stage].weights = net->folded[stage].bias = NULL;
  }
  net->plan = srw_plan_new (ops, &weights->config, width, height, kind);
  record (net);
  return net;
}

gboolean
srw_network_allocate (SrwNetwork * net, GError ** error)
{
  SrwDevice *device = srw_queue_device (srw_ops_queue (net->ops));
  const gboolean folds = net->decodes && srw_ops_folds (net->ops);

  if (!srw_plan_allocate (net->plan, device, error))
    return FALSE;
  for (gint stage = 0; folds && stage < SRW_STAGES; stage++) {
    if (!srw_linear_new_like (device, &net->weights->decoder[stage].merge, &net->folded[stage], error))
      return FALSE;
  }
  return TRUE;
}

SrwNetwork *
srw_network_new (SrwOps * ops, const SrwWeights * weights, gint width, gint height, SrwPlanKind kind, GError ** error)
{
  const SrwDeviceInfo *info = srw_device_info (srw_queue_device (srw_ops_queue (ops)));
  SrwNetwork *net = srw_network_declare (ops, weights, width, height, kind);

  if (srw_plan_place (net->plan, info->base_align, info->max_allocation, error) && srw_network_allocate (net, error))
    return net;
  srw_network_free (net);
  return NULL;
}

void
srw_network_free (SrwNetwork * net)
{
  for (gint stage = 0; stage < SRW_STAGES; stage++)
    srw_linear_clear (&net->folded[stage]);
  srw_plan_free (net->plan);
  srw_uploads_clear (&net->style_uploads);
  g_free (net->style);
  g_free (net);
}

/* The sizes of every product of a frame. */
static GArray *
product_shapes (const SrwNetwork * net, const SrwLayers * layers)
{
  GArray *shapes = g_array_new (FALSE, FALSE, sizeof (SrwProductShape));

  for (guint i = 0; i < layers->layers->len; i++) {
    const SrwLayer *layer = &g_array_index (layers->layers, SrwLayer, i);
    const gsize rows = (gsize) (net->plan->height >> layer->level) * (gsize) (net->plan->width >> layer->level);
    const SrwProductShape shape = { rows, srw_layer_in (layers, layer), srw_layer_out (layers, layer) };
    if (srw_layer_is_product (layer))
      g_array_append_val (shapes, shape);
  }
  return shapes;
}

gboolean
srw_network_tune (SrwNetwork * net, const SrwModel * model, gboolean measuring, GError ** error)
{
  const SrwDeviceInfo *info = srw_device_info (srw_queue_device (srw_ops_queue (net->ops)));
  GArray *shapes;
  gboolean tuned;

  /* the GPU family's tiles do more than a product, in the same pass */
  if (info->family == SRW_KERNELS_GPU || ((info->type & CL_DEVICE_TYPE_CPU) && g_getenv ("SRW_GEMM") == NULL))
    return TRUE;
  shapes = product_shapes (net, srw_model_layers (model));
  tuned = srw_ops_tune (net->ops, (SrwProductShape *) shapes->data, shapes->len, measuring, error);
  g_array_unref (shapes);
  return tuned;
}

const SrwPlan *
srw_network_plan (const SrwNetwork * net)
{
  return net->plan;
}

SrwPlan *
srw_network_get_plan (SrwNetwork * net)
{
  return net->plan;
}

gsize
srw_network_bytes (const SrwNetwork * net)
{
  gsize bytes = net->plan->bytes;

  for (gint stage = 0; stage < SRW_STAGES; stage++)
    bytes += srw_linear_bytes (&net->folded[stage]);
  return bytes;
}
