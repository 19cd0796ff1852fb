/* Connections to the web server: so many at once, and none that waits for ever.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

/* More are cut off at once. */
#define CONNECTIONS_MAX 100
/* A request is whole after so many times the seconds that a connection may wait, or is cut off. */
#define CONNECTIONS_REQUEST_FACTOR 5

/* Before the server listens. `seconds`: so long a connection may wait for bytes to come or to go. */
void connections_limit (SoupServer * server, guint seconds);

/* Ends the connection that a request came by, whatever is still on its way. */
void connections_cut_off (SoupServerMessage * message);
