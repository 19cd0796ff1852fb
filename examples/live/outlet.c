/* One way out of what is painted: a window, a file, HLS, a server elsewhere.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "outlet.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "encoding.h"
#include "feed.h"

#define RETRY_SECONDS 5

typedef struct
{
  const gchar *prefix, *suffix; /* of what it is asked for by; NULL for any */
  const gchar *elements[2];     /* besides those that encode */
  const gchar *description;     /* behind the encoder, or the source; its sink is named "sink" */
  const gchar *property;        /* of the sink that gets where it goes, or NULL */
  gboolean encoded, file, once; /* H.264; made anew each time; not tried again */
} Kind;

/* Matroska can be read as far as it was written; so can MP4 in fragments, which are joined when it ends well. */
static const Kind kinds[] = {
  {"window", "window", {"autovideosink"}, "! videoconvert ! autovideosink name=sink", NULL, FALSE, FALSE, TRUE},
  {"screen", "screen", {"kmssink"}, "! videoconvert ! videoscale ! kmssink name=sink", NULL},
  {"srt://", NULL, {"mpegtsmux", "srtsink"}, "! mpegtsmux ! srtsink name=sink wait-for-connection=false", "uri", TRUE},
  {"rtmp://", NULL, {"flvmux", "rtmp2sink"}, "! flvmux streamable=true ! rtmp2sink name=sink", "location", TRUE},
  {NULL, ".m3u8", {"hlssink2"}, "! hlssink2 name=sink target-duration=2 playlist-length=5 max-files=10",
      "playlist-location", TRUE},
  {NULL, ".mkv", {"matroskamux"}, "! matroskamux ! filesink name=sink", "location", TRUE, TRUE},
  {NULL, ".mp4", {"mp4mux"}, "! mp4mux fragment-duration=1000 fragment-mode=first-moov-then-finalise ! "
      "filesink name=sink", "location", TRUE, TRUE},
};

typedef enum
{
  OFF,
  RUNNING,
  WAITING,
  FINISHING,
  FAILED,
} State;

struct _Outlet
{
  const Kind *kind;
  gchar *asked, *where;
  gchar *description;
  Feed *feed;
  State state;
  gchar *problem;               /* the last one, or NULL */
  GstElement *pipeline;         /* NULL while there is none */
  guint watch, retry;           /* GLib sources, 0 for none */
};

/* ---- stopping ---- */

static void
remove_source (guint * id)
{
  if (*id)
    g_source_remove (*id);
  *id = 0;
}

static void
drop_pipeline (Outlet * outlet)
{
  feed_set_source (outlet->feed, NULL);
  remove_source (&outlet->watch);
  if (outlet->pipeline)
    gst_element_set_state (outlet->pipeline, GST_STATE_NULL);
  gst_clear_object (&outlet->pipeline);
}

static gboolean
try_again (gpointer data)
{
  Outlet *outlet = data;

  outlet->retry = 0;
  outlet_start (outlet);
  return G_SOURCE_REMOVE;
}

static void
fail (Outlet * outlet, const gchar * problem)
{
  gboolean again = !outlet->kind->once && outlet->state == RUNNING;

  /* once, however often it is tried again */
  if (g_strcmp0 (outlet->problem, problem) != 0)
    g_printerr ("error of output %s: %s\n%s", outlet->where, problem, again ? "  trying again\n" : "");
  g_free (outlet->problem);
  outlet->problem = g_strdup (problem);
  drop_pipeline (outlet);
  outlet->state = again ? WAITING : FAILED;
  if (again)
    outlet->retry = g_timeout_add_seconds (RETRY_SECONDS, try_again, outlet);
}

/* ---- running ---- */

static gboolean
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Outlet *outlet = data;
  GError *error = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, NULL);
      outlet->watch = 0;        /* by the value returned */
      fail (outlet, error->message);
      g_error_free (error);
      return G_SOURCE_REMOVE;
    case GST_MESSAGE_EOS:
      outlet->watch = 0;
      drop_pipeline (outlet);
      outlet->state = OFF;
      return G_SOURCE_REMOVE;
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency (GST_BIN (outlet->pipeline));
      return G_SOURCE_CONTINUE;
    default:
      return G_SOURCE_CONTINUE;
  }
}

