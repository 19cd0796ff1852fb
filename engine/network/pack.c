/* Weights as the kernels want them. The order is [tap][in][out] throughout, so that a row of the
 * matrix is a run of output channels; the device gets a copy, and the host keeps nothing.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/pack.h"

#include <string.h>

#include "opencl/buffer.h"

#define PAD_CHANNELS(n) (((n) + 15) / 16 * 16)
/* pictures have four floats a pixel */
#define PAD_INPUT(n) ((n) <= 4 ? 4 : PAD_CHANNELS (n))

static cl_mem
upload (SrwDevice * device, const gfloat * data, gsize n, GError ** error)
{
  return srw_buffer_new_from (device, data, n * sizeof (gfloat), "weights", error);
}

/* Uploads and frees `matrix`; a missing bias is zero, which spares every kernel the question. */
static gboolean
finish_linear (SrwDevice * device, gfloat * matrix, gsize n, const gfloat * bias, gint out, SrwLinear * packed,
    GError ** error)
{
  gfloat *padded = g_new0 (gfloat, packed->out);

  if (bias)
    memcpy (padded, bias, out * sizeof (gfloat));
  packed->weights = upload (device, matrix, n, error);
  if (packed->weights)
    packed->bias = upload (device, padded, packed->out, error);
  g_free (padded);
  g_free (matrix);
  if (packed->bias)
    return TRUE;
  srw_linear_clear (packed);
  return FALSE;
}

gboolean
srw_pack_linear (SrwDevice * device, gint out, gint in, const gfloat * weights, const gfloat * bias, SrwLinear * packed,
    GError ** error)
{
  return srw_pack_conv (device, out, in, 1, 1, weights, bias, packed, error);
}

gboolean
srw_pack_conv (SrwDevice * device, gint out, gint in, gint kernel, gint stride, const gfloat * weights,
    const gfloat * bias, SrwLinear * packed, GError ** error)
{
  const gint taps = kernel * kernel;
  gfloat *matrix;
  gsize n;

  *packed = (SrwLinear) {.in = PAD_INPUT (in),.out = PAD_CHANNELS (out),.kernel = kernel,.stride = stride };
  n = (gsize) taps * packed->in * packed->out;
  matrix = g_new0 (gfloat, n);
  for (gint o = 0; o < out; o++)
    for (gint i = 0; i < in; i++)
      for (gint tap = 0; tap < taps; tap++)
        matrix[((gsize) tap * packed->in + i) * packed->out + o] = *weights++;
  return finish_linear (device, matrix, n, bias, out, packed, error);
}

/* Row `tap` of a 3×3 kernel reads, from the output rows of phase `phase`, the low-resolution row that is this one of
 * the two rows of its 2×2 kernel. */
static gint
folded_tap (gint phase, gint tap)
{
  return phase ? tap == 2 : tap > 0;
}

gboolean
srw_pack_upconv (SrwDevice * device, gint out, gint in, const gfloat * weights, const gfloat * bias, SrwLinear * packed,
    GError ** error)
{
  gfloat *matrix;
  gsize n;

  *packed = (SrwLinear) {.in = PAD_CHANNELS (in),.out = PAD_CHANNELS (out),.kernel = 3,.stride = 1 };
  n = (gsize) 16 *packed->in * packed->out;
  matrix = g_new0 (gfloat, n);
  for (gint o = 0; o < out; o++)
    for (gint i = 0; i < in; i++)
      for (gint ky = 0; ky < 3; ky++)
        for (gint kx = 0; kx < 3; kx++, weights++)
          for (gint phase = 0; phase < 4; phase++) {
            const gint tap = phase * 4 + folded_tap (phase >> 1, ky) * 2 + folded_tap (phase & 1, kx);
            matrix[((gsize) tap * packed->in + i) * packed->out + o] += *weights;
          }
  return finish_linear (device, matrix, n, bias, out, packed, error);
}

