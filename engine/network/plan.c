/* Where every map of the network lies in device memory.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/plan.h"

#include "opencl/buffer.h"

/* ---- what there is ---- */

static void
ask (SrwPlan * plan, const gchar * name, SrwPlaceKind kind, gsize bytes, cl_mem * mem)
{
  const SrwPlace place = {.name = name,.kind = kind,.mem = mem,.bytes = bytes,.first = G_MAXINT,.last = -1 };

  if (bytes > 0)
    g_array_append_val (plan->places, place);
}

/* `value` is the size of a channel. */
static void
ask_tensor (SrwPlan * plan, const gchar * name, SrwPlaceKind kind, gint height, gint width, gint channels, gsize value,
    SrwTensor * tensor)
{
  tensor->height = height;
  tensor->width = width;
  tensor->channels = tensor->stride = channels;
  ask (plan, name, kind, (gsize) height * (gsize) width * (gsize) channels * value, &tensor->mem);
}

static void
ask_mixing (SrwPlan * plan, SrwOps * ops, gint stage, gint c, SrwMixing * m)
{
  gint height = plan->height >> (stage + 1), width = plan->width >> (stage + 1);
  gint wide = MAX (3, 1 + plan->config.hidden_ratio[stage]) * c;
  gsize value = srw_value_bytes (ops);

  ask_tensor (plan, "x", SRW_PLACE_INNER, height, width, c, value, &m->x);
  ask (plan, "moments", SRW_PLACE_INNER, srw_moments_bytes (ops, height, width, c), &m->x.moments);
  ask (plan, "shift", SRW_PLACE_INNER, srw_shift_scratch (ops, height, width, c), &m->shift);
  ask_tensor (plan, "z", SRW_PLACE_INNER, height, width, c, value, &m->z);
  ask_tensor (plan, "wide", SRW_PLACE_INNER, height, width, wide, value, &m->wide);
  ask (plan, "wkv", SRW_PLACE_INNER, srw_wkv_scratch (ops, height, width, c), &m->wkv);
}

static void
ask_encoder (SrwPlan * plan, SrwOps * ops)
{
  for (gint stage = 0; stage < SRW_STAGES; stage++) {
    gint c = srw_model_encoder_channels (&plan->config, stage);
    SrwTensor *x = &plan->encoder[stage].x, *f = &plan->feature[stage];

    ask_mixing (plan, ops, stage, c, &plan->encoder[stage]);
    if (stage < SRW_STAGES - 1)
      ask_tensor (plan, "F", SRW_PLACE_INNER, x->height / 2, x->width / 2, c, srw_value_bytes (ops), f);
    else
      f = x;
    ask (plan, "parts", SRW_PLACE_INNER, srw_parts_bytes (ops, f->height, f->width, c), &f->parts);
  }
}

static void
ask_decoder (SrwPlan * plan, SrwOps * ops)
{
  for (gint stage = SRW_STAGES - 1; stage >= 0; stage--) {
    gint c = plan->config.decoder_channels[stage];

    if (stage < SRW_STAGES - 1)
      ask_tensor (plan, "merged", SRW_PLACE_INNER, plan->height >> (stage + 2), plan->width >> (stage + 2), c,
          srw_value_bytes (ops), &plan->merged[stage]);
    ask_mixing (plan, ops, stage, c, &plan->decoder[stage]);
  }
  ask_tensor (plan, "head", SRW_PLACE_OUTPUT, plan->height / 2, plan->width / 2, 16, sizeof (gfloat), &plan->head);
}

static void
ask_statistics (SrwPlan * plan, SrwOps * ops)
{
  gsize scratch = 0;

  for (gint stage = 0; stage < SRW_STAGES; stage++)
    scratch = MAX (scratch, srw_statistics_scratch (ops, plan->height >> MIN (stage + 2, SRW_STAGES),
            plan->width >> MIN (stage + 2, SRW_STAGES), srw_model_encoder_channels (&plan->config, stage)));
  ask (plan, "statistics", SRW_PLACE_INNER, scratch, &plan->statistics_scratch);
}

/* What outlives the frame, or may be looked at from outside. */
static void
ask_vectors (SrwPlan * plan, gboolean decoder)
{
  gsize vector = 2 * (gsize) srw_model_feature_first (&plan->config, SRW_STAGES) * sizeof (gfloat);

  ask (plan, "content", SRW_PLACE_LASTING, vector, &plan->content);
  if (!decoder)
    return;
  ask (plan, "smoothed", SRW_PLACE_LASTING, vector, &plan->smoothed);
  ask (plan, "style", SRW_PLACE_LASTING, vector, &plan->style);
  ask (plan, "affine", SRW_PLACE_INNER, vector, &plan->affine);
  ask (plan, "scene", SRW_PLACE_LASTING, sizeof (gfloat), &plan->scene);
}

SrwPlan *
srw_plan_new (SrwOps * ops, const SrwModelConfig * config, gint width, gint height, SrwPlanKind kind)
{
  SrwPlan *plan = g_new0 (SrwPlan, 1);
  gboolean decoder = kind != SRW_PLAN_ENCODER;

  plan->config = *config;
  plan->width = width;
  plan->height = height;
  plan->places = g_array_new (FALSE, FALSE, sizeof (SrwPlace));
  plan->pieces = g_ptr_array_new ();
  ask_tensor (plan, "picture", SRW_PLACE_INPUT, height, width, 4, sizeof (gfloat), &plan->picture);
  ask_encoder (plan, ops);
  ask_statistics (plan, ops);
  ask_vectors (plan, decoder);
  if (decoder)
    ask_decoder (plan, ops);
  for (guint i = 0; kind == SRW_PLAN_KEEP && i < plan->places->len; i++)
    g_array_index (plan->places, SrwPlace, i).kind = SRW_PLACE_LASTING;
  return plan;
}

