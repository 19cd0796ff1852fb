/* What of a frame is picture. The arithmetic is in kernels/framing.cl.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "video/framing.h"

#include "opencl/buffer.h"
#include "opencl/program.h"

/* Row and Framing of the kernels. */
#define ROW_BYTES 20
#define STATE_BYTES 52

struct _SrwFraming
{
  SrwQueue *queue;
  gint width, height;
  cl_kernel rows, decide;
  cl_mem rows_found;            /* (height) Row */
  cl_mem state;
};

SrwFraming *
srw_framing_new (SrwQueue * queue, gint width, gint height, GError ** error)
{
  static const guint8 nothing[STATE_BYTES] = { 0 };
  SrwDevice *device = srw_queue_device (queue);
  SrwFraming *self = g_new0 (SrwFraming, 1);

  self->queue = queue;
  self->width = width;
  self->height = height;
  if ((self->rows = srw_kernel_new (device, "framing.cl", NULL, "framing_rows", error))
      && (self->decide = srw_kernel_new (device, "framing.cl", NULL, "framing_decide", error))
      && (self->rows_found = srw_buffer_new (device, (gsize) height * ROW_BYTES, "the frame's rows", error))
      && (self->state = srw_buffer_new_from (device, nothing, sizeof nothing, "the frame's bars", error)))
    return self;
  srw_framing_free (self);
  return NULL;
}

void
srw_framing_free (SrwFraming * self)
{
  g_clear_pointer (&self->rows, clReleaseKernel);
  g_clear_pointer (&self->decide, clReleaseKernel);
  srw_buffer_clear (&self->rows_found);
  srw_buffer_clear (&self->state);
  g_free (self);
}

void
srw_framing_measure (SrwFraming * self, cl_mem picture, gint padded_width, gboolean reset)
{
  const gdouble pixels = (gdouble) self->width * self->height;
  SrwLaunch launch = srw_launch_begin (self->queue, "framing.rows", self->rows);

  srw_launch_mem (&launch, picture);
  srw_launch_int (&launch, padded_width);
  srw_launch_int (&launch, self->width);
  srw_launch_mem (&launch, self->rows_found);
  srw_launch_run_rows (&launch, 1, (gsize) self->height, 10 * pixels, 16 * pixels);

  launch = srw_launch_begin (self->queue, "framing.decide", self->decide);
  srw_launch_mem (&launch, self->rows_found);
  srw_launch_int (&launch, self->width);
  srw_launch_int (&launch, self->height);
  srw_launch_int (&launch, reset);
  srw_launch_mem (&launch, self->state);
  srw_launch_run_rows (&launch, 1, 1, 100.0 * self->height, (gdouble) ROW_BYTES * self->height);
}

cl_mem
srw_framing_state (const SrwFraming * self)
{
  return self->state;
}
