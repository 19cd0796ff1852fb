/* LN, Deform-Shift, statistics and AdaIN against their definitions.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "fixture.h"
#include "reference.h"

#define TOLERANCE 1e-4

/* What srw_pack_shift takes. */
typedef struct
{
  gfloat *tap, *depthwise, *depthwise_bias, *dense, *dense_bias;
} Shift;

/* The product that reads z, which is exactly what is in that map. */
static void
check_product_of (const GuardedMap * z_map, const gfloat * weights, gint n, const GuardedMap * out_map)
{
  const gsize tokens = (gsize) z_map->tensor.height * z_map->tensor.width;
  gfloat *z = guarded_read (z_map);
  gdouble *expected = g_new (gdouble, tokens * n);

  reference_linear (tokens, z_map->tensor.channels, n, z, weights, NULL, expected);
  guarded_compare (out_map, expected, TOLERANCE);
  g_free (z);
  g_free (expected);
}

/* reference_shift of a normalised map, and a product; `shift` is what srw_pack_shift takes. */
static void
check_shift_of (gint height, gint width, gint channels, const gfloat * in, const gfloat * weight, const gfloat * bias,
    const Shift * shift)
{
  const gsize tokens = (gsize) height * width, n = tokens * channels;
  gdouble *expected = g_new (gdouble, n);
  gfloat *normal = g_new (gfloat, n);
  MadeMap in_map = made_new (height, width, channels, channels + 16, 16, in);
  GuardedMap z_map = guarded_new (height, width, channels, channels + 32, 16, NULL);
  const gint columns = channels + 32;
  gfloat *weights = fixture_random ((gsize) columns * channels, -1.0f / channels, 1.0f / channels);
  GuardedMap out_map = guarded_new (height, width, columns, columns + 16, 16, NULL);
  GuardedMap weight_map = guarded_array (channels, weight), bias_map = guarded_array (channels, bias);
  const gsize scratch = srw_shift_scratch (fixture_ops (), height, width, channels) / sizeof (gfloat);
  GuardedMap scratch_map = guarded_array (MAX (scratch, 1), NULL);
  const SrwNorm norm = { weight_map.tensor.mem, bias_map.tensor.mem };
  SrwShift packed;
  SrwLinear packed_weights;
  SrwShifted shifted = {.name = "test",.in = in_map.map.tensor,.norm = &norm,.w = &packed,
    .scratch = scratch_map.tensor.mem,.z = z_map.tensor
  };

  g_assert_true (srw_pack_linear (fixture_device (), columns, channels, weights, NULL, &packed_weights, NULL));
  g_assert_true (srw_pack_shift (fixture_device (), channels, shift->tap, shift->depthwise, shift->depthwise_bias,
          shift->dense, shift->dense_bias, &packed, NULL));
  srw_op_shift_linear (fixture_ops (), "test", &shifted, &packed_weights, SRW_EPILOGUE_NONE, out_map.tensor);
  reference_norm (tokens, channels, in, weight, bias, expected);
  for (gsize i = 0; i < n; i++)
    normal[i] = (gfloat) expected[i];
  reference_shift (height, width, channels, normal, shift->tap, shift->depthwise, shift->depthwise_bias, shift->dense,
      shift->dense_bias, expected);
  guarded_compare (&z_map, expected, TOLERANCE);
  check_product_of (&z_map, weights, columns, &out_map);

  srw_shift_clear (&packed);
  srw_linear_clear (&packed_weights);
  made_free (&in_map);
  guarded_free (&z_map);
  g_free (weights);
  guarded_free (&out_map);
  guarded_free (&weight_map);
  guarded_free (&bias_map);
  guarded_free (&scratch_map);
  g_free (normal);
  g_free (expected);
}

static void
shift_clear (Shift * shift)
{
  g_free (shift->tap);
  g_free (shift->depthwise);
  g_free (shift->depthwise_bias);
  g_free (shift->dense);
  g_free (shift->dense_bias);
}

/* LN alone: of a shift that takes every token as it is. */
static void
check_norm (gint height, gint width, gint channels, gfloat mean, gfloat spread)
{
  const gsize n = (gsize) height * width * channels;
  gfloat *in = fixture_random (n, mean - spread, mean + spread);
  gfloat *weight = fixture_random (channels, -1, 1), *bias = fixture_random (channels, -1, 1);
  Shift shift = { g_new0 (gfloat, 9 * channels), g_new0 (gfloat, 9 * channels), g_new0 (gfloat, channels),
    g_new0 (gfloat, 18 * channels), g_new0 (gfloat, 18)
  };

  for (gint c = 0; c < channels; c++)
    shift.tap[4 * channels + c] = 1.0f;
  check_shift_of (height, width, channels, in, weight, bias, &shift);
  shift_clear (&shift);
  g_free (in);
  g_free (weight);
  g_free (bias);
}

