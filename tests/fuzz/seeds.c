/* Writes what fuzzing starts from, a folder for each target: files that are right, or nearly so.
 *
 *   seeds FOLDER
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

#include "../engine/fixture.h"
#include "seeds.h"
#include "network/style.h"
#include "video/preview.h"

static const gchar *folder;

static gchar *
path_of (const gchar * target, const gchar * name)
{
  gchar *in = g_build_filename (folder, target, NULL), *path = g_build_filename (in, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (in, 0755), ==, 0);
  g_free (in);
  return path;
}

static void
write_seed (const gchar * target, const gchar * name, gconstpointer data, gsize size)
{
  gchar *path = path_of (target, name);
  GError *error = NULL;

  g_file_set_contents (path, data, (gssize) size, &error);
  g_assert_no_error (error);
  g_free (path);
}

/* ---- weights ---- */

/* A header of `half` or single precision values; the target adds the values. */
static void
write_header (const gchar * name, WeightsFile * file, const gchar * header)
{
  GBytes *bytes;
  gsize size;
  const guint8 *data;

  g_byte_array_set_size (file->data, 0);
  bytes = weights_file_with_header (file, header);
  data = g_bytes_get_data (bytes, &size);
  write_seed ("safetensors", name, data, size);
  g_bytes_unref (bytes);
}

static void
write_weights (void)
{
  static const SrwModelConfig tiny = FIXTURE_CONFIG (SEED_WIDTH_C, 1, 1, 1, {1, 1, 1, 1});
  WeightsFile *file = weights_file_new (&tiny);
  gchar *header = weights_file_header (file);

  write_header ("single", file, header);
  write_header ("empty", file, "{}");
  write_header ("metadata", file,
      "{\"__metadata__\":{\"format\":\"stylerwkv-1\",\"C\":\"8\",\"N\":\"1,1,1,1\",\"h\":\"2\","
      "\"q\":\"2\",\"p\":\"1\"},\"stem.weight\":{\"dtype\":\"F16\",\"shape\":[16,3,4,4],\"data_offsets\":[0,1536]}}");
  g_free (header);
  for (guint i = 0, at = 0; i < file->tensors->len; i++) {
    FileTensor *tensor = file->tensors->pdata[i];
    const guint size = (guint) (tensor->end - tensor->begin) / 2;
    tensor->begin = at;
    tensor->end = at += size;
    g_free (tensor->dtype);
    tensor->dtype = g_strdup ("F16");
  }
  header = weights_file_header (file);
  write_header ("half", file, header);
  g_free (header);
  weights_file_free (file);
}

/* ---- styles ---- */

static void
write_style (const gchar * name, GBytes * preview)
{
  gfloat statistics[60 * SEED_WIDTH_C];
  gchar *path = path_of ("style", name);
  GError *error = NULL;
  SrwStyle *style;

  for (guint i = 0; i < G_N_ELEMENTS (statistics); i++)
    statistics[i] = 1.0f + (gfloat) (i % 7);
  style = srw_style_new (SEED_WIDTH_C, statistics);
  srw_style_save (style, preview, seed_model_id, path, &error);
  g_assert_no_error (error);
  g_clear_pointer (&style, srw_style_unref);
  g_free (path);
}

static void
write_styles (void)
{
  guint8 pixel[] = { 200, 100, 50 };
  const SrwPicture picture = { 1, 1, pixel };
  SrwPicture *small = srw_preview_of (&picture, NULL);
  GBytes *preview = srw_preview_encode (small, NULL);

  write_style ("plain", NULL);
  write_style ("preview", preview);
  write_seed ("style", "magic", "SRWSTYL1\10\0\0\0", 12);
  g_bytes_unref (preview);
  g_clear_pointer (&small, srw_picture_free);
}

/* ---- pictures, and masks, which are pictures too ---- */

static void
write_picture (const gchar * name, gconstpointer data, gsize size)
{
  write_seed ("picture", name, data, size);
  write_seed ("mask", name, data, size);
}

