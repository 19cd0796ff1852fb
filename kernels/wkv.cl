/* Bi-WKV as two additive scans, exact for any keys, decays and bonuses.
 *
 * Token i of the sequence adds exp(k_i + i·d)·v_i to every later token and exp(k_i − i·d)·v_i to every earlier one, d = w/T,
 * up to a factor of the reader, exp(∓(t ∓ 1)·d). In these coordinates a scan only adds; it keeps (numerator, denominator)
 * relative to the largest exponent so far, so that all exponentials are of differences that are not positive. Nothing is
 * multiplied by exp(−d) again and again, which would drift over long sequences.
 *
 * The sequence is cut into chunks of CHUNK tokens: wkv_chunks sums up every chunk for both directions, wkv_carry turns the
 * sums into what enters each chunk from either side, wkv_output walks through the chunks again. Exponents are kept relative
 * to the start of the chunk while in it: there i·d is small, hence exact enough. */

typedef struct
{
  float16 num, den, top;
} State;

/* The top of nothing: below any exponent, and its differences are finite. */
#define NOTHING -1e30f

static inline State
empty_state(void)
{
  State s;
  s.num = 0.0f;
  s.den = 0.0f;
  s.top = NOTHING;
  return s;
}

static inline State
merge_states(State a, State b)
{
  const float16 difference = a.top - b.top;
  const float16 smaller = exp16(-abs16(difference));
  const float16 keep = difference < 0.0f ? smaller : (float16)(1.0f);
  const float16 add = difference < 0.0f ? (float16)(1.0f) : smaller;
  State s;

  s.num = a.num * keep + b.num * add;
  s.den = a.den * keep + b.den * add;
  s.top = max16(a.top, b.top);
  return s;
}

/* With one token of exponent `top` and value v. */
static inline State
add_token(State a, float16 top, float16 v)
{
  State b;
  b.num = v;
  b.den = 1.0f;
  b.top = top;
  return merge_states(a, b);
}

static inline State
load_state(__global const float *at, int c)
{
  State s;
  s.num = vload16(0, at);
  s.den = vload16(0, at + c);
  s.top = vload16(0, at + 2 * c);
  return s;
}

static inline void
store_state(State s, __global float *at, int c)
{
  vstore16(s.num, 0, at);
  vstore16(s.den, 0, at + c);
  vstore16(s.top, 0, at + 2 * c);
}

/* A walk in the order of (outer mod step, inner mod step, outer div step, inner div step). */
typedef struct
{
  int outer, inner, outer_start, inner_start;
} Cursor;

static inline Cursor
cursor_at(int t, int outer, int inner, int step)
{
  Cursor c;

  for (c.outer_start = 0;; c.outer_start++) {
    const int rows = (outer - c.outer_start + step - 1) / step;
    for (c.inner_start = 0; c.inner_start < min(step, inner); c.inner_start++) {
      const int columns = (inner - c.inner_start + step - 1) / step;
      if (t < rows * columns) {
        c.outer = c.outer_start + t / columns * step;
        c.inner = c.inner_start + t % columns * step;
        return c;
      }
      t -= rows * columns;
    }
  }
}

static inline Cursor
cursor_next(Cursor c, int outer, int inner, int step)
{
  c.inner += step;
  if (c.inner >= inner) {
    c.inner = c.inner_start;
    c.outer += step;
    if (c.outer >= outer) {
      if (++c.inner_start >= min(step, inner)) {
        c.inner_start = 0;
        c.outer_start++;
      }
      c.outer = c.outer_start;
      c.inner = c.inner_start;
    }
  }
  return c;
}

/* Raster numbers of `count` tokens of the sequence from `begin` on. */
static inline void
list_tokens(int tokens[CHUNK], int begin, int count, int height, int width, int step, int transposed)
{
  const int outer = transposed ? width : height, inner = transposed ? height : width;
  Cursor c = cursor_at(begin, outer, inner, step);

  for (int j = 0; j < count; j++) {
    tokens[j] = transposed ? c.inner * width + c.outer : c.outer * width + c.inner;
    c = cursor_next(c, outer, inner, step);
  }
}

/* states[chunk][direction] = sum of the chunk, exponents in coordinates of the whole sequence. A work-item does 16 channels of
 * `per_item` chunks; their decays start at float16 number `row`. */