static void
test_norm (void)
{
  check_norm (1, 1, 16, 0, 1);
  check_norm (23, 41, 16, 0, 1);
  check_norm (7, 9, 32, 0, 1e-4f);
  check_norm (7, 9, 48, 0, 100);
  check_norm (7, 9, 64, 50, 1);
  check_norm (5, 3, 128, 0, 1);
  check_norm (2, 3, 384, -3, 1);
}

/* spread: how large the offsets are before tanh bounds them */
static void
check_shift (gint height, gint width, gint channels, gfloat spread)
{
  const gsize n = (gsize) height * width * channels;
  const gfloat bound = spread / sqrtf (channels);
  gfloat *in = fixture_random (n, -1, 1);
  gfloat *weight = fixture_random (channels, 0.3f, 0.9f), *bias = fixture_random (channels, -1, 1);
  Shift shift = { fixture_random (9 * channels, -0.5f, 0.5f), fixture_random (9 * channels, -0.6f, 0.6f),
    fixture_random (channels, -1, 1), fixture_random (18 * channels, -bound, bound), fixture_random (18, -spread,
        spread)
  };

  check_shift_of (height, width, channels, in, weight, bias, &shift);
  shift_clear (&shift);
  g_free (in);
  g_free (weight);
  g_free (bias);
}

static void
test_shift (void)
{
  static const gint sizes[][3] = {
    {1, 1, 16}, {1, 19, 32}, {17, 1, 16}, {2, 2, 48}, {23, 40, 64}, {13, 27, 16}, {9, 8, 128}, {3, 5, 384},
  };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    check_shift (sizes[i][0], sizes[i][1], sizes[i][2], 0);
    check_shift (sizes[i][0], sizes[i][1], sizes[i][2], 1);
    check_shift (sizes[i][0], sizes[i][1], sizes[i][2], 100);
  }
}

/* Of two maps, the second of which is smaller and has other channels. */
static void
check_statistics (gint height, gint width, gint channels, gfloat mean, gfloat spread)
{
  const gint heights[2] = { height, (height + 1) / 2 }, counts[2] = { channels, 48 }, first = 32;
  const gint both = counts[0] + counts[1], stride = both + 64;
  gdouble *expected = g_new (gdouble, 2 * both);
  GuardedMap out_map = guarded_array (first + stride + both, NULL);
  gsize scratch = 1, need;
  SrwTensor tensors[2];
  MadeMap maps[2];
  GuardedMap scratch_map;
  gfloat *got;

  for (gint i = 0, at = 0; i < 2; at += counts[i++]) {
    const gsize tokens = (gsize) heights[i] * width;
    gfloat *in = fixture_random (tokens * counts[i], mean - spread, mean + spread);
    maps[i] = made_new (heights[i], width, counts[i], counts[i] + 48, 32, in);
    tensors[i] = maps[i].map.tensor;
    reference_statistics (tokens, counts[i], in, expected + at, expected + both + at);
    need = srw_statistics_scratch (fixture_ops (), heights[i], width, counts[i]) / sizeof (gfloat);
    scratch = MAX (scratch, need);
    g_free (in);
  }
  scratch_map = guarded_array (scratch, NULL);
  srw_op_statistics (fixture_ops (), "test", tensors, 2, scratch_map.tensor.mem, out_map.tensor.mem, first, stride);
  got = guarded_read (&out_map);
  for (gint c = 0; c < both; c++) {
    g_assert_cmpfloat_with_epsilon (got[first + c], expected[c], 1e-6 * (1 + fabs (expected[c]) + spread));
    g_assert_cmpfloat_with_epsilon (got[first + stride + c], expected[both + c], 1e-5 * (1 + spread));
  }
  for (gint i = 0; i < first; i++)
    g_assert_true (isnan (got[i]));

  made_free (&maps[0]);
  made_free (&maps[1]);
  guarded_free (&out_map);
  guarded_free (&scratch_map);
  g_free (got);
  g_free (expected);
}

static void
test_statistics (void)
{
  check_statistics (1, 1, 16, 0, 1);
  check_statistics (16, 16, 32, 0, 1);
  check_statistics (1, 257, 16, 0, 1);
  check_statistics (23, 40, 128, 1000, 1);
  check_statistics (61, 83, 48, -10, 0.01f);
  check_statistics (3, 3, 384, 0, 100);
}

