/* Which device the network runs on.
 *
 * Where nobody asks for one and there are several, what a picture's statistics take on each of them is measured, by the
 * operators of the network itself, and the fastest is taken: no kind of device is faster by its name. Times are
 * remembered in the file `devices` beside the program cache, per device, driver, version of the kernels and built-in
 * weights; the first time costs every device the building of its kernels. Thread-safe; one choice at a time, so that no
 * two measure at once.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "opencl/device.h"

G_BEGIN_DECLS

/* Whether `which` leaves the choice open: NULL, "" or "auto". */
gboolean srw_choice_is_open (const gchar * which);

/* Opens the device that `which` names, see srw_device_open, or where it leaves the choice open the fastest that is none
 * of the numbers in `lost` (NULL-terminated, or NULL), which failed before. Devices that do not work are left out, and
 * told of by a warning. `why`, unless NULL, says why this one, as in "the only one"; free with g_free. Returns a
 * reference. Errors: SRW_ERROR_NO_DEVICE, and what the last device said where none works. */
SrwDevice *srw_choice_open_device (const gchar * which, const gchar * const *lost, gchar ** why, GError ** error);

G_END_DECLS
