/* stylerwkv-bench: what the device can do at best.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "opencl/device.h"

G_BEGIN_DECLS

typedef struct
{
  gdouble flops;                /* multiply-adds counted as two, a second, float32 */
  gdouble bytes;                /* a second, read and written by a copy larger than the caches */
} BenchPeak;

gboolean bench_peak_measure (SrwDevice * device, BenchPeak * peak, GError ** error);

G_END_DECLS
