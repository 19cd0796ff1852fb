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

typedef struct _Command Command;

struct _Command
{
  const gchar *name;
  const gchar *argument;        /* as the help shows it */
  const gchar *help;
  gboolean (*act) (const Request * request, const Command * command, const gchar * argument);
  const gchar *property;        /* of the element, or NULL */
  gboolean terminal_only;
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

static gboolean
set_switch (const Request * request, const Command * command, const gchar * argument)
{
  gboolean on = g_str_equal (argument, "on") || g_str_equal (argument, "1");

  if (!on && !g_str_equal (argument, "off") && !g_str_equal (argument, "0")) {
    g_string_append_printf (request->reply, "%s takes on or off\n", command->property);
    return FALSE;
  }
  g_object_set (request->control->filter, command->property, on, NULL);
  g_string_append_printf (request->reply, "%s is now %s\n", command->property, on ? "on" : "off");
  return TRUE;
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
  if (path == NULL && argument[0])
    path = g_strdup (argument);
  g_object_set (request->control->filter, command->property, path, NULL);
  g_free (path);
  return TRUE;
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
  {"style", "[PICTURE]", "the style of a picture, or the built-in one", set_style, "style-image"},
  {"style-2", "[PICTURE]", "a second style, or none", set_style, "style-image-2"},
  {"pick", "N", "the N-th picture of the folder of styles, from 1", pick_style, "style-image"},
  {"mix", "M", "from the first style (0) to the second (1)", set_number, "style-mix"},
  {"strength", "S", "amount of style, 0 to 1", set_number, "strength"},
  {"smoothing", "S", "less flicker with more, 0 to 1", set_number, "temporal-smoothing"},
  {"fade", "SECONDS", "how long changes of all these take", set_fade, "fade-time"},
  {"scale", "PIXELS", "coarse strokes (128) to fine ones (2048)", set_scale, "style-scale"},
  {"preserve-color", "on|off", "the colours of the video", set_switch, "preserve-color"},
  {"preserve-luma", "on|off", "the light and dark of the video", set_switch, "preserve-luma"},
  {"stats", "", "what has been done", tell_stats},
  {"help", "", "the commands", help},
  {"quit", "", "the end", quit, NULL, TRUE},
};

static gboolean
help (const Request * request, const Command * command, const gchar * argument)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    gchar *usage = g_strdup_printf ("%s %s", commands[i].name, commands[i].argument);
    if (request->from == CONTROL_TERMINAL || !commands[i].terminal_only)
      g_string_append_printf (request->reply, "%-22s %s\n", usage, commands[i].help);
    g_free (usage);
  }
  return TRUE;
}

static const Command *
find_command (ControlFrom from, const gchar * name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    if (g_str_equal (commands[i].name, name))
      return from == CONTROL_TERMINAL || !commands[i].terminal_only ? &commands[i] : NULL;
  }
  return NULL;
}

gboolean
control_do_command (const Control * control, ControlFrom from, const gchar * name, const gchar * argument,
    GString * reply)
{
  const Request request = { control, from, reply };
  const Command *command = find_command (from, name);

  if (!g_utf8_validate (argument, -1, NULL) && from == CONTROL_NETWORK) {
    g_string_append (reply, "that is no text in UTF-8\n");
    return FALSE;
  }
  if (command)
    return command->act (&request, command, argument);
  help (&request, NULL, "");
  return FALSE;
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
  gboolean done = name[0] == '\0';

  argument = argument_of (end + strspn (end, " \t"), reply);
  *end = '\0';
  if (argument && name[0])
    done = control_do_command (control, from, name, argument, reply);
  g_free (argument);
  g_free (name);
  return done;
}
