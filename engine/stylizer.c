/* StyleRWKV engine: the façade. */
#include "stylizer.h"

#include <gio/gio.h>
#include <string.h>

#include "program.h"
#include "srw-models.h"
#include "target.h"

#define BUILTIN_STYLE "/stylerwkv/models/default-style.jpg"
/* A fade of a second moves the style by a third of this in a frame, so that video stays steady in it; two pictures are
 * three times this apart, or more. */
#define ANOTHER_LOOK 0.1f

struct _SrwStylizer
{
  SrwDevice *device;
  SrwModel *model;
  SrwWeights *weights;
  SrwTarget *target;            /* NULL before the first set_size */
  SrwStyle *style;
  SrwMask *mask;                /* NULL: everywhere */
  gboolean restart;             /* the frames before are of no use */

  gint frame_width, frame_height;       /* atomic, of the target: what a mask that is being loaded is fitted to */
  gint warm;                    /* atomic: every kernel of a frame has run */
  GMutex ops_lock;              /* guards ops: styles are computed one at a time */
  SrwOps *ops;                  /* of everything but frames, which have queues of their own */
};

/* ---- size ---- */

static gint
rows_to_process (gint height, gint processing_height)
{
  return processing_height == 0 ? height : MIN (processing_height, height);
}

SrwTarget *
srw_stylizer_prepare (SrwStylizer * self, SrwFormat format, gint width, gint height, gint processing_height,
    GError ** error)
{
  SrwTarget *target;

  if (width < 1 || height < 1) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "frames of %d×%d pixels cannot be processed", width, height);
    return NULL;
  }
  if (processing_height != 0 && processing_height < SRW_MIN_PROCESSING_HEIGHT) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "a processing height of %d is less than %d", processing_height,
        SRW_MIN_PROCESSING_HEIGHT);
    return NULL;
  }
  target = srw_target_new (self->device, self->model, self->weights, format, width, height,
      rows_to_process (height, processing_height), error);
  if (target) {
    srw_program_store (self->device);
    g_atomic_int_set (&self->warm, TRUE);
  }
  return target;
}

gboolean
srw_stylizer_take (SrwStylizer * self, SrwTarget * target, GError ** error)
{
  g_return_val_if_fail (self->target == NULL || self->target->in_flight == 0, FALSE);
  if (!srw_target_set_mask (target, self->mask, error)) {
    srw_target_free (&target);
    return FALSE;
  }
  if (self->style)
    srw_network_set_style (target->network, self->style);
  srw_target_free (&self->target);
  self->target = target;
  g_atomic_int_set (&self->frame_width, target->layout.width);
  g_atomic_int_set (&self->frame_height, target->layout.height);
  self->restart = TRUE;
  return TRUE;
}

gboolean
srw_stylizer_set_size (SrwStylizer * self, SrwFormat format, gint width, gint height, gint processing_height,
    GError ** error)
{
  const SrwTarget *old = self->target;
  SrwTarget *fresh;

  if (old && old->layout.format == format && old->layout.width == width && old->layout.height == height
      && old->processing_height == rows_to_process (height, processing_height))
    return TRUE;
  fresh = srw_stylizer_prepare (self, format, width, height, processing_height, error);
  return fresh && srw_stylizer_take (self, fresh, error);
}

/* ---- frames ---- */

static gboolean
layout_fits (const SrwTarget * t, const SrwFrameLayout * layout, GError ** error)
{
  if (!srw_frame_layout_check (layout, error))
    return FALSE;
  if (layout->format == t->layout.format && layout->width == t->layout.width && layout->height == t->layout.height)
    return TRUE;
  g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "a frame of %d×%d pixels came where %d×%d were announced, or its "
      "format is another", layout->width, layout->height, t->layout.width, t->layout.height);
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
  SrwFrameParams used = *params;
  gboolean good = TRUE;

  if (self->target == NULL || self->style == NULL) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "no %s was set before the first frame",
        self->target ? "style" : "size");
    return FALSE;
  }
  if (self->target->in_flight == SRW_MAX_IN_FLIGHT) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "%d frames were begun and not ended", SRW_MAX_IN_FLIGHT);
    return FALSE;
  }
  if (!layout_fits (self->target, in_layout, error) || !layout_fits (self->target, out_layout, error))
    return FALSE;
  used.restart |= self->restart;
  if (params->strength > 0.0f) {
    good = srw_target_begin (self->target, in, in_layout, out, out_layout, &used, error);
  } else {
    if (in != out)
      copy_frame (in, in_layout, out, out_layout);
    srw_target_skip (self->target);
  }
  /* the smoothed statistics miss a frame that was copied */
  self->restart = !good || params->strength <= 0.0f;
  return good;
}

gboolean
srw_stylizer_end (SrwStylizer * self, GError ** error)
{
  if (self->target == NULL || self->target->in_flight == 0) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "no frame was begun");
    return FALSE;
  }
  if (srw_target_end (self->target, error))
    return TRUE;
  self->restart = TRUE;
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
encode_style (SrwStylizer * self, cl_mem frame, const SrwFrameLayout * layout, GError ** error)
{
  gint width = srw_padded (layout->width), height = srw_padded (layout->height);
  SrwFrameIo *io = srw_frame_io_new (self->ops, self->device, layout->format, layout->width, layout->height, error);
  SrwNetwork *network = NULL;
  SrwStyle *style = NULL;

  if (io)
    network = srw_network_new (self->device, self->ops, self->model, self->weights, width, height,
        SRW_PLAN_ENCODER, error);
  if (network) {
    srw_frame_read (io, frame, layout, srw_network_plan (network)->picture.mem, width, height);
    srw_network_encode (network);
    style = srw_network_read_style (network, error);
  }
  /* not before every kernel has run: programs are stored once */
  if (g_atomic_int_get (&self->warm))
    srw_program_store (self->device);
  srw_network_free (&network);
  srw_frame_io_free (&io);
  return style;
}

