/* LN, Deform-Shift, statistics and AdaIN against their definitions. */
#include <math.h>

#include "fixture.h"
#include "reference.h"

#define TOLERANCE 1e-4

static void
check_norm (gint height, gint width, gint channels, gfloat mean, gfloat spread)
{
  const gsize tokens = (gsize) height * width, n = tokens * channels;
  gfloat *in = fixture_random (n, mean - spread, mean + spread);
  gfloat *weight = fixture_random (channels, -1, 1), *bias = fixture_random (channels, -1, 1);
  gdouble *expected = g_new (gdouble, n);
  GuardedMap in_map = guarded_new (height, width, channels, channels + 16, 16, in);
  GuardedMap out_map = guarded_new (height, width, channels, channels + 32, 16, NULL);
  GuardedMap weight_map = guarded_array (channels, weight), bias_map = guarded_array (channels, bias);

  srw_op_norm (fixture_ops (), "test", in_map.tensor, weight_map.tensor.mem, bias_map.tensor.mem, out_map.tensor);
  reference_norm (tokens, channels, in, weight, bias, expected);
  guarded_compare (&out_map, expected, TOLERANCE);

  guarded_free (&in_map);
  guarded_free (&out_map);
  guarded_free (&weight_map);
  guarded_free (&bias_map);
  g_free (in);
  g_free (weight);
  g_free (bias);
  g_free (expected);
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
  gfloat *in = fixture_random (n, -1, 1), *tap = fixture_random (9 * channels, -0.5f, 0.5f);
  gfloat *depthwise = fixture_random (9 * channels, -0.6f, 0.6f), *depthwise_bias = fixture_random (channels, -1, 1);
  gfloat *dense = fixture_random (18 * channels, -bound, bound), *dense_bias = fixture_random (18, -spread, spread);
  gdouble *expected = g_new (gdouble, n);
  GuardedMap in_map = guarded_new (height, width, channels, channels + 16, 16, in);
  GuardedMap out_map = guarded_new (height, width, channels, channels + 32, 16, NULL);
  SrwShift packed;

  g_assert_true (srw_pack_shift (fixture_ops (), channels, tap, depthwise, depthwise_bias, dense, dense_bias, &packed,
          NULL));
  srw_op_shift (fixture_ops (), "test", in_map.tensor, &packed, out_map.tensor);
  reference_shift (height, width, channels, in, tap, depthwise, depthwise_bias, dense, dense_bias, expected);
  guarded_compare (&out_map, expected, TOLERANCE);

  srw_shift_clear (&packed);
  guarded_free (&in_map);
  guarded_free (&out_map);
  g_free (in);
  g_free (tap);
  g_free (depthwise);
  g_free (depthwise_bias);
  g_free (dense);
  g_free (dense_bias);
  g_free (expected);
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

static void
check_statistics (gint height, gint width, gint channels, gfloat mean, gfloat spread)
{
  const gsize tokens = (gsize) height * width;
  const gint first = 32, stride = channels + 64;
  gfloat *in = fixture_random (tokens * channels, mean - spread, mean + spread), *got;
  gdouble *expected = g_new (gdouble, 2 * channels);
  GuardedMap in_map = guarded_new (height, width, channels, channels + 48, 32, in);
  GuardedMap out_map = guarded_array (first + stride + channels, NULL);
  GuardedMap scratch = guarded_array (srw_statistics_scratch (fixture_ops (), height, width, channels), NULL);

  srw_op_statistics (fixture_ops (), "test", in_map.tensor, scratch.tensor.mem, out_map.tensor.mem, first, stride);
  reference_statistics (tokens, channels, in, expected, expected + channels);
  got = guarded_read (&out_map);
  for (gint c = 0; c < channels; c++) {
    g_assert_cmpfloat_with_epsilon (got[first + c], expected[c], 1e-6 * (1 + fabs (expected[c]) + spread));
    g_assert_cmpfloat_with_epsilon (got[first + stride + c], expected[channels + c], 1e-5 * (1 + spread));
  }
  for (gint i = 0; i < first; i++)
    g_assert_true (isnan (got[i]));

  guarded_free (&in_map);
  guarded_free (&out_map);
  guarded_free (&scratch);
  g_free (in);
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
  gboolean restart;
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
  GuardedMap content_map, smoothed_map, style_map, affine_map;

  for (gint i = 0; i < N; i++) {
    smoothed[N + i] = content[N + i] * 1.01f;
    smoothed[i] = content[i] + (i % 2 ? -1 : 1) * a->content_change * smoothed[N + i];
  }
  if (a->restart)               /* the first frame: nothing was ever stored */
    for (gint i = 0; i < 2 * N; i++)
      smoothed[i] = NAN;
  content_map = guarded_array (2 * N, content);
  smoothed_map = guarded_array (2 * N, smoothed);
  style_map = guarded_array (2 * N, style);
  affine_map = guarded_array (2 * N, NULL);
  srw_op_adain (fixture_ops (), "test", N, content_map.tensor.mem, smoothed_map.tensor.mem, style_map.tensor.mem,
      a->smoothing, a->restart, a->strength, affine_map.tensor.mem);
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
    {0.8f, 1, TRUE, 0, TRUE}, {0.8f, 1, FALSE, 0.1f, FALSE}, {0.8f, 0.3f, FALSE, 0.2f, FALSE},
    {0.9f, 1, FALSE, 0.6f, TRUE}, {0, 0.5f, FALSE, 0.1f, FALSE}, {0.8f, 0, FALSE, 0.1f, FALSE},
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
