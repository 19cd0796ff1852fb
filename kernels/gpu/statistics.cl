/* Statistics of maps, from the parts that product.cl left, and AdaIN as a scale and a shift of every channel.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Mean and sum of squared deviations of `count` tokens. */
typedef struct
{
  float count, mean, square;
} Moments;

/* Chan's formula; either may be of no tokens. */
INLINE Moments
merge_moments(Moments a, Moments b)
{
  const float count = a.count + b.count, share = b.count / fmax(count, 1.0f), d = b.mean - a.mean;
  const Moments m = { count, a.mean + d * share, a.square + b.square + d * d * (share * a.count) };
  return m;
}

#define CHANNELS 16
#define LANES 16
#define ITEMS (CHANNELS * LANES)

/* The component that `mask` selects. */
INLINE int
pick(int4 v, int4 mask)
{
  v &= mask;
  return v.x | v.y | v.z | v.w;
}

/* Of the parts of at most four maps, each of `rows` tokens: results[first + channel] = mean, results[first + stride +
 * channel] = deviation, of one map after the other. Maps that are none have no channels. Groups: all maps' channels /
 * CHANNELS. */
__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void
statistics(__global const float *parts0, __global const float *parts1, __global const float *parts2,
           __global const float *parts3, int4 tokens, int4 channels, int rows, __global float *results, int first,
           int stride)
{
  __local Moments lanes[ITEMS];
  const int id = get_local_id(0), lane = id / CHANNELS;
  const int4 last = (int4)(channels.x, channels.x + channels.y, channels.x + channels.y + channels.z, INT_MAX);
  const int all = (int)get_group_id(0) * CHANNELS + id % CHANNELS;
  const int4 mask = (int4)all < last & (int4)all >= (int4)(0, last.xyz);
  const int c = pick(channels, mask), total = pick(tokens, mask);
  __global const float *parts = mask.x ? parts0 : mask.y ? parts1 : mask.z ? parts2 : parts3;
  Moments sum = { 0.0f, 0.0f, 0.0f };

  parts += all - pick((int4)(0, last.xyz), mask);
  for (int i = lane; i * rows < total; i += LANES) {
    __global const float *part = parts + (size_t)i * 2 * c;
    const Moments m = { (float)min(rows, total - i * rows), part[0], part[c] };
    sum = merge_moments(sum, m);
  }
  lanes[id] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int half_lanes = LANES / 2; half_lanes > 0; half_lanes /= 2) {
    if (lane < half_lanes)
      lanes[id] = merge_moments(lanes[id], lanes[id + half_lanes * CHANNELS]);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (lane == 0) {
    results[first + all] = lanes[id].mean;
    results[first + stride + all] = sqrt(lanes[id].square / lanes[id].count + 1e-8f);
  }
}

/* All channels of all maps, some hundreds, in one group: the rule for a change of scene needs them all. *scene, the
 * difference of luma, counts when `scene_known`; afterwards it is 1 if nothing of the frames before was used,
 * else 0. */
__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void
adain(int n, __global const float *content, __global float *smoothed, __global const float *style, float smoothing,
      float strength, int reset, int scene_known, SceneChange change, __global float *scene, __global float *affine)
{
  __local float sums[ITEMS];
  const int id = get_local_id(0);
  float sum = 0.0f;

  for (int i = id; i < n; i += ITEMS)
    sum += scene_distance(content[i], smoothed[i], smoothed[n + i]);
  sums[id] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int half_items = ITEMS / 2; half_items > 0; half_items /= 2) {
    if (id < half_items)
      sums[id] += sums[id + half_items];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const bool anew = reset || is_other_scene(sums[0] / n, scene_known ? *scene : -1.0f, change);
  for (int i = id; i < n; i += ITEMS)
    adain_channel(i, n, content, smoothed, style, smoothing, anew, strength, affine);
  /* which other items read */
  barrier(CLK_GLOBAL_MEM_FENCE);
  if (id == 0)
    *scene = anew ? 1.0f : 0.0f;
}
