/* Who may ask the web server for what, and how much may be sent to it.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

#include "options.h"

/* The most bytes that this request may bring along. */
typedef gsize (*AccessLimit) (const gchar * method, const gchar * path);

/* Before any handler is called requests are refused
 *  - without the password, if there is one;
 *  - by a name that another site may have given this address, if there is none (DNS rebinding);
 *  - that change something and come from another site's page;
 *  - that bring more along than they may. */
void access_guard (SoupServer * server, const Options * options, AccessLimit limit);

/* What the request brought along; the message's. */
GBytes *access_body (SoupServerMessage * message);

/* An answer in one line of text. */
void access_answer (SoupServerMessage * message, guint status, const gchar * text);
