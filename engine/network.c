/* StyleRWKV engine: the forward pass. Reads from top to bottom like docs/network.md. */
#include "network.h"

/* What the operators of one stage are called in a profile, interned. */
typedef struct
{
  const gchar *enter, *up, *shift, *rkv, *wkv, *output, *mixing, *leave;
} Names;

struct _SrwNetwork
{
  SrwDevice *device;            /* not a reference */
  SrwOps *ops;
  const SrwWeights *weights;
  SrwPlan *plan;
  SrwLinear folded[SRW_STAGES]; /* decoder[].merge with this frame's AdaIN in it */
  gsize folded_bytes;
  gfloat *style;                /* (2, 30·C): what the next upload of the style reads */
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

static void
spatial_mixing (SrwNetwork * net, const SrwSpatial * w, const SrwMixing * m, const Names * n)
{
  const SrwModelConfig *config = &net->weights->config;
  gint c = m->x.channels;
  SrwTensor rkv = columns (m->wide, 3 * c, 0, 3 * c);   /* (h, w, 3c) */
  SrwTensor r = columns (m->wide, 3 * c, 0, c), k = columns (m->wide, 3 * c, c, c);
  SrwTensor v = columns (m->wide, 3 * c, 2 * c, c);

  srw_op_shift (net->ops, n->shift, m->x, &w->norm, &w->shift, m->shift, m->z);
  srw_op_linear (net->ops, n->rkv, m->z, NULL, &w->rkv, SRW_EPILOGUE_RKV, NULL, rkv);
  /* section 3: Re-WKV; every round replaces the values where they are */
  for (gint round = 0; round < config->rounds; round++)
    srw_op_wkv (net->ops, n->wkv, k, v, w->decay, w->bonus, round, config->step, m->wkv, v);
  srw_op_linear (net->ops, n->output, v, &r, &w->output, SRW_EPILOGUE_RESIDUAL, NULL, m->x);
}

static void
channel_mixing (SrwNetwork * net, const SrwChannel * w, const SrwMixing * m, const Names * n)
{
  SrwTensor wide = columns (m->wide, w->rk.out, 0, w->rk.out);  /* (h, w, c + h·c) */

  srw_op_shift (net->ops, n->shift, m->x, &w->norm, &w->shift, m->shift, m->z);
  srw_op_channel_mixing (net->ops, n->mixing, m->z, &w->rk, &w->value, wide, m->x);
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
    blocks (net, e->blocks, w->config.blocks[stage], m, names);
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
srw_network_decode (SrwNetwork * net, gfloat smoothing, gboolean restart, gfloat strength)
{
  const SrwWeights *w = net->weights;
  const SrwPlan *plan = net->plan;
  gint n = srw_model_feature_first (&w->config, SRW_STAGES);

  srw_op_adain (net->ops, "adain", n, plan->content, plan->smoothed, plan->style, smoothing, restart, strength,
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
    blocks (net, w->decoder[stage].blocks, w->config.blocks[stage], m, names);
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

  code = clEnqueueReadBuffer (srw_ops_queue (net->ops), net->plan->content, CL_TRUE, 0, 2 * (gsize) n * sizeof (gfloat),
      flat, 0, NULL, NULL);
  for (gint stage = 0; stage < SRW_STAGES; stage++)
    for (gint half = 0; half < 2; half++)
      for (gint i = 0; i < srw_model_encoder_channels (config, stage); i++)
        *at++ = flat[half * n + srw_model_feature_first (config, stage) + i];
  if (srw_ops_check (net->ops, error) && srw_cl_check (code, "reading the statistics", error))
    style = srw_style_new (config->width_c, staged);
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

  g_return_if_fail (srw_style_width (style) == config->width_c);
  for (gint stage = 0; stage < SRW_STAGES; stage++)
    for (gint half = 0; half < 2; half++)
      for (gint i = 0; i < srw_model_encoder_channels (config, stage); i++)
        net->style[half * n + srw_model_feature_first (config, stage) + i] = *at++;
  /* blocking: a few kilobytes, and the vector may change right after */
  clEnqueueWriteBuffer (srw_ops_queue (net->ops), net->plan->style, CL_TRUE, 0, 2 * (gsize) n * sizeof (gfloat),
      net->style, 0, NULL, NULL);
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

SrwNetwork *
srw_network_new (SrwDevice * device, SrwOps * ops, const SrwModel * model, const SrwWeights * weights, gint width,
    gint height, SrwPlanKind kind, GError ** error)
{
  SrwNetwork *net = g_new0 (SrwNetwork, 1);
  gboolean good;

  net->device = device;
  net->ops = ops;
  net->weights = weights;
  net->style = g_new0 (gfloat, 2 * srw_model_feature_first (&weights->config, SRW_STAGES));
  for (gint stage = 0; stage < SRW_STAGES; stage++) {
    net->encoder_names[stage] = stage_names ("E", stage, stage ? "expand" : "stem", "down");
    net->decoder_names[stage] = stage_names ("D", stage, stage < SRW_STAGES - 1 ? "merge" : "reduce", "");
  }
  net->plan = srw_plan_new (device, ops, &weights->config, width, height, kind);
  good = srw_plan_allocate (net->plan, device, error);
  for (gint stage = 0; good && kind != SRW_PLAN_ENCODER && srw_ops_folds (ops) && stage < SRW_STAGES; stage++) {
    good = srw_weights_pack_merge (ops, model, stage, &net->folded[stage], error);
    if (good)
      net->folded_bytes += srw_linear_bytes (&net->folded[stage]);
  }
  if (!good)
    srw_network_free (&net);
  return net;
}

void
srw_network_free (SrwNetwork ** network)
{
  SrwNetwork *held;

  if (network == NULL || *network == NULL)
    return;
  held = *network;
  *network = NULL;
  for (gint stage = 0; stage < SRW_STAGES; stage++)
    srw_linear_clear (&held->folded[stage]);
  srw_plan_free (&held->plan);
  g_free (held->style);
  g_free (held);
}

/* Appends the product w on the tokens of `map`. */
static void
add_shape (GArray * shapes, const SrwTensor * map, const SrwLinear * w)
{
  const SrwProductShape shape = { (gsize) map->height * (gsize) map->width, w->in, w->out };

  g_array_append_val (shapes, shape);
}

static void
add_block_shapes (GArray * shapes, const SrwTensor * map, const SrwBlock * block)
{
  add_shape (shapes, map, &block->spatial.rkv);
  add_shape (shapes, map, &block->spatial.output);
  add_shape (shapes, map, &block->channel.rk);
  add_shape (shapes, map, &block->channel.value);
}

gboolean
srw_network_tune (SrwNetwork * net, GError ** error)
{
  GArray *shapes;
  const SrwPlan *plan = net->plan;
  gboolean tuned;

  const SrwDeviceInfo *info = srw_device_info (net->device);

  /* the GPU family's tiles do more than a product, in the same pass */
  if (info->family == SRW_KERNELS_GPU || ((info->type & CL_DEVICE_TYPE_CPU) && g_getenv ("SRW_GEMM") == NULL))
    return TRUE;
  shapes = g_array_new (FALSE, FALSE, sizeof (SrwProductShape));
  for (gint stage = 0; stage < SRW_STAGES; stage++) {
    const SrwTensor *merged = stage < SRW_STAGES - 1 ? &plan->merged[stage] : &plan->decoder[stage].x;
    if (stage > 0)
      add_shape (shapes, &plan->encoder[stage].x, &net->weights->encoder[stage].expand);
    add_block_shapes (shapes, &plan->encoder[stage].x, &net->weights->encoder[stage].blocks[0]);
    add_shape (shapes, merged, &net->weights->decoder[stage].merge);
    add_block_shapes (shapes, &plan->decoder[stage].x, &net->weights->decoder[stage].blocks[0]);
  }
  tuned = srw_ops_tune (net->ops, (SrwProductShape *) shapes->data, shapes->len, error);
  g_array_unref (shapes);
  return tuned;
}

const SrwPlan *
srw_network_plan (const SrwNetwork * net)
{
  return net->plan;
}

gsize
srw_network_bytes (const SrwNetwork * net)
{
  return net->plan->bytes + net->folded_bytes;
}
