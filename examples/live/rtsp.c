/* The RTSP server: what is painted, encoded once for all clients.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtsp.h"

#include <gst/rtsp-server/rtsp-server.h>
#include <gst/video/video.h>

#include "encoding.h"
#include "feed.h"

#define ROLE "viewer"

struct _Rtsp
{
  const Options *options;
  Painter *painter;
  Feed *feed;                   /* from the painter to what the clients watch */
  GstRTSPServer *server;
  GstRTSPSessionPool *sessions;
  guint cleaning;               /* GLib source */
  gchar *url;                   /* once it listens */

  GMutex lock;                  /* guards what follows */
  GstRTSPMedia *media;          /* what the clients watch; NULL while there are none */
  GstElement *encoder;          /* of it */
};

/* ---- from the painter to the clients ---- */

/* Makes `media`, or none if NULL, the one that gets the frames. */
static void
set_media (Rtsp * rtsp, GstRTSPMedia * media)
{
  GstElement *element = media ? gst_rtsp_media_get_element (media) : NULL;
  GstElement *source = element ? gst_bin_get_by_name_recurse_up (GST_BIN (element), "frames") : NULL;

  g_mutex_lock (&rtsp->lock);
  gst_clear_object (&rtsp->encoder);
  rtsp->media = media;
  if (element)
    rtsp->encoder = gst_bin_get_by_name_recurse_up (GST_BIN (element), "encoder");
  g_mutex_unlock (&rtsp->lock);
  feed_set_source (rtsp->feed, (GstAppSrc *) source);
  gst_clear_object (&source);
  gst_clear_object (&element);
  painter_set_watched (rtsp->painter, PAINTER_RTSP, media != NULL);
}

/* The last client has gone, and perhaps a new one has come already and has another media. */
static void
media_unprepared (GstRTSPMedia * media, gpointer data)
{
  Rtsp *rtsp = data;
  gboolean current;

  g_mutex_lock (&rtsp->lock);
  current = rtsp->media == media;
  g_mutex_unlock (&rtsp->lock);
  if (current)
    set_media (rtsp, NULL);
}

static void
media_configure (GstRTSPMediaFactory * factory, GstRTSPMedia * media, gpointer data)
{
  set_media (data, media);
  g_signal_connect (media, "unprepared", G_CALLBACK (media_unprepared), data);
}

/* Who joins late can show nothing before a whole picture comes. */
static void
ask_for_key_frame (GstRTSPClient * client, GstRTSPContext * context, gpointer data)
{
  Rtsp *rtsp = data;
  GstElement *encoder;

  g_mutex_lock (&rtsp->lock);
  encoder = rtsp->encoder ? gst_object_ref (rtsp->encoder) : NULL;
  g_mutex_unlock (&rtsp->lock);
  if (encoder)
    gst_element_send_event (encoder, gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE, 0));
  gst_clear_object (&encoder);
}

static void
new_session (GstRTSPClient * client, GstRTSPSession * session, gpointer data)
{
  gst_rtsp_session_set_timeout (session, (guint) ((Rtsp *) data)->options->session_timeout);
}

static void
client_connected (GstRTSPServer * server, GstRTSPClient * client, gpointer data)
{
  g_signal_connect (client, "new-session", G_CALLBACK (new_session), data);
  g_signal_connect (client, "play-request", G_CALLBACK (ask_for_key_frame), data);
}

/* Clients that vanished without a word are forgotten when their time is over. */
static gboolean
forget_sessions (gpointer data)
{
  Rtsp *rtsp = data;

  gst_rtsp_session_pool_cleanup (rtsp->sessions);
  return G_SOURCE_CONTINUE;
}

/* ---- the RTSP server ---- */

#define PAINTING_TYPE_FACTORY (painting_factory_get_type ())
G_DECLARE_FINAL_TYPE (PaintingFactory, painting_factory, PAINTING, FACTORY, GstRTSPMediaFactory)

struct _PaintingFactory
{
  GstRTSPMediaFactory parent;
};

G_DEFINE_FINAL_TYPE (PaintingFactory, painting_factory, GST_TYPE_RTSP_MEDIA_FACTORY)

/* There is one stream, by whatever spelling of its address it is asked for: with a query, or one of its parts at
 * once. The library would make another media for each, and that one would get the frames in the place of the first. */
static gchar *
painting_factory_gen_key (GstRTSPMediaFactory * factory, const GstRTSPUrl * url)
{
  return g_strdup ("painting");
}

static void
painting_factory_class_init (PaintingFactoryClass * class)
{
  GST_RTSP_MEDIA_FACTORY_CLASS (class)->gen_key = painting_factory_gen_key;
}

static void
painting_factory_init (PaintingFactory * factory)
{
}

