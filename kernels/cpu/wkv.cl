/* Bi-WKV as two additive scans, exact for any keys, decays and bonuses.
 *
 * Token i of the sequence adds exp(k_i + i·d)·v_i to every later token and exp(k_i − i·d)·v_i to every earlier one, d
 * = w/T, up to a factor of the reader, exp(∓(t ∓ 1)·d). In these coordinates a scan only adds; it keeps (numerator,
 * denominator) relative to the largest exponent so far, so that all exponentials are of differences that are not
 * positive. Nothing is multiplied by exp(−d) again and again, which would drift over long sequences.
 *
 * The sequence is cut into chunks of CHUNK tokens: wkv_chunks sums up every chunk for both directions, wkv_carry
 * turns the sums into what enters each chunk from either side, wkv_output walks through the chunks again. Exponents
 * are kept relative to the start of the chunk while in it: there i·d is small, hence exact enough.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

typedef struct
{
  float16 num, den, max_exponent;
} State;

/* The largest exponent of nothing: below any exponent, and its differences are finite. */
#define NOTHING -1e30f

INLINE State
empty_state(void)
{
  State s;
  s.num = 0.0f;
  s.den = 0.0f;
  s.max_exponent = NOTHING;
  return s;
}

INLINE State
merge_states(State a, State b)
{
  const float16 difference = a.max_exponent - b.max_exponent;
  const float16 smaller = exp16(-abs16(difference));
  const float16 keep = difference < 0.0f ? smaller : (float16)(1.0f);
  const float16 add = difference < 0.0f ? (float16)(1.0f) : smaller;
  State s;

  s.num = a.num * keep + b.num * add;
  s.den = a.den * keep + b.den * add;
  s.max_exponent = max16(a.max_exponent, b.max_exponent);
  return s;
}

/* With one token of exponent `max_exponent` and value v. */
INLINE State
add_token(State a, float16 max_exponent, float16 v)
{
  State b;
  b.num = v;
  b.den = 1.0f;
  b.max_exponent = max_exponent;
  return merge_states(a, b);
}

INLINE State
load_state(__global const float *at, int c)
{
  State s;
  s.num = vload16(0, at);
  s.den = vload16(0, at + c);
  s.max_exponent = vload16(0, at + 2 * c);
  return s;
}

INLINE void
store_state(State s, __global float *at, int c)
{
  vstore16(s.num, 0, at);
  vstore16(s.den, 0, at + c);
  vstore16(s.max_exponent, 0, at + 2 * c);
}

/* Raster numbers of `count` tokens of the sequence from `begin` on. */
INLINE void
list_tokens(int tokens[CHUNK], int begin, int count, int height, int width, int step, int transposed)
{
  const int outer = transposed ? width : height, inner = transposed ? height : width;
  Cursor c = cursor_at(begin, outer, inner, step);

  for (int j = 0; j < count; j++) {
    tokens[j] = transposed ? c.inner * width + c.outer : c.outer * width + c.inner;
    c = cursor_next(c, outer, inner, step);
  }
}

/* Keys and values of a chunk, 16 channels, in the order of the sequence. The keys are as they lie in memory, which may
 * have their exponentials, until one of the two functions below makes the one or the other of them. */
typedef struct
{
  float16 key[CHUNK], value[CHUNK];
  float16 max_key, min_key;     /* 0 of exponentials, which are of keys near 0 */
  int count, exponentiated;
} Chunk;

/* They lie far apart in the map; a loop that does nothing but fetch them has many on their way at a time. */
INLINE void
load_chunk(Chunk *chunk, __global const float *key, Map key_map, int exponentiated, __global const float *value,
           Map value_map, const int tokens[CHUNK], int count)
{
  for (int j = 0; j < count; j++) {
    chunk->key[j] = vload16(0, key + token_at(key_map, tokens[j]));
    chunk->value[j] = vload16(0, value + token_at(value_map, tokens[j]));
  }
  chunk->max_key = chunk->min_key = exponentiated ? (float16)(0.0f) : chunk->key[0];
  for (int j = 1; j < count && !exponentiated; j++) {
    chunk->max_key = max16(chunk->max_key, chunk->key[j]);
    chunk->min_key = min16(chunk->min_key, chunk->key[j]);
  }
  chunk->count = count;
  chunk->exponentiated = exponentiated;
}

