/* The web page, where there is none.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web.h"

gboolean
web_is_built (void)
{
  return FALSE;
}

Web *
web_new (const Options * options, Painter * painter, const Control * control, Status * status,
    const GPtrArray * outlets, GError ** error)
{
  g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED, "this program was built without the web page: install "
      "libsoup-3.0-dev and build it again, after meson setup --reconfigure");
  return NULL;
}

gboolean
web_listen (Web * web, GError ** error)
{
  g_assert_not_reached ();
}

void
web_push (Web * web, GstSample * sample)
{
  g_assert_not_reached ();
}

void
web_free (Web * web)
{
}
