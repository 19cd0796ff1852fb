/* The commands: one table, whoever asks - the terminal, the web page, a controller, what was saved.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "control.h"

#include <string.h>

typedef struct
{
  const Control *control;
  ControlFrom from;
  GString *reply;
} Request;

typedef enum
{
  TERMINAL_ONLY = 1 << 0,
  WORDS = 1 << 1,               /* quotes in the argument are its own matter */
} CommandFlags;

typedef struct _Command Command;

struct _Command
{
  const gchar *name;
  const gchar *argument;        /* as the help shows it */
  const gchar *help;
  gboolean (*act) (const Request * request, const Command * command, const gchar * argument);
  const gchar *property;        /* of the element, or NULL */
  /* The argument that makes it what it is now, to be freed; NULL to leave it out. Or NULL for what is not saved. */
  gchar *(*save) (const Control * control, const Command * command);
  CommandFlags flags;
};

/* ---- values ---- */

static gboolean
parse_number (const gchar * text, gdouble least, gdouble most, gdouble * value)
{
  gchar *end;

  *value = g_ascii_strtod (text, &end);
  /* so written that NaN is refused */
  return end != text && *end == '\0' && *value >= least && *value <= most;
}

static gboolean
refuse_number (const Request * request, const gchar * what, gdouble least, gdouble most)
{
  g_string_append_printf (request->reply, "%s takes a number from %g to %g\n", what, least, most);
  return FALSE;
}

static gboolean
set_number (const Request * request, const Command * command, const gchar * argument)
{
  gdouble value;

  if (!parse_number (argument, 0, 1, &value))
    return refuse_number (request, command->property, 0, 1);
  g_object_set (request->control->filter, command->property, value, NULL);
  g_string_append_printf (request->reply, "%s is now %g\n", command->property, value);
  return TRUE;
}

static gchar *
number_text (gdouble number)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup (g_ascii_formatd (text, sizeof (text), "%.10g", number));
}

static gchar *
save_number (const Control * control, const Command * command)
{
  gdouble value;

  g_object_get (control->filter, command->property, &value, NULL);
  return number_text (value);
}

#define MAX_FADE 3600

static gboolean
set_fade (const Request * request, const Command * command, const gchar * argument)
{
  gdouble seconds;

  if (!parse_number (argument, 0, MAX_FADE, &seconds))
    return refuse_number (request, command->property, 0, MAX_FADE);
  g_object_set (request->control->filter, command->property, (guint64) (seconds * GST_SECOND), NULL);
  g_string_append_printf (request->reply, "%s is now %g s\n", command->property, seconds);
  return TRUE;
}

static gchar *
save_fade (const Control * control, const Command * command)
{
  guint64 time;

  g_object_get (control->filter, command->property, &time, NULL);
  return number_text ((gdouble) time / GST_SECOND);
}

static gboolean
set_scale (const Request * request, const Command * command, const gchar * argument)
{
  const GParamSpecInt *spec = G_PARAM_SPEC_INT (g_object_class_find_property (G_OBJECT_GET_CLASS (request->
              control->filter), command->property));
  gdouble pixels;

  if (!parse_number (argument, spec->minimum, spec->maximum, &pixels))
    return refuse_number (request, command->property, spec->minimum, spec->maximum);
  g_object_set (request->control->filter, command->property, (gint) pixels, NULL);
  g_string_append_printf (request->reply, "%s is now %d\n", command->property, (gint) pixels);
  return TRUE;
}

static gchar *
save_scale (const Control * control, const Command * command)
{
  gint pixels;

  g_object_get (control->filter, command->property, &pixels, NULL);
  return g_strdup_printf ("%d", pixels);
}

/* "on" or "off"; FALSE, having said so, when it is neither. */
static gboolean
parse_switch (const Request * request, const gchar * what, const gchar * argument, gboolean * on)
{
  *on = g_str_equal (argument, "on") || g_str_equal (argument, "1");
  if (*on || g_str_equal (argument, "off") || g_str_equal (argument, "0"))
    return TRUE;
  g_string_append_printf (request->reply, "%s takes on or off\n", what);
  return FALSE;
}

static gboolean
set_switch (const Request * request, const Command * command, const gchar * argument)
{
  gboolean on;

  if (!parse_switch (request, command->property, argument, &on))
    return FALSE;
  g_object_set (request->control->filter, command->property, on, NULL);
  g_string_append_printf (request->reply, "%s is now %s\n", command->property, on ? "on" : "off");
  return TRUE;
}

static gchar *
save_switch (const Control * control, const Command * command)
{
  gboolean on;

  g_object_get (control->filter, command->property, &on, NULL);
  return g_strdup (on ? "on" : "off");
}

/* ---- styles ---- */

