/* embed: stylerwkv in an application. Shows an input in one style after the other, changed from a thread of its own
 * while the video plays, and answers every message a pipeline may send.
 *
 *   embed clip.mp4 --style one.jpg --style other.jpg --seconds 20
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib-unix.h>
#include <gst/gst.h>

#include "console.h"
#include "input.h"

static gchar *option_input, *option_size, *option_sink;
static gchar **option_styles;
static gdouble option_seconds, option_every = 1.0;

static const GOptionEntry entries[] = {
  {"input", 'i', 0, G_OPTION_ARG_STRING, &option_input, "test, camera, /dev/…, an address or a file (test)", "INPUT"},
  {"style", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &option_styles, "A picture to take the style of; give several",
        "FILE"},
  {"every", 0, 0, G_OPTION_ARG_DOUBLE, &option_every, "Seconds between changes (1)", "S"},
  {"seconds", 't', 0, G_OPTION_ARG_DOUBLE, &option_seconds, "End after so many seconds (0: when the input does)", "S"},
  {"size", 0, 0, G_OPTION_ARG_STRING, &option_size, "Size to work at (640x360)", "WxH"},
  {"sink", 0, 0, G_OPTION_ARG_STRING, &option_sink, "Where the video goes (autovideosink)", "ELEMENT"},
  {NULL}
};

typedef struct
{
  GMainLoop *loop;
  GstElement *pipeline, *filter;
  gboolean playing, ending, failed;     /* of the main thread */
  guint64 late;                 /* frames reported as too late */

  GThread *changer;             /* from the first frame on */
  GMutex lock;                  /* guards quit */
  GCond wake;
  gboolean quit;
} App;

/* ---- the thread that changes style and strength ---- */

static void
print_stats (App * app)
{
  GstStructure *stats;
  guint64 done = 0, dropped = 0;
  gdouble ms = 0;

  g_object_get (app->filter, "stats", &stats, NULL);
  gst_structure_get (stats, "done", G_TYPE_UINT64, &done, "dropped", G_TYPE_UINT64, &dropped, "mean-ms", G_TYPE_DOUBLE,
      &ms, NULL);
  g_print ("stats: %" G_GUINT64_FORMAT " frames drawn, %" G_GUINT64_FORMAT " dropped, %.1f ms a frame on %s\n", done,
      dropped, ms, gst_structure_get_string (stats, "device"));
  gst_structure_free (stats);
}

/* Properties may be set from any thread. Setting a style returns at once: whether the picture can be used is told by a
 * message. */
static void
change (App * app, guint turn)
{
  guint n = option_styles ? g_strv_length (option_styles) : 0;

  if (n > 0)
    g_object_set (app->filter, "style-image", option_styles[turn % n], NULL);
  g_object_set (app->filter, "strength", turn % 2 ? 0.6 : 1.0, NULL);
  print_stats (app);
}

static gpointer
changer_main (gpointer data)
{
  App *app = data;

  g_mutex_lock (&app->lock);
  for (guint turn = 0; !app->quit; turn++) {
    gint64 until = g_get_monotonic_time () + (gint64) (option_every * G_TIME_SPAN_SECOND);

    g_mutex_unlock (&app->lock);
    change (app, turn);
    g_mutex_lock (&app->lock);
    while (!app->quit && g_cond_wait_until (&app->wake, &app->lock, until));
  }
  g_mutex_unlock (&app->lock);
  return NULL;
}

static void
stop_changer (App * app)
{
  if (app->changer == NULL)
    return;
  g_mutex_lock (&app->lock);
  app->quit = TRUE;
  g_cond_signal (&app->wake);
  g_mutex_unlock (&app->lock);
  g_thread_join (g_steal_pointer (&app->changer));
}

/* ---- the end ---- */

/* The first time it asks the pipeline to end, so that a file that is being written gets its last bytes; the second
 * time it does not wait. */
static void
end (App * app)
{
  if (app->ending || !app->playing) {
    g_main_loop_quit (app->loop);
    return;
  }
  app->ending = TRUE;
  gst_element_send_event (app->pipeline, gst_event_new_eos ());
}

static gboolean
on_signal (gpointer data)
{
  end (data);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_time_up (gpointer data)
{
  end (data);
  return G_SOURCE_REMOVE;
}

/* ---- messages ---- */

static void
print_problem (GstMessage * message)
{
  GError *error = NULL;
  gchar *details = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, &details);
  else
    gst_message_parse_warning (message, &error, &details);
  g_printerr ("%s from %s: %s\n", GST_MESSAGE_TYPE_NAME (message), GST_MESSAGE_SRC_NAME (message), error->message);
  if (details)
    g_printerr ("  %s\n", details);
  g_clear_error (&error);
  g_free (details);
}

