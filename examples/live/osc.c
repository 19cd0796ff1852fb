/* Commands by Open Sound Control 1.0 over UDP.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "osc.h"

#include <gio/gio.h>
#include <string.h>

#define PREFIX "/stylerwkv/"
/* The most that a packet of UDP holds, and packets that are read before others get their turn. */
#define MAX_PACKET 65536
#define AT_ONCE 64
/* What is wrong with packets is told so often at most: they may come in hundreds a second. */
#define TELL_USEC G_USEC_PER_SEC

struct _Osc
{
  const Control *control;
  GSocket *socket;
  GSource *source;
  gint64 told;                  /* when a problem was told last, monotonic time; 0 for never */
};

static void
tell_problem (Osc * osc, const gchar * what, const gchar * problem)
{
  gint64 now = g_get_monotonic_time ();

  if (osc->told && now - osc->told < TELL_USEC)
    return;
  osc->told = now;
  g_printerr ("warning: OSC %s: %s", what, problem);
}

/* A button sends something else than 0 when it is pressed, and 0 when it is let go of. */
static gboolean
is_release (const gchar * name, const gchar * const *arguments)
{
  return control_is_button (name) && arguments[0] && g_ascii_strtod (arguments[0], NULL) == 0;
}

static void
do_message (const gchar * address, const gchar * const *arguments, gpointer data)
{
  Osc *osc = data;
  const gchar *name = address + strlen (PREFIX);
  gchar *argument = g_strjoinv (" ", (gchar **) arguments);
  GString *reply = g_string_new (NULL);

  /* controllers send much that is meant for others */
  if (g_str_has_prefix (address, PREFIX) && !is_release (name, arguments)
      && !control_do_command (osc->control, CONTROL_NETWORK, name, control_is_button (name) ? "" : argument, reply)) {
    gchar *shown = g_utf8_make_valid (address, -1);
    tell_problem (osc, shown, reply->str);
    g_free (shown);
  }
  g_string_free (reply, TRUE);
  g_free (argument);
}

static gboolean
readable (GSocket * socket, GIOCondition condition, gpointer data)
{
  Osc *osc = data;
  gchar *packet = g_malloc (MAX_PACKET);

  for (guint i = 0; i < AT_ONCE; i++) {
    gssize size = g_socket_receive (socket, packet, MAX_PACKET, NULL, NULL);
    if (size < 0)               /* there is no more */
      break;
    if (!osc_packet_read ((const guint8 *) packet, (gsize) size, do_message, osc))
      tell_problem (osc, "packet", "that is none\n");
  }
  g_free (packet);
  return G_SOURCE_CONTINUE;
}

static GSocketAddress *
resolve (const gchar * address, guint16 port, GError ** error)
{
  GResolver *resolver = g_resolver_get_default ();
  GList *found = g_resolver_lookup_by_name (resolver, address, NULL, error);
  GSocketAddress *result = found ? g_inet_socket_address_new (found->data, port) : NULL;

  g_resolver_free_addresses (found);
  g_object_unref (resolver);
  return result;
}

static GSocket *
bind_socket (GSocketAddress * address, GError ** error)
{
  GSocket *socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP,
      error);

  if (socket && !g_socket_bind (socket, address, FALSE, error))
    g_clear_object (&socket);
  if (socket)
    g_socket_set_blocking (socket, FALSE);
  return socket;
}

static void
tell_where (Osc * osc, const gchar * address)
{
  GSocketAddress *bound = g_socket_get_local_address (osc->socket, NULL);

  g_print ("OSC at %s port %d\n", address, g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  g_object_unref (bound);
}

Osc *
osc_new (const gchar * address, guint16 port, const Control * control, GError ** error)
{
  GSocketAddress *where = resolve (address, port, error);
  GSocket *socket = where ? bind_socket (where, error) : NULL;
  Osc *osc;

  g_clear_object (&where);
  if (socket == NULL) {
    g_prefix_error (error, "cannot listen on %s, port %d: ", address, port);
    return NULL;
  }
  osc = g_new0 (Osc, 1);
  osc->control = control;
  osc->socket = socket;
  osc->source = g_socket_create_source (socket, G_IO_IN, NULL);
  g_source_set_callback (osc->source, G_SOURCE_FUNC (readable), osc, NULL);
  g_source_attach (osc->source, NULL);
  tell_where (osc, address);
  return osc;
}

void
osc_free (Osc * osc)
{
  if (osc == NULL)
    return;
  g_source_destroy (osc->source);
  g_source_unref (osc->source);
  g_object_unref (osc->socket);
  g_free (osc);
}
