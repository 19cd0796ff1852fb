/* How everything is, for people and for machines.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status.h"

#include <json-glib/json-glib.h>
#include <string.h>

struct _Status
{
  StatusSources sources;
  GstElement *filter;
  guint counting;               /* GLib source */
  guint64 frames;               /* painted when it was counted last */
  gint64 counted;               /* when, monotonic time */
  gdouble fps;
};

static gboolean
count_frames (gpointer data)
{
  Status *status = data;
  gint64 now = g_get_monotonic_time ();
  PainterStatus painter;

  painter_get_status (status->sources.painter, &painter);
  status->fps = (gdouble) (painter.frames - status->frames) * G_USEC_PER_SEC / (gdouble) (now - status->counted);
  status->frames = painter.frames;
  status->counted = now;
  return G_SOURCE_CONTINUE;
}

Status *
status_new (const StatusSources * sources)
{
  Status *status = g_new0 (Status, 1);

  status->sources = *sources;
  status->filter = painter_get_filter (sources->painter);
  status->counted = g_get_monotonic_time ();
  status->counting = g_timeout_add_seconds (1, count_frames, status);
  return status;
}

void
status_free (Status * status)
{
  g_source_remove (status->counting);
  g_free (status);
}

/* Of an address nothing but the host: what follows may be a stream's key, what stands before it a password. Of a file
 * the name: where files lie is nobody's business. To be freed. */
static gchar *
public_name (const gchar * where)
{
  GUri *uri = strstr (where, "://") ? g_uri_parse (where, G_URI_FLAGS_NON_DNS, NULL) : NULL;
  gchar *name;

  if (uri && g_uri_get_host (uri) && g_uri_get_host (uri)[0])
    name = g_uri_join (G_URI_FLAGS_NONE, g_uri_get_scheme (uri), NULL, g_uri_get_host (uri), g_uri_get_port (uri), "",
        NULL, NULL);
  else
    name = g_path_get_basename (where);
  g_clear_pointer (&uri, g_uri_unref);
  return name;
}

/* What the numbers of the element's `stats` are. */
typedef struct
{
  guint64 in, done, dropped;
  gdouble mean_ms, worst_ms;
  gchar *device;
} Counts;

static void
read_counts (Status * status, Counts * counts)
{
  GstStructure *stats;

  *counts = (Counts) { 0 };
  g_object_get (status->filter, "stats", &stats, NULL);
  gst_structure_get (stats, "in", G_TYPE_UINT64, &counts->in, "done", G_TYPE_UINT64, &counts->done, "dropped",
      G_TYPE_UINT64, &counts->dropped, "mean-ms", G_TYPE_DOUBLE, &counts->mean_ms, "worst-ms", G_TYPE_DOUBLE,
      &counts->worst_ms, NULL);
  counts->device = g_strdup (gst_structure_get_string (stats, "device"));
  gst_structure_free (stats);
}

/* ---- JSON ---- */

static void
add_string (JsonBuilder * json, const gchar * name, const gchar * value)
{
  gchar *valid = value ? g_utf8_make_valid (value, -1) : NULL;

  json_builder_set_member_name (json, name);
  if (valid)
    json_builder_add_string_value (json, valid);
  else
    json_builder_add_null_value (json);
  g_free (valid);
}

static void
add_number (JsonBuilder * json, const gchar * name, gdouble value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_double_value (json, value);
}

static void
add_count (JsonBuilder * json, const gchar * name, guint64 value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, (gint64) value);
}

static void
add_style (Status * status, JsonBuilder * json, const gchar * name, const gchar * property)
{
  gchar *path, *base;

  g_object_get (status->filter, property, &path, NULL);
  base = path ? public_name (path) : NULL;
  add_string (json, name, base);
  g_free (base);
  g_free (path);
}

static void
add_look (Status * status, JsonBuilder * json)
{
  gdouble strength, mix, smoothing;
  guint64 fade;

  g_object_get (status->filter, "strength", &strength, "style-mix", &mix, "temporal-smoothing", &smoothing, "fade-time",
      &fade, NULL);
  add_style (status, json, "style", "style-image");
  add_style (status, json, "style-2", "style-image-2");
  add_number (json, "strength", strength);
  add_number (json, "mix", mix);
  add_number (json, "smoothing", smoothing);
  add_number (json, "fade", (gdouble) fade / GST_SECOND);
}

static void
add_port (JsonBuilder * json, const gchar * where, const gchar * state, const gchar * problem)
{
  json_builder_begin_object (json);
  add_string (json, "where", where);
  add_string (json, "state", state);
  add_string (json, "problem", problem);
  json_builder_end_object (json);
}

static void
add_outputs (Status * status, JsonBuilder * json)
{
  const gchar *url = status->sources.rtsp ? rtsp_url (status->sources.rtsp) : NULL;

  json_builder_set_member_name (json, "outputs");
  json_builder_begin_array (json);
  if (status->sources.rtsp)
    add_port (json, url ? url : "rtsp", url ? "running" : "off", NULL);
  for (guint i = 0; i < status->sources.outlets->len; i++) {
    OutletStatus outlet;
    gchar *name;
    outlet_get_status (g_ptr_array_index (status->sources.outlets, i), &outlet);
    name = public_name (outlet.where);
    add_port (json, name, outlet.state, outlet.problem);
    g_free (name);
  }
  json_builder_end_array (json);
}

static void
add_styles (Status * status, JsonBuilder * json)
{
  const gchar *const *names = status->sources.gallery ? gallery_names (status->sources.gallery) : NULL;

  json_builder_set_member_name (json, "styles");
  if (names == NULL) {
    json_builder_add_null_value (json);
    return;
  }
  json_builder_begin_array (json);
  for (; *names; names++)
    json_builder_add_string_value (json, *names);
  json_builder_end_array (json);
}

