/* A pipeline that paints one input for ever and hands out the frames.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "painter.h"

#include <gst/app/gstappsink.h>

#include "console.h"
#include "input.h"

/* Whatever failed gets time to come back. */
#define RETRY_MS 2000

/* clocksync lets a file go at its own pace also while nothing is drawn; the queue keeps only the newest frame, so
 * that a machine that is too slow shows fewer frames and not old ones. */
#define FILTER "clocksync name=clock ! valve name=valve drop-mode=forward-sticky-events ! " \
    "queue leaky=downstream max-size-buffers=1 max-size-bytes=0 max-size-time=0 ! stylerwkv name=filter ! " \
    "appsink name=out sync=false drop=true max-buffers=1"

struct _Painter
{
  PainterCallbacks callbacks;
  gboolean live, may_come_back;
  gchar *problem;               /* that was told last of the input, or NULL */
  gboolean failed;              /* the input has, and is to be started again */
  GstElement *pipeline, *input, *valve, *filter;
  guint watch, restart;         /* GLib sources, 0 for none */

  GMutex lock;                  /* guards what follows */
  guint first;                  /* GLib source that tells of the first frame; 0 before and after */
  gboolean painted;             /* a frame at least */
  GstClockTime end;             /* running time at which the input's last frame ends, or none */
  gboolean waiting;             /* for the input, since it failed or ended */
  guint watchers;               /* PainterWatcher */
  guint64 frames;
  gdouble latency_ms;           /* of the last frame */
};

/* ---- frames ---- */

static gboolean
tell_ready (gpointer data)
{
  Painter *painter = data;

  g_mutex_lock (&painter->lock);
  painter->first = 0;
  g_mutex_unlock (&painter->lock);
  painter->callbacks.ready (painter->callbacks.data);
  return G_SOURCE_REMOVE;
}

/* Since it was due, or a camera took it. */
static gdouble
latency_of (Painter * painter, GstSample * sample)
{
  GstClockTime now = gst_element_get_current_running_time (painter->pipeline);
  GstClockTime due = gst_segment_to_running_time (gst_sample_get_segment (sample), GST_FORMAT_TIME,
      GST_BUFFER_PTS (gst_sample_get_buffer (sample)));

  if (!GST_CLOCK_TIME_IS_VALID (now) || !GST_CLOCK_TIME_IS_VALID (due) || now < due)
    return 0.0;
  return (gdouble) (now - due) / GST_MSECOND;
}

static GstFlowReturn
new_sample (GstAppSink * sink, gpointer data)
{
  Painter *painter = data;
  GstSample *sample = gst_app_sink_pull_sample (sink);

  if (sample == NULL)
    return GST_FLOW_OK;
  g_mutex_lock (&painter->lock);
  if (!painter->painted)
    painter->first = g_idle_add (tell_ready, painter);
  painter->painted = TRUE;
  painter->frames++;
  painter->latency_ms = latency_of (painter, sample);
  g_mutex_unlock (&painter->lock);
  painter->callbacks.frame (sample, painter->callbacks.data);
  gst_sample_unref (sample);
  return GST_FLOW_OK;
}

static gboolean
has_painted (Painter * painter)
{
  gboolean painted;

  g_mutex_lock (&painter->lock);
  painted = painter->painted;
  g_mutex_unlock (&painter->lock);
  return painted;
}

/* ---- going on for ever ---- */

/* When a file's first frame follows its last one: at the end of that, unless it is later already. */
static gint64
next_start (Painter * painter)
{
  GstClockTime now = gst_element_get_current_running_time (painter->pipeline), end;

  g_mutex_lock (&painter->lock);
  end = painter->end;
  g_mutex_unlock (&painter->lock);
  return (gint64) (GST_CLOCK_TIME_IS_VALID (end) ? MAX (now, end) : now);
}