/* Says nothing: whether the picture can be used is told by the element's message. */
static gboolean
set_style (const Request * request, const Command * command, const gchar * argument)
{
  gchar *path = request->control->gallery ? gallery_find (request->control->gallery, argument) : NULL;

  if (path == NULL && request->from == CONTROL_NETWORK && argument[0]) {
    g_string_append_printf (request->reply, "no picture \"%s\" in the folder of styles\n", argument);
    return FALSE;
  }
  if (path && request->control->playlist && g_str_equal (command->property, "style-image"))
    playlist_note (request->control->playlist, argument);
  if (path == NULL && argument[0])
    path = g_strdup (argument);
  g_object_set (request->control->filter, command->property, path, NULL);
  g_free (path);
  return TRUE;
}

/* A picture of the folder by its name, so that the folder may be another one's next time. */
static gchar *
save_style (const Control * control, const Command * command)
{
  gchar *path, *name, *found, *text;

  g_object_get (control->filter, command->property, &path, NULL);
  if (path == NULL)
    return g_strdup ("");
  name = g_path_get_basename (path);
  found = control->gallery ? gallery_find (control->gallery, name) : NULL;
  text = g_shell_quote (g_strcmp0 (found, path) == 0 ? name : path);
  g_free (found);
  g_free (name);
  g_free (path);
  return text;
}

static gboolean
pick_style (const Request * request, const Command * command, const gchar * argument)
{
  const gchar *const *names = request->control->gallery ? gallery_names (request->control->gallery) : NULL;
  guint count = names ? g_strv_length ((gchar **) names) : 0;
  gdouble number;

  if (count == 0) {
    g_string_append (request->reply, "there is no picture in a folder of styles\n");
    return FALSE;
  }
  if (!parse_number (argument, 1, count, &number))
    return refuse_number (request, command->name, 1, count);
  return set_style (request, command, names[(guint) number - 1]);
}

/* ---- the playlist ---- */

static gboolean
has_playlist (const Request * request)
{
  if (request->control->playlist == NULL)
    g_string_append (request->reply, "there is no folder of styles\n");
  return request->control->playlist != NULL;
}

static gboolean
set_playlist (const Request * request, const Command * command, const gchar * argument)
{
  return has_playlist (request) && playlist_set (request->control->playlist, argument, request->reply);
}

static gchar *
save_playlist (const Control * control, const Command * command)
{
  return control->playlist ? playlist_get (control->playlist) : NULL;
}

static gboolean
set_every (const Request * request, const Command * command, const gchar * argument)
{
  gdouble seconds;

  if (!has_playlist (request))
    return FALSE;
  if (!parse_number (argument, PLAYLIST_MIN_SECONDS, PLAYLIST_MAX_SECONDS, &seconds))
    return refuse_number (request, command->name, PLAYLIST_MIN_SECONDS, PLAYLIST_MAX_SECONDS);
  playlist_set_every (request->control->playlist, seconds);
  return TRUE;
}

static gchar *
save_every (const Control * control, const Command * command)
{
  return control->playlist ? number_text (playlist_get_every (control->playlist)) : NULL;
}

static gboolean
play (const Request * request, const Command * command, const gchar * argument)
{
  gboolean on;

  if (!has_playlist (request) || !parse_switch (request, command->name, argument, &on))
    return FALSE;
  playlist_play (request->control->playlist, on);
  return TRUE;
}

static gchar *
save_play (const Control * control, const Command * command)
{
  return control->playlist ? g_strdup (playlist_is_playing (control->playlist) ? "on" : "off") : NULL;
}

static gboolean
step (const Request * request, const Command * command, const gchar * argument)
{
  if (!has_playlist (request))
    return FALSE;
  if (playlist_step (request->control->playlist, g_str_equal (command->name, "next") ? 1 : -1))
    return TRUE;
  g_string_append (request->reply, "there is no picture to show\n");
  return FALSE;
}

/* ---- the rest ---- */

static gboolean
tell_stats (const Request * request, const Command * command, const gchar * argument)
{
  GstStructure *stats;
  gchar *text;

  g_object_get (request->control->filter, "stats", &stats, NULL);
  request->control->add_stats (stats, request->control->data);
  text = gst_structure_to_string (stats);
  g_string_append_printf (request->reply, "%s\n", text);
  g_free (text);
  gst_structure_free (stats);
  return TRUE;
}

static gboolean
quit (const Request * request, const Command * command, const gchar * argument)
{
  request->control->quit (request->control->data);
  return TRUE;
}

static gboolean help (const Request * request, const Command * command, const gchar * argument);

