/* What a network of a configuration is made of.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/layers.h"

#include "network/weights.h"

/* What the functions below add to: layers whose tensors' names begin with `prefix`, of an SrwWeights at `offset`. */
typedef struct
{
  SrwLayers *table;
  const SrwModelConfig *config;
  gchar *prefix;
  gint level;
  gsize offset;
} Walk;

#define AT(type, member) G_STRUCT_OFFSET (type, member)

static void
tensor_info_clear (gpointer data)
{
  g_free (((SrwTensorInfo *) data)->name);
}

static SrwLayer *
add_layer (const Walk * walk, SrwLayerKind kind, gsize offset)
{
  const SrwLayer layer = {.kind = kind,.first = walk->table->tensors->len,.level = walk->level,
    .offset = walk->offset + offset
  };

  g_array_append_val (walk->table->layers, layer);
  return &g_array_index (walk->table->layers, SrwLayer, walk->table->layers->len - 1);
}

/* A tensor of the last layer. Shapes end with a 0 where they have fewer than four numbers. */
static void
add_tensor (const Walk * walk, const gchar * name, const gint shape[SRW_MAX_RANK])
{
  SrwTensorInfo info = {.name = g_strconcat (walk->prefix, name, NULL) };

  for (info.rank = 0; info.rank < SRW_MAX_RANK && shape[info.rank] > 0; info.rank++)
    info.shape[info.rank] = shape[info.rank];
  g_array_append_val (walk->table->tensors, info);
  g_array_index (walk->table->layers, SrwLayer, walk->table->layers->len - 1).count++;
}

#define TENSOR(walk, name, ...) add_tensor (walk, name, (const gint[SRW_MAX_RANK]) { __VA_ARGS__ })

static void
add_conv (const Walk * walk, SrwLayerKind kind, gsize offset, gint out, gint in, gint kernel, gint stride)
{
  add_layer (walk, kind, offset)->stride = stride;
  TENSOR (walk, ".weight", out, in, kernel, kernel);
  TENSOR (walk, ".bias", out);
}

static void
add_linear (const Walk * walk, gsize offset, gint out, gint in)
{
  add_layer (walk, SRW_LAYER_LINEAR, offset);
  TENSOR (walk, ".weight", out, in);
  TENSOR (walk, ".bias", out);
}

/* Within `walk`: the layer or group of layers called `name`. */
static Walk
within (const Walk * walk, const gchar * name, gsize offset)
{
  Walk inner = *walk;

  inner.prefix = g_strconcat (walk->prefix, name, NULL);
  inner.offset += offset;
  return inner;
}

static void
walk_end (Walk * walk)
{
  g_free (walk->prefix);
}

/* ---- ST-RWKV block, section 2 ---- */

static void
add_norm_and_shift (const Walk * walk, gsize norm, gsize shift, gint c)
{
  add_layer (walk, SRW_LAYER_NORM, norm);
  TENSOR (walk, ".norm.weight", c);
  TENSOR (walk, ".norm.bias", c);
  add_layer (walk, SRW_LAYER_SHIFT, shift);
  TENSOR (walk, ".shift.tap", 9, c);
  TENSOR (walk, ".shift.depthwise.weight", c, 1, 3, 3);
  TENSOR (walk, ".shift.depthwise.bias", c);
  TENSOR (walk, ".shift.dense.weight", 18, c);
  TENSOR (walk, ".shift.dense.bias", 18);
}

static void
add_spatial (const Walk * block, gint c)
{
  Walk walk = within (block, ".spatial", AT (SrwBlock, spatial));
  const gint q = walk.config->recurrences;

  add_norm_and_shift (&walk, AT (SrwSpatial, norm), AT (SrwSpatial, shift), c);
  add_layer (&walk, SRW_LAYER_PRODUCT, AT (SrwSpatial, rkv))->key_bound = walk.config->key_bound;
  TENSOR (&walk, ".receptance.weight", c, c);
  TENSOR (&walk, ".key.weight", c, c);
  TENSOR (&walk, ".value.weight", c, c);
  add_layer (&walk, SRW_LAYER_VECTORS, AT (SrwSpatial, decay));
  TENSOR (&walk, ".decay", q, c);
  add_layer (&walk, SRW_LAYER_VECTORS, AT (SrwSpatial, bonus));
  TENSOR (&walk, ".bonus", q, c);
  add_layer (&walk, SRW_LAYER_PRODUCT, AT (SrwSpatial, output));
  TENSOR (&walk, ".output.weight", c, c);
  walk_end (&walk);
}

static void
add_channel (const Walk * block, gint c, gint hidden)
{
  Walk walk = within (block, ".channel", AT (SrwBlock, channel));

  add_norm_and_shift (&walk, AT (SrwChannel, norm), AT (SrwChannel, shift), c);
  add_layer (&walk, SRW_LAYER_PRODUCT, AT (SrwChannel, rk));
  TENSOR (&walk, ".receptance.weight", c, c);
  TENSOR (&walk, ".key.weight", hidden, c);
  add_layer (&walk, SRW_LAYER_PRODUCT, AT (SrwChannel, value));
  TENSOR (&walk, ".value.weight", c, hidden);
  walk_end (&walk);
}

