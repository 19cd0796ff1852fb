/* StyleRWKV engine: the façade. */
#include "stylizer.h"

#include <gio/gio.h>
#include <string.h>

#include "network.h"
#include "program.h"
#include "srw-models.h"

#define STYLE_SUFFIX ".srwstyle"
#define BUILTIN_STYLE "/stylerwkv/models/default-style.jpg"
#define PAD_TO 16

/* Everything that belongs to one frame size. */
typedef struct
{
  SrwFrameLayout layout;        /* format, width and height in use */
  gint padded_width, padded_height;
  SrwFrameIo *io;
  SrwNetwork *network;
  cl_mem in, out;               /* frames on the device */
  cl_mem mask;                  /* NULL: everywhere */
  gsize in_bytes, out_bytes, mask_bytes;
} Target;

struct _SrwStylizer
{
  SrwDevice *device;
  SrwModel *model;
  SrwOps *ops;
  SrwWeights *weights;
  Target *target;               /* NULL before the first set_size */
  SrwStyle *style;
  SrwMask *mask;                /* NULL: everywhere */
  gboolean restart;             /* the smoothed statistics are of no use */

  gint frame_width, frame_height;       /* atomic, of the target: what a mask that is being loaded is fitted to */
  gint warm;                    /* atomic: every kernel of a frame has run */
  GMutex style_lock;            /* guards style_ops: styles are computed one at a time */
  SrwOps *style_ops;            /* a queue apart from that of the frames */
};

static gint
padded (gint side)
{
  return (side + PAD_TO - 1) / PAD_TO * PAD_TO;
}

static cl_mem
buffer_new (SrwDevice * device, gsize bytes, GError ** error)
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
  grown = buffer_new (device, bytes, error);
  if (grown == NULL)
    return FALSE;
  if (*buffer)
    clReleaseMemObject (*buffer);
  *buffer = grown;
  *have = bytes;
  return TRUE;
}

/* ---- frames ---- */

static void
target_free (Target ** target)
{
  Target *held = *target;

  *target = NULL;
  if (held == NULL)
    return;
  srw_frame_io_free (&held->io);
  srw_network_free (&held->network);
  if (held->in)
    clReleaseMemObject (held->in);
  if (held->out)
    clReleaseMemObject (held->out);
  if (held->mask)
    clReleaseMemObject (held->mask);
  g_free (held);
}

/* Lays and enqueues one frame from `in` to `out`, waits. */
static gboolean
run_frame (SrwStylizer * self, Target * t, const guint8 * in, const SrwFrameLayout * in_layout, guint8 * out,
    const SrwFrameLayout * out_layout, const SrwFrameParams * params, GError ** error)
{
  const SrwPlan *plan = srw_network_plan (t->network);
  cl_command_queue queue = srw_ops_queue (self->ops);
  gfloat s = params->strength;
  /* continuous at 0, where the frame itself is the result, and soon out of the way of the statistics' blend */
  const SrwFrameBlend blend = {.amount = 1.0f - (1.0f - s) * (1.0f - s) * (1.0f - s) * (1.0f - s),
    .keep_chroma = params->preserve_color,.mask = t->mask
  };
  cl_int written, read;

  /* not blocking: `in` stays until the read below is through */
  written = clEnqueueWriteBuffer (queue, t->in, CL_FALSE, 0, in_layout->size, in, 0, NULL, NULL);
  srw_frame_read (t->io, t->in, in_layout, plan->picture.mem, t->padded_width, t->padded_height);
  srw_network_encode (t->network);
  srw_network_decode (t->network, params->smoothing, params->restart || self->restart, s);
  srw_frame_write (t->io, plan->head.mem, t->padded_width, &blend, t->in, in_layout, t->out, out_layout);
  read = clEnqueueReadBuffer (queue, t->out, CL_TRUE, 0, out_layout->size, out, 0, NULL, NULL);
  if (read != CL_SUCCESS)
    clFinish (queue);
  return srw_ops_check (self->ops, error) && srw_cl_check (written, "writing the frame", error)
      && srw_cl_check (read, "reading the frame", error);
}

/* One frame of nothing: every kernel has then run once with the sizes it will have. */
static gboolean
warm (SrwStylizer * self, Target * t, GError ** error)
{
  const SrwFrameParams params = {.strength = 1.0f,.restart = TRUE };
  guint8 *frame = g_try_malloc0 (t->layout.size);
  gfloat *nothing = g_new0 (gfloat, 60 * self->weights->config.width_c);
  SrwStyle *style = srw_style_new (self->weights->config.width_c, nothing);
  gboolean good;

  g_free (nothing);
  srw_network_set_style (t->network, self->style ? self->style : style);
  srw_style_unref (&style);
  if (frame == NULL) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_MEMORY, "not enough memory for a frame of %" G_GSIZE_FORMAT " bytes",
        t->layout.size);
    return FALSE;
  }
  good = run_frame (self, t, frame, &t->layout, frame, &t->layout, &params, error);
  g_free (frame);
  return good;
}

