/* What the built-in weights make of an even ground: a bright disc on grey, painted in three of the styles that come
 * along.
 *
 *   test-even models/styles
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "fixture.h"
#include "stylizer.h"

/* What is measured, of 255 and over R, G and B, on the ground from 60 pixels off the disc on:
 *
 *   lattice  root mean square of what is left when the mean of the ground in windows of 33×33 pixels is taken away:
 *            brush strokes, and the network's own grid, of which brush strokes should be the most.
 *   beam     largest difference of a block of 16×16 pixels in the column above and below the disc from the mean of the
 *            ground beside it: how much a bright thing changes the colour of what is far away from it.
 *
 * The built-in weights reach 0.41 and 0.89 in the worst of the styles. Above these bounds a person sees it. */
#define LATTICE 0.8
#define BEAM 4.0

enum { WIDTH = 640, HEIGHT = 360, RADIUS = 40, AWAY = RADIUS + 60, GROUND = 70, DISC = 250 };
enum { WINDOW = 33, BLOCK = 16, BAND = 20 };

static const gchar *folder;

static gboolean
within (gint x, gint y, gint radius)
{
  const gint dx = x - WIDTH / 2, dy = y - HEIGHT / 2;

  return dx * dx + dy * dy < radius * radius;
}

static gdouble
pixel (const guint8 * frame, gint x, gint y, gint c)
{
  return frame[3 * (y * WIDTH + x) + c];
}

/* Sums over the ground of a channel, from the frame's first corner to a pixel, the pixel left out. */
typedef struct
{
  gdouble sum[HEIGHT + 1][WIDTH + 1];
  gint count[HEIGHT + 1][WIDTH + 1];
} Sums;

static void
add_up (Sums * s, const guint8 * frame, gint c)
{
  for (gint y = 0; y < HEIGHT; y++)
    for (gint x = 0; x < WIDTH; x++) {
      const gboolean ground = !within (x, y, AWAY);
      s->sum[y + 1][x + 1] = s->sum[y][x + 1] + s->sum[y + 1][x] - s->sum[y][x] + ground * pixel (frame, x, y, c);
      s->count[y + 1][x + 1] = s->count[y][x + 1] + s->count[y + 1][x] - s->count[y][x] + ground;
    }
}

/* The mean of the ground in the part of the frame from (left, top) up to (right, bottom), those left out. */
static gdouble
mean_of (const Sums * s, gint left, gint top, gint right, gint bottom)
{
  const gdouble sum = s->sum[bottom][right] - s->sum[top][right] - s->sum[bottom][left] + s->sum[top][left];

  return sum / (s->count[bottom][right] - s->count[top][right] - s->count[bottom][left] + s->count[top][left]);
}

static gdouble
lattice_square (const Sums * s, const guint8 * frame, gint c)
{
  const gint half = WINDOW / 2;
  gdouble square = 0.0;

  for (gint y = 0; y < HEIGHT; y++)
    for (gint x = 0; x < WIDTH; x++)
      if (!within (x, y, AWAY)) {
        const gdouble left = pixel (frame, x, y, c) - mean_of (s, MAX (x - half, 0), MAX (y - half, 0),
            MIN (x + half + 1, WIDTH), MIN (y + half + 1, HEIGHT));
        square += left * left;
      }
  return square / s->count[HEIGHT][WIDTH];
}

static gdouble
beam_of (const Sums * s)
{
  const gint centre = WIDTH / 2, above = HEIGHT / 2 - AWAY, below = HEIGHT / 2 + AWAY;
  const gint in_band = s->count[HEIGHT][centre + BAND] - s->count[HEIGHT][centre - BAND + 1];
  const gdouble band = s->sum[HEIGHT][centre + BAND] - s->sum[HEIGHT][centre - BAND + 1];
  const gdouble rest = (s->sum[HEIGHT][WIDTH] - band) / (s->count[HEIGHT][WIDTH] - in_band);
  gdouble largest = 0.0;

  for (gint y = 0; y + BLOCK <= HEIGHT; y += y + 2 * BLOCK <= above || y >= below ? BLOCK : below - y)
    for (gint x = centre - BLOCK; x <= centre; x += BLOCK)
      largest = MAX (largest, ABS (mean_of (s, x, y, x + BLOCK, y + BLOCK) - rest));
  return largest;
}

static guint8 *
paint (SrwStylizer * stylizer, const gchar * name)
{
  const SrwFrameParams params = {.strength = 1.0f,.preserve_black = TRUE,.restart = TRUE };
  gchar *path = g_strdup_printf ("%s/%s" SRW_STYLE_SUFFIX, folder, name);
  GError *error = NULL;
  SrwStyle *style = srw_stylizer_style_from_file (stylizer, path, SRW_STYLE_SCALE, &error);
  SrwFrameLayout layout;
  guint8 *frame;

  g_assert_no_error (error);
  srw_stylizer_set_style (stylizer, style);
  srw_frame_layout_init (&layout, SRW_FORMAT_RGB, WIDTH, HEIGHT);
  frame = g_malloc (layout.size);
  for (gint i = 0; i < 3 * WIDTH * HEIGHT; i++)
    frame[i] = within (i / 3 % WIDTH, i / 3 / WIDTH, RADIUS) ? DISC : GROUND;
  srw_stylizer_process (stylizer, frame, &layout, frame, &layout, &params, &error);
  g_assert_no_error (error);
  srw_style_unref (style);
  g_free (path);
  return frame;
}

static void
test_disc (void)
{
  static const gchar *const names[] = { "gogh-cafe-terrace-at-night", "hashiguchi-ducks", "morisot-daffodils" };
  GError *error = NULL;
  g_autoptr (SrwStylizer) stylizer = srw_stylizer_open (NULL, NULL, &error);
  gdouble worst_lattice = 0.0, worst_beam = 0.0;

  g_assert_no_error (error);
  srw_stylizer_set_size (stylizer, SRW_FORMAT_RGB, WIDTH, HEIGHT, 0, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    guint8 *frame = paint (stylizer, names[i]);
    gdouble square = 0.0, beam = 0.0;
    for (gint c = 0; c < 3; c++) {
      Sums *s = g_new0 (Sums, 1);
      add_up (s, frame, c);
      square += lattice_square (s, frame, c) / 3;
      beam = MAX (beam, beam_of (s));
      g_free (s);
    }
    g_test_message ("%s: lattice %.2f, beam %.2f of 255", names[i], sqrt (square), beam);
    worst_lattice = MAX (worst_lattice, sqrt (square));
    worst_beam = MAX (worst_beam, beam);
    g_free (frame);
  }
  g_assert_cmpfloat (worst_lattice, <=, LATTICE);
  g_assert_cmpfloat (worst_beam, <=, BEAM);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  if (argc != 2)
    g_error ("the folder of styles is missing");
  folder = argv[1];
  g_test_add_func ("/even/disc", test_disc);
  return fixture_run ();
}
