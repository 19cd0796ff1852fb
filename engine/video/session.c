/* Everything that belongs to one frame size.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "video/session.h"

#include <string.h>

#include "opencl/buffer.h"
#include "opencl/staging.h"
#include "video/framing.h"

#define PAD_TO 16

/* so that no upload waits for one of a frame that has not ended */
G_STATIC_ASSERT (SRW_UPLOADS >= SRW_MAX_IN_FLIGHT);

/* A frame between begin and end. Its memory stays for the ones after it. */
typedef struct
{
  SrwFrameLayout in_layout, out_layout;
  cl_mem in, out;               /* on the device; NULL before the first use */
  SrwStaging in_staging, out_staging;   /* what is copied through; nothing where copies are direct */
  guint8 *result;               /* the caller's memory, where that is copied through */
  cl_event done;                /* the result is in the caller's memory */
  cl_int code;                  /* of launching what draws and copies it */
} PendingFrame;

struct _SrwSession
{
  SrwDevice *device;
  SrwFrameLayout layout;        /* format, width and height in use */
  gint padded_width, padded_height;
  gint processing_height;       /* rows that the network works on, before padding: at most those of the frame */
  /* of its own, so that a session can be made while another one is at work; frames travel beside the computing */
  SrwQueue *compute, *upload, *download;
  SrwOps *ops;
  SrwFrameIo *io;
  SrwFraming *framing;
  SrwNetwork *network;
  SrwTemporal *temporal;        /* at the size the network works at */
  SrwContinuity continuity;
  SrwUpscale *upscale;          /* NULL: the network works at the size of the frame */
  cl_mem large;                 /* (padded_height, padded_width, 4) with upscale: the picture, then the head */
  cl_mem mask;                  /* NULL: everywhere */
  SrwUploads mask_uploads;

  PendingFrame pending[SRW_MAX_IN_FLIGHT];      /* a ring */
  guint first, in_flight;
};

gint
srw_padded (gint side)
{
  return (side + PAD_TO - 1) / PAD_TO * PAD_TO;
}

/* ---- style and mask ---- */

void
srw_session_set_style (SrwSession * self, SrwStyle * style)
{
  srw_network_set_style (self->network, style);
  srw_continuity_set_style (&self->continuity, style);
}

gboolean
srw_session_set_mask (SrwSession * self, SrwMask * mask, GError ** error)
{
  gsize bytes = (gsize) self->padded_width * (gsize) self->padded_height;
  const guint8 *pixels;

  if (mask == NULL) {
    srw_buffer_clear (&self->mask);
    return TRUE;
  }
  pixels = srw_mask_fit (mask, self->layout.width, self->layout.height, self->padded_width, self->padded_height);
  if (pixels == NULL) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_MEMORY, "not enough memory for a mask of %" G_GSIZE_FORMAT " bytes",
        bytes);
    return FALSE;
  }
  return srw_buffer_reserve (self->device, &self->mask, bytes, "a mask", error)
      && srw_cl_check (srw_uploads_write (&self->mask_uploads, self->compute, pixels, bytes, self->mask),
      "writing the mask", error);
}

/* ---- frames ---- */

/* Memory that the copies can go through, if they are to. */
static gboolean
reserve_staging (SrwSession * self, PendingFrame * frame, GError ** error)
{
  if (!srw_device_info (self->device)->pinned_copies)
    return TRUE;
  return srw_cl_check (srw_staging_reserve (&frame->in_staging, self->device, frame->in_layout.size),
      "pinned memory for a frame", error)
      && srw_cl_check (srw_staging_reserve (&frame->out_staging, self->device, frame->out_layout.size),
      "pinned memory for a frame", error);
}

/* Copies the frame to the device beside what is being computed; computing goes on when it is there. */
static void
upload (SrwSession * self, PendingFrame * frame, const guint8 * in)
{
  cl_command_queue queue = srw_queue_commands (self->upload);
  cl_event there = NULL;

  if (frame->in_staging.memory)
    in = memcpy (frame->in_staging.memory, in, frame->in_layout.size);
  frame->code = clEnqueueWriteBuffer (queue, frame->in, CL_FALSE, 0, frame->in_layout.size, in, 0, NULL, &there);
  clFlush (queue);
  if (there == NULL)
    return;
  frame->code = clEnqueueBarrierWithWaitList (srw_queue_commands (self->compute), 1, &there, NULL);
  clReleaseEvent (there);
}