static void
add_blocks (const Walk * walk, gint stage, gint c, gsize blocks)
{
  for (gint i = 0; i < walk->config->depths[stage]; i++) {
    gchar *name = g_strdup_printf (".blocks.%d", i);
    Walk block = within (walk, name, blocks + (gsize) i * sizeof (SrwBlock));

    add_spatial (&block, c);
    add_channel (&block, c, walk->config->hidden_ratio[stage] * c);
    walk_end (&block);
    g_free (name);
  }
}

/* ---- section 1 ---- */

/* Of stage `stage` of one side, whose maps have 1/2^(stage + 1) of the picture's sides. */
static Walk
side (const Walk * network, const gchar * name, gint stage, gsize offset)
{
  gchar *prefix = g_strdup_printf ("%s.%d", name, stage);
  Walk walk = within (network, prefix, offset);

  walk.level = stage + 1;
  g_free (prefix);
  return walk;
}

static void
add_encoder_stage (const Walk * network, gint stage)
{
  Walk walk = side (network, "encoder", stage, AT (SrwWeights, encoder) + (gsize) stage * sizeof (SrwEncoderStage));
  Walk expand = within (&walk, ".expand", AT (SrwEncoderStage, expand));
  Walk down = within (&walk, ".down", AT (SrwEncoderStage, down));
  const gint c = srw_model_encoder_channels (walk.config, stage);

  if (stage > 0)
    add_linear (&expand, 0, c, c / 2);
  add_blocks (&walk, stage, c, AT (SrwEncoderStage, blocks));
  if (stage < SRW_STAGES - 1)
    add_conv (&down, SRW_LAYER_CONV, 0, c, c, 3, 2);
  walk_end (&down);
  walk_end (&expand);
  walk_end (&walk);
}

/* `below` are the channels of what comes from below. */
static void
add_decoder_stage (const Walk * network, gint stage, gint below)
{
  const gboolean deepest = stage == SRW_STAGES - 1;
  Walk walk = side (network, "decoder", stage, AT (SrwWeights, decoder) + (gsize) stage * sizeof (SrwDecoderStage));
  Walk merge = within (&walk, deepest ? ".reduce" : ".merge", AT (SrwDecoderStage, merge));
  Walk up = within (&walk, ".up", AT (SrwDecoderStage, up));
  const gint c = walk.config->decoder_channels[stage], features = srw_model_encoder_channels (walk.config, stage);

  /* what is merged is as large as F; `up` doubles it */
  merge.level = deepest ? walk.level : walk.level + 1;
  add_linear (&merge, 0, c, below + features);
  if (!deepest)
    add_conv (&up, SRW_LAYER_UPCONV, 0, c, c, 3, 1);
  add_blocks (&walk, stage, c, AT (SrwDecoderStage, blocks));
  walk_end (&up);
  walk_end (&merge);
  walk_end (&walk);
}

SrwLayers *
srw_layers_new (const SrwModelConfig * config)
{
  SrwLayers *table = g_new0 (SrwLayers, 1);
  Walk network = {.table = table,.config = config,.prefix = (gchar *) "" };
  Walk stem = within (&network, "stem", AT (SrwWeights, stem)), head = within (&network, "head", AT (SrwWeights, head));
  gint below = 0;

  table->layers = g_array_new (FALSE, FALSE, sizeof (SrwLayer));
  table->tensors = g_array_new (FALSE, FALSE, sizeof (SrwTensorInfo));
  g_array_set_clear_func (table->tensors, tensor_info_clear);
  add_conv (&stem, SRW_LAYER_CONV, 0, srw_model_encoder_channels (config, 0), 3, 4, 2);
  for (gint stage = 0; stage < SRW_STAGES; stage++)
    add_encoder_stage (&network, stage);
  for (gint stage = SRW_STAGES - 1; stage >= 0; stage--) {
    add_decoder_stage (&network, stage, below);
    below = config->decoder_channels[stage];
  }
  add_conv (&head, SRW_LAYER_CONV, 0, 12, below, 3, 1);
  walk_end (&stem);
  walk_end (&head);
  return table;
}

void
srw_layers_free (SrwLayers * layers)
{
  g_array_unref (layers->layers);
  g_array_unref (layers->tensors);
  g_free (layers);
}

/* ---- looking things up ---- */

const SrwTensorInfo *
srw_layer_tensor (const SrwLayers * layers, const SrwLayer * layer, guint i)
{
  return &g_array_index (layers->tensors, SrwTensorInfo, layer->first + i);
}

gint
srw_layer_in (const SrwLayers * layers, const SrwLayer * layer)
{
  return srw_layer_tensor (layers, layer, 0)->shape[1];
}

gint
srw_layer_out (const SrwLayers * layers, const SrwLayer * layer)
{
  gint out = 0;

  /* the bias of a linear layer has no rows of its own */
  for (guint i = 0; i < layer->count; i++) {
    const SrwTensorInfo *info = srw_layer_tensor (layers, layer, i);
    if (info->rank > 1)
      out += info->shape[0];
  }
  return out;
}

gboolean
srw_layer_is_product (const SrwLayer * layer)
{
  return layer->kind == SRW_LAYER_LINEAR || layer->kind == SRW_LAYER_PRODUCT;
}
