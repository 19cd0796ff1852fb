/* Bars and contrast, against their definition.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "video/framing.h"

#define BLACK (16.0 / 255.0)
#define PATIENCE 12

/* As the kernels have it. */
typedef struct
{
  gint before, after;
} Sides;

typedef struct
{
  Sides held, larger;
  gint frames, unknown;
} Bars;

typedef struct
{
  gfloat amount;
  Bars rows, columns;
} State;

typedef struct
{
  gint width, height;
  gint top, bottom, left, right;        /* black, on each side */
  gfloat mean, spread;          /* of what is between them */
} Frame;

static gint
padded (gint side)
{
  return (side + 15) & ~15;
}

/* (padded height, padded width, 4). What is behind the frame is white, and counts for nothing. */
static gfloat *
picture_of (const Frame * f)
{
  const gint width = padded (f->width), height = padded (f->height);
  gfloat *noise = fixture_random ((gsize) f->width * f->height, -1.0f, 1.0f);
  gfloat *picture = g_new (gfloat, (gsize) 4 * width * height);

  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++) {
      const gboolean behind = x >= f->width || y >= f->height;
      const gboolean bar = y < f->top || y >= f->height - f->bottom || x < f->left || x >= f->width - f->right;
      const gfloat luma = behind ? 1.0f : bar ? 0.0f : f->mean + f->spread * noise[(gsize) y * f->width + x];
      for (gint c = 0; c < 4; c++)
        picture[((gsize) y * width + x) * 4 + c] = luma;
    }
  g_free (noise);
  return picture;
}

/* Makes what lies in a rectangle as bright as this, or a disc that it holds. */
static void
add (gfloat * picture, const Frame * f, gint x, gint y, gint width, gint height, gboolean disc, gfloat luma)
{
  for (gint j = MAX (y, 0); j < MIN (y + height, f->height); j++)
    for (gint i = MAX (x, 0); i < MIN (x + width, f->width); i++) {
      const gdouble dx = 2.0 * (i - x) / width - 1.0, dy = 2.0 * (j - y) / height - 1.0;
      for (gint c = 0; c < 4 && (!disc || dx * dx + dy * dy <= 1.0); c++)
        picture[((gsize) j * padded (f->width) + i) * 4 + c] = luma;
    }
}

static State
measure (SrwFraming * framing, const Frame * f, const gfloat * picture, gboolean reset)
{
  GuardedMap map = guarded_floats (1, padded (f->width) * padded (f->height) / 4, 16, 16, 0, picture);
  GError *error = NULL;
  State state;

  srw_framing_measure (framing, map.tensor.mem, padded (f->width), reset);
  srw_queue_check (fixture_queue (), &error);
  g_assert_no_error (error);
  g_assert_cmpint (clEnqueueReadBuffer (srw_queue_commands (fixture_queue ()), srw_framing_state (framing), CL_TRUE, 0,
          sizeof state, &state, 0, NULL, NULL), ==, CL_SUCCESS);
  guarded_free (&map);
  return state;
}

static SrwFraming *
framing_for (const Frame * f)
{
  GError *error = NULL;
  SrwFraming *framing = srw_framing_new (fixture_queue (), f->width, f->height, &error);

  g_assert_no_error (error);
  return framing;
}

/* ---- the definition ---- */

/* A frame seen from one of its four sides. */
typedef struct
{
  const Frame *f;
  const gfloat *picture;
  gboolean turned;              /* from the left or the right, else from above or below */
  gboolean from_behind;         /* from the right or from below */
} View;

static gint
view_side (const View * v)
{
  return v->turned ? v->f->width : v->f->height;
}

static gint
view_length (const View * v)
{
  return v->turned ? v->f->height : v->f->width;
}

/* How much light there is above black in the i-th line from that side. */
static gdouble
light_at (const View * v, gint i, gint along)
{
  const gint line = v->from_behind ? view_side (v) - 1 - i : i;
  const gint x = v->turned ? line : along, y = v->turned ? along : line;

  return MAX (v->picture[((gsize) y * padded (v->f->width) + x) * 4] - BLACK, 0.0);
}

static gint
lit_in_line (const View * v, gint i)
{
  gint lit = 0;

  for (gint along = 0; i >= 0 && i < view_side (v) && along < view_length (v); along++)
    lit += light_at (v, i, along) > 0.0;
  return lit;
}

