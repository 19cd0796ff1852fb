/* The façade of the engine.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stylizer.h"

#include <gio/gio.h>
#include <string.h>

#include "opencl/buffer.h"
#include "opencl/program.h"
#include "srw-models.h"
#include "video/session.h"

#define BUILTIN_STYLE "/stylerwkv/models/default-style.jpg"

/* What a stylizer has on a device, frames apart. Counted: other threads may be at work on it when the stylizer moves to
 * another device. */
typedef struct
{
  SrwDevice *device;
  SrwWeights *weights;
  gint warm;                    /* atomic: every kernel of a frame has run */
  GMutex ops_lock;              /* guards queue and ops: styles are computed one at a time */
  SrwQueue *queue;              /* of everything but frames, which have queues of their own */
  SrwOps *ops;
} Place;

struct _SrwStylizer
{
  SrwModel *model;
  GMutex place_lock;            /* held to set the place, and by other threads to take a reference */
  Place *place;
  SrwSession *session;          /* NULL before the first set_size */
  SrwStyle *style;
  SrwMask *mask;                /* NULL: everywhere */

  gint frame_width, frame_height;       /* atomic, of the session: what a mask that is being loaded is fitted to */
};

/* ---- places ---- */

static void
place_clear (gpointer data)
{
  Place *place = data;

  g_clear_pointer (&place->weights, srw_weights_unref);
  g_clear_pointer (&place->ops, srw_ops_free);
  g_clear_pointer (&place->queue, srw_queue_free);
  srw_device_unref (place->device);
  g_mutex_clear (&place->ops_lock);
}

static void
place_unref (Place * place)
{
  g_atomic_rc_box_release_full (place, place_clear);
}

static Place *
place_new (SrwDevice * device, const SrwModel * model, GError ** error)
{
  Place *place = g_atomic_rc_box_new0 (Place);

  g_mutex_init (&place->ops_lock);
  place->device = srw_device_ref (device);
  if ((place->queue = srw_queue_new (device, error)) && (place->ops = srw_ops_new (place->queue, error))
      && (place->weights = srw_weights_get (device, model, error)))
    return place;
  place_unref (place);
  return NULL;
}

/* A reference to the place in use, on any thread. */
static Place *
place_of (SrwStylizer * self)
{
  Place *place;

  g_mutex_lock (&self->place_lock);
  place = g_atomic_rc_box_acquire (self->place);
  g_mutex_unlock (&self->place_lock);
  return place;
}

/* Takes the place, and gives the one before. */
static Place *
set_place (SrwStylizer * self, Place * place)
{
  Place *old;

  g_mutex_lock (&self->place_lock);
  old = self->place;
  self->place = place;
  g_mutex_unlock (&self->place_lock);
  return old;
}

/* ---- size ---- */

static gint
rows_to_process (gint height, gint processing_height)
{
  return processing_height == 0 ? height : MIN (processing_height, height);
}

static SrwSession *
session_at (Place * place, const SrwModel * model, const SrwFrameLayout * layout, gint processing_height,
    GError ** error)
{
  SrwSession *session = srw_session_new (place->device, model, place->weights, layout->format, layout->width,
      layout->height, processing_height, error);

  if (session) {
    srw_program_store (place->device);
    g_atomic_int_set (&place->warm, TRUE);
  }
  return session;
}

SrwSession *
srw_stylizer_prepare (SrwStylizer * self, SrwFormat format, gint width, gint height, gint processing_height,
    GError ** error)
{
  const SrwFrameLayout layout = {.format = format,.width = width,.height = height };
  SrwSession *session;
  Place *place;

  if (width < 1 || height < 1) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "frames of %d×%d pixels cannot be processed", width, height);
    return NULL;
  }
  if (processing_height != 0 && processing_height < SRW_MIN_PROCESSING_HEIGHT) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "a processing height of %d is less than %d", processing_height,
        SRW_MIN_PROCESSING_HEIGHT);
    return NULL;
  }
  place = place_of (self);
  session = session_at (place, self->model, &layout, rows_to_process (height, processing_height), error);
  place_unref (place);
  return session;
}

