/* Pictures from files.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "video/picture.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>

#include "base/inputfile.h"

#define MAX_FILE_BYTES (256 * 1024 * 1024)

static gboolean
size_fits (gint width, gint height, gint most, const gchar * name, GError ** error)
{
  if (width > 0 && height > 0 && width <= most / height)
    return TRUE;
  g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "%s: a picture of %d×%d pixels is more than the %d that are read",
      name, width, height, most);
  return FALSE;
}

/* The picture scaled down; the reference passes through. */
static GdkPixbuf *
scale_down (GdkPixbuf * pixbuf, gint short_side)
{
  gint width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  gdouble scale = MIN (1.0, MIN ((gdouble) short_side / MIN (width, height),
          (gdouble) SRW_MAX_LONG_SIDE / MAX (width, height)));
  GdkPixbuf *scaled;

  if (scale >= 1.0)
    return pixbuf;
  scaled = gdk_pixbuf_scale_simple (pixbuf, MAX (1, (gint) (width * scale + 0.5)),
      MAX (1, (gint) (height * scale + 0.5)), GDK_INTERP_BILINEAR);
  g_object_unref (pixbuf);
  return scaled;
}

static SrwPicture *
flatten (GdkPixbuf * pixbuf)
{
  gint channels = gdk_pixbuf_get_n_channels (pixbuf), stride = gdk_pixbuf_get_rowstride (pixbuf);
  const guint8 *pixels = gdk_pixbuf_read_pixels (pixbuf);
  SrwPicture *picture = g_new0 (SrwPicture, 1);
  guint8 *to;

  picture->width = gdk_pixbuf_get_width (pixbuf);
  picture->height = gdk_pixbuf_get_height (pixbuf);
  to = picture->rgb = g_malloc ((gsize) picture->width * picture->height * 3);
  for (gint y = 0; y < picture->height; y++) {
    const guint8 *from = pixels + (gsize) y * stride;
    for (gint x = 0; x < picture->width; x++, from += channels)
      for (gint i = 0; i < 3; i++) {
        guint alpha = channels == 4 ? from[3] : 255;
        *to++ = (guint8) ((from[i] * alpha + 255 * (255 - alpha) + 127) / 255);
      }
  }
  return picture;
}

/* Takes the reference. */
static SrwPicture *
finish (GdkPixbuf * pixbuf, const gchar * name, gint short_side, GError ** error)
{
  GdkPixbuf *turned = gdk_pixbuf_apply_embedded_orientation (pixbuf);
  SrwPicture *picture = NULL;

  g_object_unref (pixbuf);
  pixbuf = turned ? scale_down (turned, short_side) : NULL;
  if (pixbuf)
    picture = flatten (pixbuf);
  else
    g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "%s: not enough memory to scale the picture", name);
  g_clear_object (&pixbuf);
  return picture;
}

/* What the loader says of a picture while it reads it. */
typedef struct
{
  const gchar *name;
  gint most;                    /* pixels that are decoded */
  GError *error;                /* its size is refused */
  guint64 pixels;               /* that were decoded, perhaps more than once */
} Progress;

static void
size_prepared (GdkPixbufLoader * loader, gint width, gint height, gpointer data)
{
  Progress *progress = data;

  if (progress->error || size_fits (width, height, progress->most, progress->name, &progress->error))
    return;
  /* asks the format's module not to allocate anything more (GdkPixbufModuleSizeFunc); some do at any other size */
  gdk_pixbuf_loader_set_size (loader, 0, 0);
}

static void
area_updated (GdkPixbufLoader * loader, gint x, gint y, gint width, gint height, gpointer data)
{
  Progress *progress = data;

  progress->pixels += (guint64) width * (guint64) height;
}

/* Whether the first picture of a GIF file fits, which is all that is shown. It may be larger than the file as a whole,
 * and that is the size that the loader tells. Where no picture begins, the loader passes over bytes until one does. */
static gboolean
gif_picture_fits (GBytes * bytes, gint most, const gchar * name, GError ** error)
{
  gsize size, at = 13;          /* behind the signature and the size of the whole */
  const guint8 *data = g_bytes_get_data (bytes, &size);

  if (size < at || memcmp (data, "GIF8", 4))
    return TRUE;
  if (data[10] & 0x80)
    at += (gsize) 6 << (data[10] & 7);  /* colours */
  for (; at + 8 < size; at++) {
    if (data[at] == ',')
      return size_fits (MAX (1, data[at + 5] | data[at + 6] << 8), MAX (1, data[at + 7] | data[at + 8] << 8), most,
          name, error);
    if (data[at] == '!')
      for (at += 2; at < size && data[at]; at += (gsize) data[at] + 1);
  }
  return TRUE;
}

/* Whether a JPEG file is coded arithmetically. libjpeg's decoder of these fails wherever the loader has no more bytes
 * for it, the loader asks it again nevertheless, and then it never returns. */
static gboolean
jpeg_is_arithmetic (GBytes * bytes)
{
  gsize size, at = 3;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  if (size < at || data[0] != 0xff || data[1] != 0xd8)
    return FALSE;
  while (at + 2 < size) {
    const guint8 marker = data[at];
    if (data[at - 1] != 0xff || marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd7) || marker == 0xff)
      at++;                     /* none, or one that stands alone */
    else if (marker >= 0xc9 && marker <= 0xcf && marker != 0xcc)
      return TRUE;
    else if (marker == 0xd9 || marker == 0xda)
      return FALSE;
    else
      at += 2 + (gsize) (data[at + 1] << 8 | data[at + 2]);
  }
  return FALSE;
}

