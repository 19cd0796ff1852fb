/* What the example programs have in common on a terminal.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console.h"

#include <locale.h>
#include <stdlib.h>

static gboolean
print_version (const gchar * option, const gchar * value, gpointer data, GError ** error)
{
  g_print ("%s (gst-stylerwkv) " SRW_VERSION "\n", g_get_prgname ());
  exit (EXIT_SUCCESS);
}

gboolean
console_parse (const gchar * summary, const GOptionEntry * entries, int *argc, char ***argv, GError ** error)
{
  static const GOptionEntry version[] = {
    {"version", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, print_version, "Print the version and exit", NULL},
    {NULL}
  };
  GOptionContext *context = g_option_context_new (summary);
  gboolean good;

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, version, NULL);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  good = g_option_context_parse (context, argc, argv, error);
  g_option_context_free (context);
  return good;
}

gboolean
console_operand (gchar ** option, int argc, char **argv, GError ** error)
{
  if (argc > 2 || (argc == 2 && *option)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "one input is enough, what is \"%s\"?",
        argv[argc - 1]);
    return FALSE;
  }
  if (argc == 2)
    *option = g_strdup (argv[1]);
  return TRUE;
}

int
console_exit (gboolean good, GError * error)
{
  int status = good ? EXIT_SUCCESS : EXIT_FAILURE;

  if (error) {
    g_printerr ("error: %s\n", error->message);
    if (error->domain == G_OPTION_ERROR)
      status = EXIT_USAGE;
    g_error_free (error);
  }
  return status;
}

void
console_default (gchar ** option, const gchar * value)
{
  if (*option == NULL)
    *option = g_strdup (value);
}

void
console_print_style_changed (GstMessage * message)
{
  const GstStructure *structure = gst_message_get_structure (message);
  const gchar *property, *path;

  if (!gst_structure_has_name (structure, "stylerwkv-style-changed"))
    return;
  property = gst_structure_get_string (structure, "property");
  path = gst_structure_get_string (structure, "path");
  if (g_str_equal (property, "processing-height"))
    g_print ("the new %s is in use\n", property);
  else
    g_print ("%s is now %s\n", property, path ? path : g_str_equal (property, "style-image") ? "the built-in style"
        : "none");
}
