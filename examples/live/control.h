/* The commands: one table, whoever asks - the terminal, the web page, a controller, what was saved.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "gallery.h"
#include "playlist.h"

typedef struct
{
  GstElement *filter;           /* stylerwkv */
  Gallery *gallery;             /* the folder of styles, or NULL for none */
  Playlist *playlist;           /* of that, or NULL */
  /* Adds to the element's statistics what else there is to say, and what "quit" does. */
  void (*add_stats) (GstStructure * stats, gpointer data);
  void (*quit) (gpointer data);
  /* After a command that may have changed something. */
  void (*changed) (gpointer data);
  gpointer data;
} Control;

/* Over a network pictures are named as in the folder of styles, never by a path, and nothing can be ended. */
typedef enum
{
  CONTROL_TERMINAL,
  CONTROL_NETWORK,
} ControlFrom;

/* The longest line, in bytes. */
#define CONTROL_LINE_LIMIT 8192

/* Does the command of one line: a name, blanks, and an argument in quotes or not. What is to be said is added to
 * `reply`, in lines. FALSE when it was refused. Main thread. */
gboolean control_do (const Control * control, ControlFrom from, const gchar * line, GString * reply);

/* The same with the argument as it is, without quotes. */
gboolean control_do_command (const Control * control, ControlFrom from, const gchar * name, const gchar * argument,
    GString * reply);

/* Whether the command of that name takes no argument, as what a button does. */
gboolean control_is_button (const gchar * name);

/* Lines that make all of it what it is now; to be freed. */
gchar *control_save (const Control * control);
