/* Who may ask the web server for what, and how much may be sent to it.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "access.h"

#include <string.h>

#include "connections.h"

#define REALM "stylerwkv-live"
#define BODY "access-body"

typedef struct
{
  const Options *options;
  AccessLimit limit;
} Guard;

/* What a request has brought along so far. */
typedef struct
{
  AccessLimit limit;
  GByteArray *bytes;
  gboolean too_long;
  gsize dropped;                /* bytes that nobody takes */
  GBytes *whole;                /* once it was asked for */
} Body;

void
access_answer (SoupServerMessage * message, guint status, const gchar * text)
{
  gchar *line = g_strdup_printf ("%s%s", text, g_str_has_suffix (text, "\n") || !text[0] ? "" : "\n");

  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "text/plain; charset=utf-8", SOUP_MEMORY_TAKE, line, strlen (line));
}

/* ---- names and origins ---- */

/* Without the port; an address of IPv6 without brackets. To be freed. */
static gchar *
host_of (const gchar * header)
{
  const gchar *end = header[0] == '[' ? strchr (header, ']') : strrchr (header, ':');
  gsize length = end ? (gsize) (end - header) : strlen (header);

  return header[0] == '[' && end ? g_strndup (header + 1, length - 1) : g_strndup (header, length);
}

/* Another site can have its own name lead to this address, but neither a number nor the local name. */
static gboolean
is_own_name (const Options * options, const gchar * header)
{
  gchar *host = header ? host_of (header) : g_strdup ("");
  gboolean own = g_hostname_is_ip_address (host) || g_ascii_strcasecmp (host, "localhost") == 0
      || g_ascii_strcasecmp (host, options->address) == 0;

  g_free (host);
  return own;
}

static gboolean
changes_nothing (SoupServerMessage * message)
{
  const gchar *method = soup_server_message_get_method (message);

  return g_str_equal (method, "GET") || g_str_equal (method, "HEAD");
}

/* Browsers say of which page a request is. What says nothing is no browser. */
static gboolean
is_of_own_page (SoupMessageHeaders * headers)
{
  const gchar *origin = soup_message_headers_get_one (headers, "Origin");
  const gchar *site = soup_message_headers_get_one (headers, "Sec-Fetch-Site");
  const gchar *host = soup_message_headers_get_one (headers, "Host");
  const gchar *name = origin ? strstr (origin, "://") : NULL;

  if (origin)
    return name && host && g_ascii_strcasecmp (name + strlen ("://"), host) == 0;
  return site == NULL || g_str_equal (site, "same-origin") || g_str_equal (site, "none");
}

/* ---- what is sent ---- */

static void
body_free (gpointer data)
{
  Body *body = data;

  g_byte_array_unref (body->bytes);
  g_clear_pointer (&body->whole, g_bytes_unref);
  g_free (body);
}

static const gchar *
path_of (SoupServerMessage * message)
{
  return g_uri_get_path (soup_server_message_get_uri (message));
}

/* Who goes on sending what nobody takes is cut off; so much may be on its way before an answer is read. */
#define MAX_DROPPED (256 * 1024)

static void
got_chunk (SoupServerMessage * message, GBytes * chunk, gpointer data)
{
  Body *body = data;
  gsize size, most = body->limit (soup_server_message_get_method (message), path_of (message));
  const guint8 *bytes = g_bytes_get_data (chunk, &size);

  if (soup_server_message_get_status (message) == 0 && !body->too_long && size <= most - body->bytes->len) {
    g_byte_array_append (body->bytes, bytes, (guint) size);
    return;
  }
  body->too_long = TRUE;
  body->dropped += size;
  g_byte_array_set_size (body->bytes, 0);
  if (body->dropped > MAX_DROPPED)
    connections_cut_off (message);
}

GBytes *
access_body (SoupServerMessage * message)
{
  Body *body = g_object_get_data (G_OBJECT (message), BODY);

  if (body->whole == NULL)
    body->whole = g_bytes_new (body->bytes->data, body->bytes->len);
  return body->whole;
}

/* ---- the guard ---- */

