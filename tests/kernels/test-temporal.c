/* What holds video still, against its definition.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "reference.h"
#include "reference-temporal.h"
#include "video/temporal-private.h"

static const gint sizes[][2] = { {16, 16}, {48, 32}, {16, 144}, {144, 128}, {176, 144} };

/* An SrwTemporal whose memory is guarded, and what is in it. */
typedef struct
{
  SrwTemporal *temporal;
  GuardedMap pyramid[2], shown[2], vectors, scene;
  gfloat *luma[2], *was_shown;
} Rig;

/* Multiples of 1/256, so that differences and their sums are exact, whatever their order. */
static gfloat *
random_luma (gsize n)
{
  gfloat *luma = fixture_random (n, 0, 1);

  for (gsize i = 0; i < n; i++)
    luma[i] = floorf (luma[i] * 256) / 256;
  return luma;
}

static void
put (GuardedMap * guarded, gsize n, const gfloat * data, cl_mem * buffer)
{
  *guarded = guarded_array (n, data);
  clReleaseMemObject (*buffer);
  clRetainMemObject (guarded->tensor.mem);
  *buffer = guarded->tensor.mem;
}

/* now = before, moved by (1, 1) at every level, with a little noise on the left and other samples in every third row
 * of blocks. */
static void
move_level (const SrwTemporalLevel * level, const gfloat * before, gfloat * now)
{
  for (gint y = 0; y < level->height; y++)
    for (gint x = 0; x < level->width; x++) {
      const gint from_x = MIN (x + 1, level->width - 1), from_y = MIN (y + 1, level->height - 1);
      gfloat *sample = now + level->at + y * level->width + x;
      if (y / 8 % 3 != 2)
        *sample = before[level->at + from_y * level->width + from_x] + (x < level->width / 2 ? *sample / 16 : 0);
      *sample = floorf (*sample * 256) / 256;
    }
}

static Rig
rig_new (gint width, gint height)
{
  GError *error = NULL;
  Rig rig = {.temporal = srw_temporal_new (fixture_queue (), width, height, &error) };
  SrwTemporal *temporal = rig.temporal;

  g_assert_no_error (error);
  rig.luma[0] = random_luma (temporal->pyramid_floats);
  rig.luma[1] = random_luma (temporal->pyramid_floats);
  for (guint i = 0; i < temporal->n_levels; i++)
    move_level (&temporal->levels[i], rig.luma[1], rig.luma[0]);
  rig.was_shown = fixture_random (temporal->history_floats, 0, 1);
  for (gsize i = 3; i < temporal->history_floats; i += 4)
    rig.was_shown[i] = 0.0f;
  for (guint i = 0; i < 2; i++)
    put (&rig.pyramid[i], temporal->pyramid_floats, rig.luma[i], &temporal->pyramid[i]);
  put (&rig.shown[0], temporal->history_floats, NULL, &temporal->history[0]);
  put (&rig.shown[1], temporal->history_floats, rig.was_shown, &temporal->history[1]);
  put (&rig.vectors, temporal->vector_ints, NULL, &temporal->vectors);
  rig.scene = guarded_array (1, NULL);
  return rig;
}

static void
rig_free (Rig * rig)
{
  g_clear_pointer (&rig->temporal, srw_temporal_free);
  for (guint i = 0; i < 2; i++) {
    guarded_free (&rig->pyramid[i]);
    guarded_free (&rig->shown[i]);
    g_free (rig->luma[i]);
  }
  guarded_free (&rig->vectors);
  guarded_free (&rig->scene);
  g_free (rig->was_shown);
}

static gfloat
read_scene (const Rig * rig)
{
  gfloat *found = guarded_read (&rig->scene), scene = *found;

  g_free (found);
  return scene;
}

/* Bits, not numbers. */
static gint *
read_vectors (const Rig * rig)
{
  return (gint *) guarded_read (&rig->vectors);
}

