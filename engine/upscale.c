/* StyleRWKV engine: the network at a lower height. The arithmetic is in kernels/upscale.cl. */
#include "upscale.h"

#include "ops-private.h"
#include "program.h"

/* Pixels of a row that a work-item does with one window, where it does not do all of them. */
#define PIECE 16

typedef enum { LUMA, REDUCE, FIT, SMOOTH, RESTORE, N_KERNELS } Kernel;

static const gchar *const kernel_names[N_KERNELS] = { "luma", "reduce", "fit", "smooth", "restore" };
static const gchar *const op_names[N_KERNELS] =
    { "scale.luma", "scale.reduce", "scale.fit", "scale.smooth", "scale.restore" };

struct _SrwUpscale
{
  SrwOps *ops;
  gboolean walks;               /* a work-item goes along a whole row */
  SrwExtent full, small;
  cl_kernel kernels[N_KERNELS];
  cl_mem guide;                 /* (padded height, padded width): luma of the full picture */
  cl_mem small_guide;           /* (h, w): luma of the small picture, without padding */
  cl_mem model;                 /* (h, w, 8): what restore interpolates */
  gsize bytes;
};

static gboolean
create_kernels (SrwUpscale * u, SrwDevice * device, GError ** error)
{
  cl_program program = srw_program_build (device, "upscale.cl", NULL, error);
  cl_int code = CL_SUCCESS;

  if (program == NULL)
    return FALSE;
  for (guint i = 0; code == CL_SUCCESS && i < N_KERNELS; i++)
    u->kernels[i] = clCreateKernel (program, kernel_names[i], &code);
  clReleaseProgram (program);
  return srw_cl_check (code, "clCreateKernel for upscaling", error);
}

static cl_mem
floats_new (SrwUpscale * u, SrwDevice * device, gint height, gint width, gint channels, GError ** error)
{
  gsize bytes = (gsize) height * (gsize) width * (gsize) channels * sizeof (gfloat);
  cl_int code;
  cl_mem mem = clCreateBuffer (srw_device_context (device), CL_MEM_READ_WRITE, bytes, NULL, &code);

  if (!srw_cl_check (code, "clCreateBuffer for upscaling", error))
    return NULL;
  u->bytes += bytes;
  return mem;
}

SrwUpscale *
srw_upscale_new (SrwDevice * device, SrwOps * ops, const SrwExtent * full, const SrwExtent * small, GError ** error)
{
  SrwUpscale *u = g_new0 (SrwUpscale, 1);

  u->ops = ops;
  u->walks = srw_device_info (device)->family == SRW_KERNELS_CPU;
  u->full = *full;
  u->small = *small;
  if (create_kernels (u, device, error)
      && (u->guide = floats_new (u, device, full->padded_height, full->padded_width, 1, error))
      && (u->small_guide = floats_new (u, device, small->height, small->width, 1, error))
      && (u->model = floats_new (u, device, small->height, small->width, 8, error)))
    return u;
  srw_upscale_free (&u);
  return NULL;
}

void
srw_upscale_free (SrwUpscale ** upscale)
{
  SrwUpscale *held;

  if (upscale == NULL || *upscale == NULL)
    return;
  held = *upscale;
  *upscale = NULL;
  for (guint i = 0; i < N_KERNELS; i++)
    g_clear_pointer (&held->kernels[i], clReleaseKernel);
  g_clear_pointer (&held->guide, clReleaseMemObject);
  g_clear_pointer (&held->small_guide, clReleaseMemObject);
  g_clear_pointer (&held->model, clReleaseMemObject);
  g_free (held);
}

gsize
srw_upscale_bytes (const SrwUpscale * upscale)
{
  return upscale->bytes;
}

/* ---- launches ---- */

static SrwCall
begin (SrwUpscale * u, Kernel kernel)
{
  return (SrwCall) {.ops = u->ops,.op = op_names[kernel],.kernel = u->kernels[kernel] };
}

/* Over `rows` rows of `units` pieces. flops and bytes are those of a pixel. */
static void
run (SrwCall * call, gint units, gint rows, gdouble pixels, gdouble flops, gdouble bytes)
{
  srw_call_run_rows (call, (gsize) units, (gsize) rows, flops * pixels, bytes * pixels);
}

static gdouble
pixels_of (const SrwExtent * extent)
{
  return (gdouble) extent->width * extent->height;
}

static void
luma (SrwUpscale * u, cl_mem picture)
{
  SrwCall call = begin (u, LUMA);

  srw_call_mem (&call, picture);
  srw_call_int (&call, u->full.padded_width);
  srw_call_mem (&call, u->guide);
  run (&call, u->full.padded_width / 4, u->full.padded_height, pixels_of (&u->full), 5, 20);
}

void
srw_upscale_reduce (SrwUpscale * u, cl_mem picture, cl_mem small)
{
  SrwCall call = begin (u, REDUCE);
  gdouble ratio = pixels_of (&u->small) / pixels_of (&u->full);

  luma (u, picture);
  srw_call_mem (&call, picture);
  srw_call_int (&call, u->full.width);
  srw_call_int (&call, u->full.height);
  srw_call_int (&call, u->full.padded_width);
  srw_call_int (&call, u->small.width);
  srw_call_int (&call, u->small.height);
  srw_call_int (&call, u->small.padded_width);
  srw_call_mem (&call, small);
  srw_call_mem (&call, u->small_guide);
  run (&call, u->small.padded_width, u->small.padded_height, pixels_of (&u->full), 8, 16 + 20 * ratio);
}

/* fit and smooth: from the network's result and a map of the small picture to another one. */
static void
along_windows (SrwUpscale * u, Kernel kernel, cl_mem small_head, cl_mem from, cl_mem to, gdouble flops, gdouble bytes)
{
  SrwCall call = begin (u, kernel);

  srw_call_mem (&call, small_head);
  srw_call_int (&call, u->small.padded_width);
  srw_call_mem (&call, from);
  srw_call_int (&call, u->small.width);
  srw_call_int (&call, u->small.height);
  srw_call_int (&call, u->walks ? u->small.width : PIECE);
  srw_call_mem (&call, to);
  run (&call, (u->small.width + PIECE - 1) / PIECE, u->small.height, pixels_of (&u->small), flops, bytes);
}

void
srw_upscale_restore (SrwUpscale * u, cl_mem small_head, cl_mem head)
{
  SrwCall call = begin (u, RESTORE);
  gdouble ratio = pixels_of (&u->small) / pixels_of (&u->full);

  /* gain is (h, w, 4), which head has room for until the last kernel writes it */
  along_windows (u, FIT, small_head, u->small_guide, head, 150, 36);
  along_windows (u, SMOOTH, small_head, head, u->model, 60, 64);
  srw_call_mem (&call, u->model);
  srw_call_int (&call, u->small.width);
  srw_call_int (&call, u->small.height);
  srw_call_float (&call, (gfloat) u->small.width / (gfloat) u->full.width);
  srw_call_float (&call, (gfloat) u->small.height / (gfloat) u->full.height);
  srw_call_mem (&call, u->guide);
  srw_call_int (&call, u->full.width);
  srw_call_int (&call, u->full.padded_width);
  srw_call_mem (&call, head);
  run (&call, (u->full.width + 1) / 2, (u->full.height + 1) / 2, pixels_of (&u->full), 64, 20 + 32 * ratio);
}