/* Rows in which a few pixels are lit count as black. */
static gboolean
row_is_lit (const View * v, gint y)
{
  const View from_above = { v->f, v->picture, FALSE, FALSE };

  return lit_in_line (&from_above, y) > v->f->width / 64;
}

/* In how many rows light begins in the i-th line from the left or right. */
static gint
rows_that_begin (const View * v, gint i)
{
  gint rows = 0;

  for (gint y = 0; y < v->f->height; y++) {
    gint first = 0;
    while (first < i && light_at (v, first, y) <= 0.0)
      first++;
    rows += first == i && light_at (v, i, y) > 0.0 && row_is_lit (v, y);
  }
  return rows;
}

/* So do columns that hold the first light of a few rows. */
static gint
black_lines (const View * v)
{
  gint i = 0, rows = 0;

  while (i < view_side (v)) {
    rows += v->turned ? rows_that_begin (v, i) : 0;
    if (v->turned ? rows > v->f->height / 64 : row_is_lit (v, v->from_behind ? v->f->height - 1 - i : i))
      break;
    i++;
  }
  return i;
}

static gint
soft_of (const View * v)
{
  return view_side (v) / 128;
}

/* Of rows: how many pixels more are lit behind the bar than in it. Of columns: in how many rows light begins there. */
static gint
edge_behind (const View * v, gint bar)
{
  const gint first = MAX (bar - soft_of (v), 0), last = MIN (bar + soft_of (v), view_side (v) - 1);
  gint edge = 0;

  for (gint i = first; !v->turned && i <= last; i++)
    edge = MAX (edge, lit_in_line (v, i) - lit_in_line (v, bar - soft_of (v) - 1));
  for (gint i = first; v->turned && i <= last; i++)
    edge += rows_that_begin (v, i);
  return edge;
}

/* What is seen of a pair. */
typedef struct
{
  Sides black;
  gboolean bars, still;
} Seen;

static Seen
see (const View views[2], const View across[2], const Bars * state)
{
  const gint length = view_side (across) - black_lines (&across[0]) - black_lines (&across[1]);
  Seen seen = { { black_lines (&views[0]), black_lines (&views[1]) }, FALSE, FALSE };
  const gint edge = MIN (edge_behind (&views[0], seen.black.before), edge_behind (&views[1], seen.black.after));
  const gint held = MIN (edge_behind (&views[0], state->held.before), edge_behind (&views[1], state->held.after));

  seen.bars = seen.black.before > 0 && seen.black.after > 0 && edge * 5 >= length * 2
      && ABS (seen.black.before - seen.black.after) <= view_side (views) / 16 && 2 * length >= view_length (views);
  seen.still = held * 8 >= length;
  return seen;
}

static gboolean
reaches (Sides a, Sides b)
{
  return a.before >= b.before && a.after >= b.after;
}

static Sides
less (Sides a, gint by)
{
  return (Sides) { a.before - by, a.after - by };
}

static Sides
least_of (Sides a, Sides b)
{
  return (Sides) { MIN (a.before, b.before), MIN (a.after, b.after) };
}

static void
reference_bars (Bars * bars, const Seen * seen, gint soft, gboolean reset)
{
  const Sides black = seen->black, shown = seen->bars ? black : (Sides) { 0, 0 };
  const gboolean free_of_light = reaches (black, less (bars->held, soft));
  const gboolean candidate = reaches (black, less (bars->larger, soft)), same = candidate
      && reaches (bars->larger, less (black, soft));

  bars->unknown = bars->unknown || reset;
  if (reset || (!free_of_light && !seen->still) || (bars->unknown && seen->bars)) {
    bars->held = shown;
    bars->frames = 0;
  } else {
    if (free_of_light)
      bars->held = least_of (bars->held, black);
    if (seen->bars && !reaches (bars->held, black)) {
      bars->larger = bars->frames && same ? least_of (bars->larger, black) : black;
      bars->frames = bars->frames && same ? bars->frames + 1 : 1;
    } else if (!candidate) {
      bars->frames = 0;
    }
    if (bars->frames == PATIENCE) {
      bars->held = bars->larger;
      bars->frames = 0;
    }
  }
  if (seen->bars || black.before == 0 || black.after == 0)
    bars->unknown = FALSE;
}