static void
compare (const GuardedMap * map, gsize n, const gfloat * expected, gdouble tolerance)
{
  gdouble *wide = g_new (gdouble, n);

  for (gsize i = 0; i < n; i++)
    wide[i] = expected[i];
  guarded_compare (map, wide, tolerance);
  g_free (wide);
}

static void
check_shrink (gint width, gint height)
{
  Rig rig = rig_new (width, height);
  const SrwTemporalLevel *level = rig.temporal->levels;
  gfloat *picture = fixture_random (4 * (gsize) width * height, 0, 1);
  GuardedMap picture_map = guarded_array (4 * (gsize) width * height, picture);

  srw_temporal_shrink (rig.temporal, picture_map.tensor.mem);
  reference_luma (width, height, picture, rig.luma[0]);
  for (guint i = 1; i < rig.temporal->n_levels; i++)
    reference_halve (level[i].width, level[i].height, rig.luma[0] + level[i - 1].at, rig.luma[0] + level[i].at);
  compare (&rig.pyramid[0], rig.temporal->pyramid_floats, rig.luma[0], 1e-6);
  guarded_free (&picture_map);
  g_free (picture);
  rig_free (&rig);
}

static void
check_match (gint width, gint height)
{
  Rig rig = rig_new (width, height);
  const guint n = rig.temporal->n_levels;
  gint *expected = g_new (gint, rig.temporal->vector_ints), *got, moved = 0;

  for (guint i = n; i-- > 0;) {
    const SrwTemporalLevel *l = &rig.temporal->levels[i];
    const gboolean coarsest = i == n - 1;
    reference_match (l->width, l->height, rig.luma[0] + l->at, rig.luma[1] + l->at, coarsest ? 4 : 1,
        coarsest ? NULL : expected + l[1].vectors_at, coarsest ? 0 : l[1].columns, coarsest ? 0 : l[1].rows,
        expected + l->vectors_at);
  }
  srw_temporal_match (rig.temporal, rig.scene.tensor.mem);
  g_assert_cmpfloat_with_epsilon (read_scene (&rig), reference_scene (rig.temporal->levels[n - 1].width,
          rig.temporal->levels[n - 1].height, rig.luma[0] + rig.temporal->levels[n - 1].at,
          rig.luma[1] + rig.temporal->levels[n - 1].at, expected + rig.temporal->levels[n - 1].vectors_at), 1e-5);
  got = read_vectors (&rig);
  for (gsize i = 0; i < rig.temporal->vector_ints; i++)
    g_assert_cmpint (got[i], ==, expected[i]);
  for (gint i = 0; i < rig.temporal->levels->columns * rig.temporal->levels->rows; i++)
    moved += got[2 * i] == 1 && got[2 * i + 1] == 1;
  g_assert_cmpint (moved, >, 0);
  g_free (expected);
  g_free (got);
  rig_free (&rig);
}

/* Nothing of one frame is in the other. */
static void
check_scene (gfloat other)
{
  const gint width = 144, height = 128;
  Rig rig = rig_new (width, height);
  const gsize n = rig.temporal->pyramid_floats;

  for (gsize i = 0; i < n; i++) {
    rig.luma[0][i] = 0.5f;
    rig.luma[1][i] = other;
  }
  for (guint i = 0; i < 2; i++) {
    guarded_free (&rig.pyramid[i]);
    put (&rig.pyramid[i], n, rig.luma[i], &rig.temporal->pyramid[i]);
  }
  srw_temporal_match (rig.temporal, rig.scene.tensor.mem);
  g_assert_cmpfloat_with_epsilon (read_scene (&rig), ABS (other - 0.5f), 1e-5);
  rig_free (&rig);
}

/* What was shown is as near to the output as in video, here and there less so. */
static gfloat *
random_head (const Rig * rig, gint width, gint height)
{
  gfloat *head = fixture_random (4 * (gsize) width * height, 0, 1);

  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++)
      for (gint c = 0; c < 3; c++) {
        const gint from_x = MIN (x + 1, width - 1), from_y = MIN (y + 1, height - 1);
        gfloat *sample = head + reference_head_at (width, x, y) + c;
        *sample = rig->was_shown[4 * (from_y * width + from_x) + c] + (x % 32 < 24 ? 0.3f : 1.0f) * (*sample - 0.3f);
      }
  return head;
}