/* NULL: no mask. */
static gboolean
target_set_mask (SrwStylizer * self, Target * t, SrwMask * mask, GError ** error)
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
  return buffer_reserve (self->device, &t->mask, &t->mask_bytes, bytes, error)
      && srw_cl_check (clEnqueueWriteBuffer (srw_ops_queue (self->ops), t->mask, CL_TRUE, 0, bytes, pixels, 0, NULL,
          NULL), "writing the mask", error);
}

static Target *
target_new (SrwStylizer * self, SrwFormat format, gint width, gint height, GError ** error)
{
  Target *t = g_new0 (Target, 1);

  srw_frame_layout_init (&t->layout, format, width, height);
  t->padded_width = padded (width);
  t->padded_height = padded (height);
  if (srw_frame_layout_check (&t->layout, error)
      && (t->io = srw_frame_io_new (self->ops, self->device, format, error))
      && (t->network = srw_network_new (self->device, self->ops, self->model, self->weights, t->padded_width,
              t->padded_height, SRW_PLAN_WHOLE, error))
      && srw_network_tune (t->network, error)
      && buffer_reserve (self->device, &t->in, &t->in_bytes, t->layout.size, error)
      && buffer_reserve (self->device, &t->out, &t->out_bytes, t->layout.size, error)
      && target_set_mask (self, t, self->mask, error)
      && warm (self, t, error))
    return t;
  target_free (&t);
  return NULL;
}

gboolean
srw_stylizer_set_size (SrwStylizer * self, SrwFormat format, gint width, gint height, GError ** error)
{
  const Target *old = self->target;
  Target *fresh;

  if (width < 1 || height < 1) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "frames of %d×%d pixels cannot be processed", width, height);
    return FALSE;
  }
  if (old && old->layout.format == format && old->layout.width == width && old->layout.height == height)
    return TRUE;
  fresh = target_new (self, format, width, height, error);
  if (fresh == NULL)
    return FALSE;
  srw_program_store (self->device);
  g_atomic_int_set (&self->warm, TRUE);
  target_free (&self->target);
  self->target = fresh;
  g_atomic_int_set (&self->frame_width, width);
  g_atomic_int_set (&self->frame_height, height);
  self->restart = TRUE;
  return TRUE;
}

static gboolean
layout_fits (const Target * t, const SrwFrameLayout * layout, GError ** error)
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
    /* formats with several planes are 4:2:0 */
    gint rows = i == 0 ? in_layout->height : (in_layout->height + 1) / 2;
    gsize from = in_layout->offset[i], to = out_layout->offset[i];
    gsize bytes = (gsize) MIN (in_layout->stride[i], out_layout->stride[i]);

    for (gint y = 0; y < rows; y++) {
      gsize room = MIN (in_layout->size - from, out_layout->size - to);
      memmove (out + to, in + from, MIN (bytes, room));
      from += (gsize) in_layout->stride[i];
      to += (gsize) out_layout->stride[i];
    }
  }
}

gboolean
srw_stylizer_process (SrwStylizer * self, const guint8 * in, const SrwFrameLayout * in_layout, guint8 * out,
    const SrwFrameLayout * out_layout, const SrwFrameParams * params, GError ** error)
{
  Target *t = self->target;
  gboolean good;

  if (t == NULL || self->style == NULL) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_SIZE, "no %s was set before the first frame", t ? "style" : "size");
    return FALSE;
  }
  if (!layout_fits (t, in_layout, error) || !layout_fits (t, out_layout, error))
    return FALSE;
  if (params->strength <= 0.0f) {
    if (in != out)
      copy_frame (in, in_layout, out, out_layout);
    self->restart = TRUE;       /* the smoothed statistics miss this frame */
    return TRUE;
  }
  if (!buffer_reserve (self->device, &t->in, &t->in_bytes, in_layout->size, error)
      || !buffer_reserve (self->device, &t->out, &t->out_bytes, out_layout->size, error))
    return FALSE;
  good = run_frame (self, t, in, in_layout, out, out_layout, params, error);
  self->restart = !good;
  return good;
}

/* ---- styles ---- */

