/* What is painted as JPEG pictures, for a web page, while somebody looks.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

typedef struct _Preview Preview;

/* On the main thread: there is a new picture. */
typedef void (*PreviewNew) (gpointer data);

/* Pictures are at most so wide as is good for a page. NULL with `error` set when an element is missing. */
Preview *preview_new (gint width, gint height, PreviewNew new_picture, gpointer data, GError ** error);
void preview_free (Preview * preview);

/* Any thread. `sample` stays the caller's. */
void preview_push (Preview * preview, GstSample * sample);

/* Main thread. Pictures are made only while it is watched. */
void preview_set_watched (Preview * preview, gboolean watched);

/* The last picture, to be unreferenced; NULL before there is one. Any thread. */
GBytes *preview_last (Preview * preview);
