/* OpenCL devices.
 *
 * A device is shared: asking twice for the same one in a process gives the same object (one context, one program cache)
 * as long as somebody holds it. All functions are thread-safe. Nothing here is called at plug-in registration.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <glib.h>

#include "base/error.h"

G_BEGIN_DECLS

typedef struct _SrwDevice SrwDevice;

/* Whose kernels run: those of processors, whose work-items each do a large piece of work alone, or those of GPUs, whose
 * work-groups share one. See docs/operators.md. */
typedef enum { SRW_KERNELS_CPU, SRW_KERNELS_GPU } SrwKernelFamily;

/* What selects kernels and sizes; read once when the device is opened. */
typedef struct
{
  gchar *number;                /* "P:D", platform and device index */
  gchar *name;                  /* as the driver says it */
  gchar *platform;
  gchar *driver;                /* driver version */
  cl_device_type type;
  guint compute_units;
  guint64 global_memory;        /* bytes */
  guint64 max_allocation;       /* bytes */
  guint base_align;             /* bytes, of sub-buffers */
  gboolean host_unified;        /* the device works in host memory */
  gboolean pinned_copies;       /* copies go through pinned memory: where the device does not */
  SrwKernelFamily family;
  gboolean half_maps;           /* maps are stored as halves: of the GPU family alone */
  guint lanes;                  /* floats of a register, 8 or 16: what the CPU family's tiles are made for */
} SrwDeviceInfo;

/* A device of this machine, open or not. */
typedef struct
{
  gchar *number;                /* "P:D", platform and device index */
  const gchar *kind;            /* "gpu", "cpu", "accelerator" or "custom" */
  gchar *name, *platform, *driver;
  gboolean usable;              /* available, has a compiler, OpenCL 1.2 or later */
} SrwDeviceEntry;

/* All of them, const SrwDeviceEntry *, in the order of their numbers; free with g_ptr_array_unref. */
GPtrArray *srw_device_entries (void);

/* `which`: NULL (the first GPU, else CPU, else accelerator; network/choice.h knows which is fastest), "gpu", "cpu",
 * "P:D" (a number of srw_device_entries) or part of a name, case-insensitive. Returns a reference.
 *
 * The kernels' family follows from what the device is and has; the environment variable SRW_KERNELS, `cpu` or `gpu`,
 * decides instead. SRW_MAPS, `float` or `half`, says how the GPU family stores maps: as halves otherwise. SRW_COPIES,
 * `direct` or `pinned`, decides how frames come and go. Errors: SRW_ERROR_NO_DEVICE, SRW_ERROR_DEVICE. */
SrwDevice *srw_device_open (const gchar * which, GError ** error);
SrwDevice *srw_device_ref (SrwDevice * device);
void srw_device_unref (SrwDevice * device);

const SrwDeviceInfo *srw_device_info (SrwDevice * device);
cl_context srw_device_context (SrwDevice * device);
cl_device_id srw_device_id (SrwDevice * device);

/* TRUE for CL_SUCCESS; else says that `what` failed, as SRW_ERROR_MEMORY where that is the cause, or
 * SRW_ERROR_DEVICE. */
gboolean srw_cl_check (cl_int code, const gchar * what, GError ** error);

/* The OpenCL name of an error code, static string. */
const gchar *srw_cl_error_name (cl_int code);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwDevice, srw_device_unref)

G_END_DECLS