/* `head_map` and what is kept for the next frame hold `expected`, and the head's last four channels are left alone. */
static void
compare_shown (const Rig * rig, const GuardedMap * head_map, const gfloat * head, const gdouble * expected)
{
  const gint width = rig->temporal->levels->width, height = rig->temporal->levels->height;
  gdouble *expected_head = g_new (gdouble, 4 * (gsize) width * height);

  for (gsize i = 0; i < 4 * (gsize) width * height; i++)
    expected_head[i] = head[i];
  for (gint i = 0; i < width * height; i++)
    for (gint c = 0; c < 3; c++)
      expected_head[reference_head_at (width, i % width, i / width) + c] = expected[4 * i + c];
  guarded_compare (head_map, expected_head, 1e-5);
  guarded_compare (&rig->shown[0], expected, 1e-5);
  g_free (expected_head);
}

/* Returns which part of the pixels is not as the network made it. */
static gdouble
check_blend (gint width, gint height, gboolean first, gboolean scene)
{
  Rig rig = rig_new (width, height);
  SrwTemporal *temporal = rig.temporal;
  gfloat *head = random_head (&rig, width, height);
  GuardedMap head_map = guarded_array (4 * (gsize) width * height, head);
  gdouble *expected = g_new (gdouble, temporal->history_floats);
  gint *vectors = g_new0 (gint, temporal->vector_ints);
  const gfloat other = scene;
  gint changed = 0;

  if (!first) {
    srw_temporal_match (temporal, rig.scene.tensor.mem);
    g_free (vectors);
    vectors = read_vectors (&rig);
    clEnqueueWriteBuffer (srw_queue_commands (fixture_queue ()), rig.scene.tensor.mem, CL_TRUE, 0, sizeof other,
        &other, 0, NULL, NULL);
  }
  temporal->has_history = !first;
  temporal->smoothing = 0.7f;
  srw_temporal_blend (temporal, head_map.tensor.mem, rig.scene.tensor.mem);
  g_assert_true (temporal->has_history);
  g_assert_cmpuint (temporal->current, ==, 1);

  reference_temporal (width, height, rig.luma[0], rig.luma[1], vectors, first || scene ? 0.0 : 0.7f, rig.was_shown,
      head, expected);
  for (gint i = 0; i < width * height; i++)
    changed += fabs (expected[4 * i] - head[reference_head_at (width, i % width, i / width)]) > 0.01;
  compare_shown (&rig, &head_map, head, expected);
  guarded_free (&head_map);
  g_free (head);
  g_free (expected);
  g_free (vectors);
  rig_free (&rig);
  return (gdouble) changed / (width * height);
}

static void
test_shrink (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    check_shrink (sizes[i][0], sizes[i][1]);
}

static void
test_match (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    check_match (sizes[i][0], sizes[i][1]);
}

static void
test_scene (void)
{
  check_scene (0.5f);
  check_scene (0.5f + 30 / 256.0f);
  check_scene (0.0f);
}

static void
test_blend (void)
{
  gdouble share = 0.0;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    share = check_blend (sizes[i][0], sizes[i][1], FALSE, FALSE);
  /* of the last and largest: some is kept, some is not */
  g_assert_cmpfloat (share, >, 0.1);
  g_assert_cmpfloat (share, <, 0.9);
  g_assert_cmpfloat (check_blend (144, 128, TRUE, FALSE), ==, 0.0);
  g_assert_cmpfloat (check_blend (144, 128, FALSE, TRUE), ==, 0.0);
}

/* What is to be seen of a world of waves from (x, y) on. */
static gdouble
world (gint x, gint y, gint rgb)
{
  return 0.5 + 0.15 * sin (0.21 * x + 0.13 * y) + 0.15 * sin (0.17 * y - 0.08 * x + rgb)
      + 0.1 * sin (0.05 * x + 0.4 * y);
}

