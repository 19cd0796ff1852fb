/* Packets of Open Sound Control 1.0. They are untrusted.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A message: `address` begins with a slash; `arguments` are as text, numbers as C has them, T and F as 1 and 0. */
typedef void (*OscMessage) (const gchar * address, const gchar * const *arguments, gpointer data);

/* Calls back for each message of a packet, those of bundles too, whatever their time. FALSE when the packet, or a part
 * of it, is none; messages before that have been handed on. */
gboolean osc_packet_read (const guint8 * bytes, gsize size, OscMessage message, gpointer data);
