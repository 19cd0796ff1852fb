/* Commands, a line each, that change what is painted while it is watched.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gst/gst.h>

typedef struct
{
  GstElement *filter;           /* stylerwkv */
  /* How many sessions there are, and what "quit" does. */
    guint (*sessions) (gpointer data);
  void (*quit) (gpointer data);
  gpointer data;
} Control;

/* Does one command; what it says goes to the standard output. */
void control_do (const Control * control, const gchar * line);

/* Reads commands from the standard input, in the main loop, until `cancel` is cancelled. The end of the input ends
 * nothing but the reading. */
void control_start (const Control * control, GCancellable * cancel);