/* ---- when it is needed ---- */

/* A place stands for its memory while the queue records, and is told apart from other memory by where it lies. */
static void
note_use (guint launch, cl_mem mem, gpointer data)
{
  const SrwPlan *plan = data;
  const guintptr at = (guintptr) mem, begin = (guintptr) plan->places->data;
  SrwPlace *place = (SrwPlace *) mem;

  if (at < begin || at >= begin + plan->places->len * sizeof (SrwPlace))
    return;
  place->first = MIN (place->first, (gint) launch);
  place->last = MAX (place->last, (gint) launch);
}

void
srw_plan_record (SrwPlan * plan, SrwQueue * queue)
{
  static const SrwRecorder recorder = {.touch = note_use };

  for (guint i = 0; i < plan->places->len; i++) {
    SrwPlace *place = &g_array_index (plan->places, SrwPlace, i);
    *place->mem = (cl_mem) place;
  }
  plan->feature[SRW_STAGES - 1] = plan->encoder[SRW_STAGES - 1].x;
  srw_queue_record (queue, &recorder, plan);
}

void
srw_plan_recorded (SrwPlan * plan, SrwQueue * queue)
{
  srw_queue_record (queue, NULL, NULL);
  for (guint i = 0; i < plan->places->len; i++) {
    SrwPlace *place = &g_array_index (plan->places, SrwPlace, i);
    *place->mem = NULL;
    if (place->kind & SRW_PLACE_INPUT)
      place->first = 0;
    if (place->kind & SRW_PLACE_OUTPUT)
      place->last = G_MAXINT;
  }
}

/* ---- where it is ---- */

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

/* From `offset` on, the first one at which the place lies within a piece. */
static gsize
within_piece (const SrwPlan * plan, const SrwPlace * place, gsize offset)
{
  gsize end = (offset / plan->piece_bytes + 1) * plan->piece_bytes;

  return offset + place->bytes <= end ? offset : end;
}

/* The lowest offset at which place `index` meets none of those before it. */
static gsize
lowest_offset (const SrwPlan * plan, guint index)
{
  const SrwPlace *places = (const SrwPlace *) plan->places->data, *place = &places[index];
  gsize offset = within_piece (plan, place, 0);
  gboolean moved = TRUE;

  while (moved) {
    moved = FALSE;
    for (guint i = 0; i < index; i++) {
      const SrwPlace *other = &places[i];
      if (live_together (place, other) && offset < other->offset + other->bytes
          && other->offset < offset + place->bytes) {
        offset = within_piece (plan, place, other->offset + other->bytes);
        moved = TRUE;
      }
    }
  }
  return offset;
}

/* Largest first, each as low as it fits: within a few per cent of the largest sum of what lives together. */
gboolean
srw_plan_place (SrwPlan * plan, gsize align, gsize most, GError ** error)
{
  SrwPlace *places = (SrwPlace *) plan->places->data;

  plan->piece_bytes = most / align * align;
  plan->bytes = 0;
  for (guint i = 0; i < plan->places->len; i++) {
    places[i].bytes = srw_div_up (places[i].bytes, align) * align;
    if (places[i].bytes > plan->piece_bytes) {
      g_set_error (error, SRW_ERROR, SRW_ERROR_MEMORY,
          "pictures of %d×%d need %" G_GSIZE_FORMAT " MB of memory in one piece "
          "and the device gives at most %" G_GSIZE_FORMAT " MB: process smaller pictures or use a smaller model",
          plan->width, plan->height, places[i].bytes >> 20, plan->piece_bytes >> 20);
      return FALSE;
    }
  }
  g_array_sort (plan->places, largest_first);
  for (guint i = 0; i < plan->places->len; i++) {
    places[i].offset = lowest_offset (plan, i);
    plan->bytes = MAX (plan->bytes, places[i].offset + places[i].bytes);
  }
  return TRUE;
}

static gboolean
allocate_pieces (SrwPlan * plan, SrwDevice * device, GError ** error)
{
  for (gsize at = 0; at < plan->bytes; at += plan->piece_bytes) {
    cl_mem piece = srw_buffer_new (device, MIN (plan->piece_bytes, plan->bytes - at), "the network's maps", error);
    if (piece == NULL)
      return FALSE;
    g_ptr_array_add (plan->pieces, piece);
  }
  return TRUE;
}

gboolean
srw_plan_allocate (SrwPlan * plan, SrwDevice * device, GError ** error)
{
  if (!allocate_pieces (plan, device, error))
    return FALSE;
  for (guint i = 0; i < plan->places->len; i++) {
    const SrwPlace *place = &g_array_index (plan->places, SrwPlace, i);
    const cl_buffer_region region = { place->offset % plan->piece_bytes, place->bytes };
    cl_mem piece = plan->pieces->pdata[place->offset / plan->piece_bytes];
    cl_int code;
    *place->mem = clCreateSubBuffer (piece, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    if (!srw_cl_check (code, "clCreateSubBuffer", error)) {
      *place->mem = NULL;
      return FALSE;
    }
  }
  plan->feature[SRW_STAGES - 1] = plan->encoder[SRW_STAGES - 1].x;
  return TRUE;
}

void
srw_plan_free (SrwPlan * plan)
{
  for (guint i = 0; i < plan->places->len; i++)
    srw_buffer_clear (g_array_index (plan->places, SrwPlace, i).mem);
  for (guint i = 0; i < plan->pieces->len; i++)
    clReleaseMemObject (plan->pieces->pdata[i]);
  g_ptr_array_unref (plan->pieces);
  g_array_unref (plan->places);
  g_free (plan);
}
