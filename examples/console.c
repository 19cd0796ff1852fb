/* What the example programs have in common on a terminal.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console.h"

#include <locale.h>

gboolean
console_parse (const gchar * summary, const GOptionEntry * entries, int *argc, char ***argv, GError ** error)
{
  GOptionContext *context = g_option_context_new (summary);
  gboolean good;

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  good = g_option_context_parse (context, argc, argv, error);
  g_option_context_free (context);
  return good;
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
  const gchar *path;

  if (!gst_structure_has_name (structure, "stylerwkv-style-changed"))
    return;
  path = gst_structure_get_string (structure, "path");
  g_print ("%s is now %s\n", gst_structure_get_string (structure, "property"), path ? path : "the built-in style");
}
