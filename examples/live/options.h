/* The command line of stylerwkv-live.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#define PORT_OFF -1

typedef struct
{
  gchar *input, *style, *styles, *state;        /* all but input: or NULL */
  gdouble strength, fade;       /* 0 to 1; seconds */
  gint width, height;
  gchar **outputs;              /* NULL-terminated */
  gint bitrate;                 /* kbit/s */
  gchar *address, *mount;
  gint rtsp_port, web_port, osc_port;   /* 0: any; PORT_OFF */
  gchar *user, *password;       /* both or neither */
  gint session_timeout;         /* seconds */
} Options;

/* Reads the command line and starts GStreamer. FALSE with `error` set when it is wrong. */
gboolean options_parse (Options * options, int *argc, char ***argv, GError ** error);
void options_clear (Options * options);

/* Whether `address`, of IP or a name, is this machine's for itself. */
gboolean options_is_loopback (const gchar * address);

/* http://ADDRESS:PORT, with an address of IPv6 in brackets; to be freed. */
gchar *options_url (const gchar * scheme, const gchar * address, gint port);
