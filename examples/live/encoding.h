/* What pipelines begin with that show or keep what is painted.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* The source "frames", for a Feed, up to the first link; to be freed. What is not taken in time is left out. */
gchar *encoding_source (void);

/* "! …" to H.264 by the element "encoder", with parameter sets at key frames; to be freed. `bitrate` in kbit/s. */
gchar *encoding_h264 (gint bitrate);

/* FALSE with `error` set, which names the Debian package, when an element is missing. */
gboolean encoding_check (const gchar * element, GError ** error);
gboolean encoding_check_h264 (GError ** error);
