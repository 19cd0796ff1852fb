/* Commands of stylerwkv-live: typed, piped, or sent over a network.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <unistd.h>

#include "fuzz.h"
#include "lines.h"

/* What a pipe holds, so that writing to it never waits. */
#define PIPE_BYTES 65536
/* One size of so many goes through a pipe. */
#define PIPED 64
/* So many lines are done otherwise: most are no command, and answered with the whole table of them. */
#define MAX_LINES 8

static void
print_nothing (const gchar * text)
{
  g_assert_true (g_utf8_validate (text, -1, NULL));
}

static void
add_nothing (GstStructure * stats, gpointer data)
{
}

static void
show_nothing (const gchar * name, gpointer data)
{
  g_assert_not_reached ();
}

static void
count_quit (gpointer data)
{
  ++*(guint *) data;
}

/* The element, which is never started. */
static GstElement *
filter_new (void)
{
  GError *error = NULL;
  GstPlugin *plugin;
  GstElement *filter;

  gst_init (NULL, NULL);
  plugin = gst_plugin_load_file (PLUGIN_FILE, &error);
  g_assert_no_error (error);
  gst_object_unref (plugin);
  filter = gst_element_factory_make ("stylerwkv", NULL);
  g_assert_nonnull (filter);
  return gst_object_ref_sink (filter);
}

/* Makes the standard input a pipe that ends behind these bytes. */
static void
type (const guint8 * data, gsize size)
{
  int ends[2];

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  g_assert_cmpint (write (ends[1], data, size), ==, (gssize) size);
  g_assert_cmpint (dup2 (ends[0], STDIN_FILENO), ==, STDIN_FILENO);
  close (ends[0]);
  close (ends[1]);
}

/* As lines.c reads them, which waits for another thread each time: so, a thousand executions take seconds. */
static void
pipe_lines (const Control * control, const guint8 * data, gsize size)
{
  GCancellable *cancel = g_cancellable_new ();
  GPrintFunc print = g_set_print_handler (print_nothing);

  type (data, MIN (size, PIPE_BYTES));
  lines_start (control, cancel);
  /* the reader lives until it has come to the end */
  while (G_OBJECT (cancel)->ref_count > 1)
    g_main_context_iteration (NULL, TRUE);
  g_set_print_handler (print);
  g_object_unref (cancel);
}

static void
do_lines (const Control * control, ControlFrom from, const guint8 * data, gsize size)
{
  gchar *text = g_strndup ((const gchar *) data, size);
  gchar **lines = g_strsplit (text, "\n", MAX_LINES);

  for (gchar ** line = lines; *line; line++) {
    GString *reply = g_string_new (NULL);
    control_do (control, from, *line, reply);
    print_nothing (reply->str);
    g_string_free (reply, TRUE);
  }
  g_strfreev (lines);
  g_free (text);
}

static void
check_number (GstElement * filter, const gchar * property)
{
  gdouble value;

  g_object_get (filter, property, &value, NULL);
  g_assert_true (value >= 0.0 && value <= 1.0);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  static guint quits;
  static Control control = {.add_stats = add_nothing,.quit = count_quit,.data = &quits };
  guint before;

  if (control.filter == NULL) {
    control.filter = filter_new ();
    /* a folder without pictures */
    control.gallery = gallery_new ("/proc/self/task", NULL);
    control.playlist = playlist_new (control.gallery, show_nothing, NULL);
  }
  if (size % PIPED == 0)
    pipe_lines (&control, data, size);
  else
    do_lines (&control, CONTROL_TERMINAL, data, size);
  before = quits;
  do_lines (&control, CONTROL_NETWORK, data, size);
  g_assert_cmpuint (quits, ==, before);
  check_number (control.filter, "strength");
  check_number (control.filter, "style-mix");
  return 0;
}
