/* The one error domain.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SRW_ERROR (srw_error_quark ())
GQuark srw_error_quark (void);

typedef enum
{
  SRW_ERROR_NO_DEVICE,          /* no OpenCL platform, or none that fits what was asked for */
  SRW_ERROR_DEVICE,             /* an OpenCL call failed */
  SRW_ERROR_MEMORY,             /* the device has too little memory */
  SRW_ERROR_BUILD,              /* a kernel did not build */
  SRW_ERROR_NOT_FOUND,          /* a file is missing or cannot be read */
  SRW_ERROR_MODEL,              /* a weights file is malformed or does not fit the network */
  SRW_ERROR_PICTURE,            /* a picture or .srwstyle file is malformed */
  SRW_ERROR_SIZE,               /* a frame size or format that cannot be processed */
  SRW_ERROR_FRAME,              /* one frame's memory is not what its format says */
} SrwError;

G_END_DECLS
