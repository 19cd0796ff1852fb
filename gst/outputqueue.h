/* Frames that are done and wait for the next element, on a thread of their own: a sink that shows a live frame on time
 * waits till then, and the device must not wait with it.
 *
 * Events and queries that are serialized with the frames are sent by the streaming thread, after output_queue_drain.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _OutputQueue OutputQueue;

/* Frames that usually wait, where a sink shows them at their time. */
#define OUTPUT_QUEUE_USUAL 2

/* `pad` is a source pad, whose task is the queue's; it must outlive the queue. At first the queue is flushing. */
OutputQueue *output_queue_new (GstPad * pad);
void output_queue_free (OutputQueue * queue);

/* Whether nothing gets through, from the pad's deactivation and a flush's start on, or everything: what waited is gone
 * then. Any thread; when it begins, frames that are waited for are given up. */
void output_queue_set_flushing (OutputQueue * queue, gboolean flushing);

/* Ends the thread, when the pad is deactivated. */
void output_queue_stop (OutputQueue * queue);

/* How many wait, and are being taken. */
guint output_queue_length (OutputQueue * queue);

/* What follows is of the streaming thread. Each returns what the next element said of the frames before. */

/* Takes the frame. Waits while `room` or more are on their way. */
GstFlowReturn output_queue_push (OutputQueue * queue, GstBuffer * buffer, guint room);

/* Sends the frame at once, after those before it. Takes it. */
GstFlowReturn output_queue_push_now (OutputQueue * queue, GstBuffer * buffer);

/* Waits until the next element has taken all. */
GstFlowReturn output_queue_drain (OutputQueue * queue);

G_END_DECLS