static gdouble
rise (gdouble value, gdouble none, gdouble whole)
{
  return CLAMP ((value - none) / (whole - none), 0.0, 1.0);
}

/* Of what lies between bars, luma below BLACK counting as BLACK. */
static gdouble
reference_amount (const View * v, const State * s, const Seen * rows, const Seen * columns, gboolean reset)
{
  gdouble sum = 0.0, square = 0.0, pixels = 1.0, deviation, amount;
  const Seen *seen[] = { rows, columns };
  const Bars *bars[] = { &s->rows, &s->columns };

  for (gint y = 0; y < v->f->height; y++)
    for (gint x = 0; x < v->f->width; x++) {
      const gdouble light = light_at (v, y, x);
      sum += light;
      square += light * light;
    }
  for (gint i = 0; i < 2; i++) {
    const Sides shown = seen[i]->bars ? seen[i]->black : (Sides) { 0, 0 };
    pixels *= (i ? v->f->width : v->f->height) - MAX (bars[i]->held.before, shown.before)
        - MAX (bars[i]->held.after, shown.after);
  }
  sum /= pixels;
  deviation = sqrt (MAX (square / pixels - sum * sum, 0.0));
  sum += BLACK;
  amount = MAX (rise (deviation, 2.0 / 255, 12.0 / 255), rise (MIN (sum, 1.0 - sum), 16.0 / 255, 48.0 / 255));
  return reset ? amount : MIN (amount, s->amount + 1.0 / 12 + rise (deviation, 12.0 / 255, 48.0 / 255));
}

/* The state after one more frame. */
static void
reference (State * s, const Frame * f, const gfloat * picture, gboolean reset)
{
  const View rows[] = { {f, picture, FALSE, FALSE}, {f, picture, FALSE, TRUE} };
  const View columns[] = { {f, picture, TRUE, FALSE}, {f, picture, TRUE, TRUE} };
  const Seen of_rows = see (rows, columns, &s->rows), of_columns = see (columns, rows, &s->columns);

  if (of_rows.black.before < f->height && of_columns.black.before < f->width) {
    reference_bars (&s->rows, &of_rows, soft_of (rows), reset);
    reference_bars (&s->columns, &of_columns, soft_of (columns), reset);
  } else if (reset) {
    s->rows = s->columns = (Bars) {.unknown = TRUE };
  }
  s->amount = (gfloat) reference_amount (rows, s, &of_rows, &of_columns, reset);
}

/* ---- against it ---- */

static void
assert_bars (const Bars * a, gint before, gint after)
{
  g_assert_cmpint (a->held.before, ==, before);
  g_assert_cmpint (a->held.after, ==, after);
}

/* Measures; takes the picture. */
static State
next (SrwFraming * framing, State * expected, const Frame * f, gfloat * picture, gboolean reset)
{
  const State s = measure (framing, f, picture, reset);

  reference (expected, f, picture, reset);
  assert_bars (&s.rows, expected->rows.held.before, expected->rows.held.after);
  assert_bars (&s.columns, expected->columns.held.before, expected->columns.held.after);
  g_assert_cmpfloat_with_epsilon (s.amount, expected->amount, 2e-3);
  g_free (picture);
  return s;
}

static void
check_frame (const Frame * f, gint top, gint bottom, gint left, gint right)
{
  g_autoptr (SrwFraming) framing = framing_for (f);
  State expected = { 0 };
  const State s = next (framing, &expected, f, picture_of (f), TRUE);

  assert_bars (&s.rows, top, bottom);
  assert_bars (&s.columns, left, right);
}

