/* rtsp-server: shows stylised video to many clients, painted and encoded once for all of them.
 *
 *   rtsp-server clip.mp4 --style painting.jpg
 *   gst-launch-1.0 playbin uri=rtsp://127.0.0.1:8554/painting
 *
 * Two pipelines: one paints the input for ever (painter.c), the other encodes what is painted while there are
 * clients. So a client that comes late neither starts the input again nor waits for kernels, and a file's end or a
 * camera's failure does not end what the clients see.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <glib-unix.h>
#include <gst/rtsp-server/rtsp-server.h>
#include <gst/video/video.h>
#include <string.h>

#include "console.h"
#include "input.h"
#include "painter.h"
#include "rtsp-control.h"
#include "rtsp-feed.h"

#define ROLE "viewer"
/* Frames from one key frame to the next: a packet that was lost is seen for so long at most. */
#define KEY_FRAMES 60

static gchar *option_input, *option_style, *option_size, *option_address, *option_mount, *option_user, *option_password;
static gint option_port = 8554, option_bitrate = 2000, option_timeout = 60;
static gdouble option_strength = 1.0;

static const GOptionEntry entries[] = {
  {"input", 'i', 0, G_OPTION_ARG_STRING, &option_input, "test, camera, /dev/…, an address or a file (test)", "INPUT"},
  {"style", 's', 0, G_OPTION_ARG_FILENAME, &option_style, "The picture to take the style of", "FILE"},
  {"strength", 0, 0, G_OPTION_ARG_DOUBLE, &option_strength, "Amount of style, 0 to 1 (1)", "S"},
  {"size", 0, 0, G_OPTION_ARG_STRING, &option_size, "Size of the video (640x360)", "WxH"},
  {"bitrate", 0, 0, G_OPTION_ARG_INT, &option_bitrate, "Of the video, in kbit/s (2000)", "N"},
  {"address", 'a', 0, G_OPTION_ARG_STRING, &option_address, "Address to listen on (127.0.0.1)", "ADDRESS"},
  {"port", 'p', 0, G_OPTION_ARG_INT, &option_port, "Port to listen on, 0 for any (8554)", "PORT"},
  {"mount", 'm', 0, G_OPTION_ARG_STRING, &option_mount, "Path of the stream (/painting)", "PATH"},
  {"user", 0, 0, G_OPTION_ARG_STRING, &option_user, "Who may watch (everybody)", "NAME"},
  {"password", 0, 0, G_OPTION_ARG_STRING, &option_password,
      "Password of that user; RTSP_PASSWORD in the environment is not shown to others by ps", "WORD"},
  {"session-timeout", 0, 0, G_OPTION_ARG_INT, &option_timeout, "Seconds after which a silent client is gone (60)", "N"},
  {NULL}
};

typedef struct
{
  GMainLoop *loop;
  Painter *painter;
  Feed *feed;                   /* from the painter to what the clients watch */
  GstRTSPServer *server;
  GstRTSPSessionPool *sessions;
  Control control;
  gint width, height;
  gboolean failed;

  GMutex lock;                  /* guards what follows */
  GstRTSPMedia *media;          /* what the clients watch; NULL while there are none */
  GstElement *encoder;          /* of it */
} Server;

/* ---- from the painter to the clients ---- */

static void
push_frame (GstSample * sample, gpointer data)
{
  Server *server = data;

  feed_push (server->feed, sample);
}

/* Makes `media`, or none if NULL, the one that gets the frames. */
static void
set_media (Server * server, GstRTSPMedia * media)
{
  GstElement *element = media ? gst_rtsp_media_get_element (media) : NULL;
  GstElement *source = element ? gst_bin_get_by_name_recurse_up (GST_BIN (element), "frames") : NULL;

  g_mutex_lock (&server->lock);
  gst_clear_object (&server->encoder);
  server->media = media;
  if (element)
    server->encoder = gst_bin_get_by_name_recurse_up (GST_BIN (element), "encoder");
  g_mutex_unlock (&server->lock);
  feed_set_source (server->feed, (GstAppSrc *) source);
  gst_clear_object (&source);
  gst_clear_object (&element);
  painter_set_watched (server->painter, media != NULL);
}

/* The last client has gone, and perhaps a new one has come already and has another media. */
static void
media_unprepared (GstRTSPMedia * media, gpointer data)
{
  Server *server = data;
  gboolean current;

  g_mutex_lock (&server->lock);
  current = server->media == media;
  g_mutex_unlock (&server->lock);
  if (current)
    set_media (server, NULL);
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
  Server *server = data;
  GstElement *encoder;

  g_mutex_lock (&server->lock);
  encoder = server->encoder ? gst_object_ref (server->encoder) : NULL;
  g_mutex_unlock (&server->lock);
  if (encoder)
    gst_element_send_event (encoder, gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE, 0));
  gst_clear_object (&encoder);
}

static void
new_session (GstRTSPClient * client, GstRTSPSession * session, gpointer data)
{
  gst_rtsp_session_set_timeout (session, (guint) option_timeout);
}

