/* The engine's errors as GStreamer's.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Posts `error` as an error or a warning of `element`: what was wrong, and what can be done about it. `doing` starts
 * the text, such as "Cannot use style-image". */
void stylerwkv_post (GstElement * element, GstMessageType type, const gchar * doing, const GError * error);

/* Whether what was asked for may well work on another device. */
gboolean stylerwkv_is_of_device (const GError * error);

G_END_DECLS
