/* Connections to the web server: so many at once, and none that waits for ever.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "connections.h"

#define TIMER "connections-timer"

typedef struct
{
  guint seconds;
  guint open;
} Limits;

void
connections_cut_off (SoupServerMessage * message)
{
  GSocket *socket = soup_server_message_get_socket (message);

  if (socket)
    g_socket_shutdown (socket, TRUE, TRUE, NULL);
}

static gboolean
too_late (gpointer data)
{
  SoupServerMessage *message = data;

  g_object_steal_data (G_OBJECT (message), TIMER);
  connections_cut_off (message);
  return G_SOURCE_REMOVE;
}

static void
remove_source (gpointer id)
{
  g_source_remove (GPOINTER_TO_UINT (id));
}

/* From now on, in place of what was set before. */
static void
wait_for (SoupServerMessage * message, guint seconds)
{
  guint id = g_timeout_add_seconds (seconds, too_late, message);

  g_object_set_data_full (G_OBJECT (message), TIMER, GUINT_TO_POINTER (id), remove_source);
}

/* One request, and no other, comes by each connection: libsoup would not see that a client is gone between two. */
static void
got_headers (SoupServerMessage * message, gpointer data)
{
  const Limits *limits = data;

  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection", "close");
  wait_for (message, CONNECTIONS_REQUEST_FACTOR * limits->seconds);
}

static void
got_body (SoupServerMessage * message, gpointer data)
{
  g_object_set_data (G_OBJECT (message), TIMER, NULL);
}

static void
disconnected (SoupServerMessage * message, gpointer data)
{
  Limits *limits = data;

  g_object_set_data (G_OBJECT (message), TIMER, NULL);
  limits->open--;
}

/* When a connection was made. */
static void
request_started (SoupServer * server, SoupServerMessage * message, gpointer data)
{
  Limits *limits = data;

  /* for what is written; what is read may come by drops, and has a timer */
  g_socket_set_timeout (soup_server_message_get_socket (message), limits->seconds);
  g_signal_connect (message, "got-headers", G_CALLBACK (got_headers), limits);
  g_signal_connect (message, "got-body", G_CALLBACK (got_body), NULL);
  /* "finished" is not told of one that ends before its request is whole */
  g_signal_connect (message, "disconnected", G_CALLBACK (disconnected), limits);
  if (++limits->open > CONNECTIONS_MAX)
    connections_cut_off (message);
  else
    wait_for (message, limits->seconds);
}

void
connections_limit (SoupServer * server, guint seconds)
{
  Limits *limits = g_new0 (Limits, 1);

  limits->seconds = seconds;
  g_object_set_data_full (G_OBJECT (server), "connections-limits", limits, g_free);
  g_signal_connect (server, "request-started", G_CALLBACK (request_started), limits);
}
