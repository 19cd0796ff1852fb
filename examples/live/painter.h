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

/* Who may watch. Until the first frame is there the painter itself does. */
typedef enum
{
  PAINTER_STARTING = 1 << 0,
  PAINTER_RTSP = 1 << 1,
  PAINTER_WEB = 1 << 2,
  PAINTER_OUTLETS = 1 << 3,
} PainterWatcher;

/* Any thread. While nobody watches the input goes on, but no frame is drawn. */
void painter_set_watched (Painter * painter, PainterWatcher who, gboolean watched);

typedef struct
{
  const gchar *state;           /* "starting", "running", or "waiting" for the input to come back */
  const gchar *problem;         /* why it waits; NULL otherwise; the painter's, until the main loop goes on */
  gboolean watched;
  guint64 frames;               /* painted so far */
  gdouble latency_ms;           /* of the last frame, since it was due, or taken by a camera */
} PainterStatus;

/* Main thread. */
void painter_get_status (Painter * painter, PainterStatus * status);

/* The element stylerwkv, owned by the painter. Its properties may be set from any thread. */
GstElement *painter_get_filter (Painter * painter);

/* After this no frame is handed out. `painter` may be NULL. */
void painter_stop (Painter * painter);

/* After this no callback is called. */
void painter_free (Painter ** painter);