/* Statistics of a picture that is in `frame` on the device. */
static SrwStyle *
encode_style (SrwStylizer * self, cl_mem frame, const SrwFrameLayout * layout, GError ** error)
{
  gint width = padded (layout->width), height = padded (layout->height);
  SrwFrameIo *io = srw_frame_io_new (self->style_ops, self->device, layout->format, error);
  SrwNetwork *network = NULL;
  SrwStyle *style = NULL;

  if (io)
    network = srw_network_new (self->device, self->style_ops, self->model, self->weights, width, height,
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

  g_mutex_lock (&self->style_lock);
  if (self->style_ops == NULL)
    self->style_ops = srw_ops_new (self->device, error);
  if (self->style_ops)
    frame = buffer_new (self->device, layout.size, error);
  if (frame) {
    cl_int code = clEnqueueWriteBuffer (srw_ops_queue (self->style_ops), frame, CL_TRUE, 0, layout.size, rgb, 0, NULL,
        NULL);
    if (srw_cl_check (code, "writing the style picture", error))
      style = encode_style (self, frame, &layout, error);
    clReleaseMemObject (frame);
  }
  g_mutex_unlock (&self->style_lock);
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
srw_stylizer_style_from_file (SrwStylizer * self, const gchar * path, GError ** error)
{
  if (g_str_has_suffix (path, STYLE_SUFFIX))
    return srw_style_load (path, self->weights->config.width_c, self->weights->id, error);
  return style_of (self, srw_picture_load (path, SRW_STYLE_SIZE, error), error);
}

SrwStyle *
srw_stylizer_style_builtin (SrwStylizer * self, GError ** error)
{
  GBytes *bytes = g_resource_lookup_data (srw_models_get_resource (), BUILTIN_STYLE, G_RESOURCE_LOOKUP_FLAGS_NONE,
      error);
  SrwPicture *picture = bytes ? srw_picture_load_bytes (bytes, "the built-in style", SRW_STYLE_SIZE, error) : NULL;

  g_clear_pointer (&bytes, g_bytes_unref);
  return style_of (self, picture, error);
}

void
srw_stylizer_set_style (SrwStylizer * self, SrwStyle * style)
{
  SrwStyle *old = self->style;

  self->style = srw_style_ref (style);
  srw_style_unref (&old);
  if (self->target)
    srw_network_set_style (self->target->network, style);
}

/* ---- masks ---- */

SrwMask *
srw_stylizer_mask_from_file (SrwStylizer * self, const gchar * path, GError ** error)
{
  SrwMask *mask = srw_mask_load (path, error);
  gint width = g_atomic_int_get (&self->frame_width), height = g_atomic_int_get (&self->frame_height);

  /* should the size change meanwhile, set_mask fits it again */
  if (mask && width && height)
    srw_mask_fit (mask, width, height, padded (width), padded (height));
  return mask;
}

gboolean
srw_stylizer_set_mask (SrwStylizer * self, SrwMask * mask, GError ** error)
{
  SrwMask *other = mask;
  gboolean good = self->target == NULL || target_set_mask (self, self->target, mask, error);

  if (good) {
    other = self->mask;
    self->mask = mask;
  }
  srw_mask_free (&other);
  return good;
}

/* ---- life ---- */

SrwStylizer *
srw_stylizer_open (const gchar * device, const gchar * model_file, GError ** error)
{
  SrwStylizer *self = g_new0 (SrwStylizer, 1);

  g_mutex_init (&self->style_lock);
  self->restart = TRUE;
  /* what fails soonest comes first */
  if ((self->model = srw_model_open (model_file, error))
      && (self->device = srw_device_open (device, error))
      && (self->ops = srw_ops_new (self->device, error))
      && (self->weights = srw_weights_get (self->device, self->ops, self->model, error)))
    return self;
  srw_stylizer_close (&self);
  return NULL;
}

void
srw_stylizer_close (SrwStylizer ** stylizer)
{
  SrwStylizer *self;

  if (stylizer == NULL || *stylizer == NULL)
    return;
  self = *stylizer;
  *stylizer = NULL;
  target_free (&self->target);
  srw_style_unref (&self->style);
  srw_mask_free (&self->mask);
  srw_weights_unref (&self->weights);
  srw_ops_free (&self->style_ops);
  srw_ops_free (&self->ops);
  srw_model_unref (&self->model);
  srw_device_unref (&self->device);
  g_mutex_clear (&self->style_lock);
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
  return self->ops;
}

void
srw_stylizer_get_info (SrwStylizer * self, SrwStylizerInfo * info)
{
  const SrwModelConfig *config = &self->weights->config;
  const Target *t = self->target;

  *info = (SrwStylizerInfo) {.device_bytes = self->weights->bytes };
  info->device_name = srw_device_info (self->device)->name;
  info->width_c = config->width_c;
  info->hidden = config->hidden;
  info->rounds = config->rounds;
  info->step = config->step;
  memcpy (info->blocks, config->blocks, sizeof info->blocks);
  if (t) {
    info->device_bytes += srw_network_bytes (t->network) + t->in_bytes + t->out_bytes + t->mask_bytes;
    info->processing_width = t->padded_width;
    info->processing_height = t->padded_height;
  }
}
