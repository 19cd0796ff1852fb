/* Halves, IEEE 754 binary16, as OpenCL's vload_half and vstore_half have them.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* To the nearest, to even from the middle; too large becomes infinite. */
guint16 half_from_float (gfloat value);
gfloat half_to_float (guint16 half);
