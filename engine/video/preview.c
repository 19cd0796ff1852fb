/* Small pictures that people know saved styles by.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "video/preview.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>

#include "base/inputfile.h"
#include "network/style.h"

#define PIXELS (SRW_PREVIEW_SIDE * SRW_PREVIEW_SIDE)
#define BYTES (3 * PIXELS)

#define QUALITY 75
/* what even noise fits with */
#define LEAST_QUALITY 25
#define QUALITY_STEP 20

static SrwPicture *
preview_alloc (void)
{
  SrwPicture *preview = g_new (SrwPicture, 1);

  *preview = (SrwPicture) { SRW_PREVIEW_SIDE, SRW_PREVIEW_SIDE, g_malloc (BYTES) };
  return preview;
}

SrwPicture *
srw_preview_of (const SrwPicture * picture, GError ** error)
{
  const gint side = MIN (picture->width, picture->height), stride = 3 * picture->width;
  const gint x = (picture->width - side) / 2, y = (picture->height - side) / 2;
  GdkPixbuf *middle = gdk_pixbuf_new_from_data (picture->rgb + (gsize) y * stride + 3 * x, GDK_COLORSPACE_RGB, FALSE, 8,
      side, side, stride, NULL, NULL);
  GdkPixbuf *scaled = gdk_pixbuf_scale_simple (middle, SRW_PREVIEW_SIDE, SRW_PREVIEW_SIDE, GDK_INTERP_BILINEAR);
  SrwPicture *preview = scaled ? preview_alloc () : NULL;

  for (gint row = 0; preview && row < SRW_PREVIEW_SIDE; row++)
    memcpy (preview->rgb + 3 * SRW_PREVIEW_SIDE * row,
        gdk_pixbuf_read_pixels (scaled) + (gsize) row * gdk_pixbuf_get_rowstride (scaled), 3 * SRW_PREVIEW_SIDE);
  if (preview == NULL)
    g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "not enough memory for a preview");
  g_clear_object (&scaled);
  g_object_unref (middle);
  return preview;
}

static gboolean
is_jpeg (GBytes * bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return size > 2 && data[0] == 0xff && data[1] == 0xd8;
}

SrwPicture *
srw_preview_load (const gchar * path, GError ** error)
{
  GBytes *bytes = srw_style_load_preview (path, error);
  gchar *name = srw_input_file_display_name (path);
  SrwPicture *preview = NULL;
  gboolean refused = bytes == NULL;

  if (bytes && is_jpeg (bytes)) {
    preview = srw_picture_load_bytes (bytes, name, PIXELS, SRW_PREVIEW_SIDE, error);
    refused = preview == NULL;
  }
  if (preview && (preview->width != SRW_PREVIEW_SIDE || preview->height != SRW_PREVIEW_SIDE))
    g_clear_pointer (&preview, srw_picture_free);
  if (preview == NULL && !refused)
    g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "%s: its preview is not a JPEG picture of %d×%d pixels", name,
        SRW_PREVIEW_SIDE, SRW_PREVIEW_SIDE);
  g_free (name);
  g_clear_pointer (&bytes, g_bytes_unref);
  return preview;
}

SrwPicture *
srw_preview_blend (const SrwPicture * a, const SrwPicture * b, gfloat mix)
{
  SrwPicture *preview = preview_alloc ();

  for (gsize i = 0; i < BYTES; i++)
    preview->rgb[i] = (guint8) ((1.0f - mix) * a->rgb[i] + mix * b->rgb[i] + 0.5f);
  return preview;
}

GBytes *
srw_preview_encode (const SrwPicture * preview, GError ** error)
{
  GBytes *jpeg = srw_picture_encode (preview, QUALITY, error);

  for (gint quality = QUALITY; jpeg && g_bytes_get_size (jpeg) > SRW_STYLE_MAX_PREVIEW && quality > LEAST_QUALITY;) {
    g_bytes_unref (jpeg);
    jpeg = srw_picture_encode (preview, quality -= QUALITY_STEP, error);
  }
  return jpeg;
}