static void
client_connected (GstRTSPServer * rtsp, GstRTSPClient * client, gpointer data)
{
  g_signal_connect (client, "new-session", G_CALLBACK (new_session), data);
  g_signal_connect (client, "play-request", G_CALLBACK (ask_for_key_frame), data);
}

/* Clients that vanished without a word are forgotten when their time is over. */
static gboolean
forget_sessions (gpointer data)
{
  Server *server = data;

  gst_rtsp_session_pool_cleanup (server->sessions);
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
     static gchar *painting_factory_gen_key (GstRTSPMediaFactory * factory, const GstRTSPUrl * url)
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

/* zerolatency has the encoder cut a frame into one slice a thread. Decoders want the parameter sets once before such
 * a frame, as h264parse puts them, and not before every slice, as the payloader would. The queue lets frames wait for
 * their time to leave without holding up the encoder. */
static GstRTSPMediaFactory *
factory_new (Server * server)
{
  GstRTSPMediaFactory *factory = g_object_new (PAINTING_TYPE_FACTORY, NULL);
  gchar *line = g_strdup_printf ("( appsrc name=frames is-live=true format=time min-latency=%" G_GUINT64_FORMAT
      " max-buffers=2 max-bytes=0 leaky-type=downstream ! x264enc name=encoder tune=zerolatency speed-preset=veryfast "
      "bitrate=%d key-int-max=%d ! h264parse config-interval=-1 ! video/x-h264,profile=main,alignment=au ! queue ! "
      "rtph264pay name=pay0 pt=96 config-interval=0 aggregate-mode=zero-latency )", FEED_HEADROOM, option_bitrate,
      KEY_FRAMES);

  gst_rtsp_media_factory_set_launch (factory, line);
  gst_rtsp_media_factory_set_shared (factory, TRUE);
  g_signal_connect (factory, "media-configure", G_CALLBACK (media_configure), server);
  g_free (line);
  return factory;
}

static void
require_password (Server * server, GstRTSPMediaFactory * factory)
{
  GstRTSPAuth *auth = gst_rtsp_auth_new ();
  GstRTSPToken *token = gst_rtsp_token_new (GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, ROLE, NULL);
  gchar *basic = gst_rtsp_auth_make_basic (option_user, option_password);

  gst_rtsp_media_factory_add_role (factory, ROLE, GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
      GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, NULL);
  gst_rtsp_auth_set_supported_methods (auth, GST_RTSP_AUTH_DIGEST | GST_RTSP_AUTH_BASIC);
  gst_rtsp_auth_add_digest (auth, option_user, option_password, token);
  gst_rtsp_auth_add_basic (auth, basic, token);
  gst_rtsp_server_set_auth (server->server, auth);
  g_free (basic);
  gst_rtsp_token_unref (token);
  g_object_unref (auth);
}

static void
server_new (Server * server)
{
  GstRTSPMountPoints *mounts;
  GstRTSPMediaFactory *factory = factory_new (server);
  gchar *port = g_strdup_printf ("%d", option_port);

  server->server = gst_rtsp_server_new ();
  server->sessions = gst_rtsp_server_get_session_pool (server->server);
  gst_rtsp_server_set_address (server->server, option_address);
  gst_rtsp_server_set_service (server->server, port);
  if (option_user)
    require_password (server, factory);
  mounts = gst_rtsp_server_get_mount_points (server->server);
  gst_rtsp_mount_points_add_factory (mounts, option_mount, factory);
  g_signal_connect (server->server, "client-connected", G_CALLBACK (client_connected), server);
  g_object_unref (mounts);
  g_free (port);
}

/* ---- what the painter and the commands call ---- */

/* Clients are let in when the first frame is there: the kernels are built then, and none of them has to wait. */
static void
listen_now (gpointer data)
{
  Server *server = data;

  const gchar *bracket = strchr (option_address, ':') ? "[" : "";
  GError *error = NULL;
  GSource *source = gst_rtsp_server_create_source (server->server, NULL, &error);

  painter_set_watched (server->painter, FALSE);
  if (source == NULL) {
    g_printerr ("error: cannot listen on %s, port %d: %s\n", option_address, option_port, error->message);
    g_clear_error (&error);
    server->failed = TRUE;
    g_main_loop_quit (server->loop);
    return;
  }
  g_source_attach (source, NULL);
  g_source_unref (source);
  g_print ("listening at rtsp://%s%s%s:%d%s\n", bracket, option_address, bracket[0] ? "]" : "",
      gst_rtsp_server_get_bound_port (server->server), option_mount);
}

static void
painter_failed (gpointer data)
{
  Server *server = data;

  server->failed = TRUE;
  g_main_loop_quit (server->loop);
}

static guint
count_sessions (gpointer data)
{
  Server *server = data;

  return gst_rtsp_session_pool_get_n_sessions (server->sessions);
}

static void
quit (gpointer data)
{
  Server *server = data;

  g_main_loop_quit (server->loop);
}

static gboolean
on_signal (gpointer data)
{
  quit (data);
  return G_SOURCE_CONTINUE;
}

/* ---- running ---- */

static GstRTSPFilterResult
disconnect (GstRTSPServer * rtsp, GstRTSPClient * client, gpointer data)
{
  return GST_RTSP_FILTER_REMOVE;
}

static void
serve (Server * server)
{
  GCancellable *cancel = g_cancellable_new ();
  guint interrupt = g_unix_signal_add (SIGINT, on_signal, server);
  guint terminate = g_unix_signal_add (SIGTERM, on_signal, server);
  guint cleaning = g_timeout_add_seconds (1, forget_sessions, server);

  control_start (&server->control, cancel);
  painter_start (server->painter);
  g_main_loop_run (server->loop);
  g_cancellable_cancel (cancel);
  set_media (server, NULL);
  g_list_free_full (gst_rtsp_server_client_filter (server->server, disconnect, NULL), g_object_unref);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  g_source_remove (cleaning);
  g_object_unref (cancel);
}

static gboolean
run (GError ** error)
{
  static Server server;         /* the library's threads may still look at it while the program ends */
  PainterCallbacks callbacks = { push_frame, listen_now, painter_failed, &server };

  server.loop = g_main_loop_new (NULL, FALSE);
  input_parse_size (option_size, &server.width, &server.height);
  server.feed = feed_new ();
  server.painter = painter_new (option_input, server.width, server.height, &callbacks, error);
  if (server.painter) {
    GstElement *filter = painter_get_filter (server.painter);

    g_object_set (filter, "style-image", option_style, "strength", option_strength, NULL);
    server.control.filter = filter;
    server.control.sessions = count_sessions;
    server.control.quit = quit;
    server.control.data = &server;
    server_new (&server);
    serve (&server);
    painter_free (&server.painter);
    feed_free (server.feed);
    g_object_unref (server.sessions);
    g_object_unref (server.server);
  }
  g_main_loop_unref (server.loop);
  return *error == NULL && !server.failed;
}

/* ---- options ---- */

static const gchar *
problem_with_options (void)
{
  gint width, height;

  if (!input_parse_size (option_size, &width, &height) || width % 2 || height % 2)
    return "--size takes WxH in even numbers, for example 640x360";
  if (option_port < 0 || option_port > 65535 || option_bitrate < 1 || option_timeout < 1)
    return "--port is 0 to 65535, --bitrate and --session-timeout at least 1";
  if (!(option_strength >= 0 && option_strength <= 1))
    return "--strength is 0 to 1";
  if (option_mount[0] != '/')
    return "--mount starts with a /";
  return !option_user == !option_password ? NULL
      : "--user and a password, by --password or RTSP_PASSWORD, belong together";
}

/* An address of IPv6 may be given in brackets, as in an URL. */
static void
strip_brackets (gchar * address)
{
  gsize length = strlen (address);

  if (address[0] != '[' || address[length - 1] != ']')
    return;
  memmove (address, address + 1, length - 2);
  address[length - 2] = '\0';
}

static gboolean
is_loopback (const gchar * address)
{
  GInetAddress *parsed = g_inet_address_new_from_string (address);
  gboolean loopback = parsed ? g_inet_address_get_is_loopback (parsed) : g_str_equal (address, "localhost");

  g_clear_object (&parsed);
  return loopback;
}

/* What is missing would otherwise be noticed by the first client, who is told nothing but 503. */
static gboolean
check_elements (GError ** error)
{
  static const gchar *const needed[][2] = {
    {"x264enc", "gstreamer1.0-plugins-ugly"}, {"h264parse", "gstreamer1.0-plugins-bad"},
    {"rtph264pay", "gstreamer1.0-plugins-good"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (needed); i++) {
    GstElementFactory *factory = gst_element_factory_find (needed[i][0]);
    if (factory == NULL) {
      g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
          "no element %s, which is needed to serve video: "
          "install %s", needed[i][0], needed[i][1]);
      return FALSE;
    }
    gst_object_unref (factory);
  }
  return TRUE;
}

static gboolean
check_options (GError ** error)
{
  const gchar *problem = problem_with_options ();

  if (problem)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, problem);
  else if (!option_user && !is_loopback (option_address))
    g_printerr ("warning: everybody who can reach %s can watch; --user and --password are not given\n", option_address);
  return problem == NULL;
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  gboolean good;

  good = console_parse ("[INPUT] - serve stylised video", entries, &argc, &argv, &error)
      && console_operand (&option_input, argc, argv, &error);
  console_default (&option_input, "test");
  console_default (&option_size, "640x360");
  console_default (&option_address, "127.0.0.1");
  console_default (&option_mount, "/painting");
  console_default (&option_password, g_getenv ("RTSP_PASSWORD"));
  strip_brackets (option_address);
  good = good && check_options (&error) && check_elements (&error) && run (&error);
  return console_exit (good, error);
}
