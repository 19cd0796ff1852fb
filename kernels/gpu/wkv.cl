/* Bi-WKV as two additive scans; what is computed, and in which coordinates, is told in ../cpu/wkv.cl.
 *
 * A chunk is PARTS pieces of PIECE tokens. An item does one channel of one piece, whose keys and values it keeps in
 * registers; CHANNELS items side by side, so that what they read lies together. Within a chunk the sums of the pieces
 * are scanned in local memory, by doubling.
 *
 * Two launches: wkv_chunks sums up every chunk, and every run of `run` chunks; wkv_output gathers from these sums
 * what enters its chunk from either side, and walks through it. Runs are so long that there are few of them:
 * gathering is reading some hundred states, which are in the cache, and takes less time than a launch that does
 * nothing else.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#define CHANNELS 16
#define PARTS 16
#define PIECE (CHUNK / PARTS)
#define ITEMS (CHANNELS * PARTS)
#define CHANNEL ((int)get_local_id(0) % CHANNELS)
#define PART ((int)get_local_id(0) / CHANNELS)
#define WORK_GROUP __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
/* The largest exponent of nothing: below any exponent, and its differences are finite. */
#define NOTHING -1e30f

typedef struct
{
  float num, den, max_exponent;
} State;

INLINE State
merge_states(State a, State b)
{
  const float less = exp(-fabs(a.max_exponent - b.max_exponent));
  const float keep = a.max_exponent < b.max_exponent ? less : 1.0f, add = a.max_exponent < b.max_exponent ? 1.0f : less;
  const State s = { a.num * keep + b.num * add, a.den * keep + b.den * add, fmax(a.max_exponent, b.max_exponent) };
  return s;
}

INLINE State
nothing(void)
{
  const State s = { 0.0f, 0.0f, NOTHING };
  return s;
}

/* Between coordinates whose origins lie `tokens` apart. */
INLINE State
moved(State s, float tokens, float d)
{
  s.max_exponent += tokens * d;
  return s;
}

/* What the parts have, in the order in which they are summed up: forwards and backwards. */
typedef struct
{
  float num[2][ITEMS], den[2][ITEMS], max_exponent[2][ITEMS];
} Shared;

INLINE void
put(__local Shared *shared, int direction, int part, State s)
{
  const int at = part * CHANNELS + CHANNEL;

  shared->num[direction][at] = s.num;
  shared->den[direction][at] = s.den;
  shared->max_exponent[direction][at] = s.max_exponent;
}

/* Of no part: nothing. */
INLINE State
get(__local const Shared *shared, int direction, int part)
{
  const int at = max(part, 0) * CHANNELS + CHANNEL;
  const State s = { shared->num[direction][at], shared->den[direction][at], shared->max_exponent[direction][at] };
  return part < 0 ? nothing() : s;
}

/* Replaces what a part has by the sum of it and all before it, in either direction; what the parts before it have, or
 * all of them, can be had from `shared` then, up to the next barrier. */
INLINE void
scan_parts(State forward, State backward, __local Shared *shared)
{
  const int last = PARTS - 1 - PART;

  put(shared, 0, PART, forward);
  put(shared, 1, last, backward);
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int step = 1; step < PARTS; step *= 2) {
    forward = merge_states(get(shared, 0, PART - step), forward);
    backward = merge_states(get(shared, 1, last - step), backward);
    barrier(CLK_LOCAL_MEM_FENCE);
    put(shared, 0, PART, forward);
    put(shared, 1, last, backward);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}

/* One channel of a piece, whether memory has keys or, `exponentiated`, their exponentials; tokens behind the end
 * have keys that count for nothing. */
typedef struct
{
  float key[PIECE], value[PIECE];
  int token[PIECE];
  float max_key, min_key;
  int count;
} Piece;

INLINE void
load_piece(Piece *p, __global const Value *key, Map key_map, int exponentiated, __global const Value *value,
    Map value_map, int begin, int step, int transposed)
{
  const int height = key_map.height, width = key_map.width, outer = transposed ? width : height;
  const int inner = transposed ? height : width;
  Cursor c;

  p->count = clamp(height * width - begin, 0, PIECE);
  p->max_key = NOTHING;
  p->min_key = -NOTHING;
  c = cursor_at(min(begin, height * width - 1), outer, inner, step);
#pragma unroll
  for (int j = 0; j < PIECE; j++) {
    p->key[j] = NOTHING;
    p->value[j] = 0.0f;
    p->token[j] = 0;
    if (j < p->count) {
      p->token[j] = transposed ? c.inner * width + c.outer : c.outer * width + c.inner;
      p->key[j] = load_value(key + token_at(key_map, p->token[j]));
      if (exponentiated)
        p->key[j] = log(p->key[j]);
      p->value[j] = load_value(value + token_at(value_map, p->token[j]));
      p->max_key = fmax(p->max_key, p->key[j]);
      p->min_key = fmin(p->min_key, p->key[j]);
      c = cursor_next(c, outer, inner, step);
    }
  }
}

