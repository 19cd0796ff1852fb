/* Reducing the picture and restoring the network's result against their definitions, and what they promise.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "reference.h"
#include "reference-upscale.h"
#include "video/upscale.h"

/* Covariance is a difference of means, rounded to some 1e-7, and is divided by 4e-4 and more. */
#define TOLERANCE 5e-4

/* A picture, its reduction, the network's head of that, and the result. */
typedef struct
{
  ReferenceExtent full, small;
  SrwUpscale *upscale;
  gfloat *picture, *small_head;
  GuardedMap picture_map, small_map, small_head_map, head_map;
} Case;

static ReferenceExtent
extent_of (gint width, gint height)
{
  return (ReferenceExtent) { width, height, (width + 15) / 16 * 16, (height + 15) / 16 * 16 };
}

static SrwExtent
engine_extent (const ReferenceExtent * e)
{
  return (SrwExtent) { e->width, e->height, e->padded_width, e->padded_height };
}

static gsize
floats_of (const ReferenceExtent * e)
{
  return (gsize) e->padded_width * e->padded_height * 4;
}

static GuardedMap
head_new (const ReferenceExtent * e, const gfloat * data)
{
  return guarded_floats (e->padded_height / 2, e->padded_width / 2, 16, 16, 0, data);
}

/* Takes the picture and the head. */
static Case
case_new (const ReferenceExtent * full, const ReferenceExtent * small, gfloat * picture, gfloat * small_head)
{
  const SrwExtent large = engine_extent (full), less = engine_extent (small);
  Case c = {.full = *full,.small = *small,.picture = picture,.small_head = small_head };
  GError *error = NULL;

  c.upscale = srw_upscale_new (fixture_queue (), &large, &less, &error);
  g_assert_no_error (error);
  c.picture_map = guarded_array (floats_of (full), picture);
  c.small_map = guarded_array (floats_of (small), NULL);
  c.small_head_map = head_new (small, small_head);
  c.head_map = head_new (full, NULL);
  srw_upscale_reduce (c.upscale, c.picture_map.tensor.mem, c.small_map.tensor.mem);
  srw_upscale_restore (c.upscale, c.small_head_map.tensor.mem, c.head_map.tensor.mem);
  return c;
}

static void
case_free (Case * c)
{
  guarded_free (&c->picture_map);
  guarded_free (&c->small_map);
  guarded_free (&c->small_head_map);
  guarded_free (&c->head_map);
  g_free (c->picture);
  g_free (c->small_head);
  g_clear_pointer (&c->upscale, srw_upscale_free);
}

/* Every pixel of the tokens that have one in the picture. */
static void
compare_head (const Case * c, const gdouble * expected, gdouble tolerance)
{
  gfloat *got = guarded_read (&c->head_map);
  gdouble worst = 0.0;

  for (gint y = 0; y < (c->full.height + 1) / 2 * 2; y++)
    for (gint x = 0; x < (c->full.width + 1) / 2 * 2; x++)
      for (gint i = 0; i < 3; i++) {
        const gsize at = reference_head_at (c->full.padded_width, x, y) + i;
        g_assert_cmpfloat_with_epsilon (got[at], expected[at], tolerance);
        worst = MAX (worst, fabs (got[at] - expected[at]));
      }
  g_test_message ("worst difference %g", worst);
  g_free (got);
}

/* Values in `middle` ± `spread`, with luma nearly flat where the spread is small. */
static void
check_random (gint width, gint height, gint small_width, gint small_height, gfloat middle, gfloat spread)
{
  const ReferenceExtent full = extent_of (width, height), small = extent_of (small_width, small_height);
  Case c = case_new (&full, &small, fixture_random (floats_of (&full), middle - spread, middle + spread),
      fixture_random (floats_of (&small), 0, 1));
  gdouble *reduced = g_new (gdouble, floats_of (&small)), *head = g_new (gdouble, floats_of (&full));

  reference_reduce (&full, c.picture, &small, reduced);
  guarded_compare (&c.small_map, reduced, 1e-5);
  reference_restore (&full, c.picture, &small, c.small_head, head);
  compare_head (&c, head, TOLERANCE);
  case_free (&c);
  g_free (reduced);
  g_free (head);
}

static void
test_random (void)
{
  check_random (333, 217, 149, 97, 0.5f, 0.5f);
  check_random (64, 48, 32, 24, 0.5f, 0.5f);
  check_random (64, 48, 63, 47, 0.5f, 0.02f);
  check_random (31, 130, 4, 16, 0.9f, 0.1f);
  check_random (1, 33, 1, 16, 0.5f, 0.5f);
  check_random (200, 17, 188, 16, 0.5f, 0.5f);
  check_random (2000, 40, 800, 16, 0.5f, 0.5f);
}

static gfloat *
filled (const ReferenceExtent * extent, gfloat value)
{
  gfloat *data = g_new (gfloat, floats_of (extent));

  for (gsize i = 0; i < floats_of (extent); i++)
    data[i] = value;
  return data;
}

/* Where the picture is flat the network's result alone is what comes out, brush strokes and all: one colour stays one
 * colour, and anything else is interpolated. */
