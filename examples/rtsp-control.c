/* Commands, a line each, that change what is painted while it is watched.
 *
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

void
control_do (const Control * control, const gchar * line)
{
  gchar *copy = g_strstrip (g_strdup (line)), *argument = strchr (copy, ' ');

  if (argument) {
    *argument++ = '\0';
    argument = g_strchug (argument);
  } else {
    argument = copy + strlen (copy);
  }
  if (g_str_equal (copy, "style"))
    set_style (control, "style-image", argument);
  else if (g_str_equal (copy, "style-2"))
    set_style (control, "style-image-2", argument);
  else if (g_str_equal (copy, "mix"))
    set_number (control, "style-mix", argument);
  else if (g_str_equal (copy, "strength"))
    set_number (control, "strength", argument);
  else if (g_str_equal (copy, "stats"))
    print_stats (control);
  else if (g_str_equal (copy, "quit"))
    control->quit (control->data);
  else if (copy[0])
    g_print ("%s", HELP);
  g_free (copy);
}

typedef struct
{
  const Control *control;
  GDataInputStream *stream;
  GCancellable *cancel;
} Reader;

static void
line_read (GObject * source, GAsyncResult * result, gpointer data)
{
  Reader *reader = data;
  gchar *line = g_data_input_stream_read_line_finish (reader->stream, result, NULL, NULL);

  if (line == NULL || g_cancellable_is_cancelled (reader->cancel)) {
    g_object_unref (reader->stream);
    g_object_unref (reader->cancel);
    g_free (reader);
  } else {
    control_do (reader->control, line);
    g_data_input_stream_read_line_async (reader->stream, G_PRIORITY_DEFAULT, reader->cancel, line_read, reader);
  }
  g_free (line);
}

void
control_start (const Control * control, GCancellable * cancel)
{
  GInputStream *input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  Reader *reader = g_new0 (Reader, 1);

  reader->control = control;
  reader->stream = g_data_input_stream_new (input);
  reader->cancel = g_object_ref (cancel);
  g_object_unref (input);
  g_data_input_stream_read_line_async (reader->stream, G_PRIORITY_DEFAULT, cancel, line_read, reader);
}
