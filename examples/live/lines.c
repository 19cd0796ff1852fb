/* Commands from the standard input, a line each.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lines.h"

#include <gio/gunixinputstream.h>
#include <unistd.h>

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
  GString *reply = g_string_new (NULL);

  if (reader->too_long)
    g_string_printf (reply, "a line of more than %d bytes is no command\n", CONTROL_LINE_LIMIT);
  else
    control_do (reader->control, CONTROL_TERMINAL, reader->line->str, reply);
  g_print ("%s", reply->str);
  g_string_free (reply, TRUE);
  g_string_truncate (reader->line, 0);
  reader->too_long = FALSE;
}

static void
take_bytes (Reader * reader, const gchar * data, gsize size)
{
  for (gsize i = 0; i < size; i++) {
    if (data[i] == '\n')
      end_line (reader);
    else if (reader->line->len < CONTROL_LINE_LIMIT)
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
    g_input_stream_read_bytes_async (reader->stream, CONTROL_LINE_LIMIT, G_PRIORITY_DEFAULT, reader->cancel, bytes_read,
        reader);
  }
  g_clear_pointer (&bytes, g_bytes_unref);
}

void
lines_start (const Control * control, GCancellable * cancel)
{
  Reader *reader = g_new0 (Reader, 1);

  reader->control = control;
  reader->stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  reader->cancel = g_object_ref (cancel);
  reader->line = g_string_new (NULL);
  g_input_stream_read_bytes_async (reader->stream, CONTROL_LINE_LIMIT, G_PRIORITY_DEFAULT, cancel, bytes_read, reader);
}