static void
test_bars (void)
{
  check_frame (&(Frame) { 64, 48, 0, 0, 0, 0, 0.5f, 0.3f }, 0, 0, 0, 0);
  check_frame (&(Frame) { 64, 48, 6, 7, 0, 0, 0.5f, 0.3f }, 6, 7, 0, 0);
  check_frame (&(Frame) { 37, 23, 0, 0, 3, 4, 0.5f, 0.3f }, 0, 0, 3, 4);
  check_frame (&(Frame) { 150, 31, 2, 1, 9, 10, 0.4f, 0.02f }, 2, 1, 9, 10);
  /* nothing opposite, or something quite different */
  check_frame (&(Frame) { 64, 48, 9, 0, 0, 0, 0.5f, 0.3f }, 0, 0, 0, 0);
  check_frame (&(Frame) { 64, 48, 12, 4, 0, 0, 0.5f, 0.3f }, 0, 0, 0, 0);
  check_frame (&(Frame) { 1, 1, 0, 0, 0, 0, 0.5f, 0.0f }, 0, 0, 0, 0);
  /* a dark one, with black in it */
  check_frame (&(Frame) { 96, 80, 11, 11, 0, 0, 0.12f, 0.1f }, 11, 11, 0, 0);
  /* 2.39:1 and 4:3 in 16:9, 4:3 in 16:9 in 4:3, a phone's in 16:9, 16:9 in a phone's */
  check_frame (&(Frame) { 240, 135, 17, 17, 0, 0, 0.5f, 0.3f }, 17, 17, 0, 0);
  check_frame (&(Frame) { 240, 135, 0, 0, 30, 30, 0.5f, 0.3f }, 0, 0, 30, 30);
  check_frame (&(Frame) { 160, 120, 15, 15, 20, 20, 0.2f, 0.15f }, 15, 15, 20, 20);
  check_frame (&(Frame) { 240, 135, 0, 0, 82, 82, 0.5f, 0.3f }, 0, 0, 82, 82);
  check_frame (&(Frame) { 135, 240, 82, 82, 0, 0, 0.5f, 0.3f }, 82, 82, 0, 0);
}

static void
test_contrast (void)
{
  /* nearly white, and ever less so */
  for (gint i = 0; i <= 20; i++)
    check_frame (&(Frame) { 61, 45, 0, 0, 0, 0, 0.95f, (gfloat) i / 255.0f * 2.0f }, 0, 0, 0, 0);
  /* without contrast, from black to white, beside bars too */
  for (gint i = 0; i <= 64; i++) {
    const gint bar = i > 4 ? 5 : 0;
    check_frame (&(Frame) { 61, 45, 0, 0, 0, 0, (gfloat) i / 64.0f, 0.0f }, 0, 0, 0, 0);
    check_frame (&(Frame) { 61, 45, 5, 5, 0, 0, (gfloat) i / 64.0f, 0.0f }, bar, bar, 0, 0);
  }
}

static gfloat *
all_black (const Frame * f)
{
  return picture_of (&(Frame) { f->width, f->height, f->height, 0, 0, 0, 0.0f, 0.0f });
}

/* A disc, or somebody with a head, shoulders and arms, on black: at a place that moves, and in the middle, from where
 * all sides are as far. Nothing of it is a bar, and none of it comes and goes. */
static gfloat *
bright_thing (const Frame * f, gboolean disc, gint x, gint y, gint size)
{
  gfloat *picture = all_black (f);

  if (disc) {
    add (picture, f, x - size / 2, y - size / 2, size, size, TRUE, 0.9f);
    return picture;
  }
  add (picture, f, x - size / 14, y - size / 2, size / 7, size / 5, TRUE, 0.8f);
  add (picture, f, x - size / 8, y - size / 3, size / 4, size * 5 / 6, TRUE, 0.5f);
  add (picture, f, x - size / 3, y - size / 5, size * 2 / 3, size / 12, TRUE, 0.6f);
  return picture;
}

static void
check_bright_thing (gint width, gint height, gboolean disc, gint size)
{
  const Frame f = { width, height, 0, 0, 0, 0, 0.0f, 0.0f };
  g_autoptr (SrwFraming) framing = framing_for (&f);
  State expected = { 0 };

  for (gint i = -20; i <= 20; i++) {
    const State s = next (framing, &expected, &f, bright_thing (&f, disc, width / 2 + 2 * i, height / 2 + i / 4, size),
        i == -20);
    assert_bars (&s.rows, 0, 0);
    assert_bars (&s.columns, 0, 0);
    if (i == 0 && size > 10)
      g_assert_cmpfloat (s.amount, ==, 1.0f);
  }
}

