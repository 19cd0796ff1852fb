/* Stylised video that holds still. The arithmetic is in kernels/temporal.cl.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "video/temporal-private.h"

#include "opencl/buffer.h"
#include "opencl/program.h"

#define BLOCK 8
/* Steps of the search at the coarsest level, and at those below it. */
#define FAR 4
#define NEAR 1

static const gchar *const kernel_names[SRW_TEMPORAL_KERNELS] = {
  "temporal_luma", "temporal_halve", "temporal_match", "temporal_scene", "temporal_blend"
};

static const gchar *const op_names[SRW_TEMPORAL_KERNELS] = {
  "temporal.luma", "temporal.halve", "temporal.match", "temporal.scene", "temporal.blend"
};

/* ---- life ---- */

static void
lay_out (SrwTemporal * self, gint width, gint height)
{
  do {
    self->levels[self->n_levels++] = (SrwTemporalLevel) {
      .width = width,.height = height,.at = (gint) self->pyramid_floats,
      .columns = (width + BLOCK - 1) / BLOCK,.rows = (height + BLOCK - 1) / BLOCK,.vectors_at = (gint) self->vector_ints
    };
    self->pyramid_floats += (gsize) width * height;
    self->vector_ints += 2 * (gsize) ((width + BLOCK - 1) / BLOCK) * ((height + BLOCK - 1) / BLOCK);
    width /= 2;
    height /= 2;
  } while (self->n_levels < SRW_TEMPORAL_LEVELS && MIN (width, height) >= BLOCK);
}

static gboolean
create_kernels (SrwTemporal * self, GError ** error)
{
  for (guint i = 0; i < SRW_TEMPORAL_KERNELS; i++) {
    self->kernels[i] = srw_kernel_new (srw_queue_device (self->queue), "temporal.cl", NULL, kernel_names[i], error);
    if (self->kernels[i] == NULL)
      return FALSE;
  }
  return TRUE;
}

static gboolean
create_buffer (SrwTemporal * self, gsize bytes, cl_mem * buffer, GError ** error)
{
  return (*buffer = srw_buffer_new (srw_queue_device (self->queue), bytes, "the frame before", error)) != NULL;
}

static gboolean
create_buffers (SrwTemporal * self, GError ** error)
{
  for (guint i = 0; i < 2; i++) {
    if (!create_buffer (self, self->pyramid_floats * sizeof (gfloat), &self->pyramid[i], error)
        || !create_buffer (self, self->history_floats * sizeof (gfloat), &self->history[i], error))
      return FALSE;
  }
  return create_buffer (self, self->vector_ints * sizeof (cl_int), &self->vectors, error);
}

SrwTemporal *
srw_temporal_new (SrwQueue * queue, gint width, gint height, GError ** error)
{
  SrwTemporal *self = g_new0 (SrwTemporal, 1);

  self->queue = queue;
  self->history_floats = 4 * (gsize) width *height;
  lay_out (self, width, height);
  if (create_kernels (self, error) && create_buffers (self, error))
    return self;
  srw_temporal_free (self);
  return NULL;
}

void
srw_temporal_free (SrwTemporal * self)
{
  for (guint i = 0; i < 2; i++) {
    srw_buffer_clear (&self->pyramid[i]);
    srw_buffer_clear (&self->history[i]);
  }
  srw_buffer_clear (&self->vectors);
  for (guint i = 0; i < SRW_TEMPORAL_KERNELS; i++)
    g_clear_pointer (&self->kernels[i], clReleaseKernel);
  g_free (self);
}

gsize
srw_temporal_bytes (const SrwTemporal * self)
{
  return (2 * (self->pyramid_floats + self->history_floats)) * sizeof (gfloat) + self->vector_ints * sizeof (cl_int);
}

/* ---- frames ---- */

void
srw_temporal_reset (SrwTemporal * self)
{
  self->has_history = FALSE;
}

static SrwLaunch
begin (SrwTemporal * self, SrwTemporalKernel kernel)
{
  return srw_launch_begin (self->queue, op_names[kernel], self->kernels[kernel]);
}

