/* A few frames, as small as they get, that go through every kernel of the family in use: for oclgrind, which is some
 * thousand times slower than a device.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"
#include "stylizer.h"

/* the least that the network works on */
#define SIDE 16

static SrwStylizer *
open_tiny (void)
{
  static const SrwModelConfig tiny = FIXTURE_CONFIG (8, 2, 2, 1, { 1, 1, 1, 1 });
  gchar *path = fixture_path ("tiny.safetensors");
  WeightsFile *file = weights_file_new (&tiny);
  GBytes *bytes = weights_file_bytes (file);
  GError *error = NULL;
  SrwStylizer *stylizer;

  g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
  stylizer = srw_stylizer_open (NULL, path, &error);
  g_assert_no_error (error);
  g_bytes_unref (bytes);
  weights_file_free (file);
  g_free (path);
  return stylizer;
}

static void
fill (guint8 * bytes, gsize count)
{
  for (gsize i = 0; i < count; i++)
    bytes[i] = (guint8) g_test_rand_int_range (40, 216);
}

static void
take_style (SrwStylizer * stylizer)
{
  guint8 rgb[3 * SIDE * SIDE];
  GError *error = NULL;
  SrwStyle *style;

  fill (rgb, sizeof rgb);
  style = srw_stylizer_style_from_picture (stylizer, rgb, SIDE, SIDE, 3 * SIDE, &error);
  g_assert_no_error (error);
  srw_stylizer_set_style (stylizer, style);
  srw_style_unref (style);
}

/* `count` frames one after another. */
static void
draw (SrwStylizer * stylizer, SrwFormat format, gint height, gint count)
{
  const SrwFrameParams params = {.strength = 1.0f,.smoothing = 0.5f,.preserve_color = TRUE,.preserve_black = TRUE };
  SrwFrameLayout layout;
  GError *error = NULL;
  guint8 *in, *out;

  srw_frame_layout_init (&layout, format, SIDE, height);
  in = g_malloc (layout.size);
  out = g_malloc0 (layout.size);
  srw_stylizer_set_size (stylizer, format, SIDE, height, SRW_MIN_PROCESSING_HEIGHT, &error);
  g_assert_no_error (error);
  for (gint i = 0; i < count; i++) {
    fill (in, layout.size);
    srw_stylizer_process (stylizer, in, &layout, out, &layout, &params, &error);
    g_assert_no_error (error);
  }
  g_free (in);
  g_free (out);
}

static void
test_frames (void)
{
  SrwStylizer *stylizer = open_tiny ();

  take_style (stylizer);
  /* the second has one before it */
  draw (stylizer, SRW_FORMAT_NV12, SIDE, 2);
  /* words to unpack, and a result to bring to twice the size */
  draw (stylizer, SRW_FORMAT_V210, 2 * SIDE, 1);
  srw_stylizer_close (stylizer);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  g_test_add_func ("/oclgrind/frames", test_frames);
  return fixture_run ();
}
