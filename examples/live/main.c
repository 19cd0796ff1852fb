/* stylerwkv-live: paints live video, and shows it to whoever wants to see it.
 *
 *   stylerwkv-live clip.mp4 --styles ~/Pictures --output window
 *
 * One pipeline paints the input for ever (painter.c). What it paints goes to pipelines of their own: one for each
 * output (outlet.c), one for all clients of the RTSP server (rtsp.c), one for the pictures of the web page
 * (preview.c). So a client that comes late neither starts the input again nor waits for kernels, the end of a file or
 * the failure of a camera does not end what is seen, and an output that fails holds up no other.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib-unix.h>

#include "console.h"
#include "control.h"
#include "gallery.h"
#include "lines.h"
#include "options.h"
#include "osc.h"
#include "outlet.h"
#include "painter.h"
#include "playlist.h"
#include "rtsp.h"
#include "saved.h"
#include "status.h"
#include "web.h"

/* So long may outputs take to end. */
#define FINISH_SECONDS 10
#define FINISH_LOOK_MS 50

typedef struct
{
  Options options;
  GMainLoop *loop;
  Gallery *gallery;             /* or NULL */
  Playlist *playlist;           /* or NULL */
  Saved *saved;                 /* or NULL */
  Osc *osc;                     /* or NULL */
  Painter *painter;
  GPtrArray *outlets;           /* of Outlet */
  Rtsp *rtsp;                   /* or NULL */
  Web *web;                     /* or NULL */
  Status *status;
  Control control;
  gint64 finish;                /* when to wait for outputs no longer, monotonic time; 0 while it runs */
  GError *error;                /* why it ends; or NULL */
  gboolean failed;              /* the painter has, and has said why */
} Live;

/* ---- what the painter calls ---- */

static void
push_frame (GstSample * sample, gpointer data)
{
  Live *live = data;

  for (guint i = 0; i < live->outlets->len; i++)
    outlet_push (g_ptr_array_index (live->outlets, i), sample);
  if (live->rtsp)
    rtsp_push (live->rtsp, sample);
  if (live->web)
    web_push (live->web, sample);
}

/* Clients are let in when the first frame is there: the kernels are built then, and none of them has to wait. */
static void
first_frame (gpointer data)
{
  Live *live = data;

  /* now, since a style that is gone or broken does no harm to an element that runs */
  if (live->saved)
    saved_load (live->saved);
  painter_set_watched (live->painter, PAINTER_OUTLETS, live->outlets->len > 0);
  painter_set_watched (live->painter, PAINTER_STARTING, FALSE);
  for (guint i = 0; i < live->outlets->len; i++)
    outlet_start (g_ptr_array_index (live->outlets, i));
  if (live->rtsp && !rtsp_listen (live->rtsp, &live->error))
    g_main_loop_quit (live->loop);
}

static void
painter_failed (gpointer data)
{
  Live *live = data;

  live->failed = TRUE;
  g_main_loop_quit (live->loop);
}

/* ---- what the commands call ---- */

static void
add_stats (GstStructure * stats, gpointer data)
{
  Live *live = data;

  gst_structure_set (stats, "sessions", G_TYPE_UINT, live->rtsp ? rtsp_sessions (live->rtsp) : 0, NULL);
}

static void
changed (gpointer data)
{
  Live *live = data;

  if (live->saved)
    saved_change (live->saved);
}

static void
show_style (const gchar * name, gpointer data)
{
  Live *live = data;
  gchar *path = gallery_find (live->gallery, name);

  g_object_set (painter_get_filter (live->painter), "style-image", path, NULL);
  g_free (path);
}

static gboolean
look_whether_finished (gpointer data)
{
  Live *live = data;
  gboolean finished = TRUE;

  for (guint i = 0; i < live->outlets->len; i++)
    finished &= outlet_finish (g_ptr_array_index (live->outlets, i));
  if (!finished && g_get_monotonic_time () < live->finish)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (live->loop);
  return G_SOURCE_REMOVE;
}

/* Files are ended as they should be; when asked twice, at once. */
static void
quit (gpointer data)
{
  Live *live = data;

  if (live->finish) {
    g_main_loop_quit (live->loop);
    return;
  }
  live->finish = g_get_monotonic_time () + FINISH_SECONDS * G_USEC_PER_SEC;
  if (look_whether_finished (live))
    g_timeout_add (FINISH_LOOK_MS, look_whether_finished, live);
}

