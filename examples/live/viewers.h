/* Who watches by the web page: answers that go on for ever, of one JPEG picture after the other.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

typedef struct _Viewers Viewers;

/* More are sent away. */
#define VIEWERS_MAX 32

/* `changed` is called when somebody comes or goes. All on the main thread. */
Viewers *viewers_new (void (*changed) (gpointer data), gpointer data);
void viewers_free (Viewers * viewers);

/* Answers `message` with pictures from now on, or with the next one alone. */
void viewers_add (Viewers * viewers, SoupServerMessage * message, gboolean once);

/* Whoever has got the last picture gets this one. */
void viewers_show (Viewers * viewers, GBytes * jpeg);

guint viewers_count (Viewers * viewers);