typedef struct
{
  gfloat smoothing, strength;
  gboolean reset;
  gfloat luma;                  /* how much that differs; below 0: nobody has looked */
  gfloat content_change;        /* of the means, in deviations */
  gboolean forgets;             /* what is expected */
} Adain;

static void
check_adain (const Adain * a)
{
  enum { N = 240 };
  gfloat *content = fixture_random (2 * N, 0.5f, 1.5f), *smoothed = g_new (gfloat, 2 * N);
  gfloat *style = fixture_random (2 * N, 0.5f, 1.5f);
  gdouble *expected = g_new (gdouble, 2 * N), *expected_smoothed = g_new (gdouble, 2 * N);
  const SrwContinuation continuation = {.smoothing = a->smoothing,.strength = a->strength,.reset = a->reset,
    .scene_known = a->luma >= 0,.scene_change = {0.35f, 0.12f, 0.05f}
  };
  GuardedMap content_map, smoothed_map, style_map, affine_map, scene_map;
  gfloat *scene;

  for (gint i = 0; i < N; i++) {
    smoothed[N + i] = content[N + i] * 1.01f;
    smoothed[i] = content[i] + (i % 2 ? -1 : 1) * a->content_change * smoothed[N + i];
  }
  if (a->reset)               /* the first frame: nothing was ever stored */
    for (gint i = 0; i < 2 * N; i++)
      smoothed[i] = NAN;
  content_map = guarded_array (2 * N, content);
  smoothed_map = guarded_array (2 * N, smoothed);
  style_map = guarded_array (2 * N, style);
  affine_map = guarded_array (2 * N, NULL);
  /* what is in it counts only when somebody says that it is known */
  scene_map = guarded_array (1, &(const gfloat) { ABS (a->luma) });
  srw_op_adain (fixture_ops (), "test", N, content_map.tensor.mem, smoothed_map.tensor.mem, style_map.tensor.mem,
      &continuation, scene_map.tensor.mem, affine_map.tensor.mem);
  scene = guarded_read (&scene_map);
  g_assert_cmpfloat (*scene, ==, a->forgets);
  for (gint i = 0; i < 2 * N; i++)
    expected_smoothed[i] = a->forgets ? content[i] : a->smoothing * smoothed[i] + (1 - a->smoothing) * content[i];
  for (gint i = 0; i < N; i++) {
    const gdouble mean = expected_smoothed[i], deviation = expected_smoothed[N + i];
    const gdouble target_mean = (1 - a->strength) * mean + a->strength * style[i];
    const gdouble target_deviation = (1 - a->strength) * deviation + a->strength * style[N + i];
    expected[i] = target_deviation / deviation;
    expected[N + i] = target_mean - mean * expected[i];
  }
  guarded_compare (&smoothed_map, expected_smoothed, 1e-5);
  guarded_compare (&affine_map, expected, 1e-5);

  guarded_free (&content_map);
  guarded_free (&smoothed_map);
  guarded_free (&style_map);
  guarded_free (&affine_map);
  guarded_free (&scene_map);
  g_free (scene);
  g_free (content);
  g_free (smoothed);
  g_free (style);
  g_free (expected);
  g_free (expected_smoothed);
}

static void
test_adain (void)
{
  static const Adain cases[] = {
    {0.8f, 1, TRUE, -1, 0, TRUE}, {0.8f, 1, FALSE, -1, 0.1f, FALSE}, {0.8f, 0.3f, FALSE, -1, 0.2f, FALSE},
    {0.9f, 1, FALSE, -1, 0.6f, TRUE}, {0, 0.5f, FALSE, -1, 0.1f, FALSE}, {0.8f, 0, FALSE, -1, 0.1f, FALSE},
    /* a cut, a fade, and nothing much */
    {0.8f, 1, FALSE, 0.13f, 0.1f, TRUE}, {0.8f, 1, FALSE, 0.06f, 0.6f, TRUE}, {0.8f, 1, FALSE, 0.04f, 0.6f, FALSE},
    {0.8f, 1, FALSE, 0.06f, 0.1f, FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_adain (&cases[i]);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernels/norm", test_norm);
  g_test_add_func ("/kernels/shift", test_shift);
  g_test_add_func ("/kernels/statistics", test_statistics);
  g_test_add_func ("/kernels/adain", test_adain);
  result = g_test_run ();
  fixture_close ();
  return result;
}
