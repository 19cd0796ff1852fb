/* Frames for the clients, at even times.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "feed.h"

/* Without a new frame for so long, the last one is shown again: who comes meanwhile gets an answer and a picture, and
 * nobody takes the stream for dead. */
#define STILL_USEC (G_USEC_PER_SEC / 2)
#define LOOK_MS 250

struct _Feed
{
  guint looking;                /* GLib source */

  GMutex lock;                  /* guards what follows */
  GstAppSrc *source;            /* NULL for none */
  GstSample *last;              /* what was pushed last, or NULL */
  gint64 pushed;                /* when, monotonic time */
  gboolean known;               /* of this source, what follows */
  GstClockTimeDiff shift;       /* from the painter's running time to that of the source's pipeline */
  GstClockTime previous;        /* time of the frame before, in the source's pipeline */
};

static GstClockTime
painted_at (GstSample * sample)
{
  return gst_segment_to_running_time (gst_sample_get_segment (sample), GST_FORMAT_TIME,
      GST_BUFFER_PTS (gst_sample_get_buffer (sample)));
}

/* The frame's time for the clients. Painting takes now a little more and now a little less, which must not be seen;
 * only when a frame comes later than the headroom, or before it was painted, the distance of the two pipelines is
 * another. */
static GstClockTime
time_for (Feed * feed, GstClockTime painted, GstClockTime now)
{
  const GstClockTimeDiff arrived = GST_CLOCK_DIFF (painted, now);
  GstClockTime time;

  if (!feed->known || arrived > feed->shift + (GstClockTimeDiff) FEED_HEADROOM
      || arrived < feed->shift - (GstClockTimeDiff) FEED_HEADROOM)
    feed->shift = arrived;
  time = (GstClockTime) MAX ((GstClockTimeDiff) painted + feed->shift, 0);
  if (feed->known && time <= feed->previous)
    time = feed->previous + GST_MSECOND;
  feed->known = TRUE;
  feed->previous = time;
  return time;
}

/* A copy, since the frame's own time is the painter's. */
static void
push_at (Feed * feed, GstSample * sample, GstClockTime time)
{
  GstBuffer *buffer = gst_buffer_copy (gst_sample_get_buffer (sample));

  GST_BUFFER_PTS (buffer) = time;
  GST_BUFFER_DTS (buffer) = GST_BUFFER_DURATION (buffer) = GST_CLOCK_TIME_NONE;
  gst_app_src_set_caps (feed->source, gst_sample_get_caps (sample));
  gst_app_src_push_buffer (feed->source, buffer);
}

void
feed_push (Feed * feed, GstSample * sample)
{
  GstClockTime now, painted = painted_at (sample);

  g_mutex_lock (&feed->lock);
  gst_sample_ref (sample);
  g_clear_pointer (&feed->last, gst_sample_unref);
  feed->last = sample;
  feed->pushed = g_get_monotonic_time ();
  now = feed->source ? gst_element_get_current_running_time (GST_ELEMENT (feed->source)) : GST_CLOCK_TIME_NONE;
  /* a pipeline that does not play yet has no time */
  if (GST_CLOCK_TIME_IS_VALID (now) && GST_CLOCK_TIME_IS_VALID (painted))
    push_at (feed, sample, time_for (feed, painted, now));
  g_mutex_unlock (&feed->lock);
}

static gboolean
show_again (gpointer data)
{
  Feed *feed = data;
  GstClockTime now;

  g_mutex_lock (&feed->lock);
  now = feed->source ? gst_element_get_current_running_time (GST_ELEMENT (feed->source)) : GST_CLOCK_TIME_NONE;
  if (GST_CLOCK_TIME_IS_VALID (now) && feed->last && g_get_monotonic_time () - feed->pushed >= STILL_USEC) {
    feed->previous = feed->known ? MAX (now, feed->previous + GST_MSECOND) : now;
    feed->pushed = g_get_monotonic_time ();
    push_at (feed, feed->last, feed->previous);
  }
  g_mutex_unlock (&feed->lock);
  return G_SOURCE_CONTINUE;
}

void
feed_set_source (Feed * feed, GstAppSrc * source)
{
  g_mutex_lock (&feed->lock);
  gst_object_replace ((GstObject **) & feed->source, GST_OBJECT (source));
  feed->known = FALSE;
  g_mutex_unlock (&feed->lock);
}

Feed *
feed_new (void)
{
  Feed *feed = g_new0 (Feed, 1);

  g_mutex_init (&feed->lock);
  feed->looking = g_timeout_add (LOOK_MS, show_again, feed);
  return feed;
}

void
feed_free (Feed * feed)
{
  g_source_remove (feed->looking);
  gst_clear_object (&feed->source);
  g_clear_pointer (&feed->last, gst_sample_unref);
  g_mutex_clear (&feed->lock);
  g_free (feed);
}