gboolean
srw_linear_new_like (SrwDevice * device, const SrwLinear * other, SrwLinear * packed, GError ** error)
{
  *packed = *other;
  packed->bias = NULL;
  packed->weights = srw_buffer_new (device, srw_buffer_bytes (other->weights), "weights", error);
  if (packed->weights)
    packed->bias = srw_buffer_new (device, srw_buffer_bytes (other->bias), "weights", error);
  if (packed->bias)
    return TRUE;
  srw_linear_clear (packed);
  return FALSE;
}

void
srw_linear_clear (SrwLinear * packed)
{
  srw_buffer_clear (&packed->weights);
  srw_buffer_clear (&packed->bias);
  *packed = (SrwLinear) { 0 };
}

/* [c][9] → (9, c) */
static cl_mem
upload_depthwise (SrwDevice * device, gint channels, const gfloat * weights, GError ** error)
{
  gfloat *matrix = g_new (gfloat, 9 * channels);
  cl_mem mem;

  for (gint c = 0; c < channels; c++)
    for (gint k = 0; k < 9; k++)
      matrix[k * channels + c] = weights[9 * c + k];
  mem = upload (device, matrix, 9 * channels, error);
  g_free (matrix);
  return mem;
}

/* [18][c] → (c, 32), the dy in columns 0..8 and the dx in 16..24; the bias likewise when channels is 1. */
static cl_mem
upload_dense (SrwDevice * device, gint channels, const gfloat * weights, GError ** error)
{
  gfloat *matrix = g_new0 (gfloat, 32 * channels);
  cl_mem mem;

  for (gint o = 0; o < 18; o++)
    for (gint c = 0; c < channels; c++)
      matrix[32 * c + (o < 9 ? o : o + 7)] = weights[o * channels + c];
  mem = upload (device, matrix, 32 * channels, error);
  g_free (matrix);
  return mem;
}

gboolean
srw_pack_shift (SrwDevice * device, gint channels, const gfloat * tap, const gfloat * depthwise,
    const gfloat * depthwise_bias, const gfloat * dense, const gfloat * dense_bias, SrwShift * packed, GError ** error)
{
  *packed = (SrwShift) {.channels = channels };
  if ((packed->tap = upload (device, tap, 9 * channels, error))
      && (packed->depthwise = upload_depthwise (device, channels, depthwise, error))
      && (packed->depthwise_bias = upload (device, depthwise_bias, channels, error))
      && (packed->dense = upload_dense (device, channels, dense, error))
      && (packed->dense_bias = upload_dense (device, 1, dense_bias, error)))
    return TRUE;
  srw_shift_clear (packed);
  return FALSE;
}

void
srw_shift_clear (SrwShift * packed)
{
  srw_buffer_clear (&packed->tap);
  srw_buffer_clear (&packed->depthwise);
  srw_buffer_clear (&packed->depthwise_bias);
  srw_buffer_clear (&packed->dense);
  srw_buffer_clear (&packed->dense_bias);
  *packed = (SrwShift) { 0 };
}

gboolean
srw_pack_norm (SrwDevice * device, gint channels, const gfloat * weight, const gfloat * bias, SrwNorm * packed,
    GError ** error)
{
  *packed = (SrwNorm) { 0 };
  if ((packed->weight = upload (device, weight, channels, error))
      && (packed->bias = upload (device, bias, channels, error)))
    return TRUE;
  srw_norm_clear (packed);
  return FALSE;
}

void
srw_norm_clear (SrwNorm * packed)
{
  srw_buffer_clear (&packed->weight);
  srw_buffer_clear (&packed->bias);
}

gsize
srw_linear_bytes (const SrwLinear * packed)
{
  return srw_buffer_bytes (packed->weights) + srw_buffer_bytes (packed->bias);
}

gsize
srw_shift_bytes (const SrwShift * packed)
{
  return srw_buffer_bytes (packed->tap) + srw_buffer_bytes (packed->depthwise)
      + srw_buffer_bytes (packed->depthwise_bias)
      + srw_buffer_bytes (packed->dense) + srw_buffer_bytes (packed->dense_bias);
}

gsize
srw_norm_bytes (const SrwNorm * packed)
{
  return srw_buffer_bytes (packed->weight) + srw_buffer_bytes (packed->bias);
}
