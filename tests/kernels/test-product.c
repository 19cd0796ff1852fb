/* Products and convolutions against their definitions.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "reference.h"

#define TOLERANCE 1e-4

typedef struct
{
  gint height, width, in, out;
} Shape;

static const Shape shapes[] = {
  {1, 1, 16, 16}, {1, 5, 32, 96}, {3, 1, 16, 48}, {7, 13, 48, 144}, {9, 11, 64, 32}, {23, 40, 128, 64}, {31, 33, 16,
      64},
  {5, 6, 384, 384}, {4, 27, 32, 80},
};

static gdouble
epilogue_of (SrwEpilogue epilogue, gint part, gdouble key_bound, gdouble x, gdouble old, gdouble gate)
{
  const gdouble key = key_bound > 0 ? key_bound * tanh (x / key_bound) : x;

  switch (epilogue) {
    case SRW_EPILOGUE_NONE:
      return x;
    case SRW_EPILOGUE_RKV:
      return part == 0 ? reference_sigmoid (x) : part == 1 ? key : x;
    case SRW_EPILOGUE_REV:
      return part == 0 ? reference_sigmoid (x) : part == 1 ? exp (key) : x;
    case SRW_EPILOGUE_RK:
      return part == 0 ? reference_sigmoid (x) : MAX (x, 0.0) * MAX (x, 0.0);
    case SRW_EPILOGUE_RESIDUAL:
      return old + x;
    case SRW_EPILOGUE_GATED_RESIDUAL:
      return old + gate * x;
    case SRW_EPILOGUE_SIGMOID:
      return reference_sigmoid (x);
  }
  g_assert_not_reached ();
}

/* Weights so that results are of order one. */
static gfloat *
random_weights (gsize out, gsize fan_in)
{
  const gfloat bound = 1.7f / sqrtf (fan_in);

  return fixture_random (out * fan_in, -bound, bound);
}

static void
check_linear (const Shape * s, SrwEpilogue epilogue, gdouble key_bound, gboolean in_gated, gboolean biased)
{
  const gsize tokens = (gsize) s->height * s->width, n = tokens * s->out;
  gfloat *in = fixture_random (tokens * s->in, -1, 1), *in_gate = fixture_random (tokens * s->in, 0, 1);
  gfloat *old = fixture_random (n, -1, 1), *gate = fixture_random (n, 0, 1);
  gfloat *weights = random_weights (s->out, s->in), *bias = biased ? fixture_random (s->out, -1, 1) : NULL;
  gdouble *expected = g_new (gdouble, n);
  /* as slices of larger maps */
  GuardedMap in_map = guarded_new (s->height, s->width, s->in, s->in + 32, 16, in);
  GuardedMap in_gate_map = guarded_new (s->height, s->width, s->in, 2 * s->in, s->in, in_gate);
  GuardedMap gate_map = guarded_new (s->height, s->width, s->out, s->out + 16, 0, gate);
  GuardedMap out_map = guarded_new (s->height, s->width, s->out, s->out + 48, 32, old);
  SrwLinear packed;

  g_assert_true (srw_pack_linear (fixture_device (), s->out, s->in, weights, bias, &packed, NULL));
  packed.key_bound = (gfloat) key_bound;
  fixture_force (tokens, s->in, s->out);
  srw_op_linear (fixture_ops (), "test", in_map.tensor, in_gated ? &in_gate_map.tensor : NULL, &packed, epilogue,
      epilogue == SRW_EPILOGUE_GATED_RESIDUAL ? &gate_map.tensor : NULL, out_map.tensor);
  for (gsize i = 0; in_gated && i < tokens * s->in; i++)
    in[i] *= in_gate[i];
  reference_linear (tokens, s->in, s->out, in, weights, bias, expected);
  for (gsize i = 0; i < n; i++)
    expected[i] = epilogue_of (epilogue, (gint) (i % s->out) / s->in, key_bound, expected[i], old[i], gate[i]);
  guarded_compare (&out_map, expected, TOLERANCE);

  srw_linear_clear (&packed);
  guarded_free (&in_map);
  guarded_free (&in_gate_map);
  guarded_free (&gate_map);
  guarded_free (&out_map);
  g_free (in);
  g_free (in_gate);
  g_free (old);
  g_free (gate);
  g_free (weights);
  g_free (bias);
  g_free (expected);
}