SrwStyle *
srw_stylizer_style_from_picture (SrwStylizer * self, const guint8 * rgb, gint width, gint height, gint stride,
    GError ** error)
{
  SrwFrameLayout layout;
  SrwStyle *style = NULL;
  cl_mem frame = NULL;

  if (width < 1 || height < 1 || stride < 3 * width) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "a picture of %d×%d pixels cannot be a style", width, height);
    return NULL;
  }
  srw_frame_layout_init (&layout, SRW_FORMAT_RGB, width, height);
  layout.stride[0] = stride;
  layout.size = (gsize) stride * (gsize) (height - 1) + 3 * (gsize) width;
  if (!srw_frame_layout_check (&layout, error))
    return NULL;

  g_mutex_lock (&self->ops_lock);
  frame = srw_buffer_new (self->device, layout.size, error);
  if (frame) {
    cl_int code = clEnqueueWriteBuffer (srw_ops_queue (self->ops), frame, CL_TRUE, 0, layout.size, rgb, 0, NULL,
        NULL);
    if (srw_cl_check (code, "writing the style picture", error))
      style = encode_style (self, frame, &layout, error);
    clReleaseMemObject (frame);
  }
  g_mutex_unlock (&self->ops_lock);
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
  srw_picture_free (&picture);
  return style;
}

SrwStyle *
srw_stylizer_style_from_file (SrwStylizer * self, const gchar * path, gint scale, GError ** error)
{
  if (g_str_has_suffix (path, SRW_STYLE_SUFFIX))
    return srw_style_load (path, self->weights->config.width_c, self->weights->id, error);
  return style_of (self, srw_picture_load (path, scale, error), error);
}

SrwStyle *
srw_stylizer_style_builtin (SrwStylizer * self, gint scale, GError ** error)
{
  GBytes *bytes = g_resource_lookup_data (srw_models_get_resource (), BUILTIN_STYLE, G_RESOURCE_LOOKUP_FLAGS_NONE,
      error);
  SrwPicture *picture = bytes ? srw_picture_load_bytes (bytes, "the built-in style", scale, error) : NULL;

  g_clear_pointer (&bytes, g_bytes_unref);
  return style_of (self, picture, error);
}

void
srw_stylizer_set_style (SrwStylizer * self, SrwStyle * style)
{
  SrwStyle *old = self->style;

  self->style = srw_style_ref (style);
  if (self->target) {
    srw_network_set_style (self->target->network, style);
    if (old == NULL || srw_style_distance (old, style) > ANOTHER_LOOK)
      srw_steady_forget (self->target->steady);
  }
  srw_style_unref (&old);
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
  gboolean good = self->target == NULL || srw_target_set_mask (self->target, mask, error);

  if (good) {
    other = self->mask;
    self->mask = mask;
  }
  srw_mask_unref (&other);
  return good;
}

/* ---- life ---- */

SrwStylizer *
srw_stylizer_open_on (SrwDevice * device, const gchar * model_file, GError ** error)
{
  SrwStylizer *self = g_new0 (SrwStylizer, 1);

  g_mutex_init (&self->ops_lock);
  self->restart = TRUE;
  self->device = srw_device_ref (device);
  if ((self->model = srw_model_open (model_file, error))
      && (self->ops = srw_ops_new (self->device, error))
      && (self->weights = srw_weights_get (self->device, self->ops, self->model, error)))
    return self;
  srw_stylizer_close (&self);
  return NULL;
}

SrwStylizer *
srw_stylizer_open (const gchar * device, const gchar * model_file, GError ** error)
{
  SrwDevice *opened = srw_device_open (device, error);
  SrwStylizer *self = opened ? srw_stylizer_open_on (opened, model_file, error) : NULL;

  srw_device_unref (&opened);
  return self;
}

void
srw_stylizer_close (SrwStylizer ** stylizer)
{
  SrwStylizer *self;

  if (stylizer == NULL || *stylizer == NULL)
    return;
  self = *stylizer;
  *stylizer = NULL;
  srw_target_free (&self->target);
  srw_style_unref (&self->style);
  srw_mask_unref (&self->mask);
  srw_weights_unref (&self->weights);
  srw_ops_free (&self->ops);
  srw_model_unref (&self->model);
  srw_device_unref (&self->device);
  g_mutex_clear (&self->ops_lock);
  g_free (self);
}

const guint8 *
srw_stylizer_model_id (SrwStylizer * self)
{
  return self->weights->id;
}

SrwOps *
srw_stylizer_ops (SrwStylizer * self)
{
  return self->target->ops;
}

void
srw_stylizer_get_info (SrwStylizer * self, SrwStylizerInfo * info)
{
  const SrwTarget *t = self->target;

  *info = (SrwStylizerInfo) {.device_bytes = self->weights->bytes };
  info->device_name = srw_device_info (self->device)->name;
  info->model = self->weights->config;
  if (t) {
    info->device_bytes += srw_target_bytes (t);
    info->processing_width = srw_network_plan (t->network)->width;
    info->processing_height = srw_network_plan (t->network)->height;
  }
}