/* Copies the result back as soon as it is there, beside what is computed next. */
static void
download (SrwSession * self, PendingFrame * frame, guint8 * out)
{
  cl_command_queue queue = srw_queue_commands (self->download);
  cl_event computed = NULL;
  cl_int code = clEnqueueMarkerWithWaitList (srw_queue_commands (self->compute), 0, NULL, &computed);

  frame->result = frame->out_staging.memory ? out : NULL;
  if (frame->result)
    out = frame->out_staging.memory;
  clFlush (srw_queue_commands (self->compute));
  if (code == CL_SUCCESS) {
    code = clEnqueueReadBuffer (queue, frame->out, CL_FALSE, 0, frame->out_layout.size, out, 1, &computed,
        &frame->done);
    clReleaseEvent (computed);
    clFlush (queue);
  }
  if (frame->code == CL_SUCCESS)
    frame->code = code;
}

static void
compute (SrwSession * self, PendingFrame * frame, const SrwFrameParams * params)
{
  const SrwPlan *plan = srw_network_plan (self->network);
  cl_mem picture = self->upscale ? self->large : plan->picture.mem, head = self->upscale ? self->large : plan->head.mem;
  gfloat s = params->strength;
  const SrwReset reset = srw_continuity_next (&self->continuity, s, params->restart);
  SrwContinuation continuation = {.smoothing = params->smoothing,.strength = s,.reset = reset.reset_statistics,
    .scene_change = {SRW_CONTINUITY_OTHER_STATISTICS, SRW_CONTINUITY_OTHER_LUMA, SRW_CONTINUITY_LEAST_LUMA}
  };
  /* continuous at 0, where the frame itself is the result, and soon out of the way of the statistics' blend */
  const SrwFrameBlend blend = {.amount = 1.0f - (1.0f - s) * (1.0f - s) * (1.0f - s) * (1.0f - s),
    .keep_luma = params->preserve_luma,.keep_chroma = params->preserve_color,.mask = self->mask,
    .framing = params->preserve_black ? srw_framing_state (self->framing) : NULL
  };

  if (reset.reset_history)
    srw_temporal_reset (self->temporal);
  srw_frame_read (self->io, frame->in, &frame->in_layout, picture, self->padded_width, self->padded_height);
  if (params->preserve_black)
    srw_framing_measure (self->framing, picture, self->padded_width, reset.reset_statistics);
  if (self->upscale)
    srw_upscale_reduce (self->upscale, picture, plan->picture.mem);
  continuation.scene_known = srw_temporal_estimate_motion (self->temporal, plan->picture.mem, params->smoothing,
      plan->scene);
  srw_network_encode (self->network);
  srw_network_decode (self->network, &continuation);
  srw_temporal_blend (self->temporal, plan->head.mem, plan->scene);
  if (self->upscale)
    srw_upscale_restore (self->upscale, plan->head.mem, head);
  srw_frame_write (self->io, head, self->padded_width, &blend, frame->in, &frame->in_layout, frame->out,
      &frame->out_layout);
}

/* Also where there is not enough memory for it. */
static gboolean
draw (SrwSession * self, PendingFrame * frame, const guint8 * in, guint8 * out, const SrwFrameParams * params,
    GError ** error)
{
  if (!srw_buffer_reserve (self->device, &frame->in, frame->in_layout.size, "a frame", error)
      || !srw_buffer_reserve (self->device, &frame->out, frame->out_layout.size, "a frame", error)
      || !reserve_staging (self, frame, error))
    return FALSE;
  upload (self, frame, in);
  compute (self, frame, params);
  download (self, frame, out);
  if (frame->code == CL_SUCCESS)
    frame->code = srw_queue_failure (self->compute);
  return TRUE;
}

