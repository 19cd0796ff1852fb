/* Memory of a device.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "opencl/device.h"

G_BEGIN_DECLS

/* `bytes` of memory that kernels read and write; `what` it is for stands in the message. On a processor large ones lie
 * on huge pages, where the system has such. The caller releases it. Errors: SRW_ERROR_MEMORY, SRW_ERROR_DEVICE. */
cl_mem srw_buffer_new (SrwDevice * device, gsize bytes, const gchar * what, GError ** error);
/* The same with a copy of `data` in it. */
cl_mem srw_buffer_new_from (SrwDevice * device, gconstpointer data, gsize bytes, const gchar * what, GError ** error);

/* *buffer holds at least `bytes` afterwards: it is left alone if it does already, and replaced by a larger one,
 * without what was in it, if not. On failure the old one stays. */
gboolean srw_buffer_reserve (SrwDevice * device, cl_mem * buffer, gsize bytes, const gchar * what, GError ** error);

/* Of NULL it is 0. */
gsize srw_buffer_bytes (cl_mem buffer);

/* Releases it, if there is one, and sets it to NULL. */
void srw_buffer_clear (cl_mem * buffer);

G_END_DECLS
