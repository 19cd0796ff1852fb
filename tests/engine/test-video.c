/* What one frame owes to those before it.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"
#include "stylizer.h"

#define WIDTH 96
#define HEIGHT 80
#define PIXELS (3 * WIDTH * HEIGHT)

static SrwStylizer *stylizer;

typedef guint8 Frame[PIXELS];

/* A picture that is the same every time, with noise that is not. */
static void
draw (Frame frame, GRand * noise, gint amount)
{
  for (gint y = 0; y < HEIGHT; y++)
    for (gint x = 0; x < WIDTH; x++)
      for (gint c = 0; c < 3; c++) {
        const gint plain = 60 + (x * (2 + c) + y) % 120 + (x / 24 + y / 16) % 2 * 40;
        const gint change = amount ? g_rand_int_range (noise, -amount, amount + 1) : 0;
        frame[3 * (y * WIDTH + x) + c] = (guint8) (plain + change);
      }
}

static void
stylise (const Frame in, Frame out, gfloat strength, gfloat smoothing, gboolean restart)
{
  const SrwFrameParams params = {.strength = strength,.smoothing = smoothing,.restart = restart };
  SrwFrameLayout layout;
  GError *error = NULL;

  srw_frame_layout_init (&layout, SRW_FORMAT_RGB, WIDTH, HEIGHT);
  g_assert_cmpuint (layout.size, ==, PIXELS);
  srw_stylizer_process (stylizer, in, &layout, out, &layout, &params, &error);
  g_assert_no_error (error);
}

static guint
largest_difference (const Frame a, const Frame b)
{
  guint largest = 0;

  for (gint i = 0; i < PIXELS; i++)
    largest = MAX (largest, (guint) ABS (a[i] - b[i]));
  return largest;
}

/* Mean over the frame of how much it varies from frame to frame, once it has settled. Strength and style go to and fro
 * as little as they do in the frames of a fade. */
static gdouble
variation (gfloat smoothing, gfloat strength_step, SrwStyle * styles[2])
{
  enum { SETTLE = 12, FRAMES = 12 };
  GRand *noise = g_rand_new_with_seed (1);
  gdouble *sum = g_new0 (gdouble, PIXELS), *square = g_new0 (gdouble, PIXELS), total = 0.0;
  Frame in, out;

  for (gint i = 0; i < SETTLE + FRAMES; i++) {
    draw (in, noise, 4);
    if (styles)
      srw_stylizer_set_style (stylizer, styles[i % 2]);
    stylise (in, out, 1.0f - (gfloat) (i % 2) * strength_step, smoothing, i == 0);
    for (gint p = 0; i >= SETTLE && p < PIXELS; p++) {
      sum[p] += out[p];
      square[p] += (gdouble) out[p] * out[p];
    }
  }
  for (gint p = 0; p < PIXELS; p++)
    total += square[p] / FRAMES - (sum[p] / FRAMES) * (sum[p] / FRAMES);
  g_rand_free (noise);
  g_free (sum);
  g_free (square);
  return total / PIXELS;
}

/* 0.8 of what was shown leaves a ninth of white noise; rounding and the short time leave some more. */
static void
test_still (void)
{
  const gdouble without = variation (0.0f, 0.0f, NULL), with = variation (0.8f, 0.0f, NULL);

  g_test_message ("variance %g without, %g with smoothing", without, with);
  g_assert_cmpfloat (without, >, 1.0);
  g_assert_cmpfloat (with, <, without / 4);
}

/* Without smoothing every frame is as if it were the first. */
static void
test_off (void)
{
  GRand *noise = g_rand_new_with_seed (2);
  Frame in, alone, out;

  for (gint i = 0; i < 3; i++) {
    draw (in, noise, 4);
    stylise (in, alone, 1.0f, 0.8f, TRUE);
    draw (out, noise, 4);
    stylise (out, out, 1.0f, 0.8f, FALSE);
    stylise (in, out, 1.0f, 0.0f, FALSE);
    g_assert_cmpmem (alone, sizeof alone, out, sizeof out);
  }
  g_rand_free (noise);
}

/* So is the first one after a restart. */
static void
test_restart (void)
{
  GRand *noise = g_rand_new_with_seed (3);
  Frame first, second, alone, out;

  draw (first, noise, 4);
  draw (second, noise, 4);
  stylise (second, alone, 1.0f, 0.8f, TRUE);
  stylise (first, out, 1.0f, 0.8f, TRUE);
  stylise (second, out, 1.0f, 0.8f, FALSE);
  g_assert_cmpuint (largest_difference (alone, out), >, 1);
  stylise (first, out, 1.0f, 0.8f, TRUE);
  stylise (second, out, 1.0f, 0.8f, TRUE);
  g_assert_cmpmem (alone, sizeof alone, out, sizeof out);
  g_rand_free (noise);
}

