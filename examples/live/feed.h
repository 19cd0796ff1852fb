/* The way of painted frames from the painter to what the clients watch: at the painter's even times, whenever they
 * arrive, and with the last one shown again while none come.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/app/gstappsrc.h>

/* How late a frame may come and still leave at its time. The feed's source is to tell it as its latency. */
#define FEED_HEADROOM (100 * GST_MSECOND)

typedef struct _Feed Feed;

/* Used from the main thread, but for feed_push. */
Feed *feed_new (void);
void feed_free (Feed * feed);

/* The source that gets the frames from now on, an appsrc of format time; NULL for none. */
void feed_set_source (Feed * feed, GstAppSrc * source);

/* Any thread. `sample` stays the caller's; its buffer has a time. */
void feed_push (Feed * feed, GstSample * sample);
