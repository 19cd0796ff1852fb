/* The memory plan: nothing that is needed at the same time shares a place, memory grows with the pixels, no piece is
 * larger than the device allows, and wherever maps lie, the result is the same; unless two lie where they must not,
 * which is seen.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "network/network.h"
#include "opencl/buffer.h"

#define WIDTH 64
#define HEIGHT 48
#define NO_LIMIT (G_MAXSIZE / 2)

static const SrwModelConfig configs[] = {
  FIXTURE_CONFIG (8, 2, 2, 2, {1, 1, 1, 1}),
  FIXTURE_CONFIG (24, 2, 2, 4, {1, 1, 2, 2}),
  {.width = 8,.decoder_channels = {16, 32, 64, 64},.depths = {1, 1, 1, 1},.hidden_ratio = {2, 1, 3, 2},.recurrences = 2,
      .skip_step = 2},
  FIXTURE_CONFIG (16, 1, 1, 1, {2, 1, 1, 3}),
};

static const gint sizes[][2] = { {16, 16}, {64, 48}, {640, 368}, {1920, 1088}, {16, 4096} };

static SrwDevice *device;
static SrwQueue *queue;
static SrwOps *ops;

/* Of the configuration, whose weights are packed once. */
static SrwWeights *
weights_of (guint config)
{
  static SrwWeights *weights[G_N_ELEMENTS (configs)];
  GError *error = NULL;

  if (weights[config] == NULL) {
    g_autoptr (SrwModel) model = fixture_model (&configs[config]);
    weights[config] = srw_weights_get (device, model, &error);
    g_assert_no_error (error);
  }
  return weights[config];
}

static SrwPlace *
place_at (const SrwPlan * plan, guint i)
{
  return &g_array_index (plan->places, SrwPlace, i);
}

static gsize
alignment (void)
{
  return srw_device_info (device)->base_align;
}

static void
place (SrwPlan * plan, gsize most)
{
  GError *error = NULL;

  srw_plan_place (plan, alignment (), most, &error);
  g_assert_no_error (error);
}

/* ---- where things lie ---- */

static gboolean
live_together (const SrwPlace * a, const SrwPlace * b)
{
  return a->first <= b->last && b->first <= a->last;
}

static void
check_apart (const SrwPlan * plan)
{
  for (guint i = 0; i < plan->places->len; i++) {
    const SrwPlace *a = place_at (plan, i);
    g_assert_cmpuint (a->offset % alignment (), ==, 0);
    g_assert_cmpuint (a->bytes, >, 0);
    g_assert_cmpuint (a->offset + a->bytes, <=, plan->bytes);
    g_assert_cmpuint (a->offset / plan->piece_bytes, ==, (a->offset + a->bytes - 1) / plan->piece_bytes);
    /* every map is there because something uses it */
    g_assert_cmpint (a->first, <=, a->last);
    for (guint k = 0; k < i; k++) {
      const SrwPlace *b = place_at (plan, k);
      g_assert_true (!live_together (a, b) || a->offset + a->bytes <= b->offset || b->offset + b->bytes <= a->offset);
    }
  }
}

/* The most that is alive at once: that happens when something comes to life. */
static gsize
lower_bound (const SrwPlan * plan)
{
  gsize most = 0;

  for (guint i = 0; i < plan->places->len; i++) {
    const gint launch = place_at (plan, i)->first;
    gsize sum = 0;
    for (guint k = 0; k < plan->places->len; k++) {
      const SrwPlace *a = place_at (plan, k);
      if (a->first <= launch && launch <= a->last)
        sum += a->bytes;
    }
    most = MAX (most, sum);
  }
  return most;
}

static void
test_apart (void)
{
  for (guint c = 0; c < G_N_ELEMENTS (configs); c++)
    for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
      for (gint kind = SRW_PLAN_ENCODER; kind <= SRW_PLAN_KEEP; kind++) {
        g_autoptr (SrwNetwork) network = srw_network_declare (ops, weights_of (c), sizes[s][0], sizes[s][1], kind);
        SrwPlan *plan = srw_network_get_plan (network);
        place (plan, NO_LIMIT);
        check_apart (plan);
        g_assert_cmpuint (plan->bytes, <=, lower_bound (plan) * 5 / 4);
      }
}

