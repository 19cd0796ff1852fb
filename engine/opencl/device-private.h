/* What device.c and program.c share.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "opencl/device.h"

G_BEGIN_DECLS

struct _SrwDevice
{
  guint refs;                   /* guarded by the lock of device.c */
  cl_platform_id platform;
  cl_device_id id;
  cl_context context;
  SrwDeviceInfo info;
  gchar *version;               /* of OpenCL, as the device says it */

  GMutex build_lock;            /* one build at a time, and guards what follows */
  GHashTable *programs;         /* key of the disk cache → cl_program: built once per process */
  GHashTable *unstored;         /* keys of programs whose binary is not on disk yet */
};

/* What is wrong with the folder where PoCL keeps what it compiles, without which it has no device or compiles nothing:
 * a sentence, free with g_free. NULL when nothing is. */
gchar *srw_pocl_complaint (void);

G_END_DECLS