/* The sum of a piece, exponents in coordinates of the chunk: d is the way of a token, first what the piece starts at,
 * and direction 1 forwards and -1 backwards. It goes with the numbers of tokens and not with d, for Intel's compiler
 * for processors (2026.2) loses a -d that is needed before a barrier and after it. */
INLINE State
sum_piece(const Piece *p, int first, int direction, float d)
{
  State s = nothing();

#pragma unroll
  for (int j = 0; j < PIECE; j++)
    s.max_exponent = fmax(s.max_exponent, p->key[j] + (float)(direction * (first + j)) * d);
#pragma unroll
  for (int j = 0; j < PIECE; j++) {
    const float e = j < p->count ? exp(p->key[j] + (float)(direction * (first + j)) * d - s.max_exponent) : 0.0f;
    s.num += e * p->value[j];
    s.den += e;
  }
  return s;
}

/* ---- sums in memory: [chunk, or run][direction][num, den, max_exponent][channel], exponents in coordinates of the
 * sequence ---- */

INLINE State
load_state(__global const float *sums, int at, int direction, int c)
{
  __global const float *from = sums + ((size_t)at * 2 + direction) * 3 * c;
  const State s = { from[0], from[c], from[2 * c] };
  return s;
}

INLINE void
store_state(State s, __global float *sums, int at, int direction, int c)
{
  __global float *to = sums + ((size_t)at * 2 + direction) * 3 * c;

  to[0] = s.num;
  to[c] = s.den;
  to[2 * c] = s.max_exponent;
}

