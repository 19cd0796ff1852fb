/* StyleRWKV engine: where every map of the network lies in device memory. */
#include "plan.h"

/* The order in which a frame is made. Blocks of encoder stage s, its `down`, and so on: */
#define ENCODER_BLOCKS(stage) (2 * (stage))
#define ENCODER_DOWN(stage) (2 * (stage) + 1)
#define STATISTICS 7
#define DECODER_MERGE(stage) (13 - 2 * (stage))
#define DECODER_BLOCKS(stage) (14 - 2 * (stage))
#define HEAD 15
#define LAST 16

static void
ask (SrwPlan * plan, const gchar * name, gsize bytes, gint first, gint last, cl_mem * mem)
{
  const SrwPlace place = { name, first, last, 0, bytes, mem };

  if (bytes > 0)
    g_array_append_val (plan->places, place);
}

/* `value` is the size of a channel. */
static void
ask_tensor (SrwPlan * plan, const gchar * name, gint height, gint width, gint channels, gsize value, gint first, gint last,
    SrwTensor * tensor)
{
  tensor->height = height;
  tensor->width = width;
  tensor->channels = tensor->stride = channels;
  ask (plan, name, (gsize) height * (gsize) width * (gsize) channels * value, first, last, &tensor->mem);
}

static void
ask_mixing (SrwPlan * plan, SrwOps * ops, gint stage, gint c, gint step, gint x_last, SrwMixing * m)
{
  gint height = plan->height >> (stage + 1), width = plan->width >> (stage + 1);
  gint wide = MAX (3, 1 + plan->config.hidden[stage]) * c;
  gsize value = srw_value_bytes (ops);

  ask_tensor (plan, "x", height, width, c, value, step, x_last, &m->x);
  ask (plan, "moments", srw_moments_bytes (ops, height, width, c), step, step, &m->x.moments);
  ask (plan, "shift", srw_shift_scratch (ops, height, width, c), step, step, &m->shift);
  ask_tensor (plan, "z", height, width, c, value, step, step, &m->z);
  ask_tensor (plan, "wide", height, width, wide, value, step, step, &m->wide);
  ask (plan, "wkv", srw_wkv_scratch (ops, height, width, c), step, step, &m->wkv);
}

static void
ask_encoder (SrwPlan * plan, SrwOps * ops, gboolean decoder)
{
  for (gint stage = 0; stage < SRW_STAGES; stage++) {
    gint c = srw_model_encoder_channels (&plan->config, stage);
    gint height = plan->height >> (stage + 2), width = plan->width >> (stage + 2);
    gint last = decoder ? DECODER_MERGE (stage) : STATISTICS;
    SrwTensor *f = &plan->feature[stage], *x = &plan->encoder[stage].x;

    if (stage < SRW_STAGES - 1) {
      ask_mixing (plan, ops, stage, c, ENCODER_BLOCKS (stage), ENCODER_DOWN (stage), &plan->encoder[stage]);
      ask_tensor (plan, "F", height, width, c, srw_value_bytes (ops), ENCODER_DOWN (stage), last, f);
      ask (plan, "parts", srw_parts_bytes (ops, height, width, c), ENCODER_DOWN (stage), STATISTICS, &f->parts);
    } else {
      /* `reduce` reads F4 in the step of its blocks */
      ask_mixing (plan, ops, stage, c, ENCODER_BLOCKS (stage), decoder ? DECODER_BLOCKS (stage) : STATISTICS,
          &plan->encoder[stage]);
      ask (plan, "parts", srw_parts_bytes (ops, x->height, x->width, c), ENCODER_BLOCKS (stage), STATISTICS, &x->parts);
      *f = *x;
    }
  }
}

static void
ask_decoder (SrwPlan * plan, SrwOps * ops)
{
  for (gint stage = SRW_STAGES - 1; stage >= 0; stage--) {
    gint c = plan->config.decoder_channels[stage];

    if (stage < SRW_STAGES - 1)
      ask_tensor (plan, "merged", plan->height >> (stage + 2), plan->width >> (stage + 2), c,
          srw_value_bytes (ops), DECODER_MERGE (stage), DECODER_BLOCKS (stage), &plan->merged[stage]);
    /* the next merge, or the head, reads x one step later */
    ask_mixing (plan, ops, stage, c, DECODER_BLOCKS (stage), DECODER_BLOCKS (stage) + 1, &plan->decoder[stage]);
  }
  ask_tensor (plan, "head", plan->height / 2, plan->width / 2, 16, sizeof (gfloat), HEAD, LAST, &plan->head);
}

