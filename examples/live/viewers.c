/* Who watches by the web page.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "viewers.h"

#include "access.h"
#include "connections.h"

#define BOUNDARY "stylerwkv-picture"
/* Who takes nothing for so long is gone. */
#define PATIENCE_USEC (20 * G_USEC_PER_SEC)

struct _Viewers
{
  GList *list;                  /* of Viewer */
  void (*changed) (gpointer data);
  gpointer data;
};

typedef struct
{
  Viewers *viewers;
  SoupServerMessage *message;
  gboolean once, writing;
  gint64 since;                 /* when it began to write, monotonic time */
} Viewer;

Viewers *
viewers_new (void (*changed) (gpointer data), gpointer data)
{
  Viewers *viewers = g_new0 (Viewers, 1);

  viewers->changed = changed;
  viewers->data = data;
  return viewers;
}

static void
remove_viewer (Viewer * viewer)
{
  Viewers *viewers = viewer->viewers;

  viewers->list = g_list_remove (viewers->list, viewer);
  g_signal_handlers_disconnect_by_data (viewer->message, viewer);
  g_object_unref (viewer->message);
  g_free (viewer);
  viewers->changed (viewers->data);
}

static void
finished (SoupServerMessage * message, gpointer data)
{
  remove_viewer (data);
}

static void
wrote_chunk (SoupServerMessage * message, gpointer data)
{
  Viewer *viewer = data;

  viewer->writing = FALSE;
}

void
viewers_add (Viewers * viewers, SoupServerMessage * message, gboolean once)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  Viewer *viewer;

  if (g_list_length (viewers->list) >= VIEWERS_MAX) {
    access_answer (message, SOUP_STATUS_SERVICE_UNAVAILABLE, "Too many watch already.");
    return;
  }
  viewer = g_new0 (Viewer, 1);
  viewer->viewers = viewers;
  viewer->message = g_object_ref (message);
  viewer->once = once;
  if (!once) {
    soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
    soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
    soup_message_headers_replace (headers, "Content-Type", "multipart/x-mixed-replace; boundary=" BOUNDARY);
    soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
  }
  g_signal_connect (message, "wrote-chunk", G_CALLBACK (wrote_chunk), viewer);
  g_signal_connect (message, "finished", G_CALLBACK (finished), viewer);
  soup_server_message_pause (message);
  viewers->list = g_list_prepend (viewers->list, viewer);
  viewers->changed (viewers->data);
}

/* The boundary stands behind each picture, so that browsers show it at once and not with the next one. */
static void
show_next (Viewer * viewer, GBytes * jpeg)
{
  SoupMessageBody *body = soup_server_message_get_response_body (viewer->message);
  gchar *head = g_strdup_printf ("Content-Type: image/jpeg\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
      g_bytes_get_size (jpeg));
  GByteArray *part = g_byte_array_new ();
  GBytes *bytes;

  if (viewer->since == 0)
    g_byte_array_append (part, (const guint8 *) "--" BOUNDARY "\r\n", strlen ("--" BOUNDARY "\r\n"));
  g_byte_array_append (part, (const guint8 *) head, (guint) strlen (head));
  g_byte_array_append (part, g_bytes_get_data (jpeg, NULL), (guint) g_bytes_get_size (jpeg));
  g_byte_array_append (part, (const guint8 *) "\r\n--" BOUNDARY "\r\n", strlen ("\r\n--" BOUNDARY "\r\n"));
  bytes = g_byte_array_free_to_bytes (part);
  soup_message_body_append_bytes (body, bytes);
  viewer->writing = TRUE;
  viewer->since = g_get_monotonic_time ();
  soup_server_message_unpause (viewer->message);
  g_bytes_unref (bytes);
  g_free (head);
}

static void
show_only (Viewer * viewer, GBytes * jpeg)
{
  soup_server_message_set_status (viewer->message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (viewer->message, "image/jpeg", SOUP_MEMORY_COPY, g_bytes_get_data (jpeg, NULL),
      g_bytes_get_size (jpeg));
  viewer->writing = TRUE;
  viewer->since = g_get_monotonic_time ();
  soup_server_message_unpause (viewer->message);
}

void
viewers_show (Viewers * viewers, GBytes * jpeg)
{
  gint64 now = g_get_monotonic_time ();

  for (GList * link = viewers->list; link; link = link->next) {
    Viewer *viewer = link->data;
    if (viewer->writing && now - viewer->since > PATIENCE_USEC)
      connections_cut_off (viewer->message);
    else if (!viewer->writing && viewer->once)
      show_only (viewer, jpeg);
    else if (!viewer->writing)
      show_next (viewer, jpeg);
  }
}

guint
viewers_count (Viewers * viewers)
{
  return g_list_length (viewers->list);
}

void
viewers_free (Viewers * viewers)
{
  while (viewers->list)
    remove_viewer (viewers->list->data);
  g_free (viewers);
}
