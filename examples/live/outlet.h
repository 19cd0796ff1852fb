/* One way out of what is painted: a window, a file, HLS, a server elsewhere. Each is a pipeline of its own, so that
 * one that fails or waits holds up nothing else.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

typedef struct _Outlet Outlet;

/* `where`: "window", of a desktop; "screen", where there is none; a file that ends in .mkv or .mp4, or in .m3u8 for
 * HLS; srt://… or rtmp://…. `bitrate` in kbit/s.
 * NULL with `error` set when it is none of these, or an element is missing. Main thread, as all but outlet_push. */
Outlet *outlet_new (const gchar * where, gint bitrate, GError ** error);
void outlet_free (Outlet * outlet);

/* It is tried again every few seconds when it fails, but for a window. */
void outlet_start (Outlet * outlet);

/* Any thread. `sample` stays the caller's. */
void outlet_push (Outlet * outlet, GstSample * sample);

/* Ends it, a file with all that belongs to it. TRUE when nothing is left to wait for; so it is to be asked again. */
gboolean outlet_finish (Outlet * outlet);

typedef struct
{
  const gchar *where;           /* the file's name where a number was added, else as it was asked for */
  const gchar *state;           /* "off", "running", "waiting" to be tried again, "failed" */
  const gchar *problem;         /* or NULL; all are the outlet's */
} OutletStatus;

/* The path of the list of HLS that it writes, or of one of the segments beside it, by their name without a path; to be
 * freed. NULL when it writes none of that name. */
gchar *outlet_find_hls (const Outlet * outlet, const gchar * name);

void outlet_get_status (const Outlet * outlet, OutletStatus * status);
