/* StyleRWKV engine: the weights of a model on a device. */
#include "weights.h"

#include <string.h>

/* One entry of the process-wide cache: the weights and who they belong to. */
typedef struct
{
  SrwWeights weights;           /* first: an SrwWeights is the start of its Shared */
  SrwDevice *device;
  guint refs;                   /* guarded by shared_lock */
} Shared;

static GMutex shared_lock;
static GSList *shared;          /* Shared, not owned: leaves with its last reference */

/* What the packing functions below work on. */
typedef struct
{
  SrwDevice *device;
  SrwOps *ops;
  const SrwModel *model;
  GError **error;
} Packer;

static void
clear_buffer (cl_mem * buffer)
{
  if (*buffer)
    clReleaseMemObject (*buffer);
  *buffer = NULL;
}

/* ---- packing ---- */

static gboolean
upload (const Packer * p, const gfloat * values, gint count, cl_mem * buffer)
{
  cl_int code;

  *buffer = clCreateBuffer (srw_device_context (p->device), CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR,
      (gsize) count * sizeof (gfloat), (gpointer) values, &code);
  if (code != CL_SUCCESS)
    *buffer = NULL;
  return srw_cl_check (code, "clCreateBuffer for weights", p->error);
}

/* A product without bias whose rows come from several tensors (`names`, `outs` rows each). */
static gboolean
pack_rows (const Packer * p, const gchar * prefix, gint in, gint parts, const gchar * const *names, const gint * outs,
    SrwLinear * packed)
{
  gfloat *rows;
  gint out = 0;
  gboolean good;

  for (gint i = 0; i < parts; i++)
    out += outs[i];
  rows = g_new (gfloat, (gsize) out * in);
  out = 0;
  for (gint i = 0; i < parts; i++) {
    const gfloat *values = srw_model_get (p->model, "%s.%s.weight", prefix, names[i]);
    memcpy (rows + (gsize) out * in, values, (gsize) outs[i] * in * sizeof (gfloat));
    out += outs[i];
  }
  good = srw_pack_linear (p->ops, out, in, rows, NULL, packed, p->error);
  g_free (rows);
  return good;
}

static gboolean
pack_norm_and_shift (const Packer * p, const gchar * prefix, gint c, SrwNorm * norm, SrwShift * shift)
{
  const SrwModel *model = p->model;

  return upload (p, srw_model_get (model, "%s.norm.weight", prefix), c, &norm->weight)
      && upload (p, srw_model_get (model, "%s.norm.bias", prefix), c, &norm->bias)
      && srw_pack_shift (p->ops, c, srw_model_get (model, "%s.shift.tap", prefix),
      srw_model_get (model, "%s.shift.depthwise.weight", prefix),
      srw_model_get (model, "%s.shift.depthwise.bias", prefix), srw_model_get (model, "%s.shift.dense.weight", prefix),
      srw_model_get (model, "%s.shift.dense.bias", prefix), shift, p->error);
}

/* R, K and V in one product, which bounds the keys. */
static gboolean
pack_keys (const Packer * p, const gchar * prefix, gint c, SrwSpatial * spatial)
{
  static const gchar *const rkv[] = { "receptance", "key", "value" };
  const gint outs[] = { c, c, c };

  if (!pack_rows (p, prefix, c, 3, rkv, outs, &spatial->rkv))
    return FALSE;
  spatial->rkv.key_bound = srw_model_config (p->model)->key_bound;
  return TRUE;
}

static gboolean
pack_spatial (const Packer * p, const gchar * prefix, gint c, SrwSpatial * spatial)
{
  static const gchar *const output[] = { "output" };
  const gint outs[] = { c };
  gint rounds = srw_model_config (p->model)->rounds;

  return pack_norm_and_shift (p, prefix, c, &spatial->norm, &spatial->shift)
      && pack_keys (p, prefix, c, spatial)
      && upload (p, srw_model_get (p->model, "%s.decay", prefix), rounds * c, &spatial->decay)
      && upload (p, srw_model_get (p->model, "%s.bonus", prefix), rounds * c, &spatial->bonus)
      && pack_rows (p, prefix, c, 1, output, outs, &spatial->output);
}

static gboolean
pack_channel (const Packer * p, const gchar * prefix, gint c, gint hidden, SrwChannel * channel)
{
  static const gchar *const rk[] = { "receptance", "key" };
  static const gchar *const value[] = { "value" };
  const gint outs[] = { c, hidden };

  return pack_norm_and_shift (p, prefix, c, &channel->norm, &channel->shift)
      && pack_rows (p, prefix, c, 2, rk, outs, &channel->rk)
      && pack_rows (p, prefix, hidden, 1, value, outs, &channel->value);
}