static void
test_bright_thing (void)
{
  static const gint sizes[][3] = { {160, 90, 10}, {160, 90, 40}, {160, 90, 45}, {160, 90, 70}, {160, 90, 86},
    {160, 90, 130}, {64, 48, 39}, {64, 48, 40}, {64, 48, 41}, {128, 128, 64}, {260, 150, 75}
  };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    check_bright_thing (sizes[i][0], sizes[i][1], TRUE, sizes[i][2]);
    check_bright_thing (sizes[i][0], sizes[i][1], FALSE, sizes[i][2]);
  }
}

/* What comes in from the side makes the ground a picture little by little; what is there at once, at once; and what
 * goes takes it along. */
static void
test_coming_in (void)
{
  const Frame f = { 160, 90, 0, 0, 0, 0, 0.0f, 0.0f }, scene = { 160, 90, 0, 0, 0, 0, 0.5f, 0.4f };
  g_autoptr (SrwFraming) framing = framing_for (&f);
  State s, expected = { 0 };
  gfloat before = 0.0f;

  next (framing, &expected, &f, all_black (&f), TRUE);
  for (gint i = 0; i < 40; i++) {
    s = next (framing, &expected, &f, bright_thing (&f, TRUE, i / 2 - 8, 45, 16), FALSE);
    g_assert_cmpfloat (s.amount - before, <=, 0.15f);
    before = s.amount;
  }
  g_assert_cmpfloat (before, ==, 1.0f);
  s = next (framing, &expected, &f, all_black (&f), FALSE);
  g_assert_cmpfloat (s.amount, ==, 0.0f);
  s = next (framing, &expected, &scene, picture_of (&scene), FALSE);
  g_assert_cmpfloat (s.amount, ==, 1.0f);
}

/* Larger bars take their time, smaller ones do not, and black altogether says nothing of bars. */
static void
test_patience (void)
{
  const Frame small = { 64, 48, 4, 4, 0, 0, 0.5f, 0.3f }, large = { 64, 48, 9, 8, 0, 0, 0.5f, 0.3f };
  g_autoptr (SrwFraming) framing = framing_for (&small);
  State expected = { 0 }, s = next (framing, &expected, &small, picture_of (&small), TRUE);

  assert_bars (&s.rows, 4, 4);
  for (gint i = 1; i <= PATIENCE; i++) {
    s = next (framing, &expected, &large, picture_of (&large), FALSE);
    assert_bars (&s.rows, i < PATIENCE ? 4 : 9, i < PATIENCE ? 4 : 8);
  }
  s = next (framing, &expected, &small, all_black (&small), FALSE);
  assert_bars (&s.rows, 9, 8);
  g_assert_cmpfloat (s.amount, ==, 0.0f);
  s = next (framing, &expected, &small, picture_of (&small), FALSE);
  assert_bars (&s.rows, 4, 4);
  s = next (framing, &expected, &small, all_black (&small), TRUE);
  assert_bars (&s.rows, 0, 0);
  /* nothing was known until now */
  s = next (framing, &expected, &large, picture_of (&large), FALSE);
  assert_bars (&s.rows, 9, 8);
}

/* A curtain that closes has straight edges, but they do not stand still. */
static void
test_curtain (void)
{
  const Frame open = { 64, 48, 0, 0, 0, 0, 0.5f, 0.3f };
  g_autoptr (SrwFraming) framing = framing_for (&open);
  State expected = { 0 }, s = next (framing, &expected, &open, picture_of (&open), TRUE);

  for (gint i = 1; i <= PATIENCE + 2; i++) {
    const Frame f = { 64, 48, 0, 0, 2 * i, 2 * i, 0.5f, 0.3f };
    s = next (framing, &expected, &f, picture_of (&f), FALSE);
    assert_bars (&s.columns, 0, 0);
  }
}

/* A film that begins with a title on black, and has scenes that are black but for a light, between the bars or at
 * their edge; subtitles in the lower one, below a dark picture too. Then the whole frame is used. */
