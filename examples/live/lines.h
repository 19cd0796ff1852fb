/* Commands from the standard input, a line each.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "control.h"

/* Reads in the main loop until `cancel` is cancelled, and prints the replies. The end of the input ends nothing but the
 * reading. */
void lines_start (const Control * control, GCancellable * cancel);
