/* Styles one after the other, each for its time.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "playlist.h"

#include <string.h>

#define DEFAULT_SECONDS 30

struct _Playlist
{
  Gallery *gallery;
  void (*show) (const gchar * name, gpointer data);
  gpointer data;
  GPtrArray *entries;           /* of PlaylistEntry */
  gdouble every;
  gint at;                      /* the entry that was shown last, or -1 */
  gchar *last;                  /* the picture of the folder that was shown last, or NULL */
  gboolean playing;
  guint timer;                  /* GLib source, 0 for none */
  gint64 until;                 /* when it fires, monotonic time */
};

static void
entry_free (gpointer data)
{
  PlaylistEntry *entry = data;

  g_free (entry->name);
  g_free (entry);
}

Playlist *
playlist_new (Gallery * gallery, void (*show) (const gchar * name, gpointer data), gpointer data)
{
  Playlist *playlist = g_new0 (Playlist, 1);

  playlist->gallery = gallery;
  playlist->show = show;
  playlist->data = data;
  playlist->entries = g_ptr_array_new_with_free_func (entry_free);
  playlist->every = DEFAULT_SECONDS;
  playlist->at = -1;
  return playlist;
}

static void
stop_timer (Playlist * playlist)
{
  if (playlist->timer)
    g_source_remove (playlist->timer);
  playlist->timer = 0;
}

void
playlist_free (Playlist * playlist)
{
  if (playlist == NULL)
    return;
  stop_timer (playlist);
  g_ptr_array_unref (playlist->entries);
  g_free (playlist->last);
  g_free (playlist);
}

/* ---- whose turn it is ---- */

static gint
modulo (gint number, gint count)
{
  return (number % count + count) % count;
}

/* The place, among the names in order, of the one that was shown last; of the one before it, when it is gone. */
static gint
place_of_last (Playlist * playlist, const gchar * const *names)
{
  gint place = -1;

  while (playlist->last && names[place + 1] && strcmp (names[place + 1], playlist->last) <= 0)
    place++;
  return place;
}

/* The name whose turn it is, the gallery's; NULL for none. */
static const gchar *
step_in_folder (Playlist * playlist, gint by)
{
  const gchar *const *names = gallery_names (playlist->gallery);
  gint count = (gint) g_strv_length ((gchar **) names), place = place_of_last (playlist, names);

  if (count == 0)
    return NULL;
  return names[modulo (place < 0 && by < 0 ? by : place + by, count)];
}

/* The same of the list; pictures that are not there are passed over. */
static const gchar *
step_in_list (Playlist * playlist, gint by)
{
  gint count = (gint) playlist->entries->len;

  for (gint i = 0; i < count; i++) {
    const PlaylistEntry *entry;
    playlist->at = modulo (playlist->at < 0 && by < 0 ? by : playlist->at + by, count);
    entry = g_ptr_array_index (playlist->entries, playlist->at);
    if (g_strv_contains (gallery_names (playlist->gallery), entry->name))
      return entry->name;
  }
  return NULL;
}

static gdouble
seconds_of_present (const Playlist * playlist)
{
  const PlaylistEntry *entry;

  if (playlist->entries->len == 0 || playlist->at < 0)
    return playlist->every;
  entry = g_ptr_array_index (playlist->entries, playlist->at);
  return entry->seconds;
}

static gboolean
time_is_over (gpointer data)
{
  Playlist *playlist = data;

  playlist->timer = 0;
  playlist_step (playlist, 1);
  return G_SOURCE_REMOVE;
}

static void
start_timer (Playlist * playlist)
{
  const gdouble seconds = seconds_of_present (playlist);

  stop_timer (playlist);
  if (playlist->playing) {
    playlist->timer = g_timeout_add ((guint) (seconds * 1000), time_is_over, playlist);
    playlist->until = g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);
  }
}

/* The first entry of that name, or -1. */
static gint
find_entry (const Playlist * playlist, const gchar * name)
{
  for (guint i = 0; name && i < playlist->entries->len; i++) {
    const PlaylistEntry *entry = g_ptr_array_index (playlist->entries, i);
    if (g_str_equal (entry->name, name))
      return (gint) i;
  }
  return -1;
}

void
playlist_note (Playlist * playlist, const gchar * name)
{
  const gint at = find_entry (playlist, name);

  g_free (playlist->last);
  playlist->last = g_strdup (name);
  if (at >= 0)
    playlist->at = at;
  start_timer (playlist);
}

