/* The web page and what it talks to, over HTTP.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web.h"

#include <libsoup/soup.h>
#include <string.h>

#include "access.h"
#include "connections.h"
#include "preview.h"
#include "viewers.h"

#define STYLES "/styles/"
#define THUMBNAILS "/thumbnails/"
#define PAGE "/org/stylerwkv/live/page.html"

struct _Web
{
  const Options *options;
  const Control *control;
  Painter *painter;
  Status *status;
  const GPtrArray *outlets;
  Preview *preview;
  Viewers *viewers;
  GBytes *page;
  GBytes *builtin;              /* the built-in style's picture, small, as JPEG */
  gchar *policy;                /* of the page's contents */
  SoupServer *server;
};

/* ---- pictures ---- */

static void
viewers_changed (gpointer data)
{
  Web *web = data;
  gboolean watched = viewers_count (web->viewers) > 0;

  preview_set_watched (web->preview, watched);
  painter_set_watched (web->painter, PAINTER_WEB, watched);
}

static void
new_picture (gpointer data)
{
  Web *web = data;
  GBytes *jpeg = preview_last (web->preview);

  viewers_show (web->viewers, jpeg);
  g_bytes_unref (jpeg);
}

/* The last picture first: there may be no other for a while. */
static void
get_live (Web * web, SoupServerMessage * message, const gchar * rest)
{
  GBytes *jpeg = preview_last (web->preview);

  viewers_add (web->viewers, message, FALSE);
  if (jpeg)
    viewers_show (web->viewers, jpeg);
  g_clear_pointer (&jpeg, g_bytes_unref);
}

static void
get_picture (Web * web, SoupServerMessage * message, const gchar * rest)
{
  viewers_add (web->viewers, message, TRUE);
}

/* ---- answers that take a while ---- */

typedef struct
{
  SoupServerMessage *message;
  gboolean gone;                /* whoever asked */
} Pending;

static void
pending_gone (SoupServerMessage * message, gpointer data)
{
  Pending *pending = data;

  pending->gone = TRUE;
}

static Pending *
wait_for_answer (SoupServerMessage * message)
{
  Pending *pending = g_new0 (Pending, 1);

  pending->message = g_object_ref (message);
  g_signal_connect (message, "finished", G_CALLBACK (pending_gone), pending);
  soup_server_message_pause (message);
  return pending;
}

static void
end_waiting (Pending * pending)
{
  g_signal_handlers_disconnect_by_data (pending->message, pending);
  if (!pending->gone)
    soup_server_message_unpause (pending->message);
  g_object_unref (pending->message);
  g_free (pending);
}

static guint
status_of (const GError * error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))
    return SOUP_STATUS_SERVICE_UNAVAILABLE;
  if (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return SOUP_STATUS_NOT_FOUND;
  return error->domain == G_FILE_ERROR ? SOUP_STATUS_INSUFFICIENT_STORAGE : SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE;
}

/* ---- the folder of styles ---- */

static void
answer_picture (SoupServerMessage * message, GBytes * jpeg)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Cache-Control",
      "private, max-age=60");
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "image/jpeg", SOUP_MEMORY_COPY, g_bytes_get_data (jpeg, NULL),
      g_bytes_get_size (jpeg));
}

static void
thumbnail_made (GBytes * jpeg, const GError * error, gpointer data)
{
  Pending *pending = data;

  if (jpeg)
    answer_picture (pending->message, jpeg);
  else
    access_answer (pending->message, SOUP_STATUS_NOT_FOUND, error->message);
  end_waiting (pending);
}

static void
get_builtin (Web * web, SoupServerMessage * message, const gchar * rest)
{
  answer_picture (message, web->builtin);
}

static void
get_thumbnail (Web * web, SoupServerMessage * message, const gchar * name)
{
  Gallery *gallery = web->control->gallery;
  gchar *path = gallery ? gallery_find (gallery, name) : NULL;

  if (path)
    gallery_thumbnail (gallery, name, thumbnail_made, wait_for_answer (message));
  else
    access_answer (message, SOUP_STATUS_NOT_FOUND, "There is no such picture.");
  g_free (path);
}

static void
picture_added (GBytes * name, const GError * error, gpointer data)
{
  Pending *pending = data;
  gchar *text = name ? g_strndup (g_bytes_get_data (name, NULL), g_bytes_get_size (name)) : g_strdup (error->message);

  access_answer (pending->message, name ? SOUP_STATUS_CREATED : status_of (error), text);
  g_free (text);
  end_waiting (pending);
}

static void
put_style (Web * web, SoupServerMessage * message, const gchar * name)
{
  if (web->control->gallery)
    gallery_add (web->control->gallery, name, access_body (message), picture_added, wait_for_answer (message));
  else
    access_answer (message, SOUP_STATUS_NOT_FOUND, "There is no folder of styles: --styles gives one.");
}