/* Twice the pixels, at most 2.1 times the memory. */
static void
test_linear (void)
{
  for (guint c = 0; c < G_N_ELEMENTS (configs); c++) {
    gsize before = 0;
    for (gint width = 256, height = 256; width <= 2048; *(width > height ? &height : &width) *= 2) {
      g_autoptr (SrwNetwork) network = srw_network_declare (ops, weights_of (c), width, height, SRW_PLAN_WHOLE);
      SrwPlan *plan = srw_network_get_plan (network);
      place (plan, NO_LIMIT);
      if (before)
        g_assert_cmpuint (plan->bytes, <=, before * 21 / 10);
      if (c == 0)
        g_test_message ("%dx%d: %.1f MB, %.0f bytes a pixel", width, height, plan->bytes * 1e-6,
            (gdouble) plan->bytes / width / height);
      before = plan->bytes;
    }
  }
}

static void
test_too_large (void)
{
  GError *error = NULL;
  g_autoptr (SrwNetwork) network = srw_network_declare (ops, weights_of (0), 16384, 16384, SRW_PLAN_WHOLE);

  g_assert_false (srw_plan_place (srw_network_get_plan (network), alignment (), 64 << 20, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_MEMORY);
  g_error_free (error);
}

/* ---- what comes out ---- */

static void
write_floats (cl_mem mem, const gfloat * values, gsize count)
{
  g_assert_cmpint (clEnqueueWriteBuffer (srw_queue_commands (queue), mem, CL_TRUE, 0, count * sizeof (gfloat), values,
          0, NULL, NULL), ==, CL_SUCCESS);
}

/* What is read before anything was written there is not a number. */
static void
poison (const SrwPlan * plan)
{
  const gfloat poison = NAN;

  for (guint i = 0; i < plan->pieces->len; i++) {
    cl_mem piece = plan->pieces->pdata[i];
    g_assert_cmpint (clEnqueueFillBuffer (srw_queue_commands (queue), piece, &poison, sizeof poison, 0,
            srw_buffer_bytes (piece), 0, NULL, NULL), ==, CL_SUCCESS);
  }
}

static gfloat *
picture_values (gsize * count)
{
  gfloat *values;

  *count = 4 * WIDTH * HEIGHT;
  values = g_new (gfloat, *count);
  for (gsize i = 0; i < *count; i++)
    values[i] = (gfloat) (i * 2654435761u % 1000) / 1000;
  return values;
}

/* A frame of the network, whose plan is placed; its head. */
static gfloat *
run (SrwNetwork * network)
{
  const SrwPlan *plan = srw_network_plan (network);
  const SrwContinuation continuation = {.strength = 1.0f,.reset = TRUE };
  const gsize heads = (gsize) plan->head.height * plan->head.width * plan->head.channels;
  const gint width = plan->config.width;
  gfloat *head = g_new (gfloat, heads), *statistics = g_new (gfloat, 60 * width), *values;
  g_autoptr (SrwStyle) style = NULL;
  GError *error = NULL;
  gsize count;

  srw_network_allocate (network, &error);
  g_assert_no_error (error);
  poison (plan);
  values = picture_values (&count);
  write_floats (plan->picture.mem, values, count);
  for (gint i = 0; i < 60 * width; i++)
    statistics[i] = 0.5f + 0.01f * (gfloat) (i % 7);
  style = srw_style_new (width, statistics);
  srw_network_set_style (network, style);
  srw_network_encode (network);
  srw_network_decode (network, &continuation);
  srw_queue_check (queue, &error);
  g_assert_no_error (error);
  g_assert_cmpint (clEnqueueReadBuffer (srw_queue_commands (queue), plan->head.mem, CL_TRUE, 0,
          heads * sizeof (gfloat), head, 0, NULL, NULL), ==, CL_SUCCESS);
  g_free (values);
  g_free (statistics);
  return head;
}

static gboolean
same (const gfloat * a, const gfloat * b)
{
  return memcmp (a, b, sizeof (gfloat) * 16 * (WIDTH / 2) * (HEIGHT / 2)) == 0;
}

static SrwNetwork *
declare (guint config, SrwPlanKind kind)
{
  return srw_network_declare (ops, weights_of (config), WIDTH, HEIGHT, kind);
}

static gfloat *
run_kept (guint config)
{
  g_autoptr (SrwNetwork) network = declare (config, SRW_PLAN_KEEP);

  place (srw_network_get_plan (network), NO_LIMIT);
  return run (network);
}

/* Maps live longer than they need, each as chance has it, so that they come to lie elsewhere; or in small pieces. */
static void
test_placements (void)
{
  for (guint c = 0; c < G_N_ELEMENTS (configs); c++) {
    g_autofree gfloat *expected = run_kept (c);
    for (gint i = 0; i < 6; i++) {
      g_autoptr (SrwNetwork) network = declare (c, SRW_PLAN_WHOLE);
      SrwPlan *plan = srw_network_get_plan (network);
      g_autofree gfloat *head = NULL;
      gsize most = 0;
      for (guint k = 0; i > 0 && k < plan->places->len; k++) {
        place_at (plan, k)->first -= g_test_rand_int_range (0, 8);
        place_at (plan, k)->last -= place_at (plan, k)->last == G_MAXINT ? 0 : -g_test_rand_int_range (0, 8);
      }
      for (guint k = 0; k < plan->places->len; k++)
        most = MAX (most, place_at (plan, k)->bytes);
      place (plan, i == 5 ? most + alignment () : NO_LIMIT);
      g_assert_true (i != 5 || plan->bytes > plan->piece_bytes);
      check_apart (plan);
      head = run (network);
      g_assert_true (same (head, expected));
    }
  }
}

/* A map that is written while `victim` is still needed. */
static const SrwPlace *
find_intruder (const SrwPlan * plan, const SrwPlace * victim)
{
  for (guint i = 0; i < plan->places->len; i++) {
    const SrwPlace *other = place_at (plan, i);
    if (other->first > victim->first && other->first < victim->last && other->bytes >= victim->bytes)
      return other;
  }
  return NULL;
}

/* Of those that hold one thing for as long as they live, not one after the other. */
static gboolean
is_lasting_map (const SrwPlace * victim)
{
  static const gchar *const names[] = { "x", "F", "merged", NULL };

  return g_strv_contains (names, victim->name);
}

/* A map is needed for as long as the plan says: with another one written over it meanwhile, the result is another. */
static void
test_overlaps_are_seen (void)
{
  g_autofree gfloat *expected = run_kept (0);
  gint tried = 0;

  for (guint i = 0;; i++) {
    g_autoptr (SrwNetwork) network = declare (0, SRW_PLAN_WHOLE);
    SrwPlan *plan = srw_network_get_plan (network);
    g_autofree gfloat *head = NULL;
    const SrwPlace *intruder;
    if (i == plan->places->len)
      break;
    place (plan, NO_LIMIT);
    intruder = is_lasting_map (place_at (plan, i)) ? find_intruder (plan, place_at (plan, i)) : NULL;
    if (intruder == NULL)
      continue;
    place_at (plan, i)->offset = intruder->offset;
    head = run (network);
    if (same (head, expected))
      g_error ("%s, launches %d to %d, may be overwritten by %s in launch %d", place_at (plan, i)->name,
          place_at (plan, i)->first, place_at (plan, i)->last, intruder->name, intruder->first);
    tried++;
  }
  g_test_message ("%d overlaps", tried);
  g_assert_cmpint (tried, >=, 6);
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  int result;

  fixture_init (&argc, &argv);
  device = srw_device_open (NULL, &error);
  g_assert_no_error (error);
  queue = srw_queue_new (device, &error);
  g_assert_no_error (error);
  ops = srw_ops_new (queue, &error);
  g_assert_no_error (error);
  g_test_add_func ("/plan/apart", test_apart);
  g_test_add_func ("/plan/linear", test_linear);
  g_test_add_func ("/plan/too-large", test_too_large);
  g_test_add_func ("/plan/placements", test_placements);
  g_test_add_func ("/plan/overlaps-are-seen", test_overlaps_are_seen);
  result = fixture_run ();
  for (guint c = 0; c < G_N_ELEMENTS (configs); c++)
    srw_weights_unref (weights_of (c));
  srw_ops_free (ops);
  srw_queue_free (queue);
  srw_device_unref (device);
  return result;
}