static void
test_film (void)
{
  const Frame film = { 160, 90, 12, 12, 0, 0, 0.4f, 0.3f }, dark = { 160, 90, 12, 12, 0, 0, 0.055f, 0.02f };
  const Frame whole = { 160, 90, 0, 0, 0, 0, 0.4f, 0.3f };
  g_autoptr (SrwFraming) framing = framing_for (&film);
  State s, expected = { 0 };
  gfloat *picture = all_black (&film);

  add (picture, &film, 50, 40, 60, 8, FALSE, 0.9f);
  s = next (framing, &expected, &film, picture, TRUE);
  assert_bars (&s.rows, 0, 0);
  s = next (framing, &expected, &film, picture_of (&film), FALSE);
  assert_bars (&s.rows, 12, 12);
  for (gint i = 0; i < 3 * PATIENCE; i++) {
    const gboolean subtitle = i % 3 == 1;
    picture = i < PATIENCE ? all_black (&film) : picture_of (i % 2 ? &dark : &film);
    if (subtitle && i >= PATIENCE)
      add (picture, &film, 40, 82, 70, 5, FALSE, 0.9f);
    else
      add (picture, &film, 30 + i, 12 + i / 2, 9, 9, TRUE, 0.8f);
    s = next (framing, &expected, &film, picture, FALSE);
    assert_bars (&s.rows, 12, 12);
    assert_bars (&s.columns, 0, 0);
  }
  s = next (framing, &expected, &whole, picture_of (&whole), FALSE);
  assert_bars (&s.rows, 0, 0);
}

/* A thing that comes into what were bars: they go, instead of following it. */
static void
test_after_film (void)
{
  const Frame film = { 160, 90, 12, 12, 0, 0, 0.4f, 0.3f };
  g_autoptr (SrwFraming) framing = framing_for (&film);
  State expected = { 0 }, s = next (framing, &expected, &film, picture_of (&film), TRUE);

  assert_bars (&s.rows, 12, 12);
  s = next (framing, &expected, &film, bright_thing (&film, FALSE, 80, 45, 78), FALSE);
  assert_bars (&s.rows, 0, 0);
}

/* Whatever comes. */
static gfloat *
random_picture (const Frame * f, GRand * random)
{
  const gint kind = g_rand_int_range (random, 0, 6), bar = g_rand_int_range (random, 1, 9);
  Frame film = *f;
  gfloat *picture;

  film.top = film.bottom = kind == 3 ? 0 : bar;
  film.left = film.right = kind == 3 || kind == 4 ? bar : 0;
  film.mean = g_rand_boolean (random) ? 0.4f : 0.07f;
  film.spread = 0.06f;
  picture = kind ? picture_of (&film) : all_black (f);
  if (kind == 5)
    add (picture, f, f->width / 3, f->height - 5, f->width / 3, 4, FALSE, 0.9f);
  if (kind < 2)
    add (picture, f, g_rand_int_range (random, -9, f->width), g_rand_int_range (random, -9, f->height), 19, 17, TRUE,
        0.7f);
  return picture;
}

static void
test_whatever (void)
{
  static const Frame frames[] = { {47, 33, 0, 0, 0, 0, 0.0f, 0.0f}, {5, 70, 0, 0, 0, 0, 0.0f, 0.0f},
    {600, 18, 0, 0, 0, 0, 0.0f, 0.0f}, {130, 97, 0, 0, 0, 0, 0.0f, 0.0f}
  };
  GRand *random = g_rand_new_with_seed (7);

  for (guint i = 0; i < G_N_ELEMENTS (frames); i++) {
    g_autoptr (SrwFraming) framing = framing_for (&frames[i]);
    State expected = { 0 };
    for (gint scene = 0; scene < 12; scene++) {
      gfloat *picture = random_picture (&frames[i], random);
      const gsize bytes = (gsize) 16 * padded (frames[i].width) * padded (frames[i].height);
      for (gint j = g_rand_int_range (random, 1, PATIENCE + 4); j >= 0; j--)
        next (framing, &expected, &frames[i], g_memdup2 (picture, bytes), g_rand_int_range (random, 0, 40) == 0);
      g_free (picture);
    }
  }
  g_rand_free (random);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/framing/bars", test_bars);
  g_test_add_func ("/framing/contrast", test_contrast);
  g_test_add_func ("/framing/bright-thing", test_bright_thing);
  g_test_add_func ("/framing/coming-in", test_coming_in);
  g_test_add_func ("/framing/patience", test_patience);
  g_test_add_func ("/framing/curtain", test_curtain);
  g_test_add_func ("/framing/film", test_film);
  g_test_add_func ("/framing/after-film", test_after_film);
  g_test_add_func ("/framing/whatever", test_whatever);
  result = g_test_run ();
  fixture_close ();
  return result;
}
