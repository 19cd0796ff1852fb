/* Styles one after the other, each for its time: those of a list, or all of the folder.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gallery.h"

typedef struct _Playlist Playlist;

/* Seconds that a picture may stay. */
#define PLAYLIST_MIN_SECONDS 1
#define PLAYLIST_MAX_SECONDS 86400

/* `show` is called for the picture of the folder whose turn it is. All on the main thread. */
Playlist *playlist_new (Gallery * gallery, void (*show) (const gchar * name, gpointer data), gpointer data);
/* `playlist` may be NULL. */
void playlist_free (Playlist * playlist);

/* `text`: names and seconds by turns, in blanks, names in quotes where they hold blanks; or nothing, for all pictures
 * of the folder. While it plays, what is shown stays for its time, and the next is the one after it in the new list.
 * FALSE, with what is wrong added to `reply`, when it is neither; then all stays as it was. */
gboolean playlist_set (Playlist * playlist, const gchar * text, GString * reply);
/* As playlist_set takes it; to be freed. */
gchar *playlist_get (const Playlist * playlist);

/* How long each picture stays where all of the folder are shown. */
void playlist_set_every (Playlist * playlist, gdouble seconds);
gdouble playlist_get_every (const Playlist * playlist);

/* Begins with the next one. */
void playlist_play (Playlist * playlist, gboolean play);
gboolean playlist_is_playing (const Playlist * playlist);

/* To the one so many further, or before. FALSE when there is none. While it plays that one gets its whole time. */
gboolean playlist_step (Playlist * playlist, gint by);

/* Another one has chosen this picture of the folder: it gets its whole time, and the next is the one after it. */
void playlist_note (Playlist * playlist, const gchar * name);

typedef struct
{
  gchar *name;
  gdouble seconds;
} PlaylistEntry;

/* The entry that was shown last, or -1. */
gint playlist_at (const Playlist * playlist);
/* Seconds until the next picture; 0 while nothing plays. */
gdouble playlist_left (const Playlist * playlist);

/* Of PlaylistEntry; the playlist's. Empty for all pictures of the folder. */
const GPtrArray *playlist_entries (const Playlist * playlist);
