/* Normalisation and everything about statistics: LN, statistics of a map, AdaIN as a scale and a shift, and folding
 * these into the product that follows.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* LN over channels; a work-item does `rows` tokens. The mean is taken first, then the deviations from it: one pass
 * with sums of squares would lose everything when the mean is large. */
__kernel WORK_ITEM void
norm(__global const float *in, Map in_map, __global const float *weight, __global const float *bias, int rows,
     __global float *out, Map out_map)
{
  const int tokens = in_map.height * in_map.width, blocks = in_map.channels / 16;
  const int begin = (int)get_global_id(0) * rows, end = min(begin + rows, tokens);
  const float inverse = 1.0f / in_map.channels;

  for (int t = begin; t < end; t++) {
    __global const float *from = in + token_at(in_map, t);
    __global float *to = out + token_at(out_map, t);
    float16 sum = 0.0f, square = 0.0f;
    float mean, scale;

    for (int b = 0; b < blocks; b++)
      sum += vload16(b, from);
    mean = horizontal_sum(sum) * inverse;
    for (int b = 0; b < blocks; b++) {
      const float16 d = vload16(b, from) - mean;
      square += d * d;
    }
    scale = 1.0f / sqrt(horizontal_sum(square) * inverse + 1e-5f);
    for (int b = 0; b < blocks; b++)
      vstore16((vload16(b, from) - mean) * scale * vload16(b, weight) + vload16(b, bias), b, to);
  }
}

/* parts[strip] = (mean, sum of squared deviations) of every channel over a strip of `rows` tokens; a work-item does 16
 * channels of a strip. */
__kernel WORK_ITEM void
statistics_strips(__global const float *in, Map in_map, int rows, __global float *parts)
{
  const int tokens = in_map.height * in_map.width, c = in_map.channels;
  const int strip = get_global_id(0), block = get_global_id(1);
  const int begin = strip * rows, end = min(begin + rows, tokens);
  __global const float *from = in + token_at(in_map, begin) + 16 * block;
  float16 sum[4] = { 0.0f, 0.0f, 0.0f, 0.0f }, square[4] = { 0.0f, 0.0f, 0.0f, 0.0f };
  float16 mean;
  int t;

  for (t = 0; t + 4 <= end - begin; t += 4)
#pragma unroll
    for (int u = 0; u < 4; u++)
      sum[u] += vload16(0, from + (t + u) * in_map.stride);
  for (; t < end - begin; t++)
    sum[0] += vload16(0, from + t * in_map.stride);
  mean = ((sum[0] + sum[1]) + (sum[2] + sum[3])) * (1.0f / (end - begin));

  for (t = 0; t + 4 <= end - begin; t += 4)
#pragma unroll
    for (int u = 0; u < 4; u++) {
      const float16 d = vload16(0, from + (t + u) * in_map.stride) - mean;
      square[u] += d * d;
    }
  for (; t < end - begin; t++) {
    const float16 d = vload16(0, from + t * in_map.stride) - mean;
    square[0] += d * d;
  }
  vstore16(mean, block, parts + (size_t)strip * 2 * c);
  vstore16((square[0] + square[1]) + (square[2] + square[3]), block, parts + (size_t)strip * 2 * c + c);
}

/* Chan's merge of all strips; a work-item does 16 channels. */
__kernel WORK_ITEM void
statistics_merge(__global const float *parts, int c, int tokens, int rows, __global float *statistics, int first,
    int stride)
{
  const int block = get_global_id(0);
  float16 mean = 0.0f, square = 0.0f;

  for (int done = 0, strip = 0; done < tokens; done += rows, strip++) {
    const int n = min(rows, tokens - done);
    const float share = (float)n / (float)(done + n);
    const float16 d = vload16(block, parts + (size_t)strip * 2 * c) - mean;
    mean += d * share;
    square += vload16(block, parts + (size_t)strip * 2 * c + c) + d * d * (share * (float)done);
  }
  vstore16(mean, block, statistics + first);
  vstore16(sqrt(square * (1.0f / (float)tokens) + 1e-8f), block, statistics + first + stride);
}

INLINE bool
scene_changed(int n, __global const float *content, __global const float *smoothed, float luma, SceneChange change)
{
  float sum = 0.0f;

  for (int i = 0; i < n; i++)
    sum += scene_distance(content[i], smoothed[i], smoothed[n + i]);
  return is_other_scene(sum / n, luma, change);
}

/* All channels of all four maps, some hundreds, in one work-item: the rule needs them all, and it is over in
 * microseconds. *scene, the difference of luma, counts when `scene_known`; afterwards it is 1 if nothing of the
 * frames before was used, else 0. */
__kernel WORK_ITEM void
adain(int n, __global const float *content, __global float *smoothed, __global const float *style, float smoothing,
      float strength, int reset, int scene_known, SceneChange change, __global float *scene, __global float *affine)
{
  const bool anew = reset || scene_changed(n, content, smoothed, scene_known ? *scene : -1.0f, change);

  for (int i = 0; i < n; i++)
    adain_channel(i, n, content, smoothed, style, smoothing, anew, strength, affine);
  *scene = anew ? 1.0f : 0.0f;
}

/* Rows [first_row, first_row + rows) of the weights times scale, and what the shift adds to the bias; the other rows
 * are copied. A work-item does 16 columns. */
__kernel WORK_ITEM void
fold_affine(__global const float *weights, __global const float *bias, int in, int n, int first_row, int rows,
            __global const float *affine, int first, int stride, __global float *folded, __global float *folded_bias)
{
  const int column = 16 * get_global_id(0);
  float16 sum = vload16(0, bias + column);

  for (int k = 0; k < in; k++) {
    const int i = k - first_row;
    float16 w = vload16(0, weights + (size_t)k * n + column);
    if (i >= 0 && i < rows) {
      sum += w * affine[first + stride + i];
      w *= affine[first + i];
    }
    vstore16(w, 0, folded + (size_t)k * n + column);
  }
  vstore16(sum, 0, folded_bias + column);
}
