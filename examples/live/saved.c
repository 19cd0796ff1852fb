/* What was asked for last, kept in a file for the next start.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "saved.h"

/* So long changes are collected. */
#define DELAY_MS 500

struct _Saved
{
  gchar *path;
  const Control *control;
  GThreadPool *pool;            /* of one thread, which waits for the disk */
  gboolean loaded;              /* before, nothing is written over what is in the file */
  gboolean missed;              /* a change before that */
  guint timer;                  /* GLib source while there is something to write; else 0 */
};

/* On the thread. */
static void
write_lines (gpointer lines, gpointer data)
{
  const Saved *saved = data;
  GError *error = NULL;

  if (!g_file_set_contents_full (saved->path, lines, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
          0600, &error)) {
    g_printerr ("warning: what was asked for is not saved: %s\n", error->message);
    g_error_free (error);
  }
  g_free (lines);
}

Saved *
saved_new (const gchar * path, const Control * control)
{
  Saved *saved = g_new0 (Saved, 1);

  saved->path = g_strdup (path);
  saved->control = control;
  saved->pool = g_thread_pool_new (write_lines, saved, 1, FALSE, NULL);
  return saved;
}

static gboolean
write_soon (gpointer data)
{
  Saved *saved = data;

  saved->timer = 0;
  g_thread_pool_push (saved->pool, control_save (saved->control), NULL);
  return G_SOURCE_REMOVE;
}

void
saved_change (Saved * saved)
{
  saved->missed = !saved->loaded;
  if (saved->timer == 0 && saved->loaded)
    saved->timer = g_timeout_add (DELAY_MS, write_soon, saved);
}

static void
do_lines (Saved * saved, const gchar * text)
{
  gchar **lines = g_strsplit (text, "\n", -1);

  for (gchar ** line = lines; *line; line++) {
    GString *reply = g_string_new (NULL);
    if (!control_do (saved->control, CONTROL_TERMINAL, *line, reply))
      g_printerr ("warning: %s: %s: %s", saved->path, *line, reply->str);
    g_string_free (reply, TRUE);
  }
  g_strfreev (lines);
}

void
saved_load (Saved * saved)
{
  const gboolean missed = saved->missed;
  GError *error = NULL;
  gchar *text;

  if (g_file_get_contents (saved->path, &text, NULL, &error)) {
    do_lines (saved, text);
    g_free (text);
  } else if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    g_printerr ("warning: %s\n", error->message);
  g_clear_error (&error);
  saved->loaded = TRUE;
  if (missed)
    saved_change (saved);
}

void
saved_free (Saved * saved)
{
  if (saved == NULL)
    return;
  if (saved->timer) {
    g_source_remove (saved->timer);
    write_soon (saved);
  }
  g_thread_pool_free (saved->pool, FALSE, TRUE);
  g_free (saved->path);
  g_free (saved);
}
