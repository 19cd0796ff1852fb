/* The whole network against what PyTorch made of it.
 *
 *   test-network [--weights FILE] VECTORS…    files of tests/engine/vectors.py, made with FILE or with the formula
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "../half.h"
#include "network/network.h"

typedef struct
{
  SrwDevice *device;
  SrwQueue *queue;
  SrwOps *ops;
  SrwModel *model;
  SrwWeights *weights;
  gdouble output_tolerance;     /* of [0,1] */
  gdouble tap_tolerance;        /* of the largest value */
} Engine;

static gchar *weights_file;     /* NULL for the formula's weights */

static Engine
engine_open (const SrwModelConfig * config)
{
  GError *error = NULL;
  Engine e = { 0 };

  e.device = srw_device_open (NULL, &error);
  g_assert_no_error (error);
  e.queue = srw_queue_new (e.device, &error);
  g_assert_no_error (error);
  e.ops = srw_ops_new (e.queue, &error);
  g_assert_no_error (error);
  if (srw_value_bytes (e.ops) == sizeof (gfloat)) {
    e.output_tolerance = e.tap_tolerance = 1e-3;
  } else {
    /* as many levels as nobody sees; taps are some dozens of roundings of 2^-12 away */
    e.output_tolerance = 4.0 / 255.0;
    e.tap_tolerance = 1e-2;
  }
  e.model = weights_file ? srw_model_open (weights_file, &error) : fixture_model (config);
  g_assert_no_error (error);
  e.weights = srw_weights_get (e.device, e.model, &error);
  g_assert_no_error (error);
  return e;
}

static void
engine_close (Engine * e)
{
  g_clear_pointer (&e->weights, srw_weights_unref);
  g_clear_pointer (&e->model, srw_model_unref);
  g_clear_pointer (&e->ops, srw_ops_free);
  g_clear_pointer (&e->queue, srw_queue_free);
  g_clear_pointer (&e->device, srw_device_unref);
}

static gint
padded (gint side)
{
  return (side + 15) & ~15;
}

/* A network for a picture (H,W,3), with the picture in it, padded. */
static SrwNetwork *
network_for (Engine * e, const Vector * picture, SrwPlanKind kind)
{
  gint height = picture->shape[0], width = picture->shape[1];
  gsize size = (gsize) padded (height) * padded (width) * 4;
  gfloat *pixels = g_new0 (gfloat, size);
  GError *error = NULL;
  SrwNetwork *net = srw_network_new (e->ops, e->weights, padded (width), padded (height), kind, &error);

  g_assert_no_error (error);
  srw_network_tune (net, e->model, TRUE, &error);
  g_assert_no_error (error);
  for (gint y = 0; y < padded (height); y++)
    for (gint x = 0; x < padded (width); x++)
      memcpy (pixels + 4 * ((gsize) y * padded (width) + x),
          picture->values + 3 * ((gsize) MIN (y, height - 1) * width + MIN (x, width - 1)), 3 * sizeof (gfloat));
  g_assert_cmpint (clEnqueueWriteBuffer (srw_queue_commands (e->queue), srw_network_plan (net)->picture.mem, CL_TRUE, 0,
          size * sizeof (gfloat), pixels, 0, NULL, NULL), ==, CL_SUCCESS);
  g_free (pixels);
  return net;
}

/* `value` bytes a channel: floats, or halves. */
static gfloat *
read_tensor (Engine * e, const SrwTensor * tensor, gsize value)
{
  gsize n = (gsize) tensor->height * tensor->width * tensor->stride;
  gfloat *values = g_new (gfloat, n);
  guint16 *halves = (guint16 *) values;

  g_assert_cmpint (clEnqueueReadBuffer (srw_queue_commands (e->queue), tensor->mem, CL_TRUE, 0, n * value, values, 0,
          NULL, NULL), ==, CL_SUCCESS);
  /* in place, from the end on: a float is as long as two halves */
  for (gsize i = n; value == sizeof (guint16) && i-- > 0;)
    values[i] = half_to_float (halves[i]);
  return values;
}

/* Largest difference; not a number counts as infinite. */
static gdouble
difference (const gfloat * values, const Vector * expected, gdouble * largest)
{
  gdouble error = 0.0;

  *largest = 0.0;
  for (gsize i = 0; i < expected->count; i++) {
    gdouble d = fabs ((gdouble) values[i] - expected->values[i]);
    error = isnan (d) ? INFINITY : MAX (error, d);
    *largest = MAX (*largest, fabs ((gdouble) expected->values[i]));
  }
  return error;
}

static void
check_values (const gchar * name, const gfloat * values, const Vector * expected, gdouble relative, gdouble absolute)
{
  gdouble largest, error = difference (values, expected, &largest);

  g_test_message ("%-10s max |error| %.2e, largest value %.3f", name, error, largest);
  g_assert_cmpfloat (error, <=, MAX (relative * largest, absolute));
}

