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
  g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "%s: a picture of %d×%d pixels is not usable", name, width,
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

/* ---- masks ---- */

struct _SrwMask
{
  gint width, height;
  guint8 *grey;                 /* (height, width) */
  gint fit_width, fit_height, fit_stride, fit_rows;
  guint8 *fit;                  /* (fit_rows, fit_stride); NULL before the first fit */
};

SrwMask *
srw_mask_load (const gchar * path, GError ** error)
{
  SrwPicture *picture = srw_picture_load (path, MAX_LONG_SIDE, error);
  SrwMask *mask;
  gsize pixels;

  if (picture == NULL)
    return NULL;
  mask = g_new0 (SrwMask, 1);
  mask->width = picture->width;
  mask->height = picture->height;
  pixels = (gsize) picture->width * picture->height;
  /* in place: a grey byte is never ahead of its colours */
  mask->grey = g_steal_pointer (&picture->rgb);
  for (gsize i = 0; i < pixels; i++) {
    const guint8 *rgb = mask->grey + 3 * i;
    mask->grey[i] = (guint8) ((77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2] + 128) >> 8);
  }
  srw_picture_free (&picture);
  return mask;
}

void
srw_mask_free (SrwMask ** mask)
{
  if (mask == NULL || *mask == NULL)
    return;
  g_free ((*mask)->grey);
  g_free ((*mask)->fit);
  g_clear_pointer (mask, g_free);
}

/* Where pixel `at` of `size` lies among `from` of them: `*first` and the next one, `*part` of the way to that. */
static void
find_between (gint at, gint size, gint from, gint * first, gfloat * part)
{
  gdouble place = CLAMP ((at + 0.5) * from / size - 0.5, 0.0, from - 1.0);

  *first = MIN ((gint) place, MAX (0, from - 2));
  *part = (gfloat) (place - *first);
}

static void
fit_row (const SrwMask * mask, gint y, gint width, gint height, const gint * first, const gfloat * part, guint8 * to)
{
  gint step = mask->width > 1, row;
  const guint8 *above, *below;
  gfloat down;

  find_between (y, height, mask->height, &row, &down);
  above = mask->grey + (gsize) row * mask->width;
  below = above + (mask->height > 1 ? mask->width : 0);
  for (gint x = 0; x < width; x++) {
    const guint8 *a = above + first[x], *b = below + first[x];
    gfloat top = a[0] + (a[step] - a[0]) * part[x], bottom = b[0] + (b[step] - b[0]) * part[x];
    to[x] = (guint8) (top + (bottom - top) * down + 0.5f);
  }
}

const guint8 *
srw_mask_fit (SrwMask * mask, gint width, gint height, gint stride, gint rows)
{
  gfloat *part;
  gint *first;

  if (mask->fit && mask->fit_width == width && mask->fit_height == height && mask->fit_stride == stride
      && mask->fit_rows == rows)
    return mask->fit;
  g_free (mask->fit);
  mask->fit = g_try_malloc0 ((gsize) stride * (gsize) rows);
  if (mask->fit == NULL)
    return NULL;
  mask->fit_width = width;
  mask->fit_height = height;
  mask->fit_stride = stride;
  mask->fit_rows = rows;
  first = g_new (gint, width);
  part = g_new (gfloat, width);
  for (gint x = 0; x < width; x++)
    find_between (x, width, mask->width, &first[x], &part[x]);
  for (gint y = 0; y < height; y++)
    fit_row (mask, y, width, height, first, part, mask->fit + (gsize) y * (gsize) stride);
  g_free (first);
  g_free (part);
  return mask->fit;
}