/* In every format that gdk-pixbuf can write. */
static void
write_encoded (gboolean alpha)
{
  static const gchar *const formats[] = { "png", "jpeg", "bmp", "tiff", "ico" };
  GdkPixbuf *pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, alpha, 8, 24, 17);
  guint8 *pixels = gdk_pixbuf_get_pixels (pixbuf);
  gsize bytes = gdk_pixbuf_get_byte_length (pixbuf);

  for (gsize i = 0; i < bytes; i++)
    pixels[i] = (guint8) (i * 37 % 251);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    gchar *name = g_strconcat (formats[i], alpha ? "-alpha" : "", NULL), *data;
    GError *error = NULL;
    gsize size;
    if (gdk_pixbuf_save_to_buffer (pixbuf, &data, &size, formats[i], &error, NULL)) {
      write_picture (name, data, size);
      g_free (data);
    }
    g_clear_error (&error);
    g_free (name);
  }
  g_object_unref (pixbuf);
}

static void
write_pictures (void)
{
  static const gchar gif[] = "GIF89a\2\0\1\0\200\1\0\377\377\377\0\0\0,\0\0\0\0\2\0\1\0\0\2\2\104\12\0;";
  static const gchar xpm[] = "/* XPM */\nstatic char * a[] = {\n"
      "\"2 1 2 1\",\n\"a c #ff0000\",\n\"b c None\",\n\"ab\"};\n";
  static const gchar xbm[] = "#define a_width 8\n#define a_height 1\nstatic char a_bits[] = {\n  0x55};\n";
  static const gchar svg[] = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"4\" height=\"3\">"
      "<rect width=\"2\" height=\"2\" fill=\"#f00\"/></svg>";
  static const gchar tga[] = "\0\0\2\0\0\0\0\0\0\0\0\0\2\0\1\0\30\0\1\2\3\4\5\6";

  write_encoded (FALSE);
  write_encoded (TRUE);
  write_picture ("gif", gif, sizeof gif - 1);
  write_picture ("xpm", xpm, sizeof xpm - 1);
  write_picture ("xbm", xbm, sizeof xbm - 1);
  write_picture ("svg", svg, sizeof svg - 1);
  write_picture ("tga", tga, sizeof tga - 1);
  write_picture ("ppm", "P6\n2 1\n255\n\1\2\3\4\5\6", 17);
  write_picture ("pgm", "P5\n2 1\n255\n\1\2", 13);
  write_picture ("pbm", "P4\n2 1\n\100", 8);
  write_picture ("empty", "", 0);
}

/* ---- commands ---- */

static void
write_commands (void)
{
  static const gchar *const commands[] = { "style /tmp/a.jpg\nstyle-2 'a b.png'\nmix 0.5\nstrength 1\nstats\nquit\n",
    "style\nstyle-2\n", "style \"\n", "mix nan\nstrength -0\nmix 1e999\nmix 0x1p-2\n",
    "help\n\n  \t stats \t\nstrength  0.25",
    "style \"a\\\"b\" c\n", "playlist a.jpg 5 'b c.jpg' 1e9\nplaylist\nevery 10\nplay on\nnext\nprevious\nplay off\n"
  };
  /* longer than a command may be */
  gchar *line = g_strnfill (9000, 'x');

  write_seed ("control", "long", line, strlen (line));
  g_free (line);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    gchar *name = g_strdup_printf ("%u", i);
    write_seed ("control", name, commands[i], strlen (commands[i]));
    g_free (name);
  }
}

static void
write_packets (void)
{
  static const gchar number[] = "/stylerwkv/strength\0,f\0\0\77\0\0\0";
  static const gchar bundle[] = "#bundle\0\0\0\0\0\0\0\0\1\0\0\0\30/stylerwkv/next\0,\0\0\0\0\0\0\20/a\0\0,sTh\0\0\0\0";

  write_seed ("osc", "number", number, sizeof (number) - 1);
  write_seed ("osc", "bundle", bundle, sizeof (bundle) - 1);
}

int
main (int argc, char **argv)
{
  g_assert_cmpint (argc, ==, 2);
  folder = argv[1];
  write_weights ();
  write_styles ();
  write_pictures ();
  write_commands ();
  write_packets ();
  /* for make, which looks at when a folder was changed */
  g_assert_cmpint (g_utime (folder, NULL), ==, 0);
  return 0;
}