static gboolean
on_signal (gpointer data)
{
  quit (data);
  return G_SOURCE_CONTINUE;
}

/* ---- making ---- */

static gboolean
make_outlets (Live * live, GError ** error)
{
  for (gchar ** where = live->options.outputs; *where; where++) {
    Outlet *outlet = outlet_new (*where, live->options.bitrate, error);
    if (outlet == NULL)
      return FALSE;
    g_ptr_array_add (live->outlets, outlet);
  }
  return TRUE;
}

static gboolean
make_servers (Live * live, GError ** error)
{
  StatusSources sources = { &live->options, live->painter, live->gallery, live->playlist, NULL, live->outlets };

  if (live->options.rtsp_port != PORT_OFF) {
    live->rtsp = rtsp_new (&live->options, live->painter, error);
    if (live->rtsp == NULL)
      return FALSE;
  }
  sources.rtsp = live->rtsp;
  live->status = status_new (&sources);
  if (live->options.osc_port != PORT_OFF) {
    live->osc = osc_new (live->options.address, (guint16) live->options.osc_port, &live->control, error);
    if (live->osc == NULL)
      return FALSE;
  }
  if (live->options.web_port == PORT_OFF)
    return TRUE;
  live->web = web_new (&live->options, live->painter, &live->control, live->status, live->outlets, error);
  return live->web && web_listen (live->web, error);
}

static gboolean
make_painter (Live * live, GError ** error)
{
  PainterCallbacks callbacks = { push_frame, first_frame, painter_failed, live };

  live->painter = painter_new (live->options.input, live->options.width, live->options.height, &callbacks, error);
  if (live->painter == NULL)
    return FALSE;
  g_object_set (painter_get_filter (live->painter), "style-image", live->options.style, "strength",
      live->options.strength, "fade-time", (guint64) (live->options.fade * GST_SECOND), NULL);
  live->control = (Control) { painter_get_filter (live->painter), live->gallery, live->playlist, add_stats, quit,
      changed, live };
  if (live->options.state)
    live->saved = saved_new (live->options.state, &live->control);
  return TRUE;
}

static gboolean
make (Live * live, GError ** error)
{
  live->loop = g_main_loop_new (NULL, FALSE);
  live->outlets = g_ptr_array_new_with_free_func ((GDestroyNotify) outlet_free);
  if (live->options.styles) {
    live->gallery = gallery_new (live->options.styles, error);
    if (live->gallery == NULL)
      return FALSE;
    live->playlist = playlist_new (live->gallery, show_style, live);
  }
  return make_outlets (live, error) && make_painter (live, error) && make_servers (live, error);
}

/* ---- running ---- */

static void
serve (Live * live)
{
  GCancellable *cancel = g_cancellable_new ();
  guint interrupt = g_unix_signal_add (SIGINT, on_signal, live);
  guint terminate = g_unix_signal_add (SIGTERM, on_signal, live);

  lines_start (&live->control, cancel);
  painter_start (live->painter);
  g_main_loop_run (live->loop);
  g_cancellable_cancel (cancel);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  g_object_unref (cancel);
}

/* Who shows frames is gone before they are, and the painter before who gets its frames. */
static void
clear (Live * live)
{
  rtsp_stop (live->rtsp);
  painter_stop (live->painter);
  web_free (live->web);
  osc_free (live->osc);
  saved_free (live->saved);
  playlist_free (live->playlist);
  g_clear_pointer (&live->status, status_free);
  g_clear_pointer (&live->outlets, g_ptr_array_unref);
  painter_free (&live->painter);
  gallery_free (live->gallery);
  g_clear_pointer (&live->loop, g_main_loop_unref);
  /* what was still to be told */
  while (g_main_context_iteration (NULL, FALSE));
  options_clear (&live->options);
}

int
main (int argc, char **argv)
{
  static Live live;             /* the RTSP library's threads may still look at it while the program ends */
  gboolean good = options_parse (&live.options, &argc, &argv, &live.error) && make (&live, &live.error);

  if (good)
    serve (&live);
  good = good && live.error == NULL && !live.failed;
  clear (&live);
  return console_exit (good, live.error);
}
