/* stylerwkv-bench: what a frame asks of a device, without running it.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "measure.h"
#include "network/network.h"
#include "video/frame.h"
#include "video/framing.h"
#include "video/session.h"
#include "video/temporal.h"

/* Everything that a frame goes through at the size of the frames. */
typedef struct
{
  SrwDevice *device;
  SrwQueue *queue;
  SrwOps *ops;
  SrwModel *model;
  SrwWeights *weights;
  SrwNetwork *network;
  SrwTemporal *temporal;
  SrwFrameIo *io;
  SrwFraming *framing;
} Pipeline;

static gboolean
pipeline_open (Pipeline * p, const BenchOptions * options, GError ** error)
{
  const gint width = srw_padded (options->width), height = srw_padded (options->height);

  /* of any device there is: kernels are only built */
  g_setenv ("SRW_KERNELS", "gpu", FALSE);
  if (!(p->device = srw_device_open (srw_choice_is_open (options->device) ? NULL : options->device, error))
      || !(p->queue = srw_queue_new (p->device, error))
      || !(p->ops = srw_ops_new (p->queue, error)) || !(p->model = srw_model_open (options->model, error))
      || !(p->weights = srw_weights_get (p->device, p->model, error))
      || !(p->temporal = srw_temporal_new (p->queue, width, height, error))
      || !(p->io = srw_frame_io_new (p->queue, SRW_FORMAT_NV12, options->width, options->height, error))
      || !(p->framing = srw_framing_new (p->queue, options->width, options->height, error)))
    return FALSE;
  p->network = srw_network_declare (p->ops, p->weights, width, height, SRW_PLAN_WHOLE);
  return srw_plan_place (srw_network_get_plan (p->network), srw_device_info (p->device)->base_align, G_MAXSIZE / 2,
      error);
}

static void
pipeline_close (Pipeline * p)
{
  g_clear_pointer (&p->framing, srw_framing_free);
  g_clear_pointer (&p->io, srw_frame_io_free);
  g_clear_pointer (&p->temporal, srw_temporal_free);
  g_clear_pointer (&p->network, srw_network_free);
  g_clear_pointer (&p->weights, srw_weights_unref);
  g_clear_pointer (&p->model, srw_model_unref);
  g_clear_pointer (&p->ops, srw_ops_free);
  g_clear_pointer (&p->queue, srw_queue_free);
  g_clear_pointer (&p->device, srw_device_unref);
}

/* As session.c draws a frame. */
static void
draw (Pipeline * p, const SrwFrameLayout * layout)
{
  const SrwContinuation continuation = {.smoothing = 0.8f,.strength = 1.0f };
  const SrwFrameBlend blend = {.amount = 1.0f };
  const gint width = srw_padded (layout->width), height = srw_padded (layout->height);

  srw_frame_read (p->io, NULL, layout, NULL, width, height);
  srw_framing_measure (p->framing, NULL, width, FALSE);
  srw_temporal_estimate_motion (p->temporal, NULL, continuation.smoothing, NULL);
  srw_network_encode (p->network);
  srw_network_decode (p->network, &continuation);
  srw_temporal_blend (p->temporal, NULL, NULL);
  srw_frame_write (p->io, NULL, width, &blend, NULL, layout, NULL, layout);
}

static void
add_recorded (const gchar * op, gdouble flops, gdouble bytes, gpointer data)
{
  bench_add_launch (op, 0.0, flops, bytes, data);
}

/* A frame that has one before it. */
static GArray *
record (Pipeline * p, const BenchOptions * options)
{
  static const SrwRecorder nothing = { NULL }, recorder = {.launch = add_recorded };
  BenchCollection collection = bench_collection_new (1, options->detail);
  SrwFrameLayout layout;

  srw_frame_layout_init (&layout, SRW_FORMAT_NV12, options->width, options->height);
  srw_queue_record (p->queue, &nothing, NULL);
  draw (p, &layout);
  srw_queue_record (p->queue, &recorder, &collection);
  draw (p, &layout);
  srw_queue_record (p->queue, NULL, NULL);
  return collection.operators;
}

static gboolean
parse_device (const gchar * text, gchar ** name, BenchPeak * peak, GError ** error)
{
  gchar **parts = g_strsplit (text, ",", -1);
  gboolean good = g_strv_length (parts) == 3;

  if (good) {
    peak->flops = g_ascii_strtod (parts[1], NULL) * 1e12;
    peak->bytes = g_ascii_strtod (parts[2], NULL) * 1e9;
    good = peak->flops > 0.0 && peak->bytes > 0.0;
    *name = g_strdup (g_strstrip (parts[0]));
  }
  if (!good)
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "--model-device takes a name, TFLOP/s and GB/s, for example "
        "\"RTX 3060,12.7,360\", not \"%s\"", text);
  g_strfreev (parts);
  return good;
}

static void
print (const BenchOptions * options, const Pipeline * p, const gchar * name, const BenchPeak * peak,
    const GArray * operators)
{
  BenchOperator all = { 0 };
  gdouble floors = 0.0;

  g_print ("device     %s: %.1f TFLOP/s, %.0f GB/s as given; nothing was measured\n", name, peak->flops * 1e-12,
      peak->bytes * 1e-9);
  g_print ("frames     %dx%d NV12, %.1f MB of maps, %s\n", options->width, options->height,
      (gdouble) srw_network_plan (p->network)->bytes * 1e-6,
      srw_device_info (p->device)->half_maps ? "stored as halves" : "stored as floats");
  g_print ("\n%-14s %8s %9s %9s %9s\n", "operator", "launches", "GFLOP", "MB", "floor ms");
  for (guint i = 0; i < operators->len; i++) {
    const BenchOperator *op = &g_array_index (operators, BenchOperator, i);
    g_print ("%-14s %8.0f %9.4f %9.2f %9.3f\n", op->name, op->launches, op->flops * 1e-9, op->bytes * 1e-6,
        bench_floor (op, peak));
    all.launches += op->launches;
    all.flops += op->flops;
    all.bytes += op->bytes;
    floors += bench_floor (op, peak);
  }
  g_print ("%-14s %8.0f %9.4f %9.2f %9.3f\n", "all", all.launches, all.flops * 1e-9, all.bytes * 1e-6, floors);
  g_print ("at most    %.0f frames/s\n", 1e3 / floors);
}

gboolean
bench_print_model (const BenchOptions * options, GError ** error)
{
  Pipeline pipeline = { 0 };
  gchar *name = NULL;
  BenchPeak peak;
  gboolean good = parse_device (options->model_device, &name, &peak, error)
      && pipeline_open (&pipeline, options, error);

  if (good) {
    GArray *operators = record (&pipeline, options);
    print (options, &pipeline, name, &peak, operators);
    g_array_unref (operators);
  }
  pipeline_close (&pipeline);
  g_free (name);
  return good;
}
