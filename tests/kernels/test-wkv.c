/* Bi-WKV against its formula.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "fixture.h"
#include "reference.h"

#define TOLERANCE 1e-4

typedef struct
{
  gfloat key, decay, bonus;     /* ± */
} Range;

/* Two rounds' weights, so that the row that is not used is seen if it is. */
static void
check_keys (gint height, gint width, gint channels, gint step, gint round, const Range * range,
    gboolean exponentiated)
{
  const gsize n = (gsize) height * width * channels;
  gfloat *key = fixture_random (n, -range->key, range->key), *value = fixture_random (n, -1, 1);
  gfloat *decay = fixture_random (2 * channels, -range->decay, range->decay);
  gfloat *bonus = fixture_random (2 * channels, -range->bonus, range->bonus);
  gdouble *expected = g_new (gdouble, n);
  GuardedMap value_map = guarded_new (height, width, channels, 3 * channels, 2 * channels, value);
  GuardedMap out_map = guarded_new (height, width, channels, channels + 16, 16, NULL);
  GuardedMap decay_map = guarded_array (2 * channels, decay), bonus_map = guarded_array (2 * channels, bonus);
  GuardedMap scratch = guarded_array (srw_wkv_scratch (fixture_ops (), height, width, channels) / sizeof (gfloat),
      NULL);
  const gint row = round * channels;
  gfloat *stored = g_memdup2 (key, n * sizeof *key);
  GuardedMap key_map;

  for (gsize i = 0; exponentiated && i < n; i++) {
    stored[i] = fixture_stored (expf (key[i]));
    key[i] = logf (stored[i]);
  }
  key_map = guarded_new (height, width, channels, 3 * channels, channels, stored);
  srw_op_wkv (fixture_ops (), "test", key_map.tensor, exponentiated, value_map.tensor, decay_map.tensor.mem,
      bonus_map.tensor.mem, round, step, scratch.tensor.mem, out_map.tensor);
  if (height * width <= 500)
    reference_wkv (height, width, channels, step, round & 1, key, value, decay + row, bonus + row, expected);
  else
    reference_wkv_scan (height, width, channels, step, round & 1, key, value, decay + row, bonus + row, expected);
  guarded_compare (&out_map, expected, TOLERANCE);
  /* in the place of the values */
  srw_op_wkv (fixture_ops (), "test", key_map.tensor, exponentiated, value_map.tensor, decay_map.tensor.mem,
      bonus_map.tensor.mem, round, step, scratch.tensor.mem, value_map.tensor);
  guarded_compare (&value_map, expected, TOLERANCE);

  guarded_free (&key_map);
  guarded_free (&value_map);
  guarded_free (&out_map);
  guarded_free (&decay_map);
  guarded_free (&bonus_map);
  guarded_free (&scratch);
  g_free (stored);
  g_free (key);
  g_free (value);
  g_free (decay);
  g_free (bonus);
  g_free (expected);
}

/* Small keys as exponentials, too, where that takes no longer than it is worth. */
static void
check_wkv (gint height, gint width, gint channels, gint step, gint round, const Range * range)
{
  check_keys (height, width, channels, step, round, range, FALSE);
  if (srw_keys_are_small (range->key) && step == 2 && height * width < 2000)
    check_keys (height, width, channels, step, round, range, TRUE);
}

static const Range mild = { 2, 5, 2 };

/* Every order on every awkward shape. */
static void
test_orders (void)
{
  static const gint sizes[][2] = {
    {1, 1}, {1, 2}, {2, 1}, {1, 67}, {67, 1}, {2, 2}, {3, 5}, {13, 17}, {8, 16}, {23, 40}, {41, 27},
  };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gint step = 1; step <= 3; step++)
      for (gint round = 0; round < 2; round++)
        check_wkv (sizes[i][0], sizes[i][1], 16, step, round, &mild);
}

static void
test_channels (void)
{
  static const gint channels[] = { 32, 48, 64, 128, 384 };

  for (guint i = 0; i < G_N_ELEMENTS (channels); i++)
    check_wkv (11, 13, channels[i], 2, i & 1, &mild);
}

static void
test_extremes (void)
{
  static const Range ranges[] = {
    {80, 5, 2}, {80, 800, 100}, {8, 800, 100}, {8, 5, 2}, {2, 800, 2}, {2, 5, 100}, {0.1f, 0, 0},
    {80, 0, 0}, {0.1f, 800, 300},
  };
  static const gint sizes[][2] = { {1, 1}, {1, 5}, {9, 1}, {19, 23}, {30, 40} };

  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
    for (guint k = 0; k < G_N_ELEMENTS (sizes); k++)
      for (gint round = 0; round < 2; round++)
        check_wkv (sizes[k][0], sizes[k][1], 16, 2, round, &ranges[i]);
}

static void
test_long (void)
{
  static const Range slow = { 1, 0.5f, 1 }, fast = { 80, 500, 1 };

  check_wkv (1001, 1003, 16, 2, 1, &slow);
  check_wkv (1, 100003, 16, 2, 0, &slow);
  check_wkv (301, 201, 16, 3, 0, &fast);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernels/wkv/orders", test_orders);
  g_test_add_func ("/kernels/wkv/channels", test_channels);
  g_test_add_func ("/kernels/wkv/extremes", test_extremes);
  g_test_add_func ("/kernels/wkv/long", test_long);
  result = g_test_run ();
  fixture_close ();
  return result;
}