/* The queue lets frames wait for their time to leave without holding up the encoder. */
static GstRTSPMediaFactory *
factory_new (Rtsp * rtsp)
{
  GstRTSPMediaFactory *factory = g_object_new (PAINTING_TYPE_FACTORY, NULL);
  gchar *source = encoding_source (), *h264 = encoding_h264 (rtsp->options->bitrate);
  gchar *line = g_strdup_printf ("( %s %s ! queue ! rtph264pay name=pay0 pt=96 config-interval=0 "
      "aggregate-mode=zero-latency )", source, h264);

  gst_rtsp_media_factory_set_launch (factory, line);
  gst_rtsp_media_factory_set_shared (factory, TRUE);
  g_signal_connect (factory, "media-configure", G_CALLBACK (media_configure), rtsp);
  g_free (line);
  g_free (h264);
  g_free (source);
  return factory;
}

static void
require_password (Rtsp * rtsp, GstRTSPMediaFactory * factory)
{
  const gchar *user = rtsp->options->user, *password = rtsp->options->password;
  GstRTSPAuth *auth = gst_rtsp_auth_new ();
  GstRTSPToken *token = gst_rtsp_token_new (GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, ROLE, NULL);
  gchar *basic = gst_rtsp_auth_make_basic (user, password);

  gst_rtsp_media_factory_add_role (factory, ROLE, GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
      GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, NULL);
  gst_rtsp_auth_set_supported_methods (auth, GST_RTSP_AUTH_DIGEST | GST_RTSP_AUTH_BASIC);
  gst_rtsp_auth_add_digest (auth, user, password, token);
  gst_rtsp_auth_add_basic (auth, basic, token);
  gst_rtsp_server_set_auth (rtsp->server, auth);
  g_free (basic);
  gst_rtsp_token_unref (token);
  g_object_unref (auth);
}

static void
make_server (Rtsp * rtsp)
{
  GstRTSPMountPoints *mounts;
  GstRTSPMediaFactory *factory = factory_new (rtsp);
  gchar *port = g_strdup_printf ("%d", rtsp->options->rtsp_port);

  rtsp->server = gst_rtsp_server_new ();
  rtsp->sessions = gst_rtsp_server_get_session_pool (rtsp->server);
  gst_rtsp_server_set_address (rtsp->server, rtsp->options->address);
  gst_rtsp_server_set_service (rtsp->server, port);
  if (rtsp->options->user)
    require_password (rtsp, factory);
  mounts = gst_rtsp_server_get_mount_points (rtsp->server);
  gst_rtsp_mount_points_add_factory (mounts, rtsp->options->mount, factory);
  g_signal_connect (rtsp->server, "client-connected", G_CALLBACK (client_connected), rtsp);
  g_object_unref (mounts);
  g_free (port);
}

/* ---- what the program calls ---- */

gboolean
rtsp_is_built (void)
{
  return TRUE;
}

Rtsp *
rtsp_new (const Options * options, Painter * painter, GError ** error)
{
  static Rtsp rtsp;             /* the library's threads may still look at it while the program ends */

  if (!encoding_check_h264 (error) || !encoding_check ("rtph264pay", error))
    return NULL;
  rtsp.options = options;
  rtsp.painter = painter;
  rtsp.feed = feed_new ();
  make_server (&rtsp);
  rtsp.cleaning = g_timeout_add_seconds (1, forget_sessions, &rtsp);
  return &rtsp;
}

gboolean
rtsp_listen (Rtsp * rtsp, GError ** error)
{
  GSource *source = gst_rtsp_server_create_source (rtsp->server, NULL, error);
  gchar *url;

  if (source == NULL) {
    g_prefix_error (error, "cannot listen on %s, port %d: ", rtsp->options->address, rtsp->options->rtsp_port);
    return FALSE;
  }
  g_source_attach (source, NULL);
  g_source_unref (source);
  url = options_url ("rtsp", rtsp->options->address, gst_rtsp_server_get_bound_port (rtsp->server));
  rtsp->url = g_strconcat (url, rtsp->options->mount, NULL);
  g_print ("listening at %s\n", rtsp->url);
  g_free (url);
  return TRUE;
}

const gchar *
rtsp_url (Rtsp * rtsp)
{
  return rtsp->url;
}

void
rtsp_push (Rtsp * rtsp, GstSample * sample)
{
  feed_push (rtsp->feed, sample);
}

guint
rtsp_sessions (Rtsp * rtsp)
{
  return gst_rtsp_session_pool_get_n_sessions (rtsp->sessions);
}

static GstRTSPFilterResult
disconnect (GstRTSPServer * server, GstRTSPClient * client, gpointer data)
{
  return GST_RTSP_FILTER_REMOVE;
}

void
rtsp_stop (Rtsp * rtsp)
{
  if (rtsp == NULL)
    return;
  set_media (rtsp, NULL);
  g_list_free_full (gst_rtsp_server_client_filter (rtsp->server, disconnect, NULL), g_object_unref);
  g_source_remove (rtsp->cleaning);
}
