/* What the example programs have in common on a terminal.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* Reads the command line, GStreamer's own options included, and starts GStreamer. `summary` follows the program's
 * name in --help. FALSE with `error` set when an option is wrong. */
gboolean console_parse (const gchar * summary, const GOptionEntry * entries, int *argc, char ***argv, GError ** error);

/* What is left on the command line after the options: nothing, or the value of `option`, if that was not given. FALSE
 * with `error` set when there is more. */
gboolean console_operand (gchar ** option, int argc, char **argv, GError ** error);

/* The program's exit status: 0 when all is well, 2 when the command line was wrong, else 1. Prints `error`, if there
 * is one, and takes it. */
#define EXIT_USAGE 2
int console_exit (gboolean good, GError * error);

/* An option that was not given gets a copy of `value`. */
void console_default (gchar ** option, const gchar * value);

/* Prints what an element message of stylerwkv tells; other messages are let pass. */
void console_print_style_changed (GstMessage * message);