gboolean
srw_stylizer_fits (const SrwStylizer * self, const SrwSession * session)
{
  return srw_session_device (session) == self->place->device;
}

gboolean
srw_stylizer_swap_session (SrwStylizer * self, SrwSession * session, GError ** error)
{
  const SrwFrameLayout *layout = srw_session_layout (session);

  g_return_val_if_fail (self->session == NULL || srw_session_in_flight (self->session) == 0, FALSE);
  g_return_val_if_fail (srw_stylizer_fits (self, session), FALSE);
  if (!srw_session_set_mask (session, self->mask, error)) {
    srw_session_free (session);
    return FALSE;
  }
  if (self->style)
    srw_session_set_style (session, self->style);
  g_clear_pointer (&self->session, srw_session_free);
  self->session = session;
  g_atomic_int_set (&self->frame_width, layout->width);
  g_atomic_int_set (&self->frame_height, layout->height);
  return TRUE;
}

gboolean
srw_stylizer_set_size (SrwStylizer * self, SrwFormat format, gint width, gint height, gint processing_height,
    GError ** error)
{
  SrwSession *fresh;

  if (self->session) {
    const SrwFrameLayout *old = srw_session_layout (self->session);
    if (old->format == format && old->width == width && old->height == height
        && srw_session_processing_height (self->session) == rows_to_process (height, processing_height))
      return TRUE;
  }
  fresh = srw_stylizer_prepare (self, format, width, height, processing_height, error);
  return fresh && srw_stylizer_swap_session (self, fresh, error);
}

gboolean
srw_stylizer_tune (SrwStylizer * self, GError ** error)
{
  return srw_session_tune (self->session, self->model, error);
}

/* ---- another device ---- */

gboolean
srw_stylizer_move (SrwStylizer * self, SrwDevice * device, GError ** error)
{
  Place *place = place_new (device, self->model, error);
  SrwSession *session = NULL;
  gboolean moved = place != NULL;

  if (moved && self->session) {
    session = session_at (place, self->model, srw_session_layout (self->session),
        srw_session_processing_height (self->session), error);
    moved = session != NULL;
  }
  if (moved) {
    place = set_place (self, place);
    if (session && !srw_stylizer_swap_session (self, session, error)) {
      place = set_place (self, place);
      moved = FALSE;
    }
  }
  g_clear_pointer (&place, place_unref);
  return moved;
}

SrwDevice *
srw_stylizer_device (const SrwStylizer * self)
{
  return self->place->device;
}

/* ---- frames ---- */

static gboolean
layout_fits (const SrwSession * session, const SrwFrameLayout * layout, GError ** error)
{
  const SrwFrameLayout *own = srw_session_layout (session);

  if (!srw_frame_layout_check (layout, error))
    return FALSE;
  if (layout->format == own->format && layout->width == own->width && layout->height == own->height)
    return TRUE;
  g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "a frame of %d×%d pixels came where %d×%d were announced, or its "
      "format is another", layout->width, layout->height, own->width, own->height);
  return FALSE;
}

/* Row by row: the last row of a plane may be shorter than the stride. */
static void
copy_frame (const guint8 * in, const SrwFrameLayout * in_layout, guint8 * out, const SrwFrameLayout * out_layout)
{
  for (gint i = 0; i < in_layout->planes; i++) {
    gsize rows = srw_frame_plane_rows (in_layout, i);
    gsize from = in_layout->offset[i], to = out_layout->offset[i];
    gsize bytes = (gsize) MIN (in_layout->stride[i], out_layout->stride[i]);

    for (gsize y = 0; y < rows; y++) {
      gsize room = MIN (in_layout->size - from, out_layout->size - to);
      memmove (out + to, in + from, MIN (bytes, room));
      from += (gsize) in_layout->stride[i];
      to += (gsize) out_layout->stride[i];
    }
  }
}