static void
test_linear (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++) {
    check_linear (&shapes[i], SRW_EPILOGUE_NONE, 0, FALSE, TRUE);
    check_linear (&shapes[i], SRW_EPILOGUE_RESIDUAL, 0, TRUE, FALSE);
    check_linear (&shapes[i], SRW_EPILOGUE_GATED_RESIDUAL, 0, FALSE, FALSE);
    check_linear (&shapes[i], SRW_EPILOGUE_SIGMOID, 0, FALSE, TRUE);
    if (shapes[i].out % shapes[i].in == 0) {
      check_linear (&shapes[i], SRW_EPILOGUE_RKV, 0, FALSE, FALSE);
      check_linear (&shapes[i], SRW_EPILOGUE_RKV, 0.4, FALSE, FALSE);
      check_linear (&shapes[i], SRW_EPILOGUE_REV, 1.5, FALSE, FALSE);
      check_linear (&shapes[i], SRW_EPILOGUE_RK, 0, FALSE, FALSE);
    }
  }
}

/* w(concat(a, scale ⊙ b + shift)), of b alone when a has no channels. */
static void
check_merge (gint height, gint width, gint a_channels, gint b_channels, gint out)
{
  const gint in = a_channels + b_channels, first = 16, stride = b_channels + 32;
  const gsize tokens = (gsize) height * width;
  gfloat *a = fixture_random (tokens * a_channels + 1, -1, 1), *b = fixture_random (tokens * b_channels, -1, 1);
  gfloat *both = g_new (gfloat, tokens * in), *weights = random_weights (out, in);
  gfloat *bias = fixture_random (out, -1, 1), *factors = fixture_random (2 * stride, -1, 1);
  gdouble *expected = g_new (gdouble, tokens * out);
  GuardedMap a_map = guarded_new (height, width, MAX (a_channels, 16), a_channels + 32, 16, a_channels ? a : NULL);
  GuardedMap b_map = guarded_new (height, width, b_channels, b_channels, 0, b);
  GuardedMap out_map = guarded_new (height, width, out, out, 0, NULL), affine_map = guarded_array (2 * stride, factors);
  const SrwAffine affine = { affine_map.tensor.mem, first, stride };
  SrwLinear packed, folded = { 0 };

  for (gsize t = 0; t < tokens; t++) {
    memcpy (both + t * in, a + t * a_channels, a_channels * sizeof (gfloat));
    for (gint i = 0; i < b_channels; i++)
      both[t * in + a_channels + i] = b[t * b_channels + i] * factors[first + i] + factors[first + stride + i];
  }
  g_assert_true (srw_pack_linear (fixture_device (), out, in, weights, bias, &packed, NULL));
  if (srw_ops_folds (fixture_ops ()))
    g_assert_true (srw_pack_linear (fixture_device (), out, in, weights, NULL, &folded, NULL));
  fixture_force (tokens, in, out);
  srw_op_merge (fixture_ops (), "test", a_channels ? &a_map.tensor : NULL, b_map.tensor, &affine, &packed, &folded,
      out_map.tensor);
  reference_linear (tokens, in, out, both, weights, bias, expected);
  guarded_compare (&out_map, expected, TOLERANCE);

  srw_linear_clear (&packed);
  srw_linear_clear (&folded);
  guarded_free (&a_map);
  guarded_free (&b_map);
  guarded_free (&affine_map);
  guarded_free (&out_map);
  g_free (a);
  g_free (b);
  g_free (both);
  g_free (weights);
  g_free (bias);
  g_free (factors);
  g_free (expected);
}

static void
test_merge (void)
{
  check_merge (5, 7, 32, 64, 48);
  check_merge (23, 20, 64, 64, 64);
  check_merge (3, 3, 0, 128, 64);
  check_merge (1, 1, 48, 16, 32);
}