static const Command commands[] = {
  {"style", "[PICTURE]", "the style of a picture, or the built-in one", set_style, "style-image", save_style},
  {"style-2", "[PICTURE]", "a second style, or none", set_style, "style-image-2", save_style},
  {"pick", "N", "the N-th picture of the folder of styles, from 1", pick_style, "style-image"},
  {"mix", "M", "from the first style (0) to the second (1)", set_number, "style-mix", save_number},
  {"strength", "S", "amount of style, 0 to 1", set_number, "strength", save_number},
  {"smoothing", "S", "less flicker with more, 0 to 1", set_number, "temporal-smoothing", save_number},
  {"fade", "SECONDS", "how long changes of all these take", set_fade, "fade-time", save_fade},
  {"scale", "PIXELS", "coarse strokes (128) to fine ones (2048)", set_scale, "style-scale", save_scale},
  {"preserve-color", "on|off", "the colours of the video", set_switch, "preserve-color", save_switch},
  {"preserve-luma", "on|off", "the light and dark of the video", set_switch, "preserve-luma", save_switch},
  {"playlist", "[PICTURE SECONDS …]", "pictures one after the other, or all of the folder", set_playlist, NULL,
      save_playlist, WORDS},
  {"every", "SECONDS", "how long each stays where all of the folder are shown", set_every, NULL, save_every},
  {"play", "on|off", "the playlist", play, NULL, save_play},
  {"next", "", "the next one of the playlist", step},
  {"previous", "", "the one before", step},
  {"stats", "", "what has been done", tell_stats},
  {"help", "", "the commands", help},
  {"quit", "", "the end", quit, NULL, NULL, TERMINAL_ONLY},
};

static gboolean
help (const Request * request, const Command * command, const gchar * argument)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    gchar *usage = g_strdup_printf ("%s %s", commands[i].name, commands[i].argument);
    if (request->from == CONTROL_TERMINAL || !(commands[i].flags & TERMINAL_ONLY))
      g_string_append_printf (request->reply, "%-28s %s\n", usage, commands[i].help);
    g_free (usage);
  }
  return TRUE;
}

static const Command *
find_command (ControlFrom from, const gchar * name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    if (g_str_equal (commands[i].name, name))
      return from == CONTROL_TERMINAL || !(commands[i].flags & TERMINAL_ONLY) ? &commands[i] : NULL;
  }
  return NULL;
}

/* Text that was typed may come back, whatever it is. */
static void
make_shown (GString * reply)
{
  gchar *shown = g_utf8_make_valid (reply->str, (gssize) reply->len);

  g_string_assign (reply, shown);
  g_free (shown);
}

gboolean
control_do_command (const Control * control, ControlFrom from, const gchar * name, const gchar * argument,
    GString * reply)
{
  const Request request = { control, from, reply };
  const Command *command = find_command (from, name);
  gboolean done;

  if (!g_utf8_validate (argument, -1, NULL) && from == CONTROL_NETWORK) {
    g_string_append (reply, "that is no text in UTF-8\n");
    return FALSE;
  }
  if (command == NULL) {
    help (&request, NULL, "");
    return FALSE;
  }
  done = command->act (&request, command, argument);
  make_shown (reply);
  if (done && control->changed)
    control->changed (control->data);
  return done;
}

gboolean
control_is_button (const gchar * name)
{
  const Command *command = find_command (CONTROL_NETWORK, name);

  return command && command->argument[0] == '\0';
}

/* The argument of a command, in quotes or not. NULL, having said why, when the quotes do not match. */
static gchar *
argument_of (const gchar * text, GString * reply)
{
  GError *error = NULL;
  gchar *argument;

  if (text[0] != '"' && text[0] != '\'')
    return g_strdup (text);
  argument = g_shell_unquote (text, &error);
  if (argument == NULL) {
    g_string_append_printf (reply, "%s\n", error->message);
    g_error_free (error);
  }
  return argument;
}

gboolean
control_do (const Control * control, ControlFrom from, const gchar * line, GString * reply)
{
  gchar *name = g_strstrip (g_strdup (line)), *end = name + strcspn (name, " \t"), *argument;
  const gchar *rest = end + strspn (end, " \t");
  gboolean done = name[0] == '\0';
  const Command *command;

  *end = '\0';
  command = find_command (from, name);
  argument = command && (command->flags & WORDS) ? g_strdup (rest) : argument_of (rest, reply);
  if (argument && name[0])
    done = control_do_command (control, from, name, argument, reply);
  g_free (argument);
  g_free (name);
  return done;
}

gchar *
control_save (const Control * control)
{
  GString *lines = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    gchar *argument = commands[i].save ? commands[i].save (control, &commands[i]) : NULL;
    if (argument)
      g_string_append_printf (lines, "%s %s\n", commands[i].name, argument);
    g_free (argument);
  }
  return g_string_free (lines, FALSE);
}