gboolean
srw_stylizer_begin (SrwStylizer * self, const guint8 * in, const SrwFrameLayout * in_layout, guint8 * out,
    const SrwFrameLayout * out_layout, const SrwFrameParams * params, GError ** error)
{
  if (self->session == NULL || self->style == NULL) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "no %s was set before the first frame",
        self->session ? "style" : "size");
    return FALSE;
  }
  if (srw_session_in_flight (self->session) == SRW_MAX_IN_FLIGHT) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "%d frames were begun and not ended", SRW_MAX_IN_FLIGHT);
    return FALSE;
  }
  if (!layout_fits (self->session, in_layout, error) || !layout_fits (self->session, out_layout, error))
    return FALSE;
  if (params->strength <= 0.0f && in != out)
    copy_frame (in, in_layout, out, out_layout);
  return srw_session_begin (self->session, in, in_layout, out, out_layout, params, error);
}

gboolean
srw_stylizer_end (SrwStylizer * self, GError ** error)
{
  if (self->session && srw_session_in_flight (self->session) > 0)
    return srw_session_end (self->session, error);
  g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "no frame was begun");
  return FALSE;
}

gboolean
srw_stylizer_process (SrwStylizer * self, const guint8 * in, const SrwFrameLayout * in_layout, guint8 * out,
    const SrwFrameLayout * out_layout, const SrwFrameParams * params, GError ** error)
{
  return srw_stylizer_begin (self, in, in_layout, out, out_layout, params, error) && srw_stylizer_end (self, error);
}

/* ---- styles ---- */

/* Statistics of a picture that is in `frame` on the device. */
static SrwStyle *
encode_style (Place * place, cl_mem frame, const SrwFrameLayout * layout, GError ** error)
{
  gint width = srw_padded (layout->width), height = srw_padded (layout->height);
  g_autoptr (SrwFrameIo) io = srw_frame_io_new (place->queue, layout->format, layout->width, layout->height, error);
  g_autoptr (SrwNetwork) network = NULL;
  SrwStyle *style = NULL;

  if (io)
    network = srw_network_new (place->ops, place->weights, width, height, SRW_PLAN_ENCODER, error);
  if (network) {
    srw_frame_read (io, frame, layout, srw_network_plan (network)->picture.mem, width, height);
    srw_network_encode (network);
    style = srw_network_read_style (network, error);
  }
  /* not before every kernel has run: programs are stored once */
  if (g_atomic_int_get (&place->warm))
    srw_program_store (place->device);
  return style;
}

SrwStyle *
srw_stylizer_style_from_picture (SrwStylizer * self, const guint8 * rgb, gint width, gint height, gint stride,
    GError ** error)
{
  SrwFrameLayout layout;
  SrwStyle *style = NULL;
  cl_mem frame = NULL;
  Place *place;

  if (width < 1 || height < 1 || stride < 3 * width) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "a picture of %d×%d pixels cannot be a style", width, height);
    return NULL;
  }
  srw_frame_layout_init (&layout, SRW_FORMAT_RGB, width, height);
  layout.stride[0] = stride;
  layout.size = (gsize) stride * (gsize) (height - 1) + 3 * (gsize) width;
  if (!srw_frame_layout_check (&layout, error))
    return NULL;

  place = place_of (self);
  g_mutex_lock (&place->ops_lock);
  frame = srw_buffer_new (place->device, layout.size, "a style picture", error);
  if (frame) {
    cl_int code = clEnqueueWriteBuffer (srw_queue_commands (place->queue), frame, CL_TRUE, 0, layout.size, rgb, 0,
        NULL, NULL);
    if (srw_cl_check (code, "writing the style picture", error))
      style = encode_style (place, frame, &layout, error);
    clReleaseMemObject (frame);
  }
  g_mutex_unlock (&place->ops_lock);
  place_unref (place);
  return style;
}

/* Frees the picture. */
static SrwStyle *
style_of (SrwStylizer * self, SrwPicture * picture, GError ** error)
{
  SrwStyle *style = NULL;

  if (picture)
    style = srw_stylizer_style_from_picture (self, picture->rgb, picture->width, picture->height, 3 * picture->width,
        error);
  g_clear_pointer (&picture, srw_picture_free);
  return style;
}

SrwStyle *
srw_stylizer_style_from_file (SrwStylizer * self, const gchar * path, gint scale, GError ** error)
{
  if (g_str_has_suffix (path, SRW_STYLE_SUFFIX))
    return srw_style_load (path, srw_model_config (self->model)->width, srw_model_id (self->model), error);
  return style_of (self, srw_picture_load (path, scale, error), error);
}