/* Nothing of a scene is seen in the next one, although nobody says that there is one. */
static void
test_scene (void)
{
  GRand *noise = g_rand_new_with_seed (4);
  Frame one, other, alone, out;

  draw (one, noise, 0);
  for (gint i = 0; i < PIXELS; i++)
    other[i] = (guint8) ((i / 30 % 2 ? 250 : 5) ^ (i / (3 * WIDTH * 10) % 2 ? 255 : 0));
  stylise (other, alone, 1.0f, 0.8f, TRUE);
  stylise (one, out, 1.0f, 0.8f, TRUE);
  stylise (other, out, 1.0f, 0.8f, FALSE);
  g_assert_cmpmem (alone, sizeof alone, out, sizeof out);
  g_rand_free (noise);
}

static SrwStyle *
style_of (guint8 red, guint8 green, guint8 blue)
{
  guint8 rgb[64 * 64 * 3];
  GError *error = NULL;
  SrwStyle *style;

  for (gsize i = 0; i < sizeof rgb; i += 3) {
    rgb[i] = (guint8) (red + i % 16);
    rgb[i + 1] = (guint8) (green + i % 11);
    rgb[i + 2] = blue;
  }
  style = srw_stylizer_style_from_picture (stylizer, rgb, 64, 64, 64 * 3, &error);
  g_assert_no_error (error);
  return style;
}

/* Another style or strength is seen at once, where nothing moves and the look changes by little too. The statistics
 * of a frame that is shown again are the same but for rounding. */
static void
test_look (void)
{
  SrwStyle *styles[] = { style_of (120, 90, 60), style_of (140, 110, 80) };
  Frame in, alone, out;

  draw (in, NULL, 0);
  srw_stylizer_set_style (stylizer, styles[1]);
  stylise (in, alone, 1.0f, 0.8f, TRUE);
  srw_stylizer_set_style (stylizer, styles[0]);
  stylise (in, out, 1.0f, 0.8f, TRUE);
  g_assert_cmpuint (largest_difference (alone, out), >, 4);
  srw_stylizer_set_style (stylizer, styles[1]);
  stylise (in, out, 1.0f, 0.8f, FALSE);
  g_assert_cmpuint (largest_difference (alone, out), <=, 1);

  stylise (in, out, 0.9f, 0.8f, TRUE);
  g_assert_cmpuint (largest_difference (alone, out), >, 4);
  stylise (in, out, 1.0f, 0.8f, FALSE);
  g_assert_cmpuint (largest_difference (alone, out), <=, 1);
  g_clear_pointer (&styles[0], srw_style_unref);
  g_clear_pointer (&styles[1], srw_style_unref);
}

/* A fade is as still as what does not fade. */
static void
test_fade (void)
{
  SrwStyle *ends[] = { srw_stylizer_style_builtin (stylizer, SRW_STYLE_SCALE, NULL), style_of (140, 110,
      80) }, *steps[2];
  gdouble still, fading;

  for (gint i = 0; i < 2; i++)
    steps[i] = srw_style_blend (ends[0], ends[1], (gfloat) i * 0.01f);
  srw_stylizer_set_style (stylizer, steps[0]);
  still = variation (0.8f, 0.0f, NULL);
  g_assert_cmpfloat (variation (0.0f, 0.0f, NULL), >, 4 * still);
  fading = variation (0.8f, 0.02f, steps);
  g_test_message ("variance %g, in a fade %g", still, fading);
  g_assert_cmpfloat (fading, <, 1.5 * still);
  for (gint i = 0; i < 2; i++) {
    g_clear_pointer (&ends[i], srw_style_unref);
    g_clear_pointer (&steps[i], srw_style_unref);
  }
}

/* ---- black, white and bars ---- */

static void
stylise_black (const Frame in, Frame out, gboolean preserve, gboolean restart)
{
  const SrwFrameParams params = {.strength = 1.0f,.smoothing = 0.8f,.preserve_black = preserve,.restart = restart };
  SrwFrameLayout layout;
  GError *error = NULL;

  srw_frame_layout_init (&layout, SRW_FORMAT_RGB, WIDTH, HEIGHT);
  srw_stylizer_process (stylizer, in, &layout, out, &layout, &params, &error);
  g_assert_no_error (error);
}

static gdouble
mean_of (const Frame frame)
{
  gdouble sum = 0.0;

  for (gint i = 0; i < PIXELS; i++)
    sum += frame[i];
  return sum / PIXELS;
}