/* A head is a 3×3 convolution with stride 1, made into colours. */
static void
check_conv (gint height, gint width, gint in, gint out, gint kernel, gint stride, gboolean is_head)
{
  const gint rows = (height + 2 - kernel) / stride + 1, columns = (width + 2 - kernel) / stride + 1;
  const gboolean picture = in <= 4;
  const gsize tokens = (gsize) height * width, n = (gsize) rows * columns * out;
  gfloat *data = fixture_random (tokens * in, -1, 1), *weights = random_weights (out, in * kernel * kernel);
  gfloat *bias = fixture_random (out, -1, 1), *both = g_new0 (gfloat, tokens * 4);
  gdouble *expected = g_new (gdouble, n);
  GuardedMap in_map;
  GuardedMap out_map = (is_head ? guarded_floats : guarded_new) (rows, columns, (out + 15) / 16 * 16, 96, 16, NULL);
  gfloat *got;
  SrwLinear packed;

  for (gsize i = 0; picture && i < tokens * in; i++)
    both[i / in * 4 + i % in] = data[i];
  in_map = picture ? guarded_floats (height, width, 4, 4, 0, both) : guarded_new (height, width, in, in + 16, 16, data);
  g_assert_true (srw_pack_conv (fixture_device (), out, in, kernel, stride, weights, bias, &packed, NULL));
  (is_head ? srw_op_head : srw_op_conv) (fixture_ops (), "test", in_map.tensor, &packed, out_map.tensor);
  reference_conv (height, width, in, out, kernel, stride, data, weights, bias, expected);
  got = guarded_read (&out_map);
  for (gsize i = 0; i < n; i++) {
    const gdouble e = is_head ? reference_sigmoid (expected[i]) : expected[i];
    g_assert_cmpfloat_with_epsilon (got[i / out * out_map.tensor.channels + i % out], e,
        TOLERANCE + fixture_rounding (e));
  }

  g_free (got);
  srw_linear_clear (&packed);
  guarded_free (&in_map);
  guarded_free (&out_map);
  g_free (data);
  g_free (both);
  g_free (weights);
  g_free (bias);
  g_free (expected);
}

static void
test_conv (void)
{
  check_conv (16, 32, 3, 16, 4, 2, FALSE);
  check_conv (2, 2, 3, 48, 4, 2, FALSE);
  check_conv (6, 58, 3, 16, 4, 2, FALSE);
  check_conv (14, 18, 16, 16, 3, 2, FALSE);
  check_conv (8, 54, 32, 32, 3, 2, FALSE);
  check_conv (3, 5, 48, 48, 3, 2, FALSE);
  check_conv (1, 1, 64, 64, 3, 2, FALSE);
  check_conv (7, 31, 32, 12, 3, 1, TRUE);
  check_conv (1, 9, 64, 64, 3, 1, FALSE);
  check_conv (9, 1, 16, 32, 3, 1, FALSE);
  check_conv (5, 15, 96, 80, 3, 1, FALSE);
}

static void
check_upconv (gint height, gint width, gint channels)
{
  const gsize tokens = (gsize) height * width, n = 4 * tokens * channels;
  gfloat *in = fixture_random (tokens * channels, -1, 1), *weights = random_weights (channels, channels * 9);
  gfloat *bias = fixture_random (channels, -1, 1);
  gdouble *expected = g_new (gdouble, n);
  GuardedMap in_map = guarded_new (height, width, channels, channels + 32, 32, in);
  GuardedMap out_map = guarded_new (2 * height, 2 * width, channels, channels + 16, 0, NULL);
  SrwLinear packed;

  g_assert_true (srw_pack_upconv (fixture_device (), channels, channels, weights, bias, &packed, NULL));
  srw_op_upconv (fixture_ops (), "test", in_map.tensor, &packed, out_map.tensor);
  reference_upconv (height, width, channels, channels, in, weights, bias, expected);
  guarded_compare (&out_map, expected, TOLERANCE);

  srw_linear_clear (&packed);
  guarded_free (&in_map);
  guarded_free (&out_map);
  g_free (in);
  g_free (weights);
  g_free (bias);
  g_free (expected);
}

static void
test_upconv (void)
{
  check_upconv (1, 1, 16);
  check_upconv (1, 13, 32);
  check_upconv (5, 1, 64);
  check_upconv (7, 25, 48);
  check_upconv (3, 4, 192);
}

/* A shift that takes every token of LN(x) as it is. */
static SrwShift
no_shift (gint channels)
{
  gfloat *zeros = g_new0 (gfloat, 18 * channels), *tap = g_new0 (gfloat, 9 * channels);
  SrwShift packed;

  for (gint c = 0; c < channels; c++)
    tap[4 * channels + c] = 1.0f;
  g_assert_true (srw_pack_shift (fixture_device (), channels, tap, zeros, zeros, zeros, zeros, &packed, NULL));
  g_free (zeros);
  g_free (tap);
  return packed;
}

/* Where what is between the two products is a map of halves, it becomes what was stored, once that is known to be
 * right: the products are judged one by one. */
static void
take_what_was_stored (const GuardedMap * wide, gdouble * between)
{
  const gsize n = (gsize) wide->tensor.height * wide->tensor.width * wide->tensor.channels;
  gfloat *stored;

  if (wide->value == sizeof (gfloat))
    return;
  guarded_compare (wide, between, TOLERANCE);
  stored = guarded_read (wide);
  for (gsize i = 0; i < n; i++)
    between[i] = stored[i];
  g_free (stored);
}