/* Refuses what gdk-pixbuf would not come to an end with, or allocates before it tells its size. */
static gboolean
is_harmless (GBytes * bytes, gint most, const gchar * name, GError ** error)
{
  if (!jpeg_is_arithmetic (bytes))
    return gif_picture_fits (bytes, most, name, error);
  g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE,
      "%s: a JPEG file with arithmetic coding, which is not read; save it again without", name);
  return FALSE;
}

/* Whether a JPEG file goes on to the end of its last scan. Decoders fill in what is missing and say nothing of it.
 * Within a scan no marker but those of restarts occurs (ITU-T T.81, B.1.1.2 and B.1.1.5). */
static gboolean
jpeg_is_whole (GBytes * bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  for (gsize i = size; i-- > 1;) {
    if (data[i - 1] == 0xff && data[i] == 0xd9)
      return TRUE;
    if (data[i - 1] == 0xff && data[i] == 0xda)
      return FALSE;
  }
  return FALSE;
}

/* Loaders differ in whether they complain of a file that ends too early. */
static gboolean
is_whole (GdkPixbufLoader * loader, GBytes * bytes, guint64 decoded)
{
  GdkPixbufFormat *format = gdk_pixbuf_loader_get_format (loader);
  GdkPixbuf *pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  gchar *name = format ? gdk_pixbuf_format_get_name (format) : NULL;
  gboolean whole = pixbuf
      && decoded >= (guint64) gdk_pixbuf_get_width (pixbuf) * (guint64) gdk_pixbuf_get_height (pixbuf)
      && (g_strcmp0 (name, "jpeg") != 0 || jpeg_is_whole (bytes));

  g_free (name);
  return whole;
}

/* The whole picture, or nothing. */
static GdkPixbuf *
decode (GBytes * bytes, gint most, const gchar * name, GError ** error)
{
  GdkPixbufLoader *loader = gdk_pixbuf_loader_new ();
  Progress progress = {.name = name,.most = most };
  GdkPixbuf *pixbuf = NULL;
  GError *cause = NULL;
  gboolean written, closed;

  g_signal_connect (loader, "size-prepared", G_CALLBACK (size_prepared), &progress);
  g_signal_connect (loader, "area-updated", G_CALLBACK (area_updated), &progress);
  /* the loader takes no bytes for a mistake of the program's */
  written = g_bytes_get_size (bytes) == 0 || gdk_pixbuf_loader_write_bytes (loader, bytes, &cause);
  /* it must be closed in any case */
  closed = gdk_pixbuf_loader_close (loader, cause ? NULL : &cause);
  if (progress.error)
    g_propagate_error (error, progress.error);
  else if (written && closed && is_whole (loader, bytes, progress.pixels))
    pixbuf = g_object_ref (gdk_pixbuf_loader_get_pixbuf (loader));
  else if (gdk_pixbuf_loader_get_format (loader) == NULL)
    g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "%s: not a picture that gdk-pixbuf can read", name);
  else
    g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "%s: damaged, or not whole%s%s", name, cause ? ": " : "",
        cause ? cause->message : "");
  g_clear_error (&cause);
  g_object_unref (loader);
  return pixbuf;
}

SrwPicture *
srw_picture_load (const gchar * path, gint short_side, GError ** error)
{
  GBytes *bytes = srw_input_file_read (path, MAX_FILE_BYTES, SRW_ERROR_PICTURE, error);
  SrwPicture *picture = NULL;
  gchar *name;

  if (bytes == NULL)
    return NULL;
  name = srw_input_file_display_name (path);
  picture = srw_picture_load_bytes (bytes, name, SRW_MAX_PIXELS, short_side, error);
  g_free (name);
  g_bytes_unref (bytes);
  return picture;
}

SrwPicture *
srw_picture_load_bytes (GBytes * bytes, const gchar * name, gint most, gint short_side, GError ** error)
{
  GdkPixbuf *pixbuf = is_harmless (bytes, most, name, error) ? decode (bytes, most, name, error) : NULL;

  return pixbuf ? finish (pixbuf, name, short_side, error) : NULL;
}

GBytes *
srw_picture_encode (const SrwPicture * picture, gint quality, GError ** error)
{
  GdkPixbuf *pixbuf = gdk_pixbuf_new_from_data (picture->rgb, GDK_COLORSPACE_RGB, FALSE, 8, picture->width,
      picture->height, 3 * picture->width, NULL, NULL);
  gchar *data = NULL, *text = g_strdup_printf ("%d", quality);
  GError *cause = NULL;
  gsize size;
  gboolean good = gdk_pixbuf_save_to_buffer (pixbuf, &data, &size, "jpeg", &cause, "quality", text, NULL);

  if (!good)
    g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "a picture cannot be encoded: %s", cause->message);
  g_clear_error (&cause);
  g_free (text);
  g_object_unref (pixbuf);
  return good ? g_bytes_new_take (data, size) : NULL;
}

void
srw_picture_free (SrwPicture * picture)
{
  g_free (picture->rgb);
  g_free (picture);
}