static gboolean
is_taken (const gchar * path)
{
  GStatBuf found;

  return g_lstat (path, &found) == 0 && !(S_ISREG (found.st_mode) && found.st_size == 0);
}

/* What was recorded before a power cut stays: a.mkv, a-2.mkv, … */
static gchar *
free_path (const gchar * asked)
{
  gchar *path = g_strdup (asked);
  const gchar *ending = strrchr (asked, '.');

  for (guint n = 2; is_taken (path); n++) {
    g_free (path);
    path = g_strdup_printf ("%.*s-%u%s", (gint) (ending - asked), asked, n, ending);
  }
  return path;
}

/* Segments lie beside their list. Their name is a format. */
static void
set_segments (GstElement * sink, const gchar * list)
{
  gchar *stem = g_strndup (list, strlen (list) - strlen (".m3u8"));
  gchar **parts = g_strsplit (stem, "%", -1);
  gchar *escaped = g_strjoinv ("%%", parts), *segments = g_strconcat (escaped, "-%05d.ts", NULL);

  g_object_set (sink, "location", segments, NULL);
  g_free (segments);
  g_free (escaped);
  g_strfreev (parts);
  g_free (stem);
}

static void
set_where (Outlet * outlet)
{
  GstElement *sink = gst_bin_get_by_name (GST_BIN (outlet->pipeline), "sink");

  g_free (outlet->where);
  outlet->where = outlet->kind->file ? free_path (outlet->asked) : g_strdup (outlet->asked);
  if (outlet->kind->property)
    g_object_set (sink, outlet->kind->property, outlet->where, NULL);
  if (g_strcmp0 (outlet->kind->suffix, ".m3u8") == 0)
    set_segments (sink, outlet->where);
  gst_object_unref (sink);
}

/* What is wrong with the folder of a file that is to be written, to be freed; NULL for nothing. hlssink2 does not come
 * to an end any more once it could not write. */
static gchar *
problem_of_folder (const Outlet * outlet)
{
  gchar *folder, *problem = NULL;

  if (outlet->kind->prefix)
    return NULL;
  folder = g_path_get_dirname (outlet->asked);
  if (g_access (folder, W_OK | X_OK) != 0)
    problem = g_strdup_printf ("nothing can be written to its folder: %s", g_strerror (errno));
  g_free (folder);
  return problem;
}

void
outlet_start (Outlet * outlet)
{
  gchar *problem = problem_of_folder (outlet);
  GstElement *source;
  GstBus *bus;

  outlet->state = RUNNING;
  if (problem) {
    fail (outlet, problem);
    g_free (problem);
    return;
  }
  outlet->pipeline = gst_object_ref_sink (gst_parse_launch (outlet->description, NULL));
  set_where (outlet);
  bus = gst_element_get_bus (outlet->pipeline);
  outlet->watch = gst_bus_add_watch (bus, on_message, outlet);
  gst_object_unref (bus);
  source = gst_bin_get_by_name (GST_BIN (outlet->pipeline), "frames");
  feed_set_source (outlet->feed, GST_APP_SRC (source));
  gst_object_unref (source);
  /* what goes wrong is told by a message */
  gst_element_set_state (outlet->pipeline, GST_STATE_PLAYING);
}

void
outlet_push (Outlet * outlet, GstSample * sample)
{
  feed_push (outlet->feed, sample);
}

gboolean
outlet_finish (Outlet * outlet)
{
  GstElement *source;

  remove_source (&outlet->retry);
  if (outlet->state == RUNNING && outlet->kind->encoded) {
    outlet->state = FINISHING;
    source = gst_bin_get_by_name (GST_BIN (outlet->pipeline), "frames");
    feed_set_source (outlet->feed, NULL);
    gst_app_src_end_of_stream (GST_APP_SRC (source));
    gst_object_unref (source);
  }
  return outlet->state != FINISHING;
}