static void
check_channel_mixing (gint height, gint width, gint channels, gint hidden)
{
  const gsize tokens = (gsize) height * width, n = tokens * channels;
  const gint both = channels + hidden;
  gfloat *in = fixture_random (n, -1, 1), *old = fixture_random (n, -1, 1), *k = g_new (gfloat, tokens * hidden), *z;
  gfloat *norm_weight = fixture_random (channels, -1, 1), *norm_bias = fixture_random (channels, -1, 1);
  gfloat *rk = random_weights (both, channels), *value = random_weights (channels, hidden);
  gdouble *between = g_new (gdouble, tokens * both), *expected = g_new (gdouble, n);
  MadeMap in_map = made_new (height, width, channels, channels + 16, 16, in);
  GuardedMap norm_weight_map = guarded_array (channels, norm_weight), norm_bias_map = guarded_array (channels,
      norm_bias);
  const gsize scratch = srw_shift_scratch (fixture_ops (), height, width, channels) / sizeof (gfloat);
  GuardedMap scratch_map = guarded_array (MAX (scratch, 1), NULL);
  GuardedMap z_map = guarded_new (height, width, channels, channels + 32, 32, NULL);
  GuardedMap wide_map = guarded_new (height, width, both, both + 32, 16, NULL);
  GuardedMap out_map = guarded_new (height, width, channels, channels + 48, 32, old);
  const SrwNorm norm = { norm_weight_map.tensor.mem, norm_bias_map.tensor.mem };
  SrwShift packed_shift = no_shift (channels);
  const SrwShifted shifted = {.name = "test",.in = in_map.map.tensor,.norm = &norm,.w = &packed_shift,
    .scratch = scratch_map.tensor.mem,.z = z_map.tensor
  };
  SrwLinear packed_rk, packed_value;

  g_assert_true (srw_pack_linear (fixture_device (), both, channels, rk, NULL, &packed_rk, NULL));
  g_assert_true (srw_pack_linear (fixture_device (), channels, hidden, value, NULL, &packed_value, NULL));
  srw_op_channel_mixing (fixture_ops (), "test", &shifted, &packed_rk, &packed_value, wide_map.tensor, out_map.tensor);
  reference_norm (tokens, channels, in, norm_weight, norm_bias, expected);
  guarded_compare (&z_map, expected, TOLERANCE);
  /* as it was stored */
  z = guarded_read (&z_map);
  reference_linear (tokens, channels, both, z, rk, NULL, between);
  for (gsize i = 0; i < tokens * both; i++)
    between[i] = epilogue_of (SRW_EPILOGUE_RK, (gint) (i % both) >= channels, 0, between[i], 0, 0);
  take_what_was_stored (&wide_map, between);
  for (gsize i = 0; i < tokens * hidden; i++)
    k[i] = between[i / hidden * both + channels + i % hidden];
  reference_linear (tokens, hidden, channels, k, value, NULL, expected);
  for (gsize i = 0; i < n; i++)
    expected[i] = epilogue_of (SRW_EPILOGUE_GATED_RESIDUAL, 2, 0, expected[i], old[i],
        between[i / channels * both + i % channels]);
  guarded_compare (&out_map, expected, TOLERANCE);

  srw_linear_clear (&packed_rk);
  srw_linear_clear (&packed_value);
  srw_shift_clear (&packed_shift);
  made_free (&in_map);
  guarded_free (&norm_weight_map);
  guarded_free (&norm_bias_map);
  guarded_free (&scratch_map);
  guarded_free (&z_map);
  g_free (norm_weight);
  g_free (norm_bias);
  g_free (z);
  guarded_free (&wide_map);
  guarded_free (&out_map);
  g_free (in);
  g_free (old);
  g_free (k);
  g_free (rk);
  g_free (value);
  g_free (between);
  g_free (expected);
}

static void
test_channel_mixing (void)
{
  check_channel_mixing (1, 1, 16, 16);
  check_channel_mixing (1, 29, 48, 96);
  check_channel_mixing (61, 83, 16, 32);
  check_channel_mixing (37, 53, 32, 64);
  check_channel_mixing (9, 11, 64, 256);
  check_channel_mixing (5, 6, 128, 128);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernels/linear", test_linear);
  g_test_add_func ("/kernels/merge", test_merge);
  g_test_add_func ("/kernels/channel-mixing", test_channel_mixing);
  g_test_add_func ("/kernels/conv", test_conv);
  g_test_add_func ("/kernels/upconv", test_upconv);
  result = g_test_run ();
  fixture_close ();
  return result;
}