static void
look_at_headers (SoupServerMessage * message, gpointer data)
{
  const Guard *guard = data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *answer = soup_server_message_get_response_headers (message);

  soup_message_headers_replace (answer, "Cache-Control", "no-store");
  soup_message_headers_replace (answer, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace (answer, "Cross-Origin-Resource-Policy", "same-origin");
  soup_message_headers_replace (answer, "Referrer-Policy", "no-referrer");
  if (!guard->options->user && !is_own_name (guard->options, soup_message_headers_get_one (headers, "Host")))
    access_answer (message, SOUP_STATUS_FORBIDDEN, "Without a password this machine is called by its number, or "
        "localhost.");
  else if (!changes_nothing (message) && !is_of_own_page (headers))
    access_answer (message, SOUP_STATUS_FORBIDDEN, "That comes from another site's page.");
  else if (soup_message_headers_get_content_length (headers) > (goffset) guard->limit (soup_server_message_get_method
          (message), path_of (message)))
    access_answer (message, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "That is more than can be taken.");
  /* what it still sends is not read */
  if (soup_server_message_get_status (message))
    soup_message_headers_replace (answer, "Connection", "close");
}

static void
look_at_body (SoupServer * server, SoupServerMessage * message, gpointer data)
{
  Body *body = g_object_get_data (G_OBJECT (message), BODY);

  if (!body->too_long)
    return;
  if (soup_server_message_get_status (message) == 0)
    access_answer (message, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "That is more than can be taken.");
  /* there may be more of it, which nobody reads */
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection", "close");
}

/* Not by early handlers of the server, which are not called for who gives a password. And libsoup would keep all that
 * is sent, however much that is, and whoever sends it. */
static void
request_started (SoupServer * server, SoupServerMessage * message, gpointer data)
{
  const Guard *guard = data;
  Body *body = g_new0 (Body, 1);

  body->limit = guard->limit;
  body->bytes = g_byte_array_new ();
  g_object_set_data_full (G_OBJECT (message), BODY, body, body_free);
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
  g_signal_connect (message, "got-headers", G_CALLBACK (look_at_headers), data);
  g_signal_connect (message, "got-chunk", G_CALLBACK (got_chunk), body);
}

/* ---- the password ---- */

static gboolean
check_basic (SoupAuthDomain * domain, SoupServerMessage * message, const char *user, const char *password,
    gpointer data)
{
  const Options *options = data;

  return g_str_equal (user, options->user) && g_str_equal (password, options->password);
}

static gchar *
check_digest (SoupAuthDomain * domain, SoupServerMessage * message, const char *user, gpointer data)
{
  const Options *options = data;

  return g_str_equal (user, options->user) ? soup_auth_domain_digest_encode_password (user, REALM, options->password)
      : NULL;
}

/* Digest for browsers, which choose it; basic for programs that know nothing else. */
static void
require_password (SoupServer * server, const Options * options)
{
  SoupAuthDomain *digest = soup_auth_domain_digest_new ("realm", REALM, NULL);
  SoupAuthDomain *basic = soup_auth_domain_basic_new ("realm", REALM, NULL);

  soup_auth_domain_digest_set_auth_callback (digest, check_digest, (gpointer) options, NULL);
  soup_auth_domain_basic_set_auth_callback (basic, check_basic, (gpointer) options, NULL);
  soup_auth_domain_add_path (digest, "/");
  soup_auth_domain_add_path (basic, "/");
  soup_server_add_auth_domain (server, digest);
  soup_server_add_auth_domain (server, basic);
  g_object_unref (digest);
  g_object_unref (basic);
}

void
access_guard (SoupServer * server, const Options * options, AccessLimit limit)
{
  Guard *guard = g_new (Guard, 1);

  *guard = (Guard) { options, limit };
  g_object_set_data_full (G_OBJECT (server), "access-guard", guard, g_free);
  g_signal_connect (server, "request-started", G_CALLBACK (request_started), guard);
  g_signal_connect (server, "request-read", G_CALLBACK (look_at_body), guard);
  if (options->user)
    require_password (server, options);
}
