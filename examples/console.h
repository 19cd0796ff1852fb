/* What the example programs have in common on a terminal. */
#pragma once

#include <gst/gst.h>

/* Reads the command line, GStreamer's own options included, and starts GStreamer. `summary` follows the program's name in
 * --help. FALSE with `error` set when an option is wrong. */
gboolean console_parse (const gchar * summary, const GOptionEntry * entries, int *argc, char ***argv, GError ** error);

/* An option that was not given gets a copy of `value`. */
void console_default (gchar ** option, const gchar * value);

/* Prints what an element message of stylerwkv tells; other messages are let pass. */
void console_print_style_changed (GstMessage * message);