static gboolean
pack_blocks (const Packer * p, const gchar * side, gint stage, gint c, SrwBlock ** blocks)
{
  gint count = srw_model_config (p->model)->blocks[stage], hidden = srw_model_config (p->model)->hidden[stage] * c;
  gboolean good = TRUE;

  *blocks = g_new0 (SrwBlock, count);
  for (gint i = 0; good && i < count; i++) {
    gchar *spatial = g_strdup_printf ("%s.%d.blocks.%d.spatial", side, stage, i);
    gchar *channel = g_strdup_printf ("%s.%d.blocks.%d.channel", side, stage, i);
    good = pack_spatial (p, spatial, c, &(*blocks)[i].spatial) && pack_channel (p, channel, c, hidden, &(*blocks)[i].channel);
    g_free (spatial);
    g_free (channel);
  }
  return good;
}

static gboolean
pack_encoder_stage (const Packer * p, gint stage, SrwEncoderStage * e)
{
  const SrwModel *model = p->model;
  gint c = srw_model_encoder_channels (srw_model_config (model), stage);

  e->channels = c;
  if (stage > 0 && !srw_pack_linear (p->ops, c, c / 2, srw_model_get (model, "encoder.%d.expand.weight", stage),
          srw_model_get (model, "encoder.%d.expand.bias", stage), &e->expand, p->error))
    return FALSE;
  if (!pack_blocks (p, "encoder", stage, c, &e->blocks))
    return FALSE;
  return stage == SRW_STAGES - 1
      || srw_pack_conv (p->ops, c, c, 3, 2, srw_model_get (model, "encoder.%d.down.weight", stage),
      srw_model_get (model, "encoder.%d.down.bias", stage), &e->down, p->error);
}

gboolean
srw_weights_pack_merge (SrwOps * ops, const SrwModel * model, gint stage, SrwLinear * packed, GError ** error)
{
  const SrwModelConfig *config = srw_model_config (model);
  const gchar *name = stage == SRW_STAGES - 1 ? "reduce" : "merge";
  gint in = srw_model_encoder_channels (config, stage);

  if (stage < SRW_STAGES - 1)
    in += config->decoder_channels[stage + 1];
  return srw_pack_linear (ops, config->decoder_channels[stage], in,
      srw_model_get (model, "decoder.%d.%s.weight", stage, name),
      srw_model_get (model, "decoder.%d.%s.bias", stage, name), packed, error);
}

static gboolean
pack_decoder_stage (const Packer * p, gint stage, SrwDecoderStage * d)
{
  const SrwModel *model = p->model;
  gint c = srw_model_config (model)->decoder_channels[stage];

  d->channels = c;
  if (!srw_weights_pack_merge (p->ops, model, stage, &d->merge, p->error))
    return FALSE;
  if (stage < SRW_STAGES - 1
      && !srw_pack_upconv (p->ops, c, c, srw_model_get (model, "decoder.%d.up.weight", stage),
          srw_model_get (model, "decoder.%d.up.bias", stage), &d->up, p->error))
    return FALSE;
  return pack_blocks (p, "decoder", stage, c, &d->blocks);
}

static gboolean
pack_all (const Packer * p, SrwWeights * w)
{
  gint first = srw_model_encoder_channels (&w->config, 0), last = w->config.decoder_channels[0];

  if (!srw_pack_conv (p->ops, first, 3, 4, 2, srw_model_get (p->model, "stem.weight"),
          srw_model_get (p->model, "stem.bias"), &w->stem, p->error)
      || !srw_pack_conv (p->ops, 12, last, 3, 1, srw_model_get (p->model, "head.weight"),
          srw_model_get (p->model, "head.bias"), &w->head, p->error))
    return FALSE;
  for (gint stage = 0; stage < SRW_STAGES; stage++)
    if (!pack_encoder_stage (p, stage, &w->encoder[stage]) || !pack_decoder_stage (p, stage, &w->decoder[stage]))
      return FALSE;
  return TRUE;
}

/* ---- every buffer of a block, for measuring and releasing ---- */

static gsize
buffer_bytes (cl_mem buffer)
{
  gsize size = 0;

  if (buffer)
    clGetMemObjectInfo (buffer, CL_MEM_SIZE, sizeof size, &size, NULL);
  return size;
}

gsize
srw_linear_bytes (const SrwLinear * linear)
{
  return buffer_bytes (linear->weights) + buffer_bytes (linear->bias);
}

static gsize
shift_bytes (const SrwShift * shift)
{
  return buffer_bytes (shift->tap) + buffer_bytes (shift->depthwise) + buffer_bytes (shift->depthwise_bias)
      + buffer_bytes (shift->dense) + buffer_bytes (shift->dense_bias);
}

