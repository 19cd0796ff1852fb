/* Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reference.h"

#include <math.h>
#include <string.h>

gdouble
reference_sigmoid (gdouble x)
{
  return 1.0 / (1.0 + exp (-x));
}

void
reference_linear (gsize tokens, gint in_channels, gint out_channels, const gfloat * in, const gfloat * weights,
    const gfloat * bias, gdouble * out)
{
  for (gsize t = 0; t < tokens; t++)
    for (gint o = 0; o < out_channels; o++) {
      gdouble sum = bias ? bias[o] : 0.0;
      for (gint i = 0; i < in_channels; i++)
        sum += (gdouble) in[t * in_channels + i] * weights[o * in_channels + i];
      out[t * out_channels + o] = sum;
    }
}

static const gfloat *
clamped_token (const gfloat * in, gint height, gint width, gint channels, gint y, gint x)
{
  y = CLAMP (y, 0, height - 1);
  x = CLAMP (x, 0, width - 1);
  return in + ((gsize) y * width + x) * channels;
}

static gdouble
conv_at (gint height, gint width, gint channels, gint kernel, const gfloat * in, const gfloat * weights, gint y, gint x)
{
  gdouble sum = 0.0;

  for (gint ky = 0; ky < kernel; ky++)
    for (gint kx = 0; kx < kernel; kx++) {
      const gfloat *token = clamped_token (in, height, width, channels, y + ky, x + kx);
      for (gint i = 0; i < channels; i++)
        sum += (gdouble) token[i] * weights[(i * kernel + ky) * kernel + kx];
    }
  return sum;
}

void
reference_conv (gint height, gint width, gint in_channels, gint out_channels, gint kernel, gint stride,
    const gfloat * in, const gfloat * weights, const gfloat * bias, gdouble * out)
{
  const gint rows = (height + 2 - kernel) / stride + 1, columns = (width + 2 - kernel) / stride + 1;
  const gint size = in_channels * kernel * kernel;

  for (gint y = 0; y < rows; y++)
    for (gint x = 0; x < columns; x++)
      for (gint o = 0; o < out_channels; o++)
        *out++ = (bias ? bias[o] : 0.0) + conv_at (height, width, in_channels, kernel, in, weights + o * size,
            y * stride - 1, x * stride - 1);
}

void
reference_upconv (gint height, gint width, gint in_channels, gint out_channels, const gfloat * in,
    const gfloat * weights, const gfloat * bias, gdouble * out)
{
  gfloat *large = g_new (gfloat, (gsize) 4 * height * width * in_channels);

  for (gint y = 0; y < 2 * height; y++)
    for (gint x = 0; x < 2 * width; x++)
      memcpy (large + ((gsize) y * 2 * width + x) * in_channels,
          clamped_token (in, height, width, in_channels, y / 2, x / 2), in_channels * sizeof (gfloat));
  reference_conv (2 * height, 2 * width, in_channels, out_channels, 3, 1, large, weights, bias, out);
  g_free (large);
}

void
reference_norm (gsize tokens, gint channels, const gfloat * in, const gfloat * weight, const gfloat * bias,
    gdouble * out)
{
  for (gsize t = 0; t < tokens; t++, in += channels, out += channels) {
    gdouble mean = 0.0, square = 0.0;
    for (gint c = 0; c < channels; c++)
      mean += in[c];
    mean /= channels;
    for (gint c = 0; c < channels; c++)
      square += (in[c] - mean) * (in[c] - mean);
    for (gint c = 0; c < channels; c++)
      out[c] = (in[c] - mean) / sqrt (square / channels + 1e-5) * weight[c] + bias[c];
  }
}

/* Offsets of the 18 of one token. */
static void
shift_offsets (gint height, gint width, gint channels, const gfloat * in, const gfloat * depthwise,
    const gfloat * depthwise_bias, const gfloat * dense, const gfloat * dense_bias, gint y, gint x, gdouble offset[18])
{
  for (gint o = 0; o < 18; o++)
    offset[o] = dense_bias[o];
  for (gint c = 0; c < channels; c++) {
    gdouble hidden = depthwise_bias[c];
    for (gint k = 0; k < 9; k++)
      hidden += (gdouble) depthwise[9 * c + k]
          * clamped_token (in, height, width, channels, y + k / 3 - 1, x + k % 3 - 1)[c];
    for (gint o = 0; o < 18; o++)
      offset[o] += MAX (hidden, 0.0) * dense[o * channels + c];
  }
  for (gint o = 0; o < 18; o++)
    offset[o] = 4.0 * tanh (offset[o] / 4.0);
}