static void
ask_statistics (SrwPlan * plan, SrwOps * ops)
{
  gsize vector = 2 * (gsize) srw_model_feature_first (&plan->config, SRW_STAGES) * sizeof (gfloat);
  gsize scratch = 0;

  for (gint stage = 0; stage < SRW_STAGES; stage++) {
    const SrwTensor *f = &plan->feature[stage];
    scratch = MAX (scratch, srw_statistics_scratch (ops, f->height, f->width, f->channels));
  }
  ask (plan, "statistics", scratch, STATISTICS, STATISTICS, &plan->statistics_scratch);
  /* the smoothed statistics and the style outlive the frame */
  ask (plan, "content", vector, 0, LAST, &plan->content);
  ask (plan, "smoothed", vector, 0, LAST, &plan->smoothed);
  ask (plan, "style", vector, 0, LAST, &plan->style);
  ask (plan, "affine", vector, 0, LAST, &plan->affine);
}

/* ---- placing ---- */

static gint
largest_first (gconstpointer a, gconstpointer b)
{
  const SrwPlace *pa = a, *pb = b;

  return pa->bytes > pb->bytes ? -1 : pa->bytes < pb->bytes;
}

static gboolean
live_together (const SrwPlace * a, const SrwPlace * b)
{
  return a->first <= b->last && b->first <= a->last;
}

/* The lowest offset at which places[index] meets none of those before it. */
static gsize
lowest_offset (const SrwPlace * places, guint index)
{
  const SrwPlace *place = &places[index];
  gsize offset = 0;
  gboolean moved = TRUE;

  while (moved) {
    moved = FALSE;
    for (guint i = 0; i < index; i++) {
      const SrwPlace *other = &places[i];
      if (live_together (place, other) && offset < other->offset + other->bytes
          && other->offset < offset + place->bytes) {
        offset = other->offset + other->bytes;
        moved = TRUE;
      }
    }
  }
  return offset;
}

/* Largest first, each as low as it fits: within a few per cent of the largest sum of what lives together. */
static void
place_all (SrwPlan * plan, gsize align)
{
  SrwPlace *places = (SrwPlace *) plan->places->data;

  for (guint i = 0; i < plan->places->len; i++)
    places[i].bytes = MAX ((places[i].bytes + align - 1) / align, 1) * align;
  g_array_sort (plan->places, largest_first);
  for (guint i = 0; i < plan->places->len; i++) {
    places[i].offset = lowest_offset (places, i);
    plan->bytes = MAX (plan->bytes, places[i].offset + places[i].bytes);
  }
}

SrwPlan *
srw_plan_new (SrwDevice * device, SrwOps * ops, const SrwModelConfig * config, gint width, gint height, SrwPlanKind kind)
{
  SrwPlan *plan = g_new0 (SrwPlan, 1);
  gboolean decoder = kind != SRW_PLAN_ENCODER;

  plan->config = *config;
  plan->width = width;
  plan->height = height;
  plan->places = g_array_new (FALSE, FALSE, sizeof (SrwPlace));
  ask_tensor (plan, "picture", height, width, 4, sizeof (gfloat), 0, 0, &plan->picture);
  ask_encoder (plan, ops, decoder);
  ask_statistics (plan, ops);
  if (decoder)
    ask_decoder (plan, ops);
  if (kind == SRW_PLAN_KEEP)
    for (guint i = 0; i < plan->places->len; i++)
      g_array_index (plan->places, SrwPlace, i).last = LAST;
  place_all (plan, srw_device_info (device)->base_align);
  return plan;
}

gboolean
srw_plan_allocate (SrwPlan * plan, SrwDevice * device, GError ** error)
{
  guint64 limit = srw_device_info (device)->max_allocation;
  cl_int code;

  if (plan->bytes > limit) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_MEMORY,
        "pictures of %d×%d need %" G_GSIZE_FORMAT " MB of memory in one piece and the device gives at most %"
        G_GUINT64_FORMAT " MB: process smaller pictures or use a smaller model", plan->width, plan->height,
        plan->bytes >> 20, limit >> 20);
    return FALSE;
  }
  plan->arena = clCreateBuffer (srw_device_context (device), CL_MEM_READ_WRITE, plan->bytes, NULL, &code);
  if (!srw_cl_check (code, "clCreateBuffer for the maps", error)) {
    plan->arena = NULL;
    return FALSE;
  }
  for (guint i = 0; i < plan->places->len; i++) {
    const SrwPlace *place = &g_array_index (plan->places, SrwPlace, i);
    const cl_buffer_region region = { place->offset, place->bytes };
    *place->mem = clCreateSubBuffer (plan->arena, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    if (!srw_cl_check (code, "clCreateSubBuffer", error)) {
      *place->mem = NULL;
      return FALSE;
    }
  }
  plan->feature[SRW_STAGES - 1] = plan->encoder[SRW_STAGES - 1].x;
  return TRUE;
}

void
srw_plan_free (SrwPlan ** plan)
{
  SrwPlan *held;

  if (plan == NULL || *plan == NULL)
    return;
  held = *plan;
  *plan = NULL;
  for (guint i = 0; i < held->places->len; i++) {
    cl_mem mem = *g_array_index (held->places, SrwPlace, i).mem;
    if (mem)
      clReleaseMemObject (mem);
  }
  if (held->arena)
    clReleaseMemObject (held->arena);
  g_array_unref (held->places);
  g_free (held);
}
