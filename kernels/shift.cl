/* Deform-Shift in one kernel: offsets of a few tokens at a time, then their nine bilinear taps. */

#define GROUP 8

#define TAP_Y ((float16)(-1, -1, -1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0))
#define TAP_X ((float16)(-1, 0, 1, -1, 0, 1, -1, 0, 1, 0, 0, 0, 0, 0, 0, 0))

/* What a token reads: for every tap (lane 0..8 of a float16) the four corners, relative to the token, and their weights. */
typedef struct
{
  int at[4][16];
  float weight[4][16];
} Samples;

/* relu(depthwise 3×3 + bias) of GROUP tokens from x on, 16 channels. rows: three rows of the map, edge replicated. */
INLINE void
depthwise(float hidden[16 * GROUP], __global const float *rows[3], const int at[GROUP + 2], __global const float *weights,
          int c, float16 bias)
{
  float16 w[9];

#pragma unroll
  for (int k = 0; k < 9; k++)
    w[k] = vload16(0, weights + k * c);
  for (int r = 0; r < GROUP; r++) {
    float16 sum = bias;
#pragma unroll
    for (int k = 0; k < 9; k++)
      sum += w[k] * vload16(0, rows[k / 3] + at[r + k % 3]);
    vstore16(max16(sum, (float16)(0.0f)), r, hidden);
  }
}

/* 4·tanh(o/4) */
INLINE float16
bounded(float16 o)
{
  return 4.0f - 8.0f / (exp16(0.5f * o) + 1.0f);
}

/* Splits a displacement, clamped so that it stays in the map, into the steps to both neighbours and the share of the second. */
INLINE float16
split(float16 displacement, int position, int size, int16 *low, int16 *high)
{
  const float16 most = (float16)(size - 1 - position);
  const float16 d = min16(max16(displacement, (float16)(-position)), most);
  const float16 down = floor(d);
  *low = convert_int16(down);
  *high = convert_int16(min16(down + 1.0f, most));
  return d - down;
}

INLINE void
place_samples(Samples *s, float16 dy, float16 dx, int y, int x, Map map)
{
  int16 y0, y1, x0, x1;
  const float16 fy = split(TAP_Y + bounded(dy), y, map.height, &y0, &y1);
  const float16 fx = split(TAP_X + bounded(dx), x, map.width, &x0, &x1);
  const int row = map.width * map.stride;

  y0 *= row;
  y1 *= row;
  x0 *= map.stride;
  x1 *= map.stride;
  vstore16(y0 + x0, 0, s->at[0]);
  vstore16(y0 + x1, 0, s->at[1]);
  vstore16(y1 + x0, 0, s->at[2]);
  vstore16(y1 + x1, 0, s->at[3]);
  vstore16((1.0f - fy) * (1.0f - fx), 0, s->weight[0]);
  vstore16((1.0f - fy) * fx, 0, s->weight[1]);
  vstore16(fy * (1.0f - fx), 0, s->weight[2]);
  vstore16(fy * fx, 0, s->weight[3]);
}

/* Σ over the taps, 16 channels of one token. */
INLINE float16
sample(const Samples *s, __global const float *in, __global const float *tap, int c)
{
  float16 sum = 0.0f;

#pragma unroll
  for (int k = 0; k < 9; k++) {
    const float16 x = s->weight[0][k] * vload16(0, in + s->at[0][k]) + s->weight[1][k] * vload16(0, in + s->at[1][k])
        + s->weight[2][k] * vload16(0, in + s->at[2][k]) + s->weight[3][k] * vload16(0, in + s->at[3][k]);
    sum += vload16(0, tap + k * c) * x;
  }
  return sum;
}

/* A work-item does one row. */
__kernel WORK_ITEM void
shift(__global const float *in, Map in_map, __global const float *tap, __global const float *depthwise_weights,
      __global const float *depthwise_bias, __global const float *dense, __global const float *dense_bias,
      __global float *out, Map out_map)
{
  const int y = get_global_id(0), c = in_map.channels, width = in_map.width;
  __global const float *rows[3];

  for (int k = 0; k < 3; k++)
    rows[k] = in + token_at(in_map, (size_t)clamp(y + k - 1, 0, in_map.height - 1) * width);

  for (int x = 0; x < width; x += GROUP) {
    float16 offsets[GROUP][2], placed[2 * GROUP];
    float hidden[16 * GROUP];
    int at[GROUP + 2];

    for (int j = 0; j < GROUP + 2; j++)
      at[j] = clamp(x + j - 1, 0, width - 1) * in_map.stride;
#pragma unroll
    for (int r = 0; r < GROUP; r++) {
      offsets[r][0] = vload16(0, dense_bias);
      offsets[r][1] = vload16(1, dense_bias);
    }
    for (int b = 0; b < c; b += 16) {
      __global const float *block_rows[3] = { rows[0] + b, rows[1] + b, rows[2] + b };
      depthwise(hidden, block_rows, at, depthwise_weights + b, c, vload16(0, depthwise_bias + b));
      for (int k = 0; k < 16; k++) {
        const float16 wy = vload16(0, dense + 32 * (b + k)), wx = vload16(1, dense + 32 * (b + k));
#pragma unroll
        for (int r = 0; r < GROUP; r++) {
          offsets[r][0] += hidden[16 * r + k] * wy;
          offsets[r][1] += hidden[16 * r + k] * wx;
        }
      }
    }
#pragma unroll
    for (int r = 0; r < GROUP; r++) {
      placed[2 * r] = offsets[r][0];
      placed[2 * r + 1] = offsets[r][1];
    }
    for (int r = 0; r < GROUP && x + r < width; r++) {
      const size_t token = (size_t)y * width + x + r;
      Samples samples;

      place_samples(&samples, placed[2 * r], placed[2 * r + 1], y, x + r, in_map);
      for (int b = 0; b < c; b += 16)
        vstore16(sample(&samples, in + token_at(in_map, token) + b, tap + b, c), 0, out + token_at(out_map, token) + b);
    }
  }
}