/* On the streaming thread, behind the input. */
static GstPadProbeReturn
note_end (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Painter *painter = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstEvent *event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;

  if (event == NULL)
    return GST_PAD_PROBE_OK;
  gst_event_parse_segment (event, &segment);
  g_mutex_lock (&painter->lock);
  painter->end = gst_segment_to_running_time (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  if (GST_CLOCK_TIME_IS_VALID (painter->end) && GST_BUFFER_DURATION_IS_VALID (buffer))
    painter->end += GST_BUFFER_DURATION (buffer);
  painter->waiting = FALSE;
  g_mutex_unlock (&painter->lock);
  gst_event_unref (event);
  return GST_PAD_PROBE_OK;
}

/* Only the input: what comes after it knows nothing of it, and keeps its kernels. */
static gboolean
start_again (gpointer data)
{
  Painter *painter = data;
  GstPad *pad;

  painter->restart = 0;
  /* it never started: there is nothing to keep. But a file may end while the element still starts, again and again. */
  if (!has_painted (painter) && (painter->failed || painter->live)) {
    gst_element_set_state (painter->pipeline, GST_STATE_NULL);
    gst_element_set_state (painter->pipeline, GST_STATE_PLAYING);
    return G_SOURCE_REMOVE;
  }
  pad = gst_element_get_static_pad (painter->input, "src");
  gst_element_set_state (painter->input, GST_STATE_NULL);
  /* a file's time begins at 0 once more, but the pipeline's goes on */
  if (!painter->live)
    gst_pad_set_offset (pad, next_start (painter));
  /* which being stopped has reset */
  gst_element_set_base_time (painter->input, gst_element_get_base_time (painter->pipeline));
  gst_element_sync_state_with_parent (painter->input);
  /* a live input leaves a pipeline that lost its state over it in PAUSED */
  if (painter->live)
    gst_element_set_state (painter->pipeline, GST_STATE_PLAYING);
  gst_object_unref (pad);
  return G_SOURCE_REMOVE;
}

static void
start_again_after (Painter * painter, guint milliseconds)
{
  g_mutex_lock (&painter->lock);
  painter->waiting = milliseconds > 0;
  g_mutex_unlock (&painter->lock);
  if (painter->restart == 0)
    painter->restart = g_timeout_add (milliseconds, start_again, painter);
}

/* On the streaming thread. Nothing behind the input is told that it has ended. */
static GstPadProbeReturn
keep_end (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Painter *painter = data;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_EOS)
    return GST_PAD_PROBE_OK;
  gst_element_post_message (painter->pipeline, gst_message_new_application (GST_OBJECT (painter->pipeline),
          gst_structure_new_empty ("input-ended")));
  return GST_PAD_PROBE_DROP;
}

/* ---- messages ---- */

/* Starting the input again cannot help there. So asked, since an input's part that failed may be gone from it by
 * now. */
static gboolean
of_filter (Painter * painter, GstObject * source)
{
  return gst_object_has_as_ancestor (source, GST_OBJECT_PARENT (painter->filter));
}

static void
on_error (Painter * painter, GstMessage * message)
{
  GError *error = NULL;
  gchar *details = NULL;

  gboolean again = !of_filter (painter, GST_MESSAGE_SRC (message)) && (has_painted (painter) || painter->may_come_back);

  gst_message_parse_error (message, &error, &details);
  /* once, however often it is tried again */
  if (g_strcmp0 (painter->problem, error->message) != 0) {
    g_printerr ("error from %s: %s\n  %s\n", GST_MESSAGE_SRC_NAME (message), error->message, details ? details : "");
    if (again)
      g_printerr ("  trying again every %d s\n", RETRY_MS / 1000);
    g_free (painter->problem);
    painter->problem = g_strdup (error->message);
  }
  g_clear_error (&error);
  g_free (details);
  painter->failed = TRUE;
  if (again)
    start_again_after (painter, RETRY_MS);
  else
    painter->callbacks.failed (painter->callbacks.data);
}

static void
on_warning (GstMessage * message)
{
  GError *error = NULL;

  gst_message_parse_warning (message, &error, NULL);
  g_printerr ("warning from %s: %s\n", GST_MESSAGE_SRC_NAME (message), error->message);
  g_clear_error (&error);
}

static gboolean
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Painter *painter = data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      on_error (painter, message);
      break;
    case GST_MESSAGE_WARNING:
      on_warning (message);
      break;
    case GST_MESSAGE_APPLICATION:      /* of keep_end */
      painter->failed = painter->failed && painter->restart;
      start_again_after (painter, painter->live ? RETRY_MS : 0);
      break;
    case GST_MESSAGE_ELEMENT:
      console_print_style_changed (message);
      break;
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency (GST_BIN (painter->pipeline));
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

/* ---- making and freeing ---- */

