/* The command line of stylerwkv-live.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.h"

#include <gio/gio.h>
#include <string.h>

#include "console.h"
#include "input.h"
#include "rtsp.h"
#include "web.h"

#define RTSP_PORT "8554"
#define WEB_PORT "8080"

/* As they stand on the command line, before they are looked at. */
typedef struct
{
  gchar *size, *rtsp_port, *web_port, *osc_port;
} Texts;

static gboolean
refuse (GError ** error, const gchar * problem)
{
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, problem);
  return FALSE;
}

static gboolean
parse_port (const gchar * name, const gchar * text, gint * port, GError ** error)
{
  guint64 number;

  if (g_str_equal (text, "off")) {
    *port = PORT_OFF;
    return TRUE;
  }
  if (!g_ascii_string_to_unsigned (text, 10, 0, 65535, &number, NULL)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s is 0 to 65535, or off, and not %s", name, text);
    return FALSE;
  }
  *port = (gint) number;
  return TRUE;
}

/* What was not built is off unless it is asked for, which is refused later, by whoever cannot do it. */
static gboolean
parse_ports (Options * options, Texts * texts, GError ** error)
{
  console_default (&texts->rtsp_port, rtsp_is_built () ? RTSP_PORT : "off");
  console_default (&texts->web_port, web_is_built () ? WEB_PORT : "off");
  console_default (&texts->osc_port, "off");
  return parse_port ("--rtsp-port", texts->rtsp_port, &options->rtsp_port, error)
      && parse_port ("--web-port", texts->web_port, &options->web_port, error)
      && parse_port ("--osc-port", texts->osc_port, &options->osc_port, error);
}

static gboolean
check_numbers (Options * options, const gchar * size, GError ** error)
{
  if (!input_parse_size (size, &options->width, &options->height) || options->width % 2 || options->height % 2)
    return refuse (error, "--size takes WxH in even numbers, for example 640x360");
  if (options->bitrate < 1 || options->session_timeout < 1)
    return refuse (error, "--bitrate and --session-timeout are at least 1");
  if (!(options->strength >= 0 && options->strength <= 1))
    return refuse (error, "--strength is 0 to 1");
  if (!(options->fade >= 0 && options->fade <= 3600))
    return refuse (error, "--fade is 0 to 3600 seconds");
  return TRUE;
}