SrwPicture *
srw_stylizer_builtin_picture (gint short_side, GError ** error)
{
  GBytes *bytes = g_resource_lookup_data (srw_models_get_resource (), BUILTIN_STYLE, G_RESOURCE_LOOKUP_FLAGS_NONE,
      error);
  SrwPicture *picture = bytes ? srw_picture_load_bytes (bytes, "the built-in style", SRW_MAX_PIXELS, short_side,
      error) : NULL;

  g_clear_pointer (&bytes, g_bytes_unref);
  return picture;
}

SrwStyle *
srw_stylizer_style_builtin (SrwStylizer * self, gint scale, GError ** error)
{
  return style_of (self, srw_stylizer_builtin_picture (scale, error), error);
}

void
srw_stylizer_set_style (SrwStylizer * self, SrwStyle * style)
{
  SrwStyle *old = self->style;

  self->style = srw_style_ref (style);
  g_clear_pointer (&old, srw_style_unref);
  if (self->session)
    srw_session_set_style (self->session, style);
}

/* ---- masks ---- */

SrwMask *
srw_stylizer_mask_from_file (SrwStylizer * self, const gchar * path, GError ** error)
{
  SrwMask *mask = srw_mask_load (path, error);
  gint width = g_atomic_int_get (&self->frame_width), height = g_atomic_int_get (&self->frame_height);

  /* should the size change meanwhile, set_mask fits it again */
  if (mask && width && height)
    srw_mask_fit (mask, width, height, srw_padded (width), srw_padded (height));
  return mask;
}

gboolean
srw_stylizer_set_mask (SrwStylizer * self, SrwMask * mask, GError ** error)
{
  SrwMask *other = mask;
  gboolean good = self->session == NULL || srw_session_set_mask (self->session, mask, error);

  if (good) {
    other = self->mask;
    self->mask = mask;
  }
  g_clear_pointer (&other, srw_mask_unref);
  return good;
}

/* ---- life ---- */

SrwStylizer *
srw_stylizer_open_on (SrwDevice * device, const gchar * model_file, GError ** error)
{
  SrwStylizer *self = g_new0 (SrwStylizer, 1);

  g_mutex_init (&self->place_lock);
  if ((self->model = srw_model_open (model_file, error)) && (self->place = place_new (device, self->model, error)))
    return self;
  srw_stylizer_close (self);
  return NULL;
}

SrwStylizer *
srw_stylizer_open (const gchar * device, const gchar * model_file, GError ** error)
{
  SrwDevice *opened = srw_choice_open_device (device, NULL, NULL, error);
  SrwStylizer *self = opened ? srw_stylizer_open_on (opened, model_file, error) : NULL;

  g_clear_pointer (&opened, srw_device_unref);
  return self;
}

void
srw_stylizer_close (SrwStylizer * self)
{
  g_clear_pointer (&self->session, srw_session_free);
  g_clear_pointer (&self->style, srw_style_unref);
  g_clear_pointer (&self->mask, srw_mask_unref);
  g_clear_pointer (&self->place, place_unref);
  g_clear_pointer (&self->model, srw_model_unref);
  g_mutex_clear (&self->place_lock);
  g_free (self);
}

const guint8 *
srw_stylizer_model_id (SrwStylizer * self)
{
  return self->place->weights->id;
}

SrwQueue *
srw_stylizer_queue (SrwStylizer * self)
{
  return srw_session_queue (self->session);
}

void
srw_stylizer_get_info (SrwStylizer * self, SrwStylizerInfo * info)
{
  *info = (SrwStylizerInfo) {.device_bytes = self->place->weights->bytes };
  info->device_name = srw_device_info (self->place->device)->name;
  info->frames_in_flight = srw_device_info (self->place->device)->family == SRW_KERNELS_GPU ? 2 : 1;
  info->model = *srw_model_config (self->model);
  if (self->session) {
    info->device_bytes += srw_session_bytes (self->session);
    srw_session_network_size (self->session, &info->processing_width, &info->processing_height);
  }
}