/* Groups: (runs, channels / CHANNELS). `row` is where the decays in use start. */
__kernel WORK_GROUP void
wkv_chunks(__global const Value *key, Map key_map, int exponentiated, __global const Value *value, Map value_map,
    __global const float *decay,
           int row, int step, int transposed, int chunks, int run, __global float *sums)
{
  __local Shared shared;
  const int c = key_map.channels, channel = (int)get_group_id(1) * CHANNELS + CHANNEL, first = PART * PIECE;
  const int begin = (int)get_group_id(0) * run, end = min(begin + run, chunks);
  const float d = decay[row + channel] / (float)(key_map.height * key_map.width);
  State forward = nothing(), backward = nothing();

  sums += channel;
  for (int chunk = begin; chunk < end; chunk++) {
    Piece p;

    load_piece(&p, key + channel, key_map, exponentiated, value + channel, value_map, chunk * CHUNK + first, step,
               transposed);
    scan_parts(sum_piece(&p, first, 1, d), sum_piece(&p, first, -1, d), &shared);
    if (PART == 0) {
      const State ahead = moved(get(&shared, 0, PARTS - 1), (float)(chunk * CHUNK), d);
      const State behind = moved(get(&shared, 1, PARTS - 1), -(float)(chunk * CHUNK), d);
      store_state(ahead, sums, chunk, 0, c);
      store_state(behind, sums, chunk, 1, c);
      forward = merge_states(forward, ahead);
      backward = merge_states(backward, behind);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (PART == 0) {
    store_state(forward, sums, chunks + (int)get_group_id(0), 0, c);
    store_state(backward, sums, chunks + (int)get_group_id(0), 1, c);
  }
}

/* A part's share of all before the chunk, or after it: runs, and chunks of its own run. */
INLINE void
gather(__global const float *sums, int chunk, int chunks, int run, int c, State *before, State *after)
{
  const int own = chunk / run, runs = (chunks + run - 1) / run, end = min((own + 1) * run, chunks);

  *before = *after = nothing();
  for (int i = PART; i < own; i += PARTS)
    *before = merge_states(*before, load_state(sums, chunks + i, 0, c));
  for (int i = own * run + PART; i < chunk; i += PARTS)
    *before = merge_states(*before, load_state(sums, i, 0, c));
  for (int i = own + 1 + PART; i < runs; i += PARTS)
    *after = merge_states(*after, load_state(sums, chunks + i, 1, c));
  for (int i = chunk + 1 + PART; i < end; i += PARTS)
    *after = merge_states(*after, load_state(sums, i, 1, c));
}

/* As in ../cpu/wkv.cl: one exponential a token when everything is moderate, else whatever it takes. */
#define KEY_RANGE 30.0f
#define OTHER_RANGE 20.0f

/* before and after: what comes from either side, in coordinates of the piece. */
INLINE void
output_with_common_exponent(const Piece *p, float d, float u, State before, State after, __global Value *out,
    Map out_map)
{
  const float decay_factor = exp(-d), own = exp(u);
  float scale = exp(after.max_exponent + (float)p->count * d - p->max_key);
  float num = after.num * scale, den = after.den * scale;
  float after_num[PIECE], after_den[PIECE], e[PIECE];

#pragma unroll
  for (int j = PIECE - 1; j >= 0; j--) {
    e[j] = exp(p->key[j] - p->max_key);
    after_num[j] = num;
    after_den[j] = den;
    if (j < p->count) {
      num = num * decay_factor + e[j] * p->value[j];
      den = den * decay_factor + e[j];
    }
  }
  scale = exp(before.max_exponent + d - p->max_key);
  num = before.num * scale;
  den = before.den * scale;
#pragma unroll
  for (int j = 0; j < PIECE; j++) {
    const float ev = e[j] * p->value[j];
    if (j < p->count)
      store_value(((num + after_num[j]) + own * ev) / ((den + after_den[j]) + own * e[j]),
          out + token_at(out_map, p->token[j]));
    num = num * decay_factor + ev;
    den = den * decay_factor + e[j];
  }
}

INLINE void
output_exact(const Piece *p, float d, float u, State before, State after, __global Value *out, Map out_map)
{
  State rest[PIECE];

#pragma unroll
  for (int j = PIECE - 1; j >= 0; j--) {
    const State one = { p->value[j], 1.0f, p->key[j] - (float)j * d };
    rest[j] = after;
    if (j < p->count)
      after = merge_states(after, one);
  }
#pragma unroll
  for (int j = 0; j < PIECE; j++) {
    const State one = { p->value[j], 1.0f, p->key[j] + (float)j * d };
    const State reader = { p->value[j], 1.0f, p->key[j] + u };
    State left = before, right = rest[j];
    left.max_exponent -= (float)(j - 1) * d;
    right.max_exponent += (float)(j + 1) * d;
    left = merge_states(merge_states(left, right), reader);
    if (j < p->count)
      store_value(left.num / left.den, out + token_at(out_map, p->token[j]));
    before = merge_states(before, one);
  }
}

/* out = BiWKV, which may take the place of the values: those of other chunks are no longer read. Groups: (chunks,
 * channels / CHANNELS). */
__kernel WORK_GROUP void
wkv_output(__global const Value *key, Map key_map, int exponentiated, __global const Value *value, Map value_map,
    __global const float *decay,
           __global const float *bonus, int row, int step, int transposed, int chunks, int run,
           __global const float *sums,
           __global Value *out, Map out_map)
{
  __local Shared shared;
  const int c = key_map.channels, channel = (int)get_group_id(1) * CHANNELS + CHANNEL;
  const int chunk = get_group_id(0), begin = chunk * CHUNK, first = PART * PIECE;
  const float d = decay[row + channel] / (float)(key_map.height * key_map.width), u = bonus[row + channel];
  State before, after;
  float nearest;
  Piece p;

  gather(sums + channel, chunk, chunks, run, c, &before, &after);
  scan_parts(before, after, &shared);
  before = moved(get(&shared, 0, PARTS - 1), -(float)begin, d);
  after = moved(get(&shared, 1, PARTS - 1), (float)begin, d);
  barrier(CLK_LOCAL_MEM_FENCE);

  load_piece(&p, key + channel, key_map, exponentiated, value + channel, value_map, begin + first, step, transposed);
  scan_parts(sum_piece(&p, first, 1, d), sum_piece(&p, first, -1, d), &shared);
  before = moved(merge_states(before, get(&shared, 0, PART - 1)), -(float)first, d);
  after = moved(merge_states(after, get(&shared, 1, PARTS - 2 - PART)), (float)first, d);
  nearest = fmax(before.max_exponent, after.max_exponent + (float)p.count * d);
  if (p.count == 0)
    return;
  if (p.max_key - p.min_key <= KEY_RANGE && fabs(d) * PIECE <= OTHER_RANGE && nearest - p.max_key <= OTHER_RANGE
      && fabs(u) <= OTHER_RANGE)
    output_with_common_exponent(&p, d, u, before, after, out + channel, out_map);
  else
    output_exact(&p, d, u, before, after, out + channel, out_map);
}
