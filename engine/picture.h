/* StyleRWKV engine: pictures from files. Files are untrusted. */
#pragma once

#include "error.h"

G_BEGIN_DECLS

/* 8-bit R, G, B, rows one behind the other. */
typedef struct
{
  gint width, height;
  guint8 *rgb;                  /* (height, width, 3) */
} SrwPicture;

/* Any picture gdk-pixbuf reads, turned as its metadata asks, transparent parts over white, scaled down until the short
 * side is at most `short_side`. Errors: SRW_ERROR_NOT_FOUND, SRW_ERROR_PICTURE. */
SrwPicture *srw_picture_load (const gchar * path, gint short_side, GError ** error);
/* The same of the contents of a file; `name` stands for it in messages. */
SrwPicture *srw_picture_load_bytes (GBytes * bytes, const gchar * name, gint short_side, GError ** error);
void srw_picture_free (SrwPicture ** picture);

/* Where to stylise: a grey picture, white for everywhere, that fits frames of any size. Reference counted; used by one
 * thread at a time. */
typedef struct _SrwMask SrwMask;

/* Takes the luma (BT.601) of any picture. Errors: as srw_picture_load. */
SrwMask *srw_mask_load (const gchar * path, GError ** error);
/* Of pixels, `stride` bytes a row, which are copied. */
SrwMask *srw_mask_new (const guint8 * grey, gint width, gint height, gint stride);
SrwMask *srw_mask_ref (SrwMask * mask);
void srw_mask_unref (SrwMask ** mask);

/* (1 − mix)·from + mix·to, of width × height pixels; NULL stands for white. */
SrwMask *srw_mask_blend (SrwMask * from, SrwMask * to, gfloat mix, gint width, gint height);

/* The mask scaled to width × height, bilinear, pixel centres on pixel centres: `rows` rows of `stride` bytes, zero
 * where there is no pixel. Done again only for another size than the last time. The mask owns it. NULL when there is
 * not enough memory. */
const guint8 *srw_mask_fit (SrwMask * mask, gint width, gint height, gint stride, gint rows);

G_END_DECLS
