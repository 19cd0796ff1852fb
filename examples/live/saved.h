/* What was asked for last, kept in a file for the next start: commands, a line each.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "control.h"

typedef struct _Saved Saved;

/* Main thread. The file need not be there. */
Saved *saved_new (const gchar * path, const Control * control);
/* Writes what is not written yet. `saved` may be NULL. */
void saved_free (Saved * saved);

/* Does what the file says. What cannot be done is told, and left out. */
void saved_load (Saved * saved);

/* Something is other than it was. The file is written soon, whole or not at all, beside the main thread. */
void saved_change (Saved * saved);
