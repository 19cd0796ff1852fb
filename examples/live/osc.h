/* Commands by Open Sound Control 1.0 over UDP, from consoles and controllers.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "control.h"
#include "oscpacket.h"

typedef struct _Osc Osc;

/* Listens, in the main loop, and says where. NULL with `error` set when it cannot. `control` stays the program's. */
Osc *osc_new (const gchar * address, guint16 port, const Control * control, GError ** error);
/* `osc` may be NULL. */
void osc_free (Osc * osc);