__kernel WORK_ITEM void
wkv_chunks(__global const float *key, Map key_map, __global const float *value, Map value_map, __global const float *decay,
           int row, int step, int transposed, int per_item, __global float *states)
{
  const int total = key_map.height * key_map.width, c = key_map.channels;
  const int block = get_global_id(1);
  const float16 d = vload16(row + block, decay) / (float)total;
  int tokens[CHUNK];

  for (int i = 0; i < per_item; i++) {
    const int chunk = (int)get_global_id(0) * per_item + i, begin = chunk * CHUNK;
    const int count = min(CHUNK, total - begin);
    State forward = empty_state(), backward = empty_state();
    __global float *to = states + (size_t)chunk * 6 * c + 16 * block;

    if (count <= 0)
      return;
    list_tokens(tokens, begin, count, key_map.height, key_map.width, step, transposed);
    for (int j = 0; j < count; j++) {
      const float16 k = vload16(block, key + token_at(key_map, tokens[j]));
      const float16 v = vload16(block, value + token_at(value_map, tokens[j]));
      forward = add_token(forward, k + (float)j * d, v);
      backward = add_token(backward, k - (float)j * d, v);
    }
    forward.top += (float)begin * d;
    backward.top -= (float)begin * d;
    store_state(forward, to, c);
    store_state(backward, to + 3 * c, c);
  }
}

/* states[chunk][direction] = sum of all chunks before it (forward) or after it (backward). A work-item does 16 channels of one
 * direction. */
__kernel WORK_ITEM void
wkv_carry(int chunks, int c, __global float *states)
{
  const int direction = get_global_id(1);
  State carry = empty_state();

  for (int i = 0; i < chunks; i++) {
    const int chunk = direction ? chunks - 1 - i : i;
    __global float *at = states + (size_t)(2 * chunk + direction) * 3 * c + 16 * get_global_id(0);
    const State own = load_state(at, c);
    store_state(carry, at, c);
    carry = merge_states(carry, own);
  }
}

/* out = BiWKV. A work-item does 16 channels of `per_item` chunks. */
__kernel WORK_ITEM void
wkv_output(__global const float *key, Map key_map, __global const float *value, Map value_map, __global const float *decay,
           __global const float *bonus, int row, int step, int transposed, int per_item, __global const float *states,
           __global float *out, Map out_map)
{
  const int total = key_map.height * key_map.width, c = key_map.channels;
  const int block = get_global_id(1);
  const float16 d = vload16(row + block, decay) / (float)total, u = vload16(row + block, bonus);
  State after[CHUNK];
  int tokens[CHUNK];

  for (int i = 0; i < per_item; i++) {
    const int chunk = (int)get_global_id(0) * per_item + i, begin = chunk * CHUNK;
    const int count = min(CHUNK, total - begin);
    __global const float *from = states + (size_t)chunk * 6 * c + 16 * block;
    State forward, backward;

    if (count <= 0)
      return;
    list_tokens(tokens, begin, count, key_map.height, key_map.width, step, transposed);
    backward = load_state(from + 3 * c, c);
    backward.top += (float)begin * d;
    for (int j = count - 1; j >= 0; j--) {
      const float16 k = vload16(block, key + token_at(key_map, tokens[j]));
      const float16 v = vload16(block, value + token_at(value_map, tokens[j]));
      after[j] = backward;
      backward = add_token(backward, k - (float)j * d, v);
    }
    forward = load_state(from, c);
    forward.top -= (float)begin * d;
    for (int j = 0; j < count; j++) {
      const float16 k = vload16(block, key + token_at(key_map, tokens[j]));
      const float16 v = vload16(block, value + token_at(value_map, tokens[j]));
      const float16 forward_top = forward.top - (float)(j - 1) * d;
      const float16 after_top = after[j].top + (float)(j + 1) * d;
      const float16 own_top = u + k;
      const float16 top = max16(max16(forward_top, after_top), own_top);
      const float16 f = exp16(forward_top - top), a = exp16(after_top - top), o = exp16(own_top - top);
      const float16 num = forward.num * f + after[j].num * a + v * o;
      const float16 den = forward.den * f + after[j].den * a + o;

      vstore16(num / den, block, out + token_at(out_map, tokens[j]));
      forward = add_token(forward, k + (float)j * d, v);
    }
  }
}