void
outlet_get_status (const Outlet * outlet, OutletStatus * status)
{
  static const gchar *const states[] = { "off", "running", "waiting", "finishing", "failed" };

  status->where = outlet->where;
  status->state = states[outlet->state];
  status->problem = outlet->state == WAITING || outlet->state == FAILED ? outlet->problem : NULL;
}

/* Whether it is `stem`, -, at least five digits and .ts. */
static gboolean
is_segment (const gchar * name, const gchar * stem)
{
  const gchar *digits = name + strlen (stem) + 1;
  gsize count;

  if (!g_str_has_prefix (name, stem) || digits[-1] != '-')
    return FALSE;
  count = strspn (digits, "0123456789");
  return count >= 5 && g_str_equal (digits + count, ".ts");
}

gchar *
outlet_find_hls (const Outlet * outlet, const gchar * name)
{
  gchar *folder, *list, *stem, *path = NULL;

  if (g_strcmp0 (outlet->kind->suffix, ".m3u8") != 0)
    return NULL;
  folder = g_path_get_dirname (outlet->asked);
  list = g_path_get_basename (outlet->asked);
  stem = g_strndup (list, strlen (list) - strlen (".m3u8"));
  if (g_str_equal (name, list) || is_segment (name, stem))
    path = g_build_filename (folder, name, NULL);
  g_free (stem);
  g_free (list);
  g_free (folder);
  return path;
}

/* ---- making and freeing ---- */

static const Kind *
find_kind (const gchar * where)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if ((kinds[i].prefix == NULL || g_str_has_prefix (where, kinds[i].prefix))
        && (kinds[i].suffix == NULL || g_str_has_suffix (where, kinds[i].suffix)))
      return &kinds[i];
  }
  return NULL;
}

/* autovideosink would try the oddest sinks then, some of which do not survive that. */
static gboolean
check_desktop (GError ** error)
{
  if (g_getenv ("DISPLAY") || g_getenv ("WAYLAND_DISPLAY"))
    return TRUE;
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "there is no desktop for a window: neither "
      "DISPLAY nor WAYLAND_DISPLAY is set; the output screen needs none");
  return FALSE;
}

static gboolean
check_elements (const Kind * kind, GError ** error)
{
  if (g_strcmp0 (kind->prefix, "window") == 0 && !check_desktop (error))
    return FALSE;
  if (kind->encoded && !encoding_check_h264 (error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (kind->elements) && kind->elements[i]; i++) {
    if (!encoding_check (kind->elements[i], error))
      return FALSE;
  }
  return TRUE;
}

Outlet *
outlet_new (const gchar * where, gint bitrate, GError ** error)
{
  const Kind *kind = find_kind (where);
  gchar *source, *h264;
  Outlet *outlet;

  if (kind == NULL) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--output is window, screen, a file that ends in "
        ".mkv, .mp4 or .m3u8, srt://… or rtmp://…, and not %s", where);
    return NULL;
  }
  if (!check_elements (kind, error))
    return NULL;
  source = encoding_source ();
  h264 = kind->encoded ? encoding_h264 (bitrate) : g_strdup ("");
  outlet = g_new0 (Outlet, 1);
  outlet->kind = kind;
  outlet->asked = g_strdup (where);
  outlet->where = g_strdup (where);
  outlet->description = g_strdup_printf ("%s ! queue %s %s", source, h264, kind->description);
  outlet->feed = feed_new ();
  g_free (h264);
  g_free (source);
  return outlet;
}

void
outlet_free (Outlet * outlet)
{
  remove_source (&outlet->retry);
  drop_pipeline (outlet);
  feed_free (outlet->feed);
  g_free (outlet->problem);
  g_free (outlet->description);
  g_free (outlet->where);
  g_free (outlet->asked);
  g_free (outlet);
}
