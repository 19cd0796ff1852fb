/* Frames that wait for the next element.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "outputqueue.h"

struct _OutputQueue
{
  GstPad *pad;

  GMutex lock;                  /* guards what follows */
  GCond changed;
  GQueue frames;                /* of GstBuffer */
  gboolean pushing;             /* one more, which the next element has not yet taken */
  gboolean flushing;
  gboolean running;             /* the task was started */
  GstFlowReturn result;         /* of the last push */
};

OutputQueue *
output_queue_new (GstPad * pad)
{
  OutputQueue *self = g_new0 (OutputQueue, 1);

  self->pad = pad;
  self->flushing = TRUE;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->frames);
  return self;
}

/* Called with the lock held. */
static void
forget_frames (OutputQueue * self)
{
  g_queue_clear_full (&self->frames, (GDestroyNotify) gst_buffer_unref);
}

void
output_queue_free (OutputQueue * self)
{
  forget_frames (self);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
output_queue_set_flushing (OutputQueue * self, gboolean flushing)
{
  g_mutex_lock (&self->lock);
  /* what the next element says of a frame from before the flush is of no interest after it */
  while (!flushing && self->pushing)
    g_cond_wait (&self->changed, &self->lock);
  self->flushing = flushing;
  self->result = flushing ? GST_FLOW_FLUSHING : GST_FLOW_OK;
  forget_frames (self);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
output_queue_stop (OutputQueue * self)
{
  output_queue_set_flushing (self, TRUE);
  gst_pad_stop_task (self->pad);
  g_mutex_lock (&self->lock);
  self->running = FALSE;
  g_mutex_unlock (&self->lock);
}

/* Called with the lock held, and lets go of it while the next element has the frame. */
static void
push_one (OutputQueue * self, GstBuffer * buffer)
{
  GstFlowReturn result;

  self->pushing = TRUE;
  g_mutex_unlock (&self->lock);
  result = gst_pad_push (self->pad, buffer);
  g_mutex_lock (&self->lock);
  self->pushing = FALSE;
  if (!self->flushing && self->result == GST_FLOW_OK)
    self->result = result;
  if (self->result != GST_FLOW_OK)
    forget_frames (self);
  g_cond_broadcast (&self->changed);
}

/* One turn of the task: the next frame, or a wait for it. */
static void
push_next (gpointer data)
{
  OutputQueue *self = data;

  g_mutex_lock (&self->lock);
  while (!self->flushing && g_queue_is_empty (&self->frames))
    g_cond_wait (&self->changed, &self->lock);
  if (self->flushing) {
    self->running = FALSE;
    gst_pad_pause_task (self->pad);
  } else {
    push_one (self, g_queue_pop_head (&self->frames));
  }
  g_mutex_unlock (&self->lock);
}

/* Called with the lock held. */
static guint
on_their_way (const OutputQueue * self)
{
  return self->frames.length + (self->pushing ? 1 : 0);
}

guint
output_queue_length (OutputQueue * self)
{
  guint length;

  g_mutex_lock (&self->lock);
  length = on_their_way (self);
  g_mutex_unlock (&self->lock);
  return length;
}

/* Called with the lock held. Waits until fewer than `room` frames are on their way. */
static GstFlowReturn
wait_for_room (OutputQueue * self, guint room)
{
  while (self->result == GST_FLOW_OK && on_their_way (self) >= room)
    g_cond_wait (&self->changed, &self->lock);
  return self->result;
}

GstFlowReturn
output_queue_push (OutputQueue * self, GstBuffer * buffer, guint room)
{
  GstFlowReturn result;
  gboolean start = FALSE;

  g_mutex_lock (&self->lock);
  result = wait_for_room (self, room);
  if (result == GST_FLOW_OK) {
    g_queue_push_tail (&self->frames, buffer);
    g_cond_broadcast (&self->changed);
    start = !self->running;
    self->running = TRUE;
  }
  g_mutex_unlock (&self->lock);
  if (result != GST_FLOW_OK)
    gst_buffer_unref (buffer);
  if (start)
    gst_pad_start_task (self->pad, push_next, self, NULL);
  return result;
}

GstFlowReturn
output_queue_push_now (OutputQueue * self, GstBuffer * buffer)
{
  GstFlowReturn result;

  g_mutex_lock (&self->lock);
  result = wait_for_room (self, 1);
  if (result == GST_FLOW_OK) {
    push_one (self, buffer);
    result = self->result;
  } else {
    gst_buffer_unref (buffer);
  }
  g_mutex_unlock (&self->lock);
  return result;
}

GstFlowReturn
output_queue_drain (OutputQueue * self)
{
  GstFlowReturn result;

  g_mutex_lock (&self->lock);
  result = wait_for_room (self, 1);
  g_mutex_unlock (&self->lock);
  return result;
}