static gboolean
check_access (const Options * options, GError ** error)
{
  if (options->mount[0] != '/')
    return refuse (error, "--mount starts with a /");
  if (!options->user != !options->password)
    return refuse (error, "--user and a password, by --password or STYLERWKV_PASSWORD, belong together");
  if (!options->user && !options_is_loopback (options->address))
    g_printerr ("warning: everybody who can reach %s can watch, and change what is seen; --user and --password are "
        "not given\n", options->address);
  if (options->user && options->osc_port != PORT_OFF && !options_is_loopback (options->address))
    g_printerr ("warning: OSC knows no password: everybody who can reach %s can change what is seen\n",
        options->address);
  return TRUE;
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
complete (Options * options, Texts * texts, GError ** error)
{
  console_default (&options->input, "test");
  console_default (&options->address, "127.0.0.1");
  console_default (&options->mount, "/painting");
  console_default (&options->password, g_getenv ("STYLERWKV_PASSWORD"));
  console_default (&texts->size, "640x360");
  strip_brackets (options->address);
  if (options->outputs == NULL)
    options->outputs = g_new0 (gchar *, 1);
  return parse_ports (options, texts, error) && check_numbers (options, texts->size, error)
      && check_access (options, error);
}

gboolean
options_parse (Options * options, int *argc, char ***argv, GError ** error)
{
  Texts texts = { 0 };
  const GOptionEntry entries[] = {
    {"input", 'i', 0, G_OPTION_ARG_STRING, &options->input, "test, camera, /dev/…, an address or a file (test)",
        "INPUT"},
    {"output", 'o', 0, G_OPTION_ARG_STRING_ARRAY, &options->outputs,
        "window, screen, a .mkv, .mp4 or .m3u8 file, srt://… or rtmp://…; may be given several times", "OUTPUT"},
    {"style", 's', 0, G_OPTION_ARG_FILENAME, &options->style, "The picture to take the style of", "FILE"},
    {"styles", 0, 0, G_OPTION_ARG_FILENAME, &options->styles, "A folder of pictures to choose from", "FOLDER"},
    {"state", 0, 0, G_OPTION_ARG_FILENAME, &options->state, "File that keeps what was asked for, for the next start",
        "FILE"},
    {"strength", 0, 0, G_OPTION_ARG_DOUBLE, &options->strength, "Amount of style, 0 to 1 (1)", "S"},
    {"fade", 0, 0, G_OPTION_ARG_DOUBLE, &options->fade, "How long changes take (1)", "SECONDS"},
    {"size", 0, 0, G_OPTION_ARG_STRING, &texts.size, "Size of the video (640x360)", "WxH"},
    {"bitrate", 0, 0, G_OPTION_ARG_INT, &options->bitrate, "Of encoded video, in kbit/s (2000)", "N"},
    {"address", 'a', 0, G_OPTION_ARG_STRING, &options->address, "Address to listen on (127.0.0.1)", "ADDRESS"},
    {"web-port", 'w', 0, G_OPTION_ARG_STRING, &texts.web_port, "Port of the web page, 0 for any, or off (" WEB_PORT ")",
        "PORT"},
    {"rtsp-port", 'p', 0, G_OPTION_ARG_STRING, &texts.rtsp_port,
        "Port of the RTSP server, 0 for any, or off (" RTSP_PORT ")", "PORT"},
    {"osc-port", 0, 0, G_OPTION_ARG_STRING, &texts.osc_port, "Port for OSC, over UDP, 0 for any, or off (off)", "PORT"},
    {"mount", 'm', 0, G_OPTION_ARG_STRING, &options->mount, "Path of the RTSP stream (/painting)", "PATH"},
    {"user", 0, 0, G_OPTION_ARG_STRING, &options->user, "Who may watch and command (everybody)", "NAME"},
    {"password", 0, 0, G_OPTION_ARG_STRING, &options->password,
        "Password of that user; STYLERWKV_PASSWORD in the environment is not shown to others by ps", "WORD"},
    {"session-timeout", 0, 0, G_OPTION_ARG_INT, &options->session_timeout,
        "Seconds after which a silent client of RTSP or the web page is gone (60)", "N"},
    {NULL}
  };
  gboolean good;

  *options = (Options) {.strength = 1.0,.fade = 1.0,.bitrate = 2000,.session_timeout = 60};
  good = console_parse ("[INPUT] - paint live video and show it", entries, argc, argv, error)
      && console_operand (&options->input, *argc, *argv, error) && complete (options, &texts, error);
  g_free (texts.size);
  g_free (texts.rtsp_port);
  g_free (texts.web_port);
  g_free (texts.osc_port);
  return good;
}

void
options_clear (Options * options)
{
  g_free (options->input);
  g_free (options->style);
  g_free (options->styles);
  g_free (options->state);
  g_strfreev (options->outputs);
  g_free (options->address);
  g_free (options->mount);
  g_free (options->user);
  g_free (options->password);
}

gboolean
options_is_loopback (const gchar * address)
{
  GInetAddress *parsed = g_inet_address_new_from_string (address);
  gboolean loopback = parsed ? g_inet_address_get_is_loopback (parsed) : g_str_equal (address, "localhost");

  g_clear_object (&parsed);
  return loopback;
}

gchar *
options_url (const gchar * scheme, const gchar * address, gint port)
{
  gboolean brackets = strchr (address, ':') != NULL;

  return g_strdup_printf ("%s://%s%s%s:%d", scheme, brackets ? "[" : "", address, brackets ? "]" : "", port);
}