gboolean
srw_session_begin (SrwSession * self, const guint8 * in, const SrwFrameLayout * in_layout, guint8 * out,
    const SrwFrameLayout * out_layout, const SrwFrameParams * params, GError ** error)
{
  PendingFrame *frame = &self->pending[(self->first + self->in_flight) % SRW_MAX_IN_FLIGHT];
  const gboolean drawn = params->strength > 0.0f;

  frame->in_layout = *in_layout;
  frame->out_layout = *out_layout;
  frame->code = CL_SUCCESS;
  if (drawn && !draw (self, frame, in, out, params, error)) {
    srw_continuity_break (&self->continuity);
    return FALSE;
  }
  if (!drawn)
    srw_continuity_break (&self->continuity);
  self->in_flight++;
  return TRUE;
}

static void
finish (SrwSession * self)
{
  srw_queue_finish (self->upload);
  srw_queue_finish (self->compute);
  srw_queue_finish (self->download);
}

/* What a frame says that was not drawn. A failure of launches is told of once, and is one of every frame that was begun
 * since. */
static void
tell_failure (SrwSession * self, cl_int code, GError ** error)
{
  gchar *what;

  if (!srw_queue_check (self->compute, error))
    return;
  what = g_strdup_printf ("drawing a frame on %s", srw_device_info (self->device)->name);
  srw_cl_check (code, what, error);
  g_free (what);
}

gboolean
srw_session_end (SrwSession * self, GError ** error)
{
  PendingFrame *frame = &self->pending[self->first];
  cl_int code = frame->code;

  g_return_val_if_fail (self->in_flight > 0, FALSE);
  self->first = (self->first + 1) % SRW_MAX_IN_FLIGHT;
  self->in_flight--;
  if (frame->done) {
    const cl_int waited = clWaitForEvents (1, &frame->done);
    if (waited == CL_SUCCESS && frame->result)
      memcpy (frame->result, frame->out_staging.memory, frame->out_layout.size);
    g_clear_pointer (&frame->done, clReleaseEvent);
    if (code == CL_SUCCESS)
      code = waited;
  }
  if (code == CL_SUCCESS)
    return TRUE;
  /* nothing may touch the caller's memory any more, whatever went wrong */
  finish (self);
  tell_failure (self, code, error);
  srw_continuity_break (&self->continuity);
  return FALSE;
}

gboolean
srw_session_tune (SrwSession * self, const SrwModel * model, GError ** error)
{
  return srw_network_tune (self->network, model, TRUE, error);
}

guint
srw_session_in_flight (const SrwSession * self)
{
  return self->in_flight;
}

/* ---- life ---- */

/* A frame of nothing. */
static gboolean
draw_nothing (SrwSession * self, guint8 * frame, GError ** error)
{
  const SrwFrameParams params = {.strength = 1.0f,.smoothing = 1.0f,.preserve_black = TRUE };

  return srw_session_begin (self, frame, &self->layout, frame, &self->layout, &params, error)
      && srw_session_end (self, error);
}

/* Two frames of nothing, one with another before it: every kernel has then run once with the sizes it will have. */
static gboolean
warm (SrwSession * self, gint style_width, GError ** error)
{
  gfloat *nothing = g_new0 (gfloat, 60 * style_width);
  SrwStyle *style = srw_style_new (style_width, nothing);
  guint8 *frame = g_try_malloc0 (self->layout.size);
  gboolean good = frame != NULL;

  srw_session_set_style (self, style);
  if (frame == NULL)
    g_set_error (error, SRW_ERROR, SRW_ERROR_MEMORY, "not enough memory for a frame of %" G_GSIZE_FORMAT " bytes",
        self->layout.size);
  good = good && draw_nothing (self, frame, error) && draw_nothing (self, frame, error);
  srw_continuity_clear (&self->continuity);
  srw_style_unref (style);
  g_free (nothing);
  g_free (frame);
  return good;
}

/* The network, what holds it still, and what brings the frame to its size and back if it works on fewer rows. */
static gboolean
create_network (SrwSession * self, const SrwModel * model, const SrwWeights * weights, GError ** error)
{
  const SrwExtent full = { self->layout.width, self->layout.height, self->padded_width, self->padded_height };
  SrwExtent small = full;

  if (self->processing_height < full.height) {
    small.height = self->processing_height;
    small.width = MAX (1, (2 * full.width * small.height + full.height) / (2 * full.height));
    small.padded_width = srw_padded (small.width);
    small.padded_height = srw_padded (small.height);
    if (!(self->upscale = srw_upscale_new (self->compute, &full, &small, error))
        || !(self->large = srw_buffer_new (self->device,
                4 * sizeof (gfloat) * (gsize) full.padded_width * (gsize) full.padded_height, "a picture", error)))
      return FALSE;
  }
  return (self->network = srw_network_new (self->ops, weights, small.padded_width, small.padded_height, SRW_PLAN_WHOLE,
          error)) && srw_network_tune (self->network, model, FALSE, error)
      && (self->temporal = srw_temporal_new (self->compute, small.padded_width, small.padded_height, error));
}