void
reference_shift (gint height, gint width, gint channels, const gfloat * in, const gfloat * tap,
    const gfloat * depthwise, const gfloat * depthwise_bias, const gfloat * dense, const gfloat * dense_bias,
    gdouble * out)
{
  gdouble offset[18];

  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++, out += channels) {
      shift_offsets (height, width, channels, in, depthwise, depthwise_bias, dense, dense_bias, y, x, offset);
      memset (out, 0, channels * sizeof (gdouble));
      for (gint k = 0; k < 9; k++) {
        const gdouble py = CLAMP (y + k / 3 - 1 + offset[k], 0.0, height - 1.0);
        const gdouble px = CLAMP (x + k % 3 - 1 + offset[9 + k], 0.0, width - 1.0);
        const gint y0 = (gint) floor (py), x0 = (gint) floor (px);
        const gdouble fy = py - y0, fx = px - x0;
        for (gint c = 0; c < channels; c++)
          out[c] += tap[k * channels + c]
              * ((1 - fy) * (1 - fx) * clamped_token (in, height, width, channels, y0, x0)[c]
              + (1 - fy) * fx * clamped_token (in, height, width, channels, y0, x0 + 1)[c]
              + fy * (1 - fx) * clamped_token (in, height, width, channels, y0 + 1, x0)[c]
              + fy * fx * clamped_token (in, height, width, channels, y0 + 1, x0 + 1)[c]);
      }
    }
}

void
reference_order (gint height, gint width, gint step, gboolean transposed, gint * order)
{
  const gint outer = transposed ? width : height, inner = transposed ? height : width;

  for (gint outer_start = 0; outer_start < step; outer_start++)
    for (gint inner_start = 0; inner_start < step; inner_start++)
      for (gint o = outer_start; o < outer; o += step)
        for (gint i = inner_start; i < inner; i += step)
          *order++ = transposed ? i * width + o : o * width + i;
}

void
reference_wkv (gint height, gint width, gint channels, gint step, gboolean transposed, const gfloat * key,
    const gfloat * value, const gfloat * decay, const gfloat * bonus, gdouble * out)
{
  const gint total = height * width;
  gint *order = g_new (gint, total);

  reference_order (height, width, step, transposed, order);
  for (gint c = 0; c < channels; c++)
    for (gint t = 0; t < total; t++) {
      gdouble top = -INFINITY, num = 0.0, den = 0.0;
      for (gint pass = 0; pass < 2; pass++)
        for (gint i = 0; i < total; i++) {
          const gsize at = (gsize) order[i] * channels + c;
          const gdouble e = key[at]
              + (i == t ? (gdouble) bonus[c] : -(ABS (t - i) - 1) * ((gdouble) decay[c] / total));
          if (pass == 0) {
            top = MAX (top, e);
          } else {
            num += exp (e - top) * value[at];
            den += exp (e - top);
          }
        }
      out[(gsize) order[t] * channels + c] = num / den;
    }
  g_free (order);
}

typedef struct
{
  gdouble num, den, top;
} Sum;

static Sum
sum_add (Sum a, gdouble top, gdouble v, gdouble weight)
{
  gdouble less;

  if (top == -INFINITY)
    return a;
  less = exp (-fabs (a.top - top));
  if (top > a.top)
    return (Sum) { a.num * less + v, a.den * less + weight, top };
  return (Sum) { a.num + v * less, a.den + weight * less, a.top };
}

void
reference_wkv_scan (gint height, gint width, gint channels, gint step, gboolean transposed, const gfloat * key,
    const gfloat * value, const gfloat * decay, const gfloat * bonus, gdouble * out)
{
  const gint total = height * width;
  gint *order = g_new (gint, total);
  Sum *after = g_new (Sum, total);

  reference_order (height, width, step, transposed, order);
  for (gint c = 0; c < channels; c++) {
    const gdouble d = (gdouble) decay[c] / total;
    Sum sum = { 0.0, 0.0, -INFINITY };
    for (gint t = total - 1; t >= 0; t--) {
      const gsize at = (gsize) order[t] * channels + c;
      after[t] = sum;
      sum = sum_add (sum, key[at] - t * d, value[at], 1.0);
    }
    sum = (Sum) { 0.0, 0.0, -INFINITY };
    for (gint t = 0; t < total; t++) {
      const gsize at = (gsize) order[t] * channels + c;
      Sum all = { sum.num, sum.den, sum.top - (t - 1) * d };
      all = sum_add (all, after[t].top + (t + 1) * d, after[t].num, after[t].den);
      all = sum_add (all, bonus[c] + (gdouble) key[at], value[at], 1.0);
      out[at] = all.num / all.den;
      sum = sum_add (sum, key[at] + t * d, value[at], 1.0);
    }
  }
  g_free (after);
  g_free (order);
}

void
reference_statistics (gsize tokens, gint channels, const gfloat * in, gdouble * mean, gdouble * deviation)
{
  for (gint c = 0; c < channels; c++) {
    gdouble sum = 0.0, square = 0.0;
    for (gsize t = 0; t < tokens; t++)
      sum += in[t * channels + c];
    sum /= tokens;
    for (gsize t = 0; t < tokens; t++)
      square += (in[t * channels + c] - sum) * (in[t * channels + c] - sum);
    mean[c] = sum;
    deviation[c] = sqrt (square / tokens + 1e-8);
  }
}

gsize
reference_head_at (gint padded_width, gint x, gint y)
{
  return ((gsize) (y / 2) * (padded_width / 2) + x / 2) * 16 + 3 * (2 * (y % 2) + x % 2);
}
