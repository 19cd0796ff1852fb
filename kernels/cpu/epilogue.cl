/* What goes round a product that a library makes: gating what it reads, and everything after it. Work-items do `rows`
 * tokens.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* out = in ⊙ gate */
__kernel WORK_ITEM void
gate(__global const float *in, Map in_map, __global const float *by, Map by_map, int rows, __global float *out,
    Map out_map)
{
  const int begin = (int)get_global_id(0) * rows, end = min(begin + rows, in_map.height * in_map.width);

  for (int t = begin; t < end; t++)
    for (int b = 0; b < in_map.channels / 16; b++)
      vstore16(vload16(b, in + token_at(in_map, t)) * vload16(b, by + token_at(by_map, t)), b, out + token_at(out_map,
          t));
}

/* out = epilogue(in + bias), as in product.cl; in may be out. */
__kernel WORK_ITEM void
epilogue(__global const float *in, Map in_map, __global const float *bias, int rows, int epilogue, int split,
         float bound, __global const float *gate, Map gate_map, __global float *out, Map out_map)
{
  const int begin = (int)get_global_id(0) * rows, end = min(begin + rows, out_map.height * out_map.width);

  for (int t = begin; t < end; t++)
    for (int b = 0; b < in_map.channels / 16; b++) {
      const float16 x = vload16(b, in + token_at(in_map, t)) + vload16(b, bias);
      store_vector(x, epilogue, 16 * b, split, bound, gate + token_at(gate_map, t) + 16 * b, out + token_at(out_map,
          t) + 16 * b);
    }
}
