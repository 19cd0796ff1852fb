/* The network at a lower height. The arithmetic is in kernels/upscale.cl.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "video/upscale.h"

#include "opencl/buffer.h"
#include "opencl/program.h"

/* Pixels of a row that a work-item does with one window, where it does not do all of them. */
#define PIECE 16

typedef enum { LUMA, REDUCE, FIT, SMOOTH, RESTORE, N_KERNELS } Kernel;

static const gchar *const kernel_names[N_KERNELS] = { "luma", "reduce", "fit", "smooth", "restore" };
static const gchar *const op_names[N_KERNELS] =
    { "scale.luma", "scale.reduce", "scale.fit", "scale.smooth", "scale.restore" };

struct _SrwUpscale
{
  SrwQueue *queue;
  gboolean walks;               /* a work-item goes along a whole row */
  SrwExtent full, small;
  cl_kernel kernels[N_KERNELS];
  cl_mem guide;                 /* (padded height, padded width): luma of the full picture */
  cl_mem small_guide;           /* (h, w): luma of the small picture, without padding */
  cl_mem model;                 /* (h, w, 8): what restore interpolates */
};

static gboolean
create_kernels (SrwUpscale * u, GError ** error)
{
  for (guint i = 0; i < N_KERNELS; i++) {
    u->kernels[i] = srw_kernel_new (srw_queue_device (u->queue), "upscale.cl", NULL, kernel_names[i], error);
    if (u->kernels[i] == NULL)
      return FALSE;
  }
  return TRUE;
}

static cl_mem
floats_new (SrwUpscale * u, gint height, gint width, gint channels, GError ** error)
{
  gsize bytes = (gsize) height * (gsize) width * (gsize) channels * sizeof (gfloat);

  return srw_buffer_new (srw_queue_device (u->queue), bytes, "upscaling", error);
}

SrwUpscale *
srw_upscale_new (SrwQueue * queue, const SrwExtent * full, const SrwExtent * small, GError ** error)
{
  SrwUpscale *u = g_new0 (SrwUpscale, 1);

  u->queue = queue;
  u->walks = srw_device_info (srw_queue_device (queue))->family == SRW_KERNELS_CPU;
  u->full = *full;
  u->small = *small;
  if (create_kernels (u, error)
      && (u->guide = floats_new (u, full->padded_height, full->padded_width, 1, error))
      && (u->small_guide = floats_new (u, small->height, small->width, 1, error))
      && (u->model = floats_new (u, small->height, small->width, 8, error)))
    return u;
  srw_upscale_free (u);
  return NULL;
}

void
srw_upscale_free (SrwUpscale * u)
{
  for (guint i = 0; i < N_KERNELS; i++)
    g_clear_pointer (&u->kernels[i], clReleaseKernel);
  srw_buffer_clear (&u->guide);
  srw_buffer_clear (&u->small_guide);
  srw_buffer_clear (&u->model);
  g_free (u);
}

gsize
srw_upscale_bytes (const SrwUpscale * upscale)
{
  return srw_buffer_bytes (upscale->guide) + srw_buffer_bytes (upscale->small_guide)
      + srw_buffer_bytes (upscale->model);
}

/* ---- launches ---- */

static SrwLaunch
begin (SrwUpscale * u, Kernel kernel)
{
  return srw_launch_begin (u->queue, op_names[kernel], u->kernels[kernel]);
}

/* Over `rows` rows of `units` pieces. flops and bytes are those of a pixel. */
static void
run (SrwLaunch * launch, gint units, gint rows, gdouble pixels, gdouble flops, gdouble bytes)
{
  srw_launch_run_rows (launch, (gsize) units, (gsize) rows, flops * pixels, bytes * pixels);
}

static gdouble
pixels_of (const SrwExtent * extent)
{
  return (gdouble) extent->width * extent->height;
}

static void
luma (SrwUpscale * u, cl_mem picture)
{
  SrwLaunch launch = begin (u, LUMA);

  srw_launch_mem (&launch, picture);
  srw_launch_int (&launch, u->full.padded_width);
  srw_launch_mem (&launch, u->guide);
  run (&launch, u->full.padded_width / 4, u->full.padded_height, pixels_of (&u->full), 5, 20);
}

void
srw_upscale_reduce (SrwUpscale * u, cl_mem picture, cl_mem small)
{
  SrwLaunch launch = begin (u, REDUCE);
  gdouble ratio = pixels_of (&u->small) / pixels_of (&u->full);

  luma (u, picture);
  srw_launch_mem (&launch, picture);
  srw_launch_int (&launch, u->full.width);
  srw_launch_int (&launch, u->full.height);
  srw_launch_int (&launch, u->full.padded_width);
  srw_launch_int (&launch, u->small.width);
  srw_launch_int (&launch, u->small.height);
  srw_launch_int (&launch, u->small.padded_width);
  srw_launch_mem (&launch, small);
  srw_launch_mem (&launch, u->small_guide);
  run (&launch, u->small.padded_width, u->small.padded_height, pixels_of (&u->full), 8, 16 + 20 * ratio);
}

/* fit and smooth: from the network's result and a map of the small picture to another one. */
static void
along_windows (SrwUpscale * u, Kernel kernel, cl_mem small_head, cl_mem from, cl_mem to, gdouble flops, gdouble bytes)
{
  SrwLaunch launch = begin (u, kernel);

  srw_launch_mem (&launch, small_head);
  srw_launch_int (&launch, u->small.padded_width);
  srw_launch_mem (&launch, from);
  srw_launch_int (&launch, u->small.width);
  srw_launch_int (&launch, u->small.height);
  srw_launch_int (&launch, u->walks ? u->small.width : PIECE);
  srw_launch_mem (&launch, to);
  run (&launch, (u->small.width + PIECE - 1) / PIECE, u->small.height, pixels_of (&u->small), flops, bytes);
}

void
srw_upscale_restore (SrwUpscale * u, cl_mem small_head, cl_mem head)
{
  SrwLaunch launch = begin (u, RESTORE);
  gdouble ratio = pixels_of (&u->small) / pixels_of (&u->full);

  /* gain is (h, w, 4), which head has room for until the last kernel writes it */
  along_windows (u, FIT, small_head, u->small_guide, head, 150, 36);
  along_windows (u, SMOOTH, small_head, head, u->model, 60, 64);
  srw_launch_mem (&launch, u->model);
  srw_launch_int (&launch, u->small.width);
  srw_launch_int (&launch, u->small.height);
  srw_launch_float (&launch, (gfloat) u->small.width / (gfloat) u->full.width);
  srw_launch_float (&launch, (gfloat) u->small.height / (gfloat) u->full.height);
  srw_launch_mem (&launch, u->guide);
  srw_launch_int (&launch, u->full.width);
  srw_launch_int (&launch, u->full.padded_width);
  srw_launch_mem (&launch, head);
  run (&launch, (u->full.width + 1) / 2, (u->full.height + 1) / 2, pixels_of (&u->full), 64, 20 + 32 * ratio);
}
