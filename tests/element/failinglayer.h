/* A layer between the OpenCL loader and its drivers, which makes a device fail when a test says so: named in
 * OPENCL_LAYERS, its functions found by name. Not to be called while another thread uses OpenCL, unless that is held.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <CL/cl.h>

typedef struct
{
  const char *device;           /* the beginning of its name, or NULL: none fails */
  int launches, waits;          /* so many kernels and waits for events still work; -1: all of them */
  int launches_alone;           /* what fails then: launches, or else every launch, wait and copy */
  cl_int code;                  /* with this */
} Failing;

/* Takes a copy. */
typedef void (*FailingLayerSet) (const Failing * failing);
void failing_layer_set (const Failing * failing);

/* From hold on copies from a device that the caller waits for, as those of styles are, do not begin before release.
 * `wait` returns when one is held. */
typedef void (*FailingLayerHold) (void);
void failing_layer_hold (void);
void failing_layer_wait (void);
void failing_layer_release (void);
