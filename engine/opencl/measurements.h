/* What was measured on devices, remembered from one start to the next in a small file of the program cache's folder.
 *
 * A file has a group for every driver of every device, and every version of the kernels. It is untrusted: one that is
 * malformed, or too large, is told of by a warning and is as good as an empty one. A file that cannot be written is
 * no error. Of two processes that write at the same time one may lose what it found, which is then measured again.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "opencl/device.h"

G_BEGIN_DECLS

typedef struct _SrwMeasurements SrwMeasurements;

/* NULL where there is no folder to remember anything in. */
SrwMeasurements *srw_measurements_open (const gchar * file);
/* Writes the file, should there be something new. */
void srw_measurements_close (SrwMeasurements * measurements);

/* The group of a device, with the kernels as they are; free with g_free. */
gchar *srw_measurements_group (const gchar * platform, const gchar * name, const gchar * driver);

/* NULL when nothing is remembered under this key; free with g_free. */
gchar *srw_measurements_get (const SrwMeasurements * measurements, const gchar * group, const gchar * key);
void srw_measurements_set (SrwMeasurements * measurements, const gchar * group, const gchar * key,
    const gchar * value);
/* Warns that `value`, which was remembered, is none that could have been. */
void srw_measurements_refuse (const SrwMeasurements * measurements, const gchar * value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwMeasurements, srw_measurements_close)

G_END_DECLS