SrwSession *
srw_session_new (SrwDevice * device, const SrwModel * model, const SrwWeights * weights, SrwFormat format, gint width,
    gint height, gint processing_height, GError ** error)
{
  SrwSession *self = g_new0 (SrwSession, 1);

  self->device = srw_device_ref (device);
  srw_frame_layout_init (&self->layout, format, width, height);
  self->padded_width = srw_padded (width);
  self->padded_height = srw_padded (height);
  self->processing_height = processing_height;
  if (srw_frame_layout_check (&self->layout, error)
      && (self->compute = srw_queue_new (device, error))
      && (self->upload = srw_queue_new (device, error))
      && (self->download = srw_queue_new (device, error))
      && (self->ops = srw_ops_new (self->compute, error))
      && (self->io = srw_frame_io_new (self->compute, format, width, height, error))
      && (self->framing = srw_framing_new (self->compute, width, height, error))
      && create_network (self, model, weights, error)
      && warm (self, weights->config.width, error))
    return self;
  srw_session_free (self);
  return NULL;
}

static void
pending_frame_clear (PendingFrame * frame)
{
  srw_buffer_clear (&frame->in);
  srw_buffer_clear (&frame->out);
  srw_staging_clear (&frame->in_staging);
  srw_staging_clear (&frame->out_staging);
  g_clear_pointer (&frame->done, clReleaseEvent);
}

void
srw_session_free (SrwSession * self)
{
  if (self->in_flight > 0)
    finish (self);
  for (guint i = 0; i < SRW_MAX_IN_FLIGHT; i++)
    pending_frame_clear (&self->pending[i]);
  srw_continuity_clear (&self->continuity);
  g_clear_pointer (&self->io, srw_frame_io_free);
  g_clear_pointer (&self->framing, srw_framing_free);
  g_clear_pointer (&self->network, srw_network_free);
  g_clear_pointer (&self->temporal, srw_temporal_free);
  g_clear_pointer (&self->upscale, srw_upscale_free);
  srw_buffer_clear (&self->large);
  srw_uploads_clear (&self->mask_uploads);
  srw_buffer_clear (&self->mask);
  g_clear_pointer (&self->ops, srw_ops_free);
  g_clear_pointer (&self->upload, srw_queue_free);
  g_clear_pointer (&self->download, srw_queue_free);
  g_clear_pointer (&self->compute, srw_queue_free);
  srw_device_unref (self->device);
  g_free (self);
}

/* ---- asking ---- */

SrwDevice *
srw_session_device (const SrwSession * self)
{
  return self->device;
}

const SrwFrameLayout *
srw_session_layout (const SrwSession * self)
{
  return &self->layout;
}

gint
srw_session_processing_height (const SrwSession * self)
{
  return self->processing_height;
}

void
srw_session_network_size (const SrwSession * self, gint * width, gint * height)
{
  *width = srw_network_plan (self->network)->width;
  *height = srw_network_plan (self->network)->height;
}

gsize
srw_session_bytes (const SrwSession * self)
{
  gsize bytes = srw_network_bytes (self->network) + srw_temporal_bytes (self->temporal) + srw_frame_io_bytes (self->io)
      + srw_buffer_bytes (self->mask) + srw_buffer_bytes (self->large);

  if (self->upscale)
    bytes += srw_upscale_bytes (self->upscale);
  for (guint i = 0; i < SRW_MAX_IN_FLIGHT; i++)
    bytes += srw_buffer_bytes (self->pending[i].in) + srw_buffer_bytes (self->pending[i].out);
  return bytes;
}

SrwQueue *
srw_session_queue (SrwSession * self)
{
  return self->compute;
}
