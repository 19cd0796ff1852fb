/* The web page and what it talks to, over HTTP.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "control.h"
#include "options.h"
#include "painter.h"
#include "status.h"

typedef struct _Web Web;

/* Whether this program was built with libsoup. */
gboolean web_is_built (void);

/* `outlets`: of Outlet. What is handed over stays the program's, and as long as the Web. NULL with `error` set when
 * something is missing. */
Web *web_new (const Options * options, Painter * painter, const Control * control, Status * status,
    const GPtrArray * outlets, GError ** error);

/* FALSE with `error` set when it cannot listen. */
gboolean web_listen (Web * web, GError ** error);

/* Any thread. `sample` stays the caller's. */
void web_push (Web * web, GstSample * sample);

/* Sends everybody away. `web` may be NULL. */
void web_free (Web * web);
