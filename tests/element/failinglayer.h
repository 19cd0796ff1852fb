/* A layer between the OpenCL loader and its drivers, which makes a device fail when a test says so: named in
 * OPENCL_LAYERS, found by failing_layer_set's name.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <CL/cl.h>

/* Of the devices whose name begins with `device` (NULL: of none), `launches` kernels and `waits` for events still
 * work; then every launch, wait and copy fails with `code`. Negative numbers are never reached. Not while OpenCL is
 * used by another thread. */
typedef void (*FailingLayerSet) (const char *device, int launches, int waits, cl_int code);
void failing_layer_set (const char *device, int launches, int waits, cl_int code);