gboolean
playlist_step (Playlist * playlist, gint by)
{
  const gchar *name = playlist->entries->len ? step_in_list (playlist, by) : step_in_folder (playlist, by);

  /* also where there is none: a picture may come */
  start_timer (playlist);
  if (name == NULL)
    return FALSE;
  g_free (playlist->last);
  playlist->last = g_strdup (name);
  playlist->show (playlist->last, playlist->data);
  return TRUE;
}

void
playlist_play (Playlist * playlist, gboolean play)
{
  if (play == playlist->playing)
    return;
  playlist->playing = play;
  stop_timer (playlist);
  if (play)
    playlist_step (playlist, 1);
}

gboolean
playlist_is_playing (const Playlist * playlist)
{
  return playlist->playing;
}

/* ---- the list ---- */

static gboolean
parse_seconds (const gchar * text, gdouble * seconds)
{
  gchar *end;

  *seconds = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && *seconds >= PLAYLIST_MIN_SECONDS && *seconds <= PLAYLIST_MAX_SECONDS;
}

static gboolean
add_entry (Playlist * playlist, GPtrArray * entries, gchar ** words, GString * reply)
{
  PlaylistEntry *entry;
  gdouble seconds;

  if (words[1] == NULL || !parse_seconds (words[1], &seconds)) {
    g_string_append_printf (reply, "%s in a playlist needs its seconds, %d to %d\n", words[0], PLAYLIST_MIN_SECONDS,
        PLAYLIST_MAX_SECONDS);
    return FALSE;
  }
  if (!g_strv_contains (gallery_names (playlist->gallery), words[0])) {
    g_string_append_printf (reply, "no picture \"%s\" in the folder of styles\n", words[0]);
    return FALSE;
  }
  entry = g_new (PlaylistEntry, 1);
  *entry = (PlaylistEntry) { g_strdup (words[0]), seconds };
  g_ptr_array_add (entries, entry);
  return TRUE;
}

/* NULL, having said why, when they are no list. */
static GPtrArray *
parse_entries (Playlist * playlist, gchar ** words, GString * reply)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (entry_free);

  for (; *words; words += 2) {
    if (!add_entry (playlist, entries, words, reply)) {
      g_ptr_array_unref (entries);
      return NULL;
    }
  }
  return entries;
}

/* NULL, having said why, when quotes do not match. */
static gchar **
parse_words (const gchar * text, GString * reply)
{
  GError *error = NULL;
  gchar **words = NULL;

  if (g_shell_parse_argv (text, NULL, &words, &error))
    return words;
  if (g_error_matches (error, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING))
    words = g_new0 (gchar *, 1);
  else
    g_string_append_printf (reply, "%s\n", error->message);
  g_error_free (error);
  return words;
}

gboolean
playlist_set (Playlist * playlist, const gchar * text, GString * reply)
{
  gchar **words = parse_words (text, reply);
  GPtrArray *entries = words ? parse_entries (playlist, words, reply) : NULL;

  g_strfreev (words);
  if (entries == NULL)
    return FALSE;
  g_ptr_array_unref (playlist->entries);
  playlist->entries = entries;
  playlist->at = playlist->playing ? find_entry (playlist, playlist->last) : -1;
  return TRUE;
}

gchar *
playlist_get (const Playlist * playlist)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < playlist->entries->len; i++) {
    const PlaylistEntry *entry = g_ptr_array_index (playlist->entries, i);
    gchar *quoted = g_shell_quote (entry->name), number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd (number, sizeof (number), "%.10g", entry->seconds);
    g_string_append_printf (text, "%s%s %s", i ? " " : "", quoted, number);
    g_free (quoted);
  }
  return g_string_free (text, FALSE);
}

void
playlist_set_every (Playlist * playlist, gdouble seconds)
{
  playlist->every = seconds;
  if (playlist->entries->len == 0)
    start_timer (playlist);
}

gdouble
playlist_get_every (const Playlist * playlist)
{
  return playlist->every;
}

gint
playlist_at (const Playlist * playlist)
{
  return playlist->at;
}

gdouble
playlist_left (const Playlist * playlist)
{
  const gint64 left = playlist->until - g_get_monotonic_time ();

  return playlist->timer ? (gdouble) MAX (left, 0) / G_USEC_PER_SEC : 0.0;
}

const GPtrArray *
playlist_entries (const Playlist * playlist)
{
  return playlist->entries;
}
