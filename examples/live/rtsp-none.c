/* The RTSP server, where there is none.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtsp.h"

gboolean
rtsp_is_built (void)
{
  return FALSE;
}

Rtsp *
rtsp_new (const Options * options, Painter * painter, GError ** error)
{
  g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED, "this program was built without RTSP: install "
      "libgstrtspserver-1.0-dev and build it again, after meson setup --reconfigure");
  return NULL;
}

gboolean
rtsp_listen (Rtsp * rtsp, GError ** error)
{
  g_assert_not_reached ();
}

const gchar *
rtsp_url (Rtsp * rtsp)
{
  g_assert_not_reached ();
}

void
rtsp_push (Rtsp * rtsp, GstSample * sample)
{
  g_assert_not_reached ();
}

guint
rtsp_sessions (Rtsp * rtsp)
{
  g_assert_not_reached ();
}

void
rtsp_stop (Rtsp * rtsp)
{
}
