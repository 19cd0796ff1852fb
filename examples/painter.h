/* A pipeline that paints one input for ever and hands out the frames: a file starts again at its end, a camera or a
 * network stream that failed is tried again.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

typedef struct _Painter Painter;

typedef struct
{
  /* On the streaming thread. `sample` stays the painter's. */
  void (*frame) (GstSample * sample, gpointer data);
  /* On the main thread: the first frame is there; or there will never be one, since the input does not work. */
  void (*ready) (gpointer data);
  void (*failed) (gpointer data);
  gpointer data;
} PainterCallbacks;

Painter *painter_new (const gchar * input, gint width, gint height, const PainterCallbacks * callbacks,
    GError ** error);
void painter_start (Painter * painter);

/* While nobody watches the input goes on, but no frame is drawn. */
void painter_set_watched (Painter * painter, gboolean watched);

/* The element stylerwkv, owned by the painter. Its properties may be set from any thread. */
GstElement *painter_get_filter (Painter * painter);

/* After this no callback is called. */
void painter_free (Painter ** painter);
