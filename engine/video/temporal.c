/* Stylised video that holds still. The arithmetic is in kernels/temporal.cl.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "video/temporal-private.h"

#include "opencl/buffer.h"
#include "opencl/program.h"

#define BLOCK 8
/* Vectors that are tried for a block at the coarsest level, and at those below it. */
#define FAR_VECTORS 82
#define NEAR_VECTORS 14
/* As in kernels/temporal.cl: pixels of a tile, and blocks to a side of what a group does. */
#define TILE_WIDTH 64
#define TILE_HEIGHT 16
#define SIDE 8

static const gchar *const kernel_names[SRW_TEMPORAL_KERNELS] = {
  "temporal_pyramid", "temporal_match", "temporal_blend", "temporal_match_coarse"
};

static const gchar *const op_names[SRW_TEMPORAL_KERNELS] = {
  "temporal.luma", "temporal.match", "temporal.blend", "temporal.match"
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

/* A launch for all the coarse levels costs more searches, which only a GPU has items to spare for. */
static gboolean
matches_coarse_at_once (const SrwTemporal * self)
{
  return srw_device_info (srw_queue_device (self->queue))->family == SRW_KERNELS_GPU;
}

static gboolean
create_kernels (SrwTemporal * self, GError ** error)
{
  const guint kernels = matches_coarse_at_once (self) ? SRW_TEMPORAL_KERNELS : SRW_TEMPORAL_MATCH_COARSE;

  for (guint i = 0; i < kernels; i++) {
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
  const gsize tiles = srw_div_up (level->width, TILE_WIDTH);
  const gdouble pixels = (gdouble) level->width * level->height, all = (gdouble) self->pyramid_floats;
  SrwLaunch launch = begin (self, SRW_TEMPORAL_PYRAMID);

  srw_launch_mem (&launch, picture);
  srw_launch_int (&launch, level->width);
  srw_launch_int (&launch, level->height);
  srw_launch_int (&launch, (gint) self->n_levels);
  srw_launch_mem (&launch, self->pyramid[self->current]);
  srw_launch_run_rows (&launch, tiles * SRW_ROW_GROUP, level->height / TILE_HEIGHT, pixels + 4 * all,
      16 * pixels + 4 * all);
}

/* What both kernels want to know; pyramids are read but for the vectors. */
static SrwLaunch
begin_match (SrwTemporal * self, SrwTemporalKernel kernel)
{
  SrwLaunch launch = begin (self, kernel);

  srw_launch_mem (&launch, self->pyramid[self->current]);
  srw_launch_mem (&launch, self->pyramid[!self->current]);
  srw_launch_int (&launch, self->levels->width);
  srw_launch_int (&launch, self->levels->height);
  return launch;
}

static gdouble
match_flops (const SrwTemporal * self, guint i)
{
  const SrwTemporalLevel *level = &self->levels[i];

  return 2.0 * level->width * level->height * (i == self->n_levels - 1 ? FAR_VECTORS : NEAR_VECTORS);
}

/* The vectors of level i, from those of level i + 1 if there is one; with the last level the scene. */
static void
match_level (SrwTemporal * self, guint i, cl_mem scene)
{
  const SrwTemporalLevel *level = &self->levels[i];
  const gboolean last = i == 0;
  SrwLaunch launch = begin_match (self, SRW_TEMPORAL_MATCH);

  srw_launch_int (&launch, (gint) i);
  srw_launch_int (&launch, (gint) self->n_levels);
  srw_launch_mem (&launch, self->vectors);
  srw_launch_mem (&launch, scene);
  srw_launch_run_rows (&launch, level->columns, level->rows + last, match_flops (self, i),
      8.0 * level->width * level->height);
}

/* Those of every level but the first. */
static void
match_coarse (SrwTemporal * self)
{
  const SrwTemporalLevel *level = &self->levels[1];
  const gsize groups[3] = { srw_div_up (level->columns, SIDE), srw_div_up (level->rows, SIDE), 1 };
  SrwLaunch launch = begin_match (self, SRW_TEMPORAL_MATCH_COARSE);
  gdouble flops = 0.0;

  for (guint i = 1; i < self->n_levels; i++)
    flops += match_flops (self, i);
  srw_launch_int (&launch, (gint) self->n_levels);
  srw_launch_mem (&launch, self->vectors);
  srw_launch_run_groups (&launch, SRW_ROW_GROUP, groups, flops, 8.0 * (self->pyramid_floats - level->at));
}

void
srw_temporal_match (SrwTemporal * self, cl_mem scene)
{
  guint i = self->n_levels;

  if (matches_coarse_at_once (self) && i > 1) {
    match_coarse (self);
    i = 1;
  }
  while (i-- > 0)
    match_level (self, i, scene);
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
  srw_temporal_match (self, scene);
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
