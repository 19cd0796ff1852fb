/* StyleRWKV engine: stylised video that holds still. The arithmetic is in kernels/steady.cl. */
#include "steady-private.h"

#include "ops-private.h"
#include "program.h"

#define BLOCK 8
/* Steps of the search at the coarsest level, and at those below it. */
#define FAR 4
#define NEAR 1

/* ---- life ---- */

static void
lay_out (SrwSteady * self, gint width, gint height)
{
  do {
    self->levels[self->n_levels++] = (SrwSteadyLevel) {
      .width = width,.height = height,.at = (gint) self->pyramid_floats,
      .columns = (width + BLOCK - 1) / BLOCK,.rows = (height + BLOCK - 1) / BLOCK,.vectors_at = (gint) self->vector_ints
    };
    self->pyramid_floats += (gsize) width * height;
    self->vector_ints += 2 * (gsize) ((width + BLOCK - 1) / BLOCK) * ((height + BLOCK - 1) / BLOCK);
    width /= 2;
    height /= 2;
  } while (self->n_levels < SRW_STEADY_LEVELS && MIN (width, height) >= BLOCK);
}

static gboolean
buffer_new (SrwDevice * device, gsize bytes, cl_mem * buffer, GError ** error)
{
  cl_int code;

  *buffer = clCreateBuffer (srw_device_context (device), CL_MEM_READ_WRITE, bytes, NULL, &code);
  return srw_cl_check (code, "clCreateBuffer for steadying", error);
}

static gboolean
buffers_new (SrwSteady * self, SrwDevice * device, GError ** error)
{
  for (guint i = 0; i < 2; i++) {
    if (!buffer_new (device, self->pyramid_floats * sizeof (gfloat), &self->pyramid[i], error)
        || !buffer_new (device, self->shown_floats * sizeof (gfloat), &self->shown[i], error))
      return FALSE;
  }
  return buffer_new (device, self->vector_ints * sizeof (cl_int), &self->vectors, error);
}

static gboolean
kernel_new (SrwSteady * self, const gchar * name, cl_kernel * kernel, GError ** error)
{
  cl_int code;

  *kernel = clCreateKernel (self->program, name, &code);
  return srw_cl_check (code, name, error);
}

SrwSteady *
srw_steady_new (SrwDevice * device, SrwOps * ops, gint width, gint height, GError ** error)
{
  SrwSteady *self = g_new0 (SrwSteady, 1);

  self->ops = ops;
  self->shown_floats = 4 * (gsize) width *height;
  lay_out (self, width, height);
  self->vector_ints += 1;
  if ((self->program = srw_program_build (device, "steady.cl", NULL, error))
      && kernel_new (self, "steady_luma", &self->luma, error) && kernel_new (self, "steady_halve", &self->halve, error)
      && kernel_new (self, "steady_match", &self->match, error)
      && kernel_new (self, "steady_scene", &self->scene, error)
      && kernel_new (self, "steady_blend", &self->blend, error) && buffers_new (self, device, error))
    return self;
  srw_steady_free (&self);
  return NULL;
}

void
srw_steady_free (SrwSteady ** steady)
{
  SrwSteady *self = *steady;

  *steady = NULL;
  if (self == NULL)
    return;
  for (guint i = 0; i < 2; i++) {
    g_clear_pointer (&self->pyramid[i], clReleaseMemObject);
    g_clear_pointer (&self->shown[i], clReleaseMemObject);
  }
  g_clear_pointer (&self->vectors, clReleaseMemObject);
  g_clear_pointer (&self->luma, clReleaseKernel);
  g_clear_pointer (&self->halve, clReleaseKernel);
  g_clear_pointer (&self->match, clReleaseKernel);
  g_clear_pointer (&self->scene, clReleaseKernel);
  g_clear_pointer (&self->blend, clReleaseKernel);
  g_clear_pointer (&self->program, clReleaseProgram);
  g_free (self);
}

gsize
srw_steady_bytes (const SrwSteady * self)
{
  return (2 * (self->pyramid_floats + self->shown_floats)) * sizeof (gfloat) + self->vector_ints * sizeof (cl_int);
}

/* ---- frames ---- */

void
srw_steady_forget (SrwSteady * self)
{
  self->known = FALSE;
}

static SrwCall
begin (SrwSteady * self, const gchar * op, cl_kernel kernel)
{
  return (SrwCall) {.ops = self->ops,.op = op,.kernel = kernel };
}

