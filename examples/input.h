/* Where the video of the examples comes from.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* Makes an element with one source pad, which gives I420 video of the size asked for, upright and progressive, with
 * bars where the shape differs. `input` is "test" for a test picture, "camera" for the first camera, /dev/… for
 * another one, an address (rtsp://…, https://…) or the name of a file. The result is floating, as from
 * gst_element_factory_make; NULL with `error` set when it cannot be made. */
GstElement *input_new (const gchar * input, gint width, gint height, GError ** error);

/* Whether frames come at their own pace, and are lost when nobody takes them. */
gboolean input_is_live (const gchar * input);

/* Whether it is worth trying again when it is not there: a camera may be plugged in, a network's other end start. */
gboolean input_may_come_back (const gchar * input);

/* Reads a size such as 640x360. */
gboolean input_parse_size (const gchar * text, gint * width, gint * height);
