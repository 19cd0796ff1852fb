/* StyleRWKV engine: everything that belongs to one frame size: network, frames on the device, queues. Behind the façade
 * of stylizer.h.
 *
 * A target is used by one thread at a time; two targets share nothing but the weights and the device. */
#pragma once

#include "network.h"
#include "steady.h"
#include "stylizer.h"
#include "upscale.h"

G_BEGIN_DECLS

/* A frame between begin and end. Its memory stays for the ones after it. */
typedef struct
{
  SrwFrameLayout in_layout, out_layout;
  cl_mem in, out;               /* on the device; NULL before the first use */
  gsize in_bytes, out_bytes;
  cl_event done;                /* the result is in the caller's memory */
  cl_int code;                  /* of enqueueing the copies */
} SrwFlight;

struct _SrwTarget
{
  SrwDevice *device;
  SrwFrameLayout layout;        /* format, width and height in use */
  gint padded_width, padded_height;
  gint processing_height;       /* rows that the network works on, before padding: at most those of the frame */
  SrwOps *ops;                  /* of its own, so that a target can be made while another one is at work */
  cl_command_queue upload, download;    /* frames travel beside the computing */
  SrwFrameIo *io;
  SrwNetwork *network;
  SrwSteady *steady;            /* at the size the network works at */
  gfloat strength;              /* of the frame before */
  SrwUpscale *upscale;          /* NULL: the network works at the size of the frame */
  cl_mem large;                 /* (padded_height, padded_width, 4) with upscale: the picture, then the head */
  gsize large_bytes;
  cl_mem mask;                  /* NULL: everywhere */
  gsize mask_bytes;

  SrwFlight flights[SRW_MAX_IN_FLIGHT]; /* a ring */
  guint first, in_flight;
};

/* Allocates everything and runs every kernel once. The processing height is 1..height. Errors: SRW_ERROR_SIZE, MEMORY,
 * DEVICE, BUILD. */
SrwTarget *srw_target_new (SrwDevice * device, const SrwModel * model, const SrwWeights * weights, SrwFormat format,
    gint width, gint height, gint processing_height, GError ** error);

/* NULL: everywhere. Waits. */
gboolean srw_target_set_mask (SrwTarget * target, SrwMask * mask, GError ** error);

/* As srw_stylizer_begin and _end, with layouts that fit. */
gboolean srw_target_begin (SrwTarget * target, const guint8 * in, const SrwFrameLayout * in_layout, guint8 * out,
    const SrwFrameLayout * out_layout, const SrwFrameParams * params, GError ** error);
/* A frame in flight that there is nothing to do for. */
void srw_target_skip (SrwTarget * target);
gboolean srw_target_end (SrwTarget * target, GError ** error);

/* Waits until the device has nothing to do any more. */
void srw_target_finish (SrwTarget * target);

/* Bytes on the device, weights not counted. */
gsize srw_target_bytes (const SrwTarget * target);

/* The side of a picture after padding. */
gint srw_padded (gint side);
/* Errors: SRW_ERROR_MEMORY, SRW_ERROR_DEVICE. */
cl_mem srw_buffer_new (SrwDevice * device, gsize bytes, GError ** error);

G_END_DECLS