/* key[] = exp(key − max_key) */
INLINE void
make_exponentials(Chunk *chunk)
{
  for (int j = 0; j < chunk->count && !chunk->exponentiated; j++)
    chunk->key[j] = exp16(chunk->key[j] - chunk->max_key);
}

INLINE void
make_keys(Chunk *chunk)
{
  for (int j = 0; j < chunk->count && chunk->exponentiated; j++)
    chunk->key[j] = log(chunk->key[j]);
}

/* Whether, over the tokens of a chunk, everything is so moderate that the exponentials of one common reference, the
 * largest key, neither overflow nor vanish, in all 16 channels: then one exponential a token is enough, and the decay
 * is a factor from token to token. Nearly always; the other way is for the rest. */
#define KEY_RANGE 30.0f
#define OTHER_RANGE 20.0f

INLINE bool
is_moderate(const Chunk *chunk, float16 d)
{
  return all(chunk->max_key - chunk->min_key <= KEY_RANGE) && all(abs16(d) * (float)CHUNK <= OTHER_RANGE);
}

/* Sums of a chunk, exponents in its own coordinates. */
INLINE void
sum_chunk(Chunk *chunk, float16 d, State *forward, State *backward)
{
  *forward = *backward = empty_state();
  if (is_moderate(chunk, d)) {
    const float16 decay_factor = exp16(-d);
    float16 decayed = 1.0f;
    make_exponentials(chunk);
    for (int j = 0; j < chunk->count; j++) {
      const float16 e = chunk->key[j], ev = e * chunk->value[j];
      forward->num = forward->num * decay_factor + ev;
      forward->den = forward->den * decay_factor + e;
      backward->num += ev * decayed;
      backward->den += e * decayed;
      decayed *= decay_factor;
    }
    forward->max_exponent = chunk->max_key + (float)(chunk->count - 1) * d;
    backward->max_exponent = chunk->max_key;
    return;
  }
  make_keys(chunk);
  for (int j = 0; j < chunk->count; j++) {
    *forward = add_token(*forward, chunk->key[j] + (float)j * d, chunk->value[j]);
    *backward = add_token(*backward, chunk->key[j] - (float)j * d, chunk->value[j]);
  }
}

/* states[chunk][direction] = sum of the chunk, exponents in coordinates of the whole sequence. A work-item does
 * `span` times 16 channels of a chunk; the decays in use start at float16 number `row`. */
__kernel WORK_ITEM void
wkv_chunks(__global const float *key, Map key_map, int exponentiated, __global const float *value, Map value_map,
           __global const float *decay, int row, int step, int transposed, int span, __global float *states)
{
  const int total = key_map.height * key_map.width, c = key_map.channels;
  const int chunk = get_global_id(0), begin = chunk * CHUNK, count = min(CHUNK, total - begin);
  const int first = (int)get_global_id(1) * span, last = min(first + span, c / 16);
  int tokens[CHUNK];
  Chunk data;

  list_tokens(tokens, begin, count, key_map.height, key_map.width, step, transposed);
  for (int block = first; block < last; block++) {
    const float16 d = vload16(row + block, decay) / (float)total;
    __global float *to = states + (size_t)chunk * 6 * c + 16 * block;
    State forward, backward;

    load_chunk(&data, key + 16 * block, key_map, exponentiated, value + 16 * block, value_map, tokens, count);
    sum_chunk(&data, d, &forward, &backward);
    forward.max_exponent += (float)begin * d;
    backward.max_exponent -= (float)begin * d;
    store_state(forward, to, c);
    store_state(backward, to + 3 * c, c);
  }
}

/* states[chunk][direction] = sum of all chunks before it (forward) or after it (backward). A work-item does 16
 * channels of one direction. */
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

/* The chunk's tokens one by one, given what comes from before and after it in its own coordinates, when all is
 * moderate. `after` is scratch. */
