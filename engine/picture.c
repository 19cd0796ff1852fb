/* StyleRWKV engine: pictures from files. */
#include "picture.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>

/* A file of a few bytes can claim to be a picture of any size: this is as much as gets decoded. */
#define MAX_PIXELS (100 * 1000 * 1000)
/* Long strips are scaled down more than the short side asks for. */
#define MAX_LONG_SIDE 4096

static gboolean
size_fits (gint width, gint height, const gchar * name, GError ** error)
{
  if (width > 0 && height > 0 && width <= MAX_PIXELS / height)
    return TRUE;
  g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "%s: a picture of %d×%d pixels is not usable as a style", name, width,
      height);
  return FALSE;
}

/* The picture scaled down; the reference passes through. */
static GdkPixbuf *
scale_down (GdkPixbuf * pixbuf, gint short_side)
{
  gint width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  gdouble scale = MIN (1.0, MIN ((gdouble) short_side / MIN (width, height),
          (gdouble) MAX_LONG_SIDE / MAX (width, height)));
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
  SrwPicture *picture = NULL;
  GdkPixbuf *turned;

  if (size_fits (gdk_pixbuf_get_width (pixbuf), gdk_pixbuf_get_height (pixbuf), name, error)) {
    turned = gdk_pixbuf_apply_embedded_orientation (pixbuf);
    g_object_unref (pixbuf);
    pixbuf = turned ? scale_down (turned, short_side) : NULL;
    if (pixbuf)
      picture = flatten (pixbuf);
    else
      g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "%s: not enough memory to scale the picture", name);
  }
  g_clear_object (&pixbuf);
  return picture;
}

SrwPicture *
srw_picture_load (const gchar * path, gint short_side, GError ** error)
{
  gchar *name = g_filename_display_name (path);
  SrwPicture *picture = NULL;
  GdkPixbuf *pixbuf = NULL;
  GError *cause = NULL;
  gint width = 0, height = 0;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    g_set_error (error, SRW_ERROR, SRW_ERROR_NOT_FOUND, "%s: no such file", name);
  else if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    g_set_error (error, SRW_ERROR, SRW_ERROR_NOT_FOUND, "%s: not a regular file", name);
  else if (gdk_pixbuf_get_file_info (path, &width, &height) == NULL)
    g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "%s: not a picture that gdk-pixbuf can read", name);
  else if (size_fits (width, height, name, error))
    pixbuf = gdk_pixbuf_new_from_file (path, &cause);
  if (cause)
    g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "%s: %s", name, cause->message);
  if (pixbuf)
    picture = finish (pixbuf, name, short_side, error);
  g_clear_error (&cause);
  g_free (name);
  return picture;
}

SrwPicture *
srw_picture_load_bytes (GBytes * bytes, const gchar * name, gint short_side, GError ** error)
{
  GInputStream *stream = g_memory_input_stream_new_from_bytes (bytes);
  GError *cause = NULL;
  GdkPixbuf *pixbuf = gdk_pixbuf_new_from_stream (stream, NULL, &cause);
  SrwPicture *picture = NULL;

  if (pixbuf)
    picture = finish (pixbuf, name, short_side, error);
  else
    g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "%s: %s", name, cause->message);
  g_clear_error (&cause);
  g_object_unref (stream);
  return picture;
}

void
srw_picture_free (SrwPicture ** picture)
{
  if (picture == NULL || *picture == NULL)
    return;
  g_free ((*picture)->rgb);
  g_clear_pointer (picture, g_free);
}