/* `left` of a picture, and the rest of `end`. */
static void
fade (Frame frame, gdouble left, gint end)
{
  draw (frame, NULL, 0);
  for (gint i = 0; i < PIXELS; i++)
    frame[i] = (guint8) (end + (frame[i] - end) * left + 0.5);
}

/* A fade ends where it is to end, and once the picture goes, it goes without coming back. */
static void
check_fade (gint end)
{
  enum { FRAMES = 24 };
  gdouble before = 0.0, reached = 0.0;
  Frame in, out;

  for (gint i = 0; i <= FRAMES; i++) {
    const gdouble left = 1.0 - (gdouble) i / FRAMES;
    fade (in, left, end);
    stylise_black (in, out, TRUE, i == 0);
    reached = ABS (mean_of (out) - end);
    g_test_message ("%.2f left: mean %.1f", left, mean_of (out));
    if (left < 0.25)
      g_assert_cmpfloat (reached, <=, before + 1.0);
    before = reached;
  }
  g_assert_cmpfloat (reached, <, 8.0);
  /* which it does not without */
  stylise_black (in, out, FALSE, TRUE);
  g_assert_cmpfloat (ABS (mean_of (out) - end), >, 24.0);
}

static void
test_fades (void)
{
  check_fade (0);
  check_fade (255);
}

/* A picture of which so much is left, between bars that are not quite black. */
static void
draw_film (Frame frame, gint bar, gint side_bar, gdouble left)
{
  fade (frame, left, 0);
  for (gint y = 0; y < HEIGHT; y++)
    for (gint x = 0; x < WIDTH; x++)
      for (gint c = 0; c < 3 && (MIN (y, HEIGHT - 1 - y) < bar || MIN (x, WIDTH - 1 - x) < side_bar); c++)
        frame[3 * (WIDTH * y + x) + c] = (guint8) ((x * 3 + c) * 7 % 5);
}

/* Bars stay as they are, to the bit, while the picture goes to black and comes back; it does not, nor does a dark
 * one. */
static void
check_bars (gint bar, gint side_bar)
{
  static const gdouble left[] = { 0.25, 1.0, 0.5, 0.1, 0.03, 0.0, 0.0, 0.03, 0.1, 0.5, 1.0 };
  Frame in, out;

  for (guint i = 0; i < G_N_ELEMENTS (left); i++) {
    guint changed = 0;
    draw_film (in, bar, side_bar, left[i]);
    stylise_black (in, out, TRUE, i == 0);
    for (gint p = 0; p < PIXELS; p++) {
      const gint x = p / 3 % WIDTH, y = p / 3 / WIDTH;
      if (MIN (y, HEIGHT - 1 - y) < bar || MIN (x, WIDTH - 1 - x) < side_bar)
        g_assert_cmpint (out[p], ==, in[p]);
      else
        changed += ABS (out[p] - in[p]) > 8;
    }
    g_test_message ("%.2f left: %u of %d changed", left[i], changed, PIXELS);
    if (left[i] >= 0.25)
      g_assert_cmpuint (changed, >, PIXELS / 4);
  }
}

static void
test_bars (void)
{
  check_bars (11, 0);
  check_bars (0, 14);
  check_bars (10, 12);
}

/* A disc that moves over black: all of the ground is picture and is painted, up to the frame's edge and in every frame,
 * and holds still. */
static void
test_bright_thing (void)
{
  enum { RADIUS = 11, AWAY = 24 };
  Frame in, out, before;

  for (gint i = 0; i < 4; i++) {
    guint ground = 0, black = 0;
    gdouble change = 0.0;
    for (gint p = 0; p < PIXELS; p++) {
      const gint dx = p / 3 % WIDTH - (WIDTH / 2 + 3 * i), dy = p / 3 / WIDTH - (HEIGHT / 2 - i);
      in[p] = dx * dx + dy * dy <= RADIUS * RADIUS ? 240 : 0;
    }
    memcpy (before, out, sizeof out);
    stylise_black (in, out, TRUE, i == 0);
    for (gint p = 0; p < PIXELS; p++) {
      const gint dx = p / 3 % WIDTH - (WIDTH / 2 + 3 * i), dy = p / 3 / WIDTH - (HEIGHT / 2 - i);
      if (dx * dx + dy * dy <= AWAY * AWAY)
        continue;
      ground++;
      black += out[p] <= 16;
      change += ABS (out[p] - before[p]);
    }
    g_test_message ("%u of %u black, %.2f change", black, ground, change / ground);
    g_assert_cmpuint (black, <, ground / 100);
    if (i > 0)
      g_assert_cmpfloat (change / ground, <, 8.0);
  }
}

