/* stylerwkv-bench: what the device can do at best. */
#pragma once

#include "device.h"

G_BEGIN_DECLS

typedef struct
{
  gdouble flops;                /* multiply-adds counted as two, a second, float32 */
  gdouble bytes;                /* a second, read and written by a copy larger than the caches */
} BenchPeak;

gboolean bench_peak_measure (SrwDevice * device, BenchPeak * peak, GError ** error);

G_END_DECLS
