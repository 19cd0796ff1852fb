/* Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "half.h"

#include <math.h>

#define INFINITE 0x7c00

guint16
half_from_float (gfloat value)
{
  guint16 sign = signbit (value) ? 0x8000 : 0;
  gint exponent;
  gdouble size = fabs ((gdouble) value), steps;

  if (isnan (value))
    return sign | INFINITE | 1;
  if (!(size < 65520.0))
    return sign | INFINITE;
  frexp (size, &exponent);
  /* 11 bits, the first of which is not stored; fewer below 2^-14 */
  exponent = MAX (exponent - 11, -24);
  steps = nearbyint (ldexp (size, -exponent));
  /* a carry out of the mantissa is what the exponent wants */
  return sign | (guint16) (steps < 1024.0 ? steps : ((exponent + 24) << 10) + steps);
}

gfloat
half_to_float (guint16 half)
{
  gint exponent = (half >> 10) & 31, mantissa = half & 0x3ff;
  gfloat size;

  if (exponent == 31)
    size = mantissa ? NAN : INFINITY;
  else
    size = exponent ? ldexpf ((gfloat) (mantissa | 0x400), exponent - 25) : ldexpf ((gfloat) mantissa, -24);
  return half & 0x8000 ? -size : size;
}
