/* Host memory on its way to or from a device.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "opencl/queue.h"

G_BEGIN_DECLS

/* Where the device has memory of its own it is pinned: allocated by the driver and mapped for as long as it lives, so
 * that copies run beside everything else and no enqueueing waits for them. Elsewhere it is ordinary memory. All zeros
 * is none. Used by one thread at a time. */
typedef struct
{
  guint8 *memory;
  gsize bytes;
  cl_mem pinned;                /* NULL: ordinary */
  cl_command_queue queue;       /* of its own, so that mapping waits for nothing else */
} SrwStaging;

/* At least `bytes` afterwards, without what was in it if that is more than before. */
cl_int srw_staging_reserve (SrwStaging * staging, SrwDevice * device, gsize bytes);
/* Nothing may be copying any more. */
void srw_staging_clear (SrwStaging * staging);

/* As many uploads may be on their way as frames are. */
#define SRW_UPLOADS 4

/* Uploads of what changes from frame to frame and is not the frame. All zeros is fine. */
typedef struct
{
  SrwStaging staging[SRW_UPLOADS];      /* a ring */
  cl_event copied[SRW_UPLOADS]; /* NULL: nothing is on its way */
  guint next;
} SrwUploads;

/* Copies `bytes` of `data` to the beginning of `to`, in the order of the queue. It returns at once, and the data are
 * the caller's again; only where SRW_UPLOADS are on their way, it waits for the oldest. */
cl_int srw_uploads_write (SrwUploads * uploads, SrwQueue * queue, gconstpointer data, gsize bytes, cl_mem to);
/* Waits for what is on its way. */
void srw_uploads_clear (SrwUploads * uploads);

G_END_DECLS