/* A ground without any contrast is painted, unless it is black or white. */
static void
test_plain (void)
{
  static const guint8 green[] = { 30, 200, 90 };
  Frame in, out;

  for (gint i = 0; i < PIXELS; i++)
    in[i] = green[i % 3];
  stylise_black (in, out, TRUE, TRUE);
  for (gint i = 0; i < 3; i++)
    g_test_message ("%d becomes %d", green[i], out[PIXELS / 2 / 3 * 3 + i]);
  g_assert_cmpint (memcmp (in, out, PIXELS), !=, 0);
  for (gint end = 0; end <= 255; end += 255) {
    memset (in, end, PIXELS);
    stylise_black (in, out, TRUE, TRUE);
    g_assert_cmpmem (in, PIXELS, out, PIXELS);
  }
}

static void
count_launch (const gchar * op, gdouble flops, gdouble bytes, gpointer data)
{
  ++*(guint *) data;
}

/* How much is launched for a frame that follows another one, by the element's defaults. */
static guint
launches_of_frame (SrwFormat format, gint width, gint height, gint processing_height)
{
  static const SrwRecorder recorder = {.launch = count_launch };
  const SrwFrameParams params = {.strength = 1.0f,.smoothing = 0.8f,.preserve_black = TRUE };
  SrwFrameLayout layout;
  GError *error = NULL;
  guint8 *frame;
  guint launches = 0;

  srw_frame_layout_init (&layout, format, width, height);
  frame = g_malloc0 (layout.size);
  srw_stylizer_set_size (stylizer, layout.format, width, height, processing_height, &error);
  g_assert_no_error (error);
  srw_stylizer_process (stylizer, frame, &layout, frame, &layout, &params, &error);
  g_assert_no_error (error);
  srw_queue_record (srw_stylizer_queue (stylizer), &recorder, &launches);
  srw_stylizer_process (stylizer, frame, &layout, frame, &layout, &params, &error);
  srw_queue_record (srw_stylizer_queue (stylizer), NULL, NULL);
  g_assert_no_error (error);
  g_free (frame);
  return launches;
}

/* To a GPU a launch is a wait for nothing. */
static void
test_launches (void)
{
  static const gint sizes[][2] = { {1, 1}, {70, 40}, {150, 530} };
  SrwDevice *device = srw_queue_device (srw_stylizer_queue (stylizer));
  guint launches = 0;

  if (srw_device_info (device)->family != SRW_KERNELS_GPU) {
    g_test_skip ("processors have larger launches, and no need of few");
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    launches = launches_of_frame (SRW_FORMAT_NV12, sizes[i][0], sizes[i][1], 0);
    g_test_message ("%dx%d: %u launches", sizes[i][0], sizes[i][1], launches);
    g_assert_cmpuint (launches, >, 60);
    g_assert_cmpuint (launches, <=, 90);
  }
  /* unpacked and packed; smaller and back, by a model of the picture */
  g_assert_cmpuint (launches_of_frame (SRW_FORMAT_V210, 70, 40, 0), <=, launches + 2);
  g_assert_cmpuint (launches_of_frame (SRW_FORMAT_NV12, 70, 40, 20), <=, launches + 5);
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  SrwStyle *style;
  int result;

  fixture_init (&argc, &argv);
  stylizer = srw_stylizer_open (NULL, NULL, &error);
  g_assert_no_error (error);
  srw_stylizer_set_size (stylizer, SRW_FORMAT_RGB, WIDTH, HEIGHT, 0, &error);
  g_assert_no_error (error);
  style = srw_stylizer_style_builtin (stylizer, SRW_STYLE_SCALE, &error);
  g_assert_no_error (error);
  srw_stylizer_set_style (stylizer, style);
  g_clear_pointer (&style, srw_style_unref);
  g_test_add_func ("/video/still", test_still);
  g_test_add_func ("/video/off", test_off);
  g_test_add_func ("/video/restart", test_restart);
  g_test_add_func ("/video/scene", test_scene);
  g_test_add_func ("/video/fades", test_fades);
  g_test_add_func ("/video/bars", test_bars);
  g_test_add_func ("/video/bright-thing", test_bright_thing);
  g_test_add_func ("/video/plain", test_plain);
  g_test_add_func ("/video/look", test_look);
  g_test_add_func ("/video/fade", test_fade);
  /* last, for it has frames of other sizes */
  g_test_add_func ("/video/launches", test_launches);
  result = fixture_run ();
  g_clear_pointer (&stylizer, srw_stylizer_close);
  return result;
}
