/* An in-order queue of a device: what is launched on it runs in the order of the launches.
 *
 * Launching never blocks and is not checked: the queue notes the first failure, whatever is launched after it does
 * nothing, and srw_queue_check tells of it. So a sequence of launches is written without checks and asks once at its
 * end.
 *
 * A queue is used by one thread at a time.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "opencl/device.h"

G_BEGIN_DECLS

typedef struct _SrwQueue SrwQueue;

/* Errors: SRW_ERROR_DEVICE, SRW_ERROR_MEMORY. */
SrwQueue *srw_queue_new (SrwDevice * device, GError ** error);
/* Waits until it has nothing to do. */
void srw_queue_free (SrwQueue * queue);

SrwDevice *srw_queue_device (const SrwQueue * queue);
/* For copies, and for libraries that launch by themselves. */
cl_command_queue srw_queue_commands (const SrwQueue * queue);

/* Waits until it has nothing to do. */
void srw_queue_finish (SrwQueue * queue);

/* Notes that `op` failed, if nothing failed before. */
void srw_queue_fail (SrwQueue * queue, const gchar * op, cl_int code);
/* What failed since the last check, CL_SUCCESS if nothing did. */
cl_int srw_queue_failure (const SrwQueue * queue);
/* FALSE after a failure, of which it tells, as SRW_ERROR_MEMORY or SRW_ERROR_DEVICE; then the queue works again. */
gboolean srw_queue_check (SrwQueue * queue, GError ** error);

/* ---- launches ---- */

/* One kernel launch: begin, the arguments in order, then one of the srw_launch_run functions. */
typedef struct
{
  SrwQueue *queue;
  const gchar *op;              /* what it is called in failures and profiles */
  cl_kernel kernel;
  cl_uint next;                 /* argument */
} SrwLaunch;

SrwLaunch srw_launch_begin (SrwQueue * queue, const gchar * op, cl_kernel kernel);
void srw_launch_arg (SrwLaunch * launch, gsize size, gconstpointer value);
void srw_launch_mem (SrwLaunch * launch, cl_mem mem);
void srw_launch_int (SrwLaunch * launch, gint value);
void srw_launch_float (SrwLaunch * launch, gfloat value);

/* `flops` and `bytes` are the operations and the traffic that the launch cannot do without. */

/* Work-groups of one item. */
void srw_launch_run (SrwLaunch * launch, gsize width, gsize height, gdouble flops, gdouble bytes);
/* Work-groups of `items` along the first axis. */
void srw_launch_run_groups (SrwLaunch * launch, gsize items, const gsize groups[3], gdouble flops, gdouble bytes);
/* Along rows of `units`: an item each, or one a row where a processor walks along it. */
void srw_launch_run_rows (SrwLaunch * launch, gsize units, gsize rows, gdouble flops, gdouble bytes);

gsize srw_div_up (gsize n, gsize d);

/* ---- watching ---- */

/* What would be launched. Either may be NULL. */
typedef struct
{
  /* Of every launch, numbered from 0 on, each memory object among its arguments. */
  void (*touch) (guint launch, cl_mem mem, gpointer data);
  /* Of every launch, afterwards. */
  void (*launch) (const gchar * op, gdouble flops, gdouble bytes, gpointer data);
} SrwRecorder;

/* From now on nothing is launched: the recorder, which must stay, is told what would be. Memory objects are only passed
 * on, so that they may be anything that tells them apart. NULL: launches are launched again. */
void srw_queue_record (SrwQueue * queue, const SrwRecorder * recorder, gpointer data);

/* With profiling on, every launch keeps its event under the operator's name; the report calls `each` once for each
 * launch since the last one, after waiting for them. Costs a little. */
typedef void (*SrwProfileFunc) (const gchar * op, gdouble milliseconds, gdouble flops, gdouble bytes, gpointer data);
void srw_queue_set_profiling (SrwQueue * queue, gboolean profiling);
void srw_queue_report_profile (SrwQueue * queue, SrwProfileFunc each, gpointer data);

/* ---- launches by libraries ---- */

/* Whether one that touches these `n` memory objects is to be launched: not after a failure, nor while the queue
 * records. */
gboolean srw_queue_admits (SrwQueue * queue, const gchar * op, const cl_mem * mem, guint n, gdouble flops,
    gdouble bytes);
/* Where its event goes, NULL without profiling; and the event, which the queue then owns. */
cl_event *srw_queue_event_slot (const SrwQueue * queue, cl_event * event);
void srw_queue_add_event (SrwQueue * queue, const gchar * op, cl_event event, gdouble flops, gdouble bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwQueue, srw_queue_free)

G_END_DECLS