/* Counting starts with the first frame: the very first start compiles kernels, which takes its time. */
static void
on_state (App * app, GstMessage * message)
{
  GstState state;

  gst_message_parse_state_changed (message, NULL, &state, NULL);
  if (GST_MESSAGE_SRC (message) != GST_OBJECT (app->pipeline) || state != GST_STATE_PLAYING || app->playing)
    return;
  app->playing = TRUE;
  g_print ("playing\n");
  app->changer = g_thread_new ("changer", changer_main, app);
  if (option_seconds > 0)
    g_timeout_add ((guint) (option_seconds * 1000), on_time_up, app);
}

static gboolean
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  App *app = data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      print_problem (message);
      app->failed = TRUE;
      g_main_loop_quit (app->loop);
      break;
    case GST_MESSAGE_WARNING:  /* a style that cannot be used is one: the old style stays */
      print_problem (message);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (app->loop);
      break;
    case GST_MESSAGE_ELEMENT:
      console_print_style_changed (message);
      break;
    case GST_MESSAGE_LATENCY:  /* frames have come to take longer: sinks are to wait for them */
      gst_bin_recalculate_latency (GST_BIN (app->pipeline));
      break;
    case GST_MESSAGE_QOS:
      app->late++;
      break;
    case GST_MESSAGE_STATE_CHANGED:
      on_state (app, message);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

/* ---- the pipeline ---- */

static GstElement *
make (App * app, const gchar * factory, GError ** error)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  if (element == NULL)
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
        "no element \"%s\": is its plug-in installed, and " "GST_PLUGIN_PATH set where it is not?", factory);
  else
    gst_bin_add (GST_BIN (app->pipeline), element);
  return element;
}

/* input ! queue ! stylerwkv ! videoconvert ! sink. What is made is the pipeline's at once, also when the rest fails. */
static gboolean
build (App * app, gint width, gint height, GError ** error)
{
  GstElement *input = input_new (option_input, width, height, error), *sink, *queue, *convert;

  app->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  if (input == NULL)
    return FALSE;
  gst_bin_add (GST_BIN (app->pipeline), input);
  sink = gst_parse_bin_from_description (option_sink, TRUE, error);
  if (sink == NULL)
    return FALSE;
  gst_bin_add (GST_BIN (app->pipeline), sink);
  if (!(queue = make (app, "queue", error)) || !(app->filter = make (app, "stylerwkv", error))
      || !(convert = make (app, "videoconvert", error)))
    return FALSE;
  /* live frames that come faster than they can be drawn are thrown away, instead of getting later and later */
  if (input_is_live (option_input)) {
    g_object_set (queue, "max-size-buffers", 1, NULL);
    gst_util_set_object_arg (G_OBJECT (queue), "leaky", "downstream");
  }
  if (gst_element_link_many (input, queue, app->filter, convert, sink, NULL))
    return TRUE;
  g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION, "video cannot go into %s", option_sink);
  return FALSE;
}

static void
play (App * app)
{
  GstBus *bus = gst_element_get_bus (app->pipeline);
  guint watch = gst_bus_add_watch (bus, on_message, app);
  guint interrupt = g_unix_signal_add (SIGINT, on_signal, app), terminate = g_unix_signal_add (SIGTERM, on_signal, app);

  /* why it failed, if it did, comes as a message */
  gst_element_set_state (app->pipeline, GST_STATE_PLAYING);
  g_main_loop_run (app->loop);
  stop_changer (app);
  if (app->playing)
    print_stats (app);
  g_print ("%" G_GUINT64_FORMAT " frames were reported late\n", app->late);
  gst_element_set_state (app->pipeline, GST_STATE_NULL);
  g_source_remove (watch);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  gst_object_unref (bus);
}

static gboolean
run (GError ** error)
{
  App app = {.loop = g_main_loop_new (NULL, FALSE) };
  gint width, height;
  gboolean good = input_parse_size (option_size, &width, &height) && option_every > 0;

  g_mutex_init (&app.lock);
  g_cond_init (&app.wake);
  if (!good)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--size takes WxH, for example 640x360, and --every more than 0");
  else if ((good = build (&app, width, height, error)))
    play (&app);
  gst_clear_object (&app.pipeline);
  g_main_loop_unref (app.loop);
  g_mutex_clear (&app.lock);
  g_cond_clear (&app.wake);
  return good && !app.failed;
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  gboolean good;

  good = console_parse ("[INPUT] - show video in the style of paintings", entries, &argc, &argv, &error)
      && console_operand (&option_input, argc, argv, &error);
  console_default (&option_input, "test");
  console_default (&option_size, "640x360");
  console_default (&option_sink, "autovideosink");
  good = good && run (&error);
  g_free (option_input);
  g_free (option_size);
  g_free (option_sink);
  g_strfreev (option_styles);
  return console_exit (good, error);
}