void
srw_steady_shrink (SrwSteady * self, cl_mem picture)
{
  const SrwSteadyLevel *level = self->levels;
  cl_mem pyramid = self->pyramid[self->current];
  gdouble pixels = (gdouble) level->width * level->height;
  SrwCall call = begin (self, "steady.luma", self->luma);

  srw_call_mem (&call, picture);
  srw_call_int (&call, level->width);
  srw_call_mem (&call, pyramid);
  srw_call_run_rows (&call, level->width / 4, level->height, 5 * pixels, 20 * pixels);

  for (guint i = 1; i < self->n_levels; i++) {
    level = &self->levels[i];
    pixels = (gdouble) level->width * level->height;
    call = begin (self, "steady.halve", self->halve);
    srw_call_mem (&call, pyramid);
    srw_call_int (&call, self->levels[i - 1].at);
    srw_call_int (&call, level->at);
    srw_call_int (&call, level->width);
    srw_call_run_rows (&call, level->width, level->height, 4 * pixels, 20 * pixels);
  }
}

void
srw_steady_match (SrwSteady * self, guint i)
{
  const gboolean coarsest = i == self->n_levels - 1;
  const SrwSteadyLevel *level = &self->levels[i], none = { 0 }, *parent = coarsest ? &none : level + 1;
  const gint radius = coarsest ? FAR : NEAR, side = 2 * radius + 1;
  const gdouble pixels = (gdouble) level->width * level->height;
  SrwCall call = begin (self, "steady.match", self->match);

  srw_call_mem (&call, self->pyramid[self->current]);
  srw_call_mem (&call, self->pyramid[!self->current]);
  srw_call_int (&call, level->at);
  srw_call_int (&call, level->width);
  srw_call_int (&call, level->height);
  srw_call_int (&call, radius);
  srw_call_mem (&call, self->vectors);
  srw_call_int (&call, parent->vectors_at);
  srw_call_int (&call, parent->columns);
  srw_call_int (&call, parent->rows);
  srw_call_int (&call, level->vectors_at);
  srw_call_run_rows (&call, level->columns, level->rows, 2 * pixels * (side * side + 5), 8 * pixels);
}

/* Where among the vectors it stands whether another scene begins. */
static gint
scene_at (const SrwSteady * self)
{
  return (gint) self->vector_ints - 1;
}

void
srw_steady_find_scene (SrwSteady * self)
{
  const SrwSteadyLevel *level = &self->levels[self->n_levels - 1];
  const gdouble pixels = (gdouble) level->width * level->height;
  SrwCall call = begin (self, "steady.scene", self->scene);

  srw_call_mem (&call, self->pyramid[self->current]);
  srw_call_mem (&call, self->pyramid[!self->current]);
  srw_call_int (&call, level->at);
  srw_call_int (&call, level->width);
  srw_call_int (&call, level->height);
  srw_call_mem (&call, self->vectors);
  srw_call_int (&call, level->vectors_at);
  srw_call_int (&call, scene_at (self));
  srw_call_run_rows (&call, 1, 1, 2 * pixels, 8 * pixels);
}

void
srw_steady_watch (SrwSteady * self, cl_mem picture, gfloat smoothing)
{
  self->smoothing = smoothing;
  if (smoothing <= 0.0f) {
    self->known = FALSE;
    return;
  }
  srw_steady_shrink (self, picture);
  if (!self->known)
    return;
  for (guint i = self->n_levels; i-- > 0;)
    srw_steady_match (self, i);
  srw_steady_find_scene (self);
}

void
srw_steady_blend (SrwSteady * self, cl_mem head)
{
  const SrwSteadyLevel *level = self->levels;
  const gdouble pixels = (gdouble) level->width * level->height;
  SrwCall call = begin (self, "steady.blend", self->blend);

  if (self->smoothing <= 0.0f)
    return;
  srw_call_mem (&call, self->pyramid[self->current]);
  srw_call_mem (&call, self->pyramid[!self->current]);
  srw_call_mem (&call, self->vectors);
  srw_call_int (&call, scene_at (self));
  srw_call_int (&call, level->width);
  srw_call_int (&call, level->height);
  srw_call_int (&call, !self->known);
  srw_call_float (&call, self->smoothing);
  srw_call_mem (&call, self->shown[!self->current]);
  srw_call_mem (&call, head);
  srw_call_mem (&call, self->shown[self->current]);
  srw_call_run_rows (&call, level->width / 4, level->height / 2, 32 * pixels, 72 * pixels);
  self->known = TRUE;
  self->current = !self->current;
}
