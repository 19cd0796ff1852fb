/* How everything is, for people and for machines.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gallery.h"
#include "options.h"
#include "outlet.h"
#include "painter.h"
#include "playlist.h"
#include "rtsp.h"

/* What is asked; all owned by the program. */
typedef struct
{
  const Options *options;
  Painter *painter;
  Gallery *gallery;             /* or NULL */
  Playlist *playlist;           /* or NULL */
  Rtsp *rtsp;                   /* or NULL */
  GPtrArray *outlets;           /* of Outlet */
} StatusSources;

typedef struct _Status Status;

/* Main thread. */
Status *status_new (const StatusSources * sources);
void status_free (Status * status);

/* To be freed. `viewers` of the web page. */
gchar *status_json (Status * status, guint viewers);

/* The exposition format of Prometheus, version 0.0.4; to be freed. */
gchar *status_metrics (Status * status, guint viewers);
