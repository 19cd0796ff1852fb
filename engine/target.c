/* StyleRWKV engine: everything that belongs to one frame size. */
#include "target.h"

#include <math.h>

#define PAD_TO 16
/* The most that the strength of a fade moves by in a frame: one of a second at 20 frames a second. */
#define STRENGTH_STEP 0.05f

gint
srw_padded (gint side)
{
  return (side + PAD_TO - 1) / PAD_TO * PAD_TO;
}

cl_mem
srw_buffer_new (SrwDevice * device, gsize bytes, GError ** error)
{
  cl_int code;
  cl_mem buffer = clCreateBuffer (srw_device_context (device), CL_MEM_READ_WRITE, bytes, NULL, &code);

  return srw_cl_check (code, "clCreateBuffer for a frame", error) ? buffer : NULL;
}

/* `buffer` holds at least `bytes` afterwards. Rows of another stride than before are the only reason for it to grow. */
static gboolean
buffer_reserve (SrwDevice * device, cl_mem * buffer, gsize * have, gsize bytes, GError ** error)
{
  cl_mem grown;

  if (*buffer && *have >= bytes)
    return TRUE;
  grown = srw_buffer_new (device, bytes, error);
  if (grown == NULL)
    return FALSE;
  if (*buffer)
    clReleaseMemObject (*buffer);
  *buffer = grown;
  *have = bytes;
  return TRUE;
}

/* ---- mask ---- */

gboolean
srw_target_set_mask (SrwTarget * t, SrwMask * mask, GError ** error)
{
  gsize bytes = (gsize) t->padded_width * (gsize) t->padded_height;
  const guint8 *pixels;

  if (mask == NULL) {
    g_clear_pointer (&t->mask, clReleaseMemObject);
    t->mask_bytes = 0;
    return TRUE;
  }
  pixels = srw_mask_fit (mask, t->layout.width, t->layout.height, t->padded_width, t->padded_height);
  if (pixels == NULL) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_MEMORY, "not enough memory for a mask of %" G_GSIZE_FORMAT " bytes",
        bytes);
    return FALSE;
  }
  return buffer_reserve (t->device, &t->mask, &t->mask_bytes, bytes, error)
      && srw_cl_check (clEnqueueWriteBuffer (srw_ops_queue (t->ops), t->mask, CL_TRUE, 0, bytes, pixels, 0, NULL,
          NULL), "writing the mask", error);
}

/* ---- frames ---- */

/* Copies the frame to the device beside what is being computed; computing goes on when it is there. */
static void
upload (SrwTarget * t, SrwFlight * flight, const guint8 * in)
{
  cl_event there = NULL;

  flight->code = clEnqueueWriteBuffer (t->upload, flight->in, CL_FALSE, 0, flight->in_layout.size, in, 0, NULL, &there);
  clFlush (t->upload);
  if (there == NULL)
    return;
  flight->code = clEnqueueBarrierWithWaitList (srw_ops_queue (t->ops), 1, &there, NULL);
  clReleaseEvent (there);
}

/* Copies the result back as soon as it is there, beside what is computed next. */
static void
download (SrwTarget * t, SrwFlight * flight, guint8 * out)
{
  cl_event computed = NULL;
  cl_int code = clEnqueueMarkerWithWaitList (srw_ops_queue (t->ops), 0, NULL, &computed);

  clFlush (srw_ops_queue (t->ops));
  if (code == CL_SUCCESS) {
    code = clEnqueueReadBuffer (t->download, flight->out, CL_FALSE, 0, flight->out_layout.size, out, 1, &computed,
        &flight->done);
    clReleaseEvent (computed);
    clFlush (t->download);
  }
  if (flight->code == CL_SUCCESS)
    flight->code = code;
}

