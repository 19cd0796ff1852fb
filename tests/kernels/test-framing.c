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
  gint held, least, frames;
} Bar;

typedef struct
{
  gfloat amount;
  Bar top, bottom, left, right;
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

/* From contrast and the distance from black or white, in double precision, over what lies between the first and the
 * last pixel of each row that is not black. */
static gdouble
reference_amount (const Frame * f, const gfloat * picture)
{
  gdouble sum = 0.0, square = 0.0, count = 0.0;

  for (gint y = 0; y < f->height; y++) {
    const gfloat *row = picture + (gsize) y * padded (f->width) * 4;
    gint first = 0, last = f->width - 1;
    while (first < f->width && row[4 * first] <= BLACK)
      first++;
    while (last >= 0 && row[4 * last] <= BLACK)
      last--;
    for (gint x = first; x <= last; x++) {
      sum += row[4 * x];
      square += (gdouble) row[4 * x] * row[4 * x];
      count++;
    }
  }
  sum /= MAX (count, 1.0);
  return MAX (CLAMP ((sqrt (MAX (square / MAX (count, 1.0) - sum * sum, 0.0)) - 2.0 / 255) / (10.0 / 255), 0.0, 1.0),
      CLAMP ((MIN (sum, 1.0 - sum) - 16.0 / 255) / (32.0 / 255), 0.0, 1.0));
}

static void
check_frame (const Frame * f, gint top, gint bottom, gint left, gint right)
{
  g_autoptr (SrwFraming) framing = framing_for (f);
  gfloat *picture = picture_of (f);
  const State s = measure (framing, f, picture, TRUE);

  g_assert_cmpint (s.top.held, ==, top);
  g_assert_cmpint (s.bottom.held, ==, bottom);
  g_assert_cmpint (s.left.held, ==, left);
  g_assert_cmpint (s.right.held, ==, right);
  g_assert_cmpfloat_with_epsilon (s.amount, reference_amount (f, picture), 2e-3);
  g_free (picture);
}

static void
test_bars (void)
{
  check_frame (&(Frame) { 64, 48, 0, 0, 0, 0, 0.5f, 0.3f }, 0, 0, 0, 0);
  check_frame (&(Frame) { 64, 48, 6, 7, 0, 0, 0.5f, 0.3f }, 6, 7, 0, 0);
  check_frame (&(Frame) { 37, 23, 0, 0, 3, 5, 0.5f, 0.3f }, 0, 0, 3, 5);
  check_frame (&(Frame) { 150, 31, 2, 1, 9, 10, 0.4f, 0.02f }, 2, 1, 9, 10);
  /* nothing opposite */
  check_frame (&(Frame) { 64, 48, 9, 0, 0, 0, 0.5f, 0.3f }, 0, 0, 0, 0);
  check_frame (&(Frame) { 1, 1, 0, 0, 0, 0, 0.5f, 0.0f }, 0, 0, 0, 0);
  /* a dark one, with black in it */
  check_frame (&(Frame) { 96, 80, 11, 11, 0, 0, 0.12f, 0.1f }, 11, 11, 0, 0);
}

static void
test_contrast (void)
{
  /* nearly white, and ever less so */
  for (gint i = 0; i <= 20; i++)
    check_frame (&(Frame) { 61, 45, 0, 0, 0, 0, 0.95f, (gfloat) i / 255.0f * 2.0f }, 0, 0, 0, 0);
  /* without contrast, from black to white */
  for (gint i = 0; i <= 64; i++)
    check_frame (&(Frame) { 61, 45, 0, 0, 0, 0, (gfloat) i / 64.0f, 0.0f }, 0, 0, 0, 0);
}

/* A bar takes its time to be larger, none to be smaller, and black altogether says nothing of bars. */
static void
test_patience (void)
{
  const Frame small = { 64, 48, 4, 4, 0, 0, 0.5f, 0.3f }, large = { 64, 48, 9, 8, 0, 0, 0.5f, 0.3f };
  const Frame black = { 64, 48, 48, 0, 0, 0, 0.0f, 0.0f };
  g_autoptr (SrwFraming) framing = framing_for (&small);
  gfloat *with_small = picture_of (&small), *with_large = picture_of (&large), *all_black = picture_of (&black);
  State s = measure (framing, &small, with_small, TRUE);

  g_assert_cmpint (s.top.held, ==, 4);
  for (gint i = 1; i <= PATIENCE; i++) {
    s = measure (framing, &large, with_large, FALSE);
    g_assert_cmpint (s.top.held, ==, i < PATIENCE ? 4 : 9);
    g_assert_cmpint (s.bottom.held, ==, i < PATIENCE ? 4 : 8);
  }
  s = measure (framing, &black, all_black, FALSE);
  g_assert_cmpint (s.top.held, ==, 9);
  g_assert_cmpfloat (s.amount, ==, 0.0f);
  s = measure (framing, &small, with_small, FALSE);
  g_assert_cmpint (s.top.held, ==, 4);
  s = measure (framing, &black, all_black, TRUE);
  g_assert_cmpint (s.top.held, ==, 0);
  g_free (with_small);
  g_free (with_large);
  g_free (all_black);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/framing/bars", test_bars);
  g_test_add_func ("/framing/contrast", test_contrast);
  g_test_add_func ("/framing/patience", test_patience);
  result = g_test_run ();
  fixture_close ();
  return result;
}