/* Mean squared difference of the last of some frames from the world, where none of it comes into the picture newly; a
 * camera moves by (dx, dy) a frame, and the network is one that only adds noise. */
static gdouble
error_of_pan (gint dx, gint dy, gfloat smoothing)
{
  enum { WIDTH = 160, HEIGHT = 128, FRAMES = 8, BORDER = 56 };
  GError *error = NULL;
  SrwTemporal *temporal = srw_temporal_new (fixture_queue (), WIDTH, HEIGHT, &error);
  const gfloat no_scene = 0.0f;
  gdouble sum = 0.0;

  g_assert_no_error (error);
  for (gint frame = 0; frame < FRAMES; frame++) {
    const gint x0 = dx * frame, y0 = dy * frame;
    gfloat *picture = g_new0 (gfloat, 4 * WIDTH * HEIGHT), *head = fixture_random (4 * WIDTH * HEIGHT, -0.1f, 0.1f);
    gfloat *steadied;
    GuardedMap picture_map, head_map, scene_map, none_map;

    for (gint y = 0; y < HEIGHT; y++)
      for (gint x = 0; x < WIDTH; x++)
        for (gint c = 0; c < 3; c++) {
          picture[4 * (y * WIDTH + x) + c] = (gfloat) world (x + x0, y + y0, c);
          head[reference_head_at (WIDTH, x, y) + c] += (gfloat) world (x + x0, y + y0, c);
        }
    picture_map = guarded_array (4 * WIDTH * HEIGHT, picture);
    head_map = guarded_array (4 * WIDTH * HEIGHT, head);
    scene_map = guarded_array (1, NULL);
    none_map = guarded_array (1, &no_scene);
    srw_temporal_estimate_motion (temporal, picture_map.tensor.mem, smoothing, scene_map.tensor.mem);
    srw_temporal_blend (temporal, head_map.tensor.mem, none_map.tensor.mem);
    steadied = guarded_read (&head_map);
    for (gint y = BORDER; frame == FRAMES - 1 && y < HEIGHT - BORDER; y++)
      for (gint x = BORDER; x < WIDTH - BORDER; x++)
        for (gint c = 0; c < 3; c++) {
          const gdouble off = steadied[reference_head_at (WIDTH, x, y) + c] - world (x + x0, y + y0, c);
          sum += off * off;
        }
    guarded_free (&picture_map);
    guarded_free (&head_map);
    guarded_free (&scene_map);
    guarded_free (&none_map);
    g_free (picture);
    g_free (head);
    g_free (steadied);
  }
  g_clear_pointer (&temporal, srw_temporal_free);
  return sum / (3 * (WIDTH - 2 * BORDER) * (HEIGHT - 2 * BORDER));
}

/* Noise fades where the camera stands and where it moves, and nothing is left behind: both would make the error
 * larger. */
static void
test_pan (void)
{
  static const gint moves[][2] = { {0, 0}, {3, 2}, {-7, 0}, {1, -6} };

  for (guint i = 0; i < G_N_ELEMENTS (moves); i++) {
    const gdouble plain = error_of_pan (moves[i][0], moves[i][1], 0.0f);
    const gdouble steadied = error_of_pan (moves[i][0], moves[i][1], 0.8f);
    g_test_message ("moved by %d, %d: %g, steadied %g", moves[i][0], moves[i][1], plain, steadied);
    g_assert_cmpfloat_with_epsilon (plain, 0.01 / 3, 0.0005);
    g_assert_cmpfloat (steadied, <, plain / 4);
  }
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/temporal/shrink", test_shrink);
  g_test_add_func ("/temporal/match", test_match);
  g_test_add_func ("/temporal/scene", test_scene);
  g_test_add_func ("/temporal/blend", test_blend);
  g_test_add_func ("/temporal/pan", test_pan);
  result = g_test_run ();
  fixture_close ();
  return result;
}