static void
test_flat (void)
{
  const ReferenceExtent full = extent_of (101, 75), small = extent_of (51, 38);
  Case constant = case_new (&full, &small, filled (&full, 0.7f), filled (&small, 0.3f));
  Case strokes = case_new (&full, &small, filled (&full, 0.7f), fixture_random (floats_of (&small), 0, 1));
  gdouble *head = g_new (gdouble, floats_of (&full));

  reference_bilinear (&full, &small, constant.small_head, head);
  compare_head (&constant, head, 1e-6);
  reference_bilinear (&full, &small, strokes.small_head, head);
  compare_head (&strokes, head, 1e-5);
  case_free (&constant);
  case_free (&strokes);
  g_free (head);
}

/* Like a printed page: letters of random strokes on a ground that changes slowly, in two inks. */
static gfloat *
printed_page (const ReferenceExtent * extent)
{
  gfloat *data = g_new0 (gfloat, floats_of (extent));
  guint8 letters[64][64];

  for (gint i = 0; i < 64 * 64; i++)
    letters[i / 64][i % 64] = (guint8) g_test_rand_int_range (0, 2);
  for (gint y = 0; y < extent->padded_height; y++)
    for (gint x = 0; x < extent->padded_width; x++) {
      gfloat *pixel = data + ((gsize) y * extent->padded_width + x) * 4;
      const gint cx = MIN (x, extent->width - 1), cy = MIN (y, extent->height - 1);
      const gboolean ink = letters[cy / 3 % 64][cx / 3 % 64] && cy % 18 >= 6;
      const gfloat ground = 0.7f + 0.2f * sinf (cx * 0.03f) * cosf (cy * 0.02f);
      pixel[0] = ink ? 0.2f : ground;
      pixel[1] = ink ? 0.1f + 0.2f * (cx > extent->width / 2) : ground;
      pixel[2] = ink ? 0.3f : 0.9f * ground;
    }
  return data;
}

/* The head of a network that gives back what it reads. */
static gfloat *
identity_head (const ReferenceExtent * full, const gfloat * picture, const ReferenceExtent * small)
{
  gdouble *reduced = g_new (gdouble, floats_of (small));
  gfloat *head = g_new0 (gfloat, floats_of (small));

  reference_reduce (full, picture, small, reduced);
  for (gint y = 0; y < small->padded_height; y++)
    for (gint x = 0; x < small->padded_width; x++)
      for (gint i = 0; i < 3; i++)
        head[reference_head_at (small->padded_width, x,
            y) + i] = (gfloat) reduced[((gsize) y * small->padded_width + x) * 4 + i];
  g_free (reduced);
  return head;
}

/* dB, over the pixels of the picture. */
static gdouble
likeness (const ReferenceExtent * full, const gfloat * picture, const gdouble * head)
{
  gdouble sum = 0.0;

  for (gint y = 0; y < full->height; y++)
    for (gint x = 0; x < full->width; x++)
      for (gint i = 0; i < 3; i++) {
        const gdouble d = head[reference_head_at (full->padded_width, x, y) + i]
            - picture[((gsize) y * full->padded_width + x) * 4 + i];
        sum += d * d;
      }
  return -10.0 * log10 (sum / (3.0 * full->width * full->height));
}

/* A network that changes nothing gives back the picture, letters sharp, though it saw a quarter of the pixels. */
static void
test_identity (void)
{
  const ReferenceExtent full = extent_of (320, 200), small = extent_of (160, 100);
  gfloat *picture = printed_page (&full), *got;
  Case c = case_new (&full, &small, picture, identity_head (&full, picture, &small));
  gdouble *head = g_new (gdouble, floats_of (&full)), plain, guided;

  reference_bilinear (&full, &small, c.small_head, head);
  plain = likeness (&full, picture, head);
  got = guarded_read (&c.head_map);
  for (gsize i = 0; i < floats_of (&full); i++)
    head[i] = got[i];
  guided = likeness (&full, picture, head);
  g_test_message ("bilinear %.1f dB, guided %.1f dB", plain, guided);
  g_assert_cmpfloat (guided, >, 40.0);
  g_assert_cmpfloat (guided, >, plain + 20.0);
  case_free (&c);
  g_free (head);
  g_free (got);
}

/* The picture's own memory will do for the result. */
static void
test_in_place (void)
{
  const ReferenceExtent full = extent_of (64, 48), small = extent_of (32, 24);
  Case c = case_new (&full, &small, fixture_random (floats_of (&full), 0, 1),
      fixture_random (floats_of (&small), 0, 1));
  gfloat *apart = guarded_read (&c.head_map), *in_place;

  srw_upscale_restore (c.upscale, c.small_head_map.tensor.mem, c.picture_map.tensor.mem);
  in_place = guarded_read (&c.picture_map);
  g_assert_cmpmem (apart, floats_of (&full) * sizeof (gfloat), in_place, floats_of (&full) * sizeof (gfloat));
  g_assert_cmpuint (srw_upscale_bytes (c.upscale), ==, (64 * 48 + 32 * 24 * 9) * sizeof (gfloat));
  case_free (&c);
  g_free (apart);
  g_free (in_place);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/upscale/random", test_random);
  g_test_add_func ("/upscale/flat", test_flat);
  g_test_add_func ("/upscale/identity", test_identity);
  g_test_add_func ("/upscale/in-place", test_in_place);
  result = g_test_run ();
  fixture_close ();
  return result;
}