/* ---- HLS ---- */

static void
hls_read (GObject * file, GAsyncResult * result, gpointer data)
{
  Pending *pending = data;
  SoupServerMessage *message = pending->message;
  gchar *contents;
  gsize size;

  /* what was in a list that is a while old may be gone */
  if (g_file_load_contents_finish (G_FILE (file), result, &contents, &size, NULL, NULL)) {
    gchar *path = g_file_get_path (G_FILE (file));
    const gchar *type = g_str_has_suffix (path, ".m3u8") ? "application/vnd.apple.mpegurl" : "video/mp2t";
    soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
    soup_server_message_set_response (message, type, SOUP_MEMORY_TAKE, contents, size);
    g_free (path);
  } else
    access_answer (message, SOUP_STATUS_NOT_FOUND, "There is no such list or segment now.");
  end_waiting (pending);
}

static void
get_hls (Web * web, SoupServerMessage * message, const gchar * name)
{
  gchar *path = NULL;
  GFile *file;

  for (guint i = 0; path == NULL && i < web->outlets->len; i++)
    path = outlet_find_hls (g_ptr_array_index (web->outlets, i), name);
  if (path == NULL) {
    access_answer (message, SOUP_STATUS_NOT_FOUND, "No output of HLS has that name.");
    return;
  }
  file = g_file_new_for_path (path);
  g_file_load_contents_async (file, NULL, hls_read, wait_for_answer (message));
  g_object_unref (file);
  g_free (path);
}

/* ---- commands ---- */

/* What a request brought along as text; to be freed. NULL when it holds a byte 0. */
static gchar *
text_of (SoupServerMessage * message)
{
  gsize size;
  const gchar *data = g_bytes_get_data (access_body (message), &size);

  return size && memchr (data, '\0', size) ? NULL : g_strndup (data ? data : "", size);
}

static void
answer_command (SoupServerMessage * message, gboolean done, GString * reply)
{
  access_answer (message, done ? SOUP_STATUS_OK : SOUP_STATUS_BAD_REQUEST, reply->str);
  g_string_free (reply, TRUE);
}

static void
post_command (Web * web, SoupServerMessage * message, const gchar * rest)
{
  GString *reply = g_string_new (NULL);
  gchar *line = text_of (message);

  answer_command (message, line && control_do (web->control, CONTROL_NETWORK, line, reply), reply);
  g_free (line);
}

static void
put_command (Web * web, SoupServerMessage * message, const gchar * name)
{
  GString *reply = g_string_new (NULL);
  gchar *argument = text_of (message);

  answer_command (message, argument && control_do_command (web->control, CONTROL_NETWORK, name, g_strstrip (argument),
          reply), reply);
  g_free (argument);
}

/* ---- the page, and how everything is ---- */

static void
get_page (Web * web, SoupServerMessage * message, const gchar * rest)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Content-Security-Policy",
      web->policy);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/html; charset=utf-8", SOUP_MEMORY_COPY, g_bytes_get_data (web->page,
          NULL), g_bytes_get_size (web->page));
}

static void
answer_text (SoupServerMessage * message, const gchar * type, gchar * text)
{
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_TAKE, text, strlen (text));
}

static void
get_state (Web * web, SoupServerMessage * message, const gchar * rest)
{
  answer_text (message, "application/json", status_json (web->status, viewers_count (web->viewers)));
}

static void
get_metrics (Web * web, SoupServerMessage * message, const gchar * rest)
{
  answer_text (message, "text/plain; version=0.0.4; charset=utf-8", status_metrics (web->status,
          viewers_count (web->viewers)));
}

/* ---- routes ---- */

typedef struct
{
  const gchar *method, *path;   /* a path that ends in / has a name behind it, but for that of the page */
  void (*act) (Web * web, SoupServerMessage * message, const gchar * rest);
} Route;

/* The first one that fits. */
static const Route routes[] = {
  {"GET", "/live.mjpg", get_live},
  {"GET", "/live.jpg", get_picture},
  {"GET", "/state", get_state},
  {"GET", "/metrics", get_metrics},
  {"GET", THUMBNAILS, get_thumbnail},
  {"GET", "/built-in.jpg", get_builtin},
  {"GET", "/hls/", get_hls},
  {"PUT", STYLES, put_style},
  {"POST", "/command", post_command},
  {"PUT", "/", put_command},
};

static gboolean
fits (const Route * route, const gchar * path)
{
  return g_str_has_suffix (route->path, "/") ? g_str_has_prefix (path, route->path) : g_str_equal (path, route->path);
}

