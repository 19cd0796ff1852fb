/* The RTSP server: what is painted, encoded once for all clients.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "options.h"
#include "painter.h"

typedef struct _Rtsp Rtsp;

/* Whether this program was built with gst-rtsp-server. */
gboolean rtsp_is_built (void);

/* One a program. NULL with `error` set when something is missing. */
Rtsp *rtsp_new (const Options * options, Painter * painter, GError ** error);

/* Lets clients in. FALSE with `error` set when it cannot listen. */
gboolean rtsp_listen (Rtsp * rtsp, GError ** error);

/* Where it listens; NULL before it does. */
const gchar *rtsp_url (Rtsp * rtsp);

/* Any thread. `sample` stays the caller's. */
void rtsp_push (Rtsp * rtsp, GstSample * sample);

guint rtsp_sessions (Rtsp * rtsp);

/* Sends clients away. `rtsp` may be NULL. */
void rtsp_stop (Rtsp * rtsp);