static gsize
blocks_bytes (const SrwBlock * blocks, gint count)
{
  gsize bytes = 0;

  for (gint i = 0; i < count; i++) {
    const SrwSpatial *s = &blocks[i].spatial;
    const SrwChannel *c = &blocks[i].channel;
    bytes += buffer_bytes (s->norm.weight) + buffer_bytes (s->norm.bias) + shift_bytes (&s->shift)
        + srw_linear_bytes (&s->rkv) + buffer_bytes (s->decay) + buffer_bytes (s->bonus) + srw_linear_bytes (&s->output);
    bytes += buffer_bytes (c->norm.weight) + buffer_bytes (c->norm.bias) + shift_bytes (&c->shift)
        + srw_linear_bytes (&c->rk) + srw_linear_bytes (&c->value);
  }
  return bytes;
}

static gsize
weights_bytes (const SrwWeights * w)
{
  gsize bytes = srw_linear_bytes (&w->stem) + srw_linear_bytes (&w->head);

  for (gint stage = 0; stage < SRW_STAGES; stage++) {
    const SrwEncoderStage *e = &w->encoder[stage];
    const SrwDecoderStage *d = &w->decoder[stage];
    bytes += srw_linear_bytes (&e->expand) + srw_linear_bytes (&e->down) + blocks_bytes (e->blocks, w->config.blocks[stage]);
    bytes += srw_linear_bytes (&d->merge) + srw_linear_bytes (&d->up) + blocks_bytes (d->blocks, w->config.blocks[stage]);
  }
  return bytes;
}

static void
clear_blocks (SrwBlock ** blocks, gint count)
{
  for (gint i = 0; *blocks && i < count; i++) {
    SrwSpatial *s = &(*blocks)[i].spatial;
    SrwChannel *c = &(*blocks)[i].channel;
    clear_buffer (&s->norm.weight);
    clear_buffer (&s->norm.bias);
    srw_shift_clear (&s->shift);
    srw_linear_clear (&s->rkv);
    clear_buffer (&s->decay);
    clear_buffer (&s->bonus);
    srw_linear_clear (&s->output);
    clear_buffer (&c->norm.weight);
    clear_buffer (&c->norm.bias);
    srw_shift_clear (&c->shift);
    srw_linear_clear (&c->rk);
    srw_linear_clear (&c->value);
  }
  g_clear_pointer (blocks, g_free);
}

/* Also unwinds weights that were only packed in part. */
static void
shared_free (Shared * item)
{
  SrwWeights *w = &item->weights;

  srw_linear_clear (&w->stem);
  srw_linear_clear (&w->head);
  for (gint stage = 0; stage < SRW_STAGES; stage++) {
    srw_linear_clear (&w->encoder[stage].expand);
    srw_linear_clear (&w->encoder[stage].down);
    clear_blocks (&w->encoder[stage].blocks, w->config.blocks[stage]);
    srw_linear_clear (&w->decoder[stage].merge);
    srw_linear_clear (&w->decoder[stage].up);
    clear_blocks (&w->decoder[stage].blocks, w->config.blocks[stage]);
  }
  srw_device_unref (&item->device);
  g_free (item);
}

/* ---- sharing ---- */

static Shared *
shared_new (SrwDevice * device, SrwOps * ops, const SrwModel * model, GError ** error)
{
  const Packer packer = { device, ops, model, error };
  Shared *item = g_new0 (Shared, 1);

  item->refs = 1;
  item->device = srw_device_ref (device);
  item->weights.config = *srw_model_config (model);
  memcpy (item->weights.id, srw_model_id (model), SRW_MODEL_ID_BYTES);
  if (!pack_all (&packer, &item->weights)) {
    shared_free (item);
    return NULL;
  }
  item->weights.bytes = weights_bytes (&item->weights);
  return item;
}

SrwWeights *
srw_weights_get (SrwDevice * device, SrwOps * ops, const SrwModel * model, GError ** error)
{
  Shared *found = NULL;

  g_mutex_lock (&shared_lock);
  for (GSList * item = shared; item && found == NULL; item = item->next) {
    Shared *candidate = item->data;
    if (candidate->device == device && !memcmp (candidate->weights.id, srw_model_id (model), SRW_MODEL_ID_BYTES))
      found = candidate;
  }
  if (found) {
    found->refs++;
  } else {
    found = shared_new (device, ops, model, error);
    if (found)
      shared = g_slist_prepend (shared, found);
  }
  g_mutex_unlock (&shared_lock);
  return found ? &found->weights : NULL;
}

void
srw_weights_unref (SrwWeights ** weights)
{
  Shared *item;

  if (weights == NULL || *weights == NULL)
    return;
  item = (Shared *) * weights;
  *weights = NULL;
  g_mutex_lock (&shared_lock);
  if (--item->refs == 0) {
    shared = g_slist_remove (shared, item);
    shared_free (item);
  }
  g_mutex_unlock (&shared_lock);
}
