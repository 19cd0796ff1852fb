/* Commands, a line each, that change what is painted while it is watched.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtsp-control.h"

#include <gio/gunixinputstream.h>
#include <string.h>
#include <unistd.h>

#define HELP "style [PATH]    the style of a picture, or the built-in one\n" \
    "style-2 [PATH]  a second style, or none\n" \
    "mix M           from the first style (0) to the second (1)\n" \
    "strength S      amount of style, 0 to 1\n" \
    "stats           what has been done\n" \
    "quit\n"

static void
print_stats (const Control * control)
{
  GstStructure *stats;
  gchar *text;

  g_object_get (control->filter, "stats", &stats, NULL);
  gst_structure_set (stats, "sessions", G_TYPE_UINT, control->sessions (control->data), NULL);
  text = gst_structure_to_string (stats);
  g_print ("%s\n", text);
  g_free (text);
  gst_structure_free (stats);
}

static void
set_number (const Control * control, const gchar * property, const gchar * text)
{
  gchar *end;
  gdouble value = g_ascii_strtod (text, &end);

  /* so written that NaN is refused */
  if (end == text || *end != '\0' || !(value >= 0 && value <= 1)) {
    g_print ("%s takes a number from 0 to 1\n", property);
    return;
  }
  g_object_set (control->filter, property, value, NULL);
  g_print ("%s is now %g\n", property, value);
}

/* Says nothing: whether the picture can be used is told by the element's message. */
static void
set_style (const Control * control, const gchar * property, const gchar * path)
{
  g_object_set (control->filter, property, path[0] ? path : NULL, NULL);
}

/* The argument of a command, in quotes or not. NULL, having said why, when the quotes do not match. */
static gchar *
argument_of (const gchar * text)
{
  GError *error = NULL;
  gchar *argument;

  if (text[0] != '"' && text[0] != '\'')
    return g_strdup (text);
  argument = g_shell_unquote (text, &error);
  if (argument == NULL) {
    g_print ("%s\n", error->message);
    g_error_free (error);
  }
  return argument;
}

static void
do_command (const Control * control, const gchar * command, const gchar * argument)
{
  if (g_str_equal (command, "style"))
    set_style (control, "style-image", argument);
  else if (g_str_equal (command, "style-2"))
    set_style (control, "style-image-2", argument);
  else if (g_str_equal (command, "mix"))
    set_number (control, "style-mix", argument);
  else if (g_str_equal (command, "strength"))
    set_number (control, "strength", argument);
  else if (g_str_equal (command, "stats"))
    print_stats (control);
  else if (g_str_equal (command, "quit"))
    control->quit (control->data);
  else if (command[0])
    g_print ("%s", HELP);
}

void
control_do (const Control * control, const gchar * line)
{
  gchar *command = g_strstrip (g_strdup (line)), *end = command + strcspn (command, " \t"), *argument;

  argument = argument_of (end + strspn (end, " \t"));
  *end = '\0';
  if (argument)
    do_command (control, command, argument);
  g_free (argument);
  g_free (command);
}

/* ---- reading ---- */

#define LINE_LIMIT 8192

typedef struct
{
  const Control *control;
  GInputStream *stream;
  GCancellable *cancel;
  GString *line;                /* what has come of the present one */
  gboolean too_long;            /* it has come to the limit: the rest of it is passed over */
} Reader;

static void
end_line (Reader * reader)
{
  if (reader->too_long)
    g_print ("a line of more than %d bytes is no command\n", LINE_LIMIT);
  else
    control_do (reader->control, reader->line->str);
  g_string_truncate (reader->line, 0);
  reader->too_long = FALSE;
}

static void
take_bytes (Reader * reader, const gchar * data, gsize size)
{
  for (gsize i = 0; i < size; i++) {
    if (data[i] == '\n')
      end_line (reader);
    else if (reader->line->len < LINE_LIMIT)
      g_string_append_c (reader->line, data[i]);
    else
      reader->too_long = TRUE;
  }
}

static void
bytes_read (GObject * source, GAsyncResult * result, gpointer data)
{
  Reader *reader = data;
  GBytes *bytes = g_input_stream_read_bytes_finish (reader->stream, result, NULL);
  gsize size = bytes ? g_bytes_get_size (bytes) : 0;

  if (size == 0 || g_cancellable_is_cancelled (reader->cancel)) {
    if (size == 0 && reader->line->len > 0 && !g_cancellable_is_cancelled (reader->cancel))
      end_line (reader);
    g_object_unref (reader->stream);
    g_object_unref (reader->cancel);
    g_string_free (reader->line, TRUE);
    g_free (reader);
  } else {
    take_bytes (reader, g_bytes_get_data (bytes, NULL), size);
    g_input_stream_read_bytes_async (reader->stream, LINE_LIMIT, G_PRIORITY_DEFAULT, reader->cancel, bytes_read,
        reader);
  }
  g_clear_pointer (&bytes, g_bytes_unref);
}

void
control_start (const Control * control, GCancellable * cancel)
{
  Reader *reader = g_new0 (Reader, 1);

  reader->control = control;
  reader->stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  reader->cancel = g_object_ref (cancel);
  reader->line = g_string_new (NULL);
  g_input_stream_read_bytes_async (reader->stream, LINE_LIMIT, G_PRIORITY_DEFAULT, cancel, bytes_read, reader);
}