void
srw_temporal_shrink (SrwTemporal * self, cl_mem picture)
{
  const SrwTemporalLevel *level = self->levels;
  cl_mem pyramid = self->pyramid[self->current];
  gdouble pixels = (gdouble) level->width * level->height;
  SrwLaunch launch = begin (self, SRW_TEMPORAL_LUMA);

  srw_launch_mem (&launch, picture);
  srw_launch_int (&launch, level->width);
  srw_launch_mem (&launch, pyramid);
  srw_launch_run_rows (&launch, level->width / 4, level->height, 5 * pixels, 20 * pixels);

  for (guint i = 1; i < self->n_levels; i++) {
    level = &self->levels[i];
    pixels = (gdouble) level->width * level->height;
    launch = begin (self, SRW_TEMPORAL_HALVE);
    srw_launch_mem (&launch, pyramid);
    srw_launch_int (&launch, self->levels[i - 1].at);
    srw_launch_int (&launch, level->at);
    srw_launch_int (&launch, level->width);
    srw_launch_run_rows (&launch, level->width, level->height, 4 * pixels, 20 * pixels);
  }
}

void
srw_temporal_match (SrwTemporal * self, guint i)
{
  const gboolean coarsest = i == self->n_levels - 1;
  const SrwTemporalLevel *level = &self->levels[i], none = { 0 }, *parent = coarsest ? &none : level + 1;
  const gint radius = coarsest ? FAR : NEAR, side = 2 * radius + 1;
  const gdouble pixels = (gdouble) level->width * level->height;
  SrwLaunch launch = begin (self, SRW_TEMPORAL_MATCH);

  srw_launch_mem (&launch, self->pyramid[self->current]);
  srw_launch_mem (&launch, self->pyramid[!self->current]);
  srw_launch_int (&launch, level->at);
  srw_launch_int (&launch, level->width);
  srw_launch_int (&launch, level->height);
  srw_launch_int (&launch, radius);
  srw_launch_mem (&launch, self->vectors);
  srw_launch_int (&launch, parent->vectors_at);
  srw_launch_int (&launch, parent->columns);
  srw_launch_int (&launch, parent->rows);
  srw_launch_int (&launch, level->vectors_at);
  srw_launch_run_rows (&launch, level->columns, level->rows, 2 * pixels * (side * side + 5), 8 * pixels);
}

void
srw_temporal_find_scene (SrwTemporal * self, cl_mem scene)
{
  const SrwTemporalLevel *level = &self->levels[self->n_levels - 1];
  const gdouble pixels = (gdouble) level->width * level->height;
  SrwLaunch launch = begin (self, SRW_TEMPORAL_SCENE);

  srw_launch_mem (&launch, self->pyramid[self->current]);
  srw_launch_mem (&launch, self->pyramid[!self->current]);
  srw_launch_int (&launch, level->at);
  srw_launch_int (&launch, level->width);
  srw_launch_int (&launch, level->height);
  srw_launch_mem (&launch, self->vectors);
  srw_launch_int (&launch, level->vectors_at);
  srw_launch_mem (&launch, scene);
  srw_launch_run_rows (&launch, 1, 1, 2 * pixels, 8 * pixels);
}

gboolean
srw_temporal_estimate_motion (SrwTemporal * self, cl_mem picture, gfloat smoothing, cl_mem scene)
{
  self->smoothing = smoothing;
  if (smoothing <= 0.0f) {
    self->has_history = FALSE;
    return FALSE;
  }
  srw_temporal_shrink (self, picture);
  if (!self->has_history)
    return FALSE;
  for (guint i = self->n_levels; i-- > 0;)
    srw_temporal_match (self, i);
  srw_temporal_find_scene (self, scene);
  return TRUE;
}

void
srw_temporal_blend (SrwTemporal * self, cl_mem head, cl_mem scene)
{
  const SrwTemporalLevel *level = self->levels;
  const gdouble pixels = (gdouble) level->width * level->height;
  SrwLaunch launch = begin (self, SRW_TEMPORAL_BLEND);

  if (self->smoothing <= 0.0f)
    return;
  srw_launch_mem (&launch, self->pyramid[self->current]);
  srw_launch_mem (&launch, self->pyramid[!self->current]);
  srw_launch_mem (&launch, self->vectors);
  srw_launch_mem (&launch, scene);
  srw_launch_int (&launch, level->width);
  srw_launch_int (&launch, level->height);
  srw_launch_int (&launch, !self->has_history);
  srw_launch_float (&launch, self->smoothing);
  srw_launch_mem (&launch, self->history[!self->current]);
  srw_launch_mem (&launch, head);
  srw_launch_mem (&launch, self->history[self->current]);
  srw_launch_run_rows (&launch, level->width / 4, level->height / 2, 32 * pixels, 72 * pixels);
  self->has_history = TRUE;
  self->current = !self->current;
}