static void
check_tap (Engine * e, const Vectors * v, const gchar * side, gint index, const SrwTensor * tensor)
{
  gchar *name = g_strdup_printf ("%s%d", side, index + 1);
  const Vector *expected = vectors_get (v, name);

  if (expected) {
    gfloat *values = read_tensor (e, tensor, srw_value_bytes (e->ops));
    g_assert_cmpint (expected->shape[0], ==, tensor->height);
    g_assert_cmpint (expected->shape[1], ==, tensor->width);
    g_assert_cmpint (expected->shape[2], ==, tensor->stride);
    check_values (name, values, expected, e->tap_tolerance, 0);
    g_free (values);
  }
  g_free (name);
}

/* The head as a picture of the content's size, section 1. */
static gfloat *
shuffle (const gfloat * head, gint head_width, gint height, gint width)
{
  gfloat *picture = g_new (gfloat, (gsize) height * width * 3), *to = picture;

  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++)
      for (gint i = 0; i < 3; i++)
        *to++ = head[16 * ((gsize) (y / 2) * head_width + x / 2) + 3 * (2 * (y % 2) + x % 2) + i];
  return picture;
}

static void
check_style (Engine * e, const Vectors * v)
{
  SrwNetwork *net = network_for (e, vectors_get (v, "style"), SRW_PLAN_ENCODER);
  GError *error = NULL;
  SrwStyle *style;

  srw_network_encode (net);
  style = srw_network_read_style (net, &error);
  g_assert_no_error (error);
  check_values ("statistics", srw_style_statistics (style), vectors_get (v, "statistics"), e->tap_tolerance, 0);
  g_clear_pointer (&style, srw_style_unref);
  g_clear_pointer (&net, srw_network_free);
}

static gfloat *
run_network (Engine * e, const Vectors * v, SrwPlanKind kind)
{
  const Vector *content = vectors_get (v, "content"), *output = vectors_get (v, "output");
  SrwNetwork *net = network_for (e, content, kind);
  const SrwPlan *plan = srw_network_plan (net);
  SrwStyle *style = srw_style_new (v->config.width, vectors_get (v, "statistics")->values);
  GError *error = NULL;
  gfloat *head, *picture;

  srw_network_set_style (net, style);
  srw_network_encode (net);
  srw_network_decode (net, &(SrwContinuation) {.strength = 1.0f,.reset = TRUE });
  srw_queue_check (e->queue, &error);
  g_assert_no_error (error);
  for (gint stage = 0; kind == SRW_PLAN_KEEP && stage < SRW_STAGES; stage++) {
    check_tap (e, v, "F", stage, &plan->feature[stage]);
    check_tap (e, v, "D", stage, &plan->decoder[stage].x);
  }
  head = read_tensor (e, &plan->head, sizeof (gfloat));
  picture = shuffle (head, plan->head.width, content->shape[0], content->shape[1]);
  check_values ("output", picture, output, 0, e->output_tolerance);
  g_free (head);
  g_clear_pointer (&style, srw_style_unref);
  g_clear_pointer (&net, srw_network_free);
  return picture;
}

static void
test_vectors (gconstpointer path)
{
  Vectors *v = vectors_load (path);
  Engine e = engine_open (&v->config);
  gfloat *kept, *shared;

  check_style (&e, v);
  kept = run_network (&e, v, SRW_PLAN_KEEP);
  /* places that are used several times must not change a thing */
  shared = run_network (&e, v, SRW_PLAN_WHOLE);
  g_assert_cmpmem (kept, vectors_get (v, "output")->count * sizeof (gfloat), shared,
      vectors_get (v, "output")->count * sizeof (gfloat));
  g_free (kept);
  g_free (shared);
  engine_close (&e);
  vectors_free (v);
}

int
main (int argc, char **argv)
{
  const GOptionEntry entries[] = {
    {"weights", 0, 0, G_OPTION_ARG_FILENAME, &weights_file, "weights of the vectors", "FILE"},
    {NULL}
  };
  GOptionContext *options = g_option_context_new ("VECTORS…");
  GError *error = NULL;

  fixture_init (&argc, &argv);
  g_option_context_add_main_entries (options, entries, NULL);
  g_option_context_parse (options, &argc, &argv, &error);
  g_assert_no_error (error);
  g_option_context_free (options);
  for (int i = 1; i < argc; i++) {
    gchar *base = g_path_get_basename (argv[i]);
    gchar *name = g_strconcat ("/network/", base, NULL);
    g_test_add_data_func (name, argv[i], test_vectors);
    g_free (name);
    g_free (base);
  }
  return fixture_run ();
}