static void
compute (SrwTarget * t, SrwFlight * flight, const SrwFrameParams * params)
{
  const SrwPlan *plan = srw_network_plan (t->network);
  cl_mem picture = t->upscale ? t->large : plan->picture.mem, head = t->upscale ? t->large : plan->head.mem;
  gfloat s = params->strength;
  /* continuous at 0, where the frame itself is the result, and soon out of the way of the statistics' blend */
  const SrwFrameBlend blend = {.amount = 1.0f - (1.0f - s) * (1.0f - s) * (1.0f - s) * (1.0f - s),
    .keep_chroma = params->preserve_color,.mask = t->mask
  };

  /* another look is to be seen at once, but a fade is to stay steady */
  if (params->restart || fabsf (s - t->strength) > STRENGTH_STEP)
    srw_steady_forget (t->steady);
  t->strength = s;
  srw_frame_read (t->io, flight->in, &flight->in_layout, picture, t->padded_width, t->padded_height);
  if (t->upscale)
    srw_upscale_reduce (t->upscale, picture, plan->picture.mem);
  srw_steady_watch (t->steady, plan->picture.mem, params->smoothing);
  srw_network_encode (t->network);
  srw_network_decode (t->network, params->smoothing, params->restart, s);
  srw_steady_blend (t->steady, plan->head.mem);
  if (t->upscale)
    srw_upscale_restore (t->upscale, plan->head.mem, head);
  srw_frame_write (t->io, head, t->padded_width, &blend, flight->in, &flight->in_layout, flight->out,
      &flight->out_layout);
}

static SrwFlight *
next_flight (SrwTarget * t)
{
  return &t->flights[(t->first + t->in_flight) % SRW_MAX_IN_FLIGHT];
}

gboolean
srw_target_begin (SrwTarget * t, const guint8 * in, const SrwFrameLayout * in_layout, guint8 * out,
    const SrwFrameLayout * out_layout, const SrwFrameParams * params, GError ** error)
{
  SrwFlight *flight = next_flight (t);

  if (!buffer_reserve (t->device, &flight->in, &flight->in_bytes, in_layout->size, error)
      || !buffer_reserve (t->device, &flight->out, &flight->out_bytes, out_layout->size, error))
    return FALSE;
  flight->in_layout = *in_layout;
  flight->out_layout = *out_layout;
  upload (t, flight, in);
  compute (t, flight, params);
  download (t, flight, out);
  t->in_flight++;
  return TRUE;
}

void
srw_target_skip (SrwTarget * t)
{
  SrwFlight *flight = next_flight (t);

  flight->code = CL_SUCCESS;
  t->in_flight++;
}

gboolean
srw_target_end (SrwTarget * t, GError ** error)
{
  SrwFlight *flight = &t->flights[t->first];
  cl_int waited = CL_SUCCESS;

  g_return_val_if_fail (t->in_flight > 0, FALSE);
  t->first = (t->first + 1) % SRW_MAX_IN_FLIGHT;
  t->in_flight--;
  if (flight->done) {
    waited = clWaitForEvents (1, &flight->done);
    clReleaseEvent (flight->done);
    flight->done = NULL;
  }
  /* nothing may touch the caller's memory any more, whatever went wrong */
  if (waited != CL_SUCCESS || flight->code != CL_SUCCESS)
    srw_target_finish (t);
  return srw_ops_check (t->ops, error) && srw_cl_check (flight->code, "copying a frame", error)
      && srw_cl_check (waited, "waiting for a frame", error);
}

void
srw_target_finish (SrwTarget * t)
{
  clFinish (t->upload);
  clFinish (srw_ops_queue (t->ops));
  clFinish (t->download);
}

/* ---- life ---- */

/* Two frames of nothing: every kernel has then run once with the sizes it will have. */
static gboolean
warm (SrwTarget * t, const SrwModelConfig * config, GError ** error)
{
  SrwFrameParams params = {.strength = 1.0f,.smoothing = 1.0f,.restart = TRUE };
  gfloat *nothing = g_new0 (gfloat, 60 * config->width_c);
  SrwStyle *style = srw_style_new (config->width_c, nothing);
  guint8 *frame = g_try_malloc0 (t->layout.size);
  gboolean good;

  g_free (nothing);
  srw_network_set_style (t->network, style);
  srw_style_unref (&style);
  if (frame == NULL) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_MEMORY, "not enough memory for a frame of %" G_GSIZE_FORMAT " bytes",
        t->layout.size);
    return FALSE;
  }
  good = srw_target_begin (t, frame, &t->layout, frame, &t->layout, &params, error) && srw_target_end (t, error);
  /* and now with one before it */
  params.restart = FALSE;
  good = good && srw_target_begin (t, frame, &t->layout, frame, &t->layout, &params, error)
      && srw_target_end (t, error);
  g_free (frame);
  return good;
}