static void
handle (SoupServer * server, SoupServerMessage * message, const char *path, GHashTable * query, gpointer data)
{
  const gchar *method = soup_server_message_get_method (message);
  gboolean known = FALSE;

  if (g_str_equal (path, "/") && g_str_equal (method, "GET")) {
    get_page (data, message, "");
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (routes); i++) {
    if (!fits (&routes[i], path))
      continue;
    known |= !g_str_equal (routes[i].path, "/");
    if (g_str_equal (routes[i].method, method)) {
      routes[i].act (data, message, path + strlen (routes[i].path));
      return;
    }
  }
  access_answer (message, known ? SOUP_STATUS_METHOD_NOT_ALLOWED : SOUP_STATUS_NOT_FOUND, "There is nothing there.");
}

static gsize
limit_of (const gchar * method, const gchar * path)
{
  if (g_str_equal (method, "PUT") && g_str_has_prefix (path, STYLES))
    return GALLERY_MAX_BYTES;
  return g_str_equal (method, "PUT") || g_str_equal (method, "POST") ? CONTROL_LINE_LIMIT : 0;
}

/* ---- making and freeing ---- */

gboolean
web_is_built (void)
{
  return TRUE;
}

/* The page runs its own script and no other, and talks to nobody but this server. */
static gchar *
policy_of (GBytes * page)
{
  const gchar *text = g_bytes_get_data (page, NULL);
  const gchar *begin = strstr (text, "<script>") + strlen ("<script>"), *end = strstr (begin, "</script>");
  GChecksum *checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize size = sizeof (digest);
  gchar *hash, *policy;

  g_checksum_update (checksum, (const guchar *) begin, end - begin);
  g_checksum_get_digest (checksum, digest, &size);
  hash = g_base64_encode (digest, size);
  policy = g_strdup_printf ("default-src 'none'; img-src 'self' data:; connect-src 'self'; style-src 'unsafe-inline'; "
      "script-src 'sha256-%s'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", hash);
  g_free (hash);
  g_checksum_free (checksum);
  return policy;
}

Web *
web_new (const Options * options, Painter * painter, const Control * control, Status * status,
    const GPtrArray * outlets, GError ** error)
{
  Web *web = g_new0 (Web, 1);

  web->builtin = gallery_builtin (error);
  if (web->builtin)
    web->preview = preview_new (options->width, options->height, new_picture, web, error);
  if (web->preview == NULL) {
    g_clear_pointer (&web->builtin, g_bytes_unref);
    g_free (web);
    return NULL;
  }
  web->options = options;
  web->painter = painter;
  web->control = control;
  web->status = status;
  web->outlets = outlets;
  web->viewers = viewers_new (viewers_changed, web);
  web->page = g_resources_lookup_data (PAGE, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  web->policy = policy_of (web->page);
  web->server = soup_server_new ("server-header", "stylerwkv-live", NULL);
  connections_limit (web->server, (guint) options->session_timeout);
  access_guard (web->server, options, limit_of);
  soup_server_add_handler (web->server, NULL, handle, web, NULL);
  return web;
}

/* The first address of that name. */
static GInetAddress *
look_up (const gchar * name, GError ** error)
{
  GResolver *resolver = g_resolver_get_default ();
  GList *found = g_resolver_lookup_by_name (resolver, name, NULL, error);
  GInetAddress *address = found ? g_object_ref (found->data) : NULL;

  g_resolver_free_addresses (found);
  g_object_unref (resolver);
  return address;
}

static gboolean
listen_at (Web * web, GInetAddress * address, GError ** error)
{
  GSocketAddress *socket = g_inet_socket_address_new (address, (guint16) web->options->web_port);
  gboolean listens = soup_server_listen (web->server, socket, 0, error);

  g_object_unref (socket);
  g_object_unref (address);
  return listens;
}

static void
tell_url (Web * web)
{
  GSList *uris = soup_server_get_uris (web->server);
  gchar *url = options_url ("http", web->options->address, g_uri_get_port (uris->data));

  g_print ("web page at %s/\n", url);
  g_free (url);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

gboolean
web_listen (Web * web, GError ** error)
{
  GInetAddress *address = look_up (web->options->address, error);

  if (address == NULL || !listen_at (web, address, error)) {
    g_prefix_error (error, "cannot listen on %s, port %d: ", web->options->address, web->options->web_port);
    return FALSE;
  }
  tell_url (web);
  return TRUE;
}

void
web_push (Web * web, GstSample * sample)
{
  preview_push (web->preview, sample);
}

void
web_free (Web * web)
{
  if (web == NULL)
    return;
  soup_server_disconnect (web->server);
  viewers_free (web->viewers);
  g_object_unref (web->server);
  preview_free (web->preview);
  g_bytes_unref (web->page);
  g_bytes_unref (web->builtin);
  g_free (web->policy);
  g_free (web);
}