INLINE void
output_with_common_exponent(Chunk *chunk, float16 d, float16 u, State forward, State backward, State after[CHUNK],
                            const int tokens[CHUNK], __global float *out, Map out_map)
{
  const float16 decay_factor = exp16(-d), own = exp16(u);
  float16 scale = exp16(backward.max_exponent + (float)chunk->count * d - chunk->max_key);
  float16 num = backward.num * scale, den = backward.den * scale;

  make_exponentials(chunk);
  for (int j = chunk->count - 1; j >= 0; j--) {
    const float16 e = chunk->key[j];
    after[j].num = num;
    after[j].den = den;
    num = num * decay_factor + e * chunk->value[j];
    den = den * decay_factor + e;
  }
  scale = exp16(forward.max_exponent + d - chunk->max_key);
  num = forward.num * scale;
  den = forward.den * scale;
  for (int j = 0; j < chunk->count; j++) {
    const float16 e = chunk->key[j], ev = e * chunk->value[j];
    const float16 all_den = (den + after[j].den) + own * e;
    vstore16(((num + after[j].num) + own * ev) * reciprocal16(all_den), 0, out + token_at(out_map, tokens[j]));
    num = num * decay_factor + ev;
    den = den * decay_factor + e;
  }
}

/* The same for anything at all. */
INLINE void
output_exact(Chunk *chunk, float16 d, float16 u, State forward, State backward, State after[CHUNK],
             const int tokens[CHUNK], __global float *out, Map out_map)
{
  make_keys(chunk);
  for (int j = chunk->count - 1; j >= 0; j--) {
    after[j] = backward;
    backward = add_token(backward, chunk->key[j] - (float)j * d, chunk->value[j]);
  }
  for (int j = 0; j < chunk->count; j++) {
    const float16 k = chunk->key[j], v = chunk->value[j];
    const float16 forward_exponent = forward.max_exponent - (float)(j - 1) * d;
    const float16 after_exponent = after[j].max_exponent + (float)(j + 1) * d;
    const float16 own_exponent = u + k;
    const float16 max_exponent = max16(max16(forward_exponent, after_exponent), own_exponent);
    const float16 f = exp16(forward_exponent - max_exponent), a = exp16(after_exponent - max_exponent);
    const float16 o = exp16(own_exponent - max_exponent);
    const float16 num = forward.num * f + after[j].num * a + v * o;
    const float16 den = forward.den * f + after[j].den * a + o;

    vstore16(num / den, 0, out + token_at(out_map, tokens[j]));
    forward = add_token(forward, k + (float)j * d, v);
  }
}

/* out = BiWKV, which may take the place of the values: those of other chunks are no longer read. Work-items as in
 * wkv_chunks. */
__kernel WORK_ITEM void
wkv_output(__global const float *key, Map key_map, int exponentiated, __global const float *value, Map value_map,
           __global const float *decay, __global const float *bonus, int row, int step, int transposed, int span,
           __global const float *states, __global float *out, Map out_map)
{
  const int total = key_map.height * key_map.width, c = key_map.channels;
  const int chunk = get_global_id(0), begin = chunk * CHUNK, count = min(CHUNK, total - begin);
  const int first = (int)get_global_id(1) * span, last = min(first + span, c / 16);
  State after[CHUNK];
  int tokens[CHUNK];
  Chunk data;

  list_tokens(tokens, begin, count, key_map.height, key_map.width, step, transposed);
  for (int block = first; block < last; block++) {
    const float16 d = vload16(row + block, decay) / (float)total, u = vload16(row + block, bonus);
    __global const float *from = states + (size_t)chunk * 6 * c + 16 * block;
    State forward = load_state(from, c), backward = load_state(from + 3 * c, c);
    float16 nearest;

    forward.max_exponent -= (float)begin * d;
    backward.max_exponent += (float)begin * d;
    load_chunk(&data, key + 16 * block, key_map, exponentiated, value + 16 * block, value_map, tokens, count);
    nearest = max16(forward.max_exponent, backward.max_exponent + (float)count * d);
    if (is_moderate(&data, d) && all(nearest - data.max_key <= OTHER_RANGE)
        && all(abs16(u) <= OTHER_RANGE))
      output_with_common_exponent(&data, d, u, forward, backward, after, tokens, out + 16 * block, out_map);
    else
      output_exact(&data, d, u, forward, backward, after, tokens, out + 16 * block, out_map);
  }
}