/* The network, what holds it still, and what brings the frame to its size and back if it works on fewer rows. */
static gboolean
create_network (SrwTarget * t, const SrwModel * model, const SrwWeights * weights, GError ** error)
{
  const SrwExtent full = { t->layout.width, t->layout.height, t->padded_width, t->padded_height };
  SrwExtent small = full;

  if (t->processing_height < full.height) {
    small.height = t->processing_height;
    small.width = MAX (1, (2 * full.width * small.height + full.height) / (2 * full.height));
    small.padded_width = srw_padded (small.width);
    small.padded_height = srw_padded (small.height);
    if (!(t->upscale = srw_upscale_new (t->device, t->ops, &full, &small, error))
        || !buffer_reserve (t->device, &t->large, &t->large_bytes,
            4 * sizeof (gfloat) * (gsize) full.padded_width * (gsize) full.padded_height, error))
      return FALSE;
  }
  t->network = srw_network_new (t->device, t->ops, model, weights, small.padded_width, small.padded_height,
      SRW_PLAN_WHOLE, error);
  return t->network && srw_network_tune (t->network, error)
      && (t->steady = srw_steady_new (t->device, t->ops, small.padded_width, small.padded_height, error));
}

SrwTarget *
srw_target_new (SrwDevice * device, const SrwModel * model, const SrwWeights * weights, SrwFormat format, gint width,
    gint height, gint processing_height, GError ** error)
{
  SrwTarget *t = g_new0 (SrwTarget, 1);

  t->device = srw_device_ref (device);
  srw_frame_layout_init (&t->layout, format, width, height);
  t->padded_width = srw_padded (width);
  t->padded_height = srw_padded (height);
  t->processing_height = processing_height;
  if (srw_frame_layout_check (&t->layout, error)
      && (t->ops = srw_ops_new (device, error))
      && (t->upload = srw_device_queue_new (device, FALSE, error))
      && (t->download = srw_device_queue_new (device, FALSE, error))
      && (t->io = srw_frame_io_new (t->ops, device, format, width, height, error))
      && create_network (t, model, weights, error)
      && warm (t, &weights->config, error))
    return t;
  srw_target_free (&t);
  return NULL;
}

static void
flight_clear (SrwFlight * flight)
{
  if (flight->in)
    clReleaseMemObject (flight->in);
  if (flight->out)
    clReleaseMemObject (flight->out);
  if (flight->done)
    clReleaseEvent (flight->done);
}

void
srw_target_free (SrwTarget ** target)
{
  SrwTarget *held = *target;

  *target = NULL;
  if (held == NULL)
    return;
  if (held->in_flight > 0)
    srw_target_finish (held);
  for (guint i = 0; i < SRW_MAX_IN_FLIGHT; i++)
    flight_clear (&held->flights[i]);
  srw_frame_io_free (&held->io);
  srw_network_free (&held->network);
  srw_steady_free (&held->steady);
  srw_upscale_free (&held->upscale);
  if (held->large)
    clReleaseMemObject (held->large);
  if (held->mask)
    clReleaseMemObject (held->mask);
  if (held->upload)
    clReleaseCommandQueue (held->upload);
  if (held->download)
    clReleaseCommandQueue (held->download);
  srw_ops_free (&held->ops);
  srw_device_unref (&held->device);
  g_free (held);
}

gsize
srw_target_bytes (const SrwTarget * t)
{
  gsize bytes = srw_network_bytes (t->network) + srw_steady_bytes (t->steady) + srw_frame_io_bytes (t->io) + t->mask_bytes
      + t->large_bytes;

  if (t->upscale)
    bytes += srw_upscale_bytes (t->upscale);
  for (guint i = 0; i < SRW_MAX_IN_FLIGHT; i++)
    bytes += t->flights[i].in_bytes + t->flights[i].out_bytes;
  return bytes;
}