/* {"play", "every", "at", "left", "entries": [{"name", "seconds"}]}, or null. */
static void
add_playlist (Status * status, JsonBuilder * json)
{
  const Playlist *playlist = status->sources.playlist;
  const GPtrArray *entries = playlist ? playlist_entries (playlist) : NULL;

  json_builder_set_member_name (json, "playlist");
  if (playlist == NULL) {
    json_builder_add_null_value (json);
    return;
  }
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "play");
  json_builder_add_boolean_value (json, playlist_is_playing (playlist));
  add_number (json, "every", playlist_get_every (playlist));
  add_number (json, "at", playlist_at (playlist));
  add_number (json, "left", playlist_left (playlist));
  json_builder_set_member_name (json, "entries");
  json_builder_begin_array (json);
  for (guint i = 0; i < entries->len; i++) {
    const PlaylistEntry *entry = g_ptr_array_index (entries, i);
    json_builder_begin_object (json);
    add_string (json, "name", entry->name);
    add_number (json, "seconds", entry->seconds);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
  json_builder_end_object (json);
}

static void
add_numbers (Status * status, JsonBuilder * json, const PainterStatus * painter, guint viewers)
{
  Counts counts;

  read_counts (status, &counts);
  add_number (json, "fps", status->fps);
  add_number (json, "latency-ms", painter->latency_ms);
  add_number (json, "mean-ms", counts.mean_ms);
  add_count (json, "done", counts.done);
  add_count (json, "dropped", counts.dropped);
  add_string (json, "device", counts.device);
  add_count (json, "viewers", viewers);
  add_count (json, "sessions", status->sources.rtsp ? rtsp_sessions (status->sources.rtsp) : 0);
  g_free (counts.device);
}

gchar *
status_json (Status * status, guint viewers)
{
  JsonBuilder *json = json_builder_new ();
  gchar *input = public_name (status->sources.options->input), *text;
  PainterStatus painter;
  JsonNode *root;

  painter_get_status (status->sources.painter, &painter);
  json_builder_begin_object (json);
  add_string (json, "version", SRW_VERSION);
  json_builder_set_member_name (json, "input");
  add_port (json, input, painter.state, painter.problem);
  add_outputs (status, json);
  add_styles (status, json);
  add_look (status, json);
  add_playlist (status, json);
  add_numbers (status, json, &painter, viewers);
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  text = json_to_string (root, FALSE);
  json_node_unref (root);
  g_object_unref (json);
  g_free (input);
  return text;
}

/* ---- metrics ---- */

static void
add_metric (GString * text, const gchar * name, const gchar * type, const gchar * help, gdouble value)
{
  gchar number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (number, sizeof (number), "%.10g", value);
  g_string_append_printf (text, "# HELP stylerwkv_%s %s\n# TYPE stylerwkv_%s %s\nstylerwkv_%s %s\n", name, help, name,
      type, name, number);
}

/* As a label's value. */
static gchar *
escape_label (const gchar * value)
{
  GString *escaped = g_string_new (NULL);

  for (; *value; value++) {
    if (*value == '\\' || *value == '"')
      g_string_append_c (escaped, '\\');
    if (*value == '\n')
      g_string_append (escaped, "\\n");
    else
      g_string_append_c (escaped, *value);
  }
  return g_string_free (escaped, FALSE);
}

static void
add_outlet_metrics (Status * status, GString * text)
{
  if (status->sources.outlets->len)
    g_string_append (text, "# HELP stylerwkv_output_up Whether an output runs.\n# TYPE stylerwkv_output_up gauge\n");
  for (guint i = 0; i < status->sources.outlets->len; i++) {
    OutletStatus outlet;
    gchar *name, *label;
    outlet_get_status (g_ptr_array_index (status->sources.outlets, i), &outlet);
    name = public_name (outlet.where);
    label = escape_label (name);
    g_string_append_printf (text, "stylerwkv_output_up{output=\"%s\"} %d\n", label,
        g_str_equal (outlet.state, "running"));
    g_free (label);
    g_free (name);
  }
}

gchar *
status_metrics (Status * status, guint viewers)
{
  GString *text = g_string_new (NULL);
  PainterStatus painter;
  Counts counts;

  painter_get_status (status->sources.painter, &painter);
  read_counts (status, &counts);
  add_metric (text, "input_up", "gauge", "Whether the input delivers video.", g_str_equal (painter.state, "running"));
  add_metric (text, "frames_painted_total", "counter", "Frames painted.", (gdouble) painter.frames);
  add_metric (text, "frames_dropped_total", "counter", "Frames left out since they came too fast.",
      (gdouble) counts.dropped);
  add_metric (text, "frames_per_second", "gauge", "Frames painted in the last second.", status->fps);
  add_metric (text, "latency_seconds", "gauge", "From when the last frame was due until it was painted.",
      painter.latency_ms / 1000);
  add_metric (text, "frame_seconds_mean", "gauge", "Time of the element for a frame.", counts.mean_ms / 1000);
  add_metric (text, "frame_seconds_max", "gauge", "Longest time of the element for a frame.", counts.worst_ms / 1000);
  add_metric (text, "web_viewers", "gauge", "Who watches by the web page.", viewers);
  add_metric (text, "rtsp_sessions", "gauge", "Who watches by RTSP.",
      status->sources.rtsp ? rtsp_sessions (status->sources.rtsp) : 0);
  add_outlet_metrics (status, text);
  g_free (counts.device);
  return g_string_free (text, FALSE);
}