static void
set_up_input (Painter * painter)
{
  GstPad *pad = gst_element_get_static_pad (painter->input, "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, keep_end, painter, NULL);
  gst_object_unref (pad);
}

static void
set_up_filter (Painter * painter, GstBin * bin)
{
  GstAppSinkCallbacks callbacks = {.new_sample = new_sample };
  GstElement *sink = gst_bin_get_by_name (bin, "out"), *clock = gst_bin_get_by_name (bin, "clock");
  GstPad *pad = gst_element_get_static_pad (clock, "sink");

  painter->valve = gst_bin_get_by_name (bin, "valve");
  painter->filter = gst_bin_get_by_name (bin, "filter");
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, painter, NULL);
  /* what is live has a pace already */
  g_object_set (clock, "sync", !painter->live, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, note_end, painter, NULL);
  gst_object_unref (pad);
  gst_object_unref (sink);
  gst_object_unref (clock);
}

static gboolean
build (Painter * painter, const gchar * input, gint width, gint height, GError ** error)
{
  GstElement *filter;

  painter->input = input_new (input, width, height, error);
  if (painter->input == NULL)
    return FALSE;
  gst_object_ref_sink (painter->input);
  gst_bin_add (GST_BIN (painter->pipeline), painter->input);
  filter = gst_parse_bin_from_description (FILTER, TRUE, error);
  if (filter == NULL)
    return FALSE;
  gst_bin_add (GST_BIN (painter->pipeline), filter);
  set_up_input (painter);
  set_up_filter (painter, GST_BIN (filter));
  return gst_element_link (painter->input, filter);     /* which cannot fail, both being raw video */
}

Painter *
painter_new (const gchar * input, gint width, gint height, const PainterCallbacks * callbacks, GError ** error)
{
  Painter *painter = g_new0 (Painter, 1);
  GstBus *bus;

  g_mutex_init (&painter->lock);
  painter->callbacks = *callbacks;
  painter->end = GST_CLOCK_TIME_NONE;
  painter->watchers = PAINTER_STARTING;
  painter->live = input_is_live (input);
  painter->may_come_back = input_may_come_back (input);
  painter->pipeline = gst_object_ref_sink (gst_pipeline_new ("painter"));
  bus = gst_element_get_bus (painter->pipeline);
  painter->watch = gst_bus_add_watch (bus, on_message, painter);
  gst_object_unref (bus);
  if (!build (painter, input, width, height, error))
    painter_free (&painter);
  return painter;
}

void
painter_start (Painter * painter)
{
  /* what goes wrong is told by a message */
  gst_element_set_state (painter->pipeline, GST_STATE_PLAYING);
}

void
painter_set_watched (Painter * painter, PainterWatcher who, gboolean watched)
{
  g_mutex_lock (&painter->lock);
  painter->watchers = watched ? painter->watchers | who : painter->watchers & ~who;
  g_object_set (painter->valve, "drop", painter->watchers == 0, NULL);
  g_mutex_unlock (&painter->lock);
}

void
painter_get_status (Painter * painter, PainterStatus * status)
{
  g_mutex_lock (&painter->lock);
  status->state = painter->waiting ? "waiting" : painter->painted ? "running" : "starting";
  status->problem = painter->waiting ? painter->problem : NULL;
  status->watched = painter->watchers != 0;
  status->frames = painter->frames;
  status->latency_ms = painter->latency_ms;
  g_mutex_unlock (&painter->lock);
}

GstElement *
painter_get_filter (Painter * painter)
{
  return painter->filter;
}

static void
remove_source (guint * id)
{
  if (*id)
    g_source_remove (*id);
  *id = 0;
}

void
painter_stop (Painter * painter)
{
  if (painter)
    gst_element_set_state (painter->pipeline, GST_STATE_NULL);
}

void
painter_free (Painter ** painter)
{
  Painter *p = g_steal_pointer (painter);

  if (p == NULL)
    return;
  gst_element_set_state (p->pipeline, GST_STATE_NULL);
  remove_source (&p->watch);
  remove_source (&p->restart);
  remove_source (&p->first);
  gst_clear_object (&p->input);
  gst_clear_object (&p->valve);
  gst_clear_object (&p->filter);
  gst_clear_object (&p->pipeline);
  g_free (p->problem);
  g_mutex_clear (&p->lock);
  g_free (p);
}
