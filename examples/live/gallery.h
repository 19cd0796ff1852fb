/* A folder of styles: what is in it, small pictures of it, and pictures that are added to it. Pictures are untrusted:
 * they are read by the engine, within its limits, on a thread beside the main one, one at a time.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

typedef struct _Gallery Gallery;

/* Used from the main thread alone. NULL with `error` set when the folder cannot be read. */
Gallery *gallery_new (const gchar * folder, GError ** error);
/* Waits for the picture that is being read; calls back for none. */
void gallery_free (Gallery * gallery);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Gallery, gallery_free)

/* File names without a path, in alphabetical order, in UTF-8; the gallery's, until it is asked again. */
const gchar *const *gallery_names (Gallery * gallery);

/* The path of the picture of that name, to be freed; NULL when there is none. Nothing outside the folder is found. */
gchar *gallery_find (Gallery * gallery, const gchar * name);

/* The most bytes of a picture that is added, pictures in the folder, and pictures that wait to be read. */
#define GALLERY_MAX_BYTES (16 * 1024 * 1024)
#define GALLERY_MAX_PICTURES 1000
#define GALLERY_MAX_WAITING 64

/* On the main thread: the bytes asked for, or NULL and an error, both the gallery's. */
typedef void (*GalleryDone) (GBytes * bytes, const GError * error, gpointer data);

/* A small JPEG picture of the built-in style; to be unreferenced. */
GBytes *gallery_builtin (GError ** error);
/* A small JPEG picture of the one of that name: of a saved style, the preview that stands in it. */
void gallery_thumbnail (Gallery * gallery, const gchar * name, GalleryDone done, gpointer data);

/* Decodes a JPEG, PNG or WebP file's contents and keeps the picture, anew encoded and without what else stood in the
 * file, under a name like `name` that is not taken. The bytes handed over are that name. */
void gallery_add (Gallery * gallery, const gchar * name, GBytes * contents, GalleryDone done, gpointer data);
