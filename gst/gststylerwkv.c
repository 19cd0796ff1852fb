/* GStreamer element stylerwkv: gives video the look of a painting.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-stylerwkv
 * @title: stylerwkv
 * @short_description: gives video the look of a painting
 *
 * Redraws every frame in the colours and brush strokes of a picture, with a StyleRWKV network that runs on any OpenCL device,
 * processors included. Weights and a first style are built in, so that it works with nothing set.
 *
 * Styles and the mask can be changed while playing: the new one is prepared beside the stream and taken between two frames. When
 * it is in use, an element message `stylerwkv-style-changed` is posted, with the fields `property` and `path`, and
 * #GstStylerwkv::style-changed is emitted; when it cannot be loaded, a warning says why and the old style stays.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 videotestsrc ! stylerwkv ! videoconvert ! autovideosink
 * ]|
 * A test picture in the built-in style.
 * |[
 * gst-launch-1.0 filesrc location=clip.mp4 ! decodebin ! videoconvert ! stylerwkv style-image=painting.jpg strength=0.8 \
 *     ! videoconvert ! autovideosink
 * ]|
 * A clip in the style of a painting, with some of its own look left.
 * |[
 * gst-launch-1.0 v4l2src ! videoconvert ! videoscale ! video/x-raw,width=640,height=360 ! queue leaky=downstream \
 *     max-size-buffers=1 ! stylerwkv ! videoconvert ! autovideosink
 * ]|
 * A camera. What comes faster than it can be drawn is left out.
 * |[
 * gst-launch-1.0 videotestsrc pattern=ball ! stylerwkv preserve-color=true ! videoconvert ! autovideosink
 * ]|
 * Brush strokes of the painting, colours of the video.
 * |[
 * gst-launch-1.0 videotestsrc ! stylerwkv mask=vignette.png ! videoconvert ! autovideosink
 * ]|
 * Style where the picture is white, and the video as it is where it is black.
 *
 * Since: 0.1
 */

#include "gststylerwkv.h"

#include "engineerror.h"
#include "latency.h"
#include "styleloader.h"
#include "videolayout.h"

GST_DEBUG_CATEGORY_STATIC (gst_stylerwkv_debug);
#define GST_CAT_DEFAULT gst_stylerwkv_debug

enum
{
  PROP_0,
  PROP_STYLE_IMAGE,
  PROP_STRENGTH,
  PROP_STYLE_IMAGE_2,
  PROP_STYLE_MIX,
  PROP_TEMPORAL_SMOOTHING,
  PROP_PRESERVE_COLOR,
  PROP_MASK,
  PROP_MODEL_FILE,
  PROP_DEVICE,
  PROP_STATS,
};

enum
{
  SIGNAL_STYLE_CHANGED,
  N_SIGNALS,
};

#define DEFAULT_STRENGTH 1.0
#define DEFAULT_STYLE_MIX 0.0
#define DEFAULT_TEMPORAL_SMOOTHING 0.8
#define DEFAULT_DEVICE "auto"

/* What stats tells. */
typedef struct
{
  guint64 in, done, dropped;
  gdouble total_ms, worst_ms;
  gchar *device, *model;
  gint width, height;
  guint64 device_bytes;
} Stats;

struct _GstStylerwkv
{
  GstVideoFilter parent;

  /* Guarded by the object lock. */
  gchar *path[LOADER_SLOTS];    /* of styles and mask */
  gdouble strength, style_mix, smoothing;
  gboolean preserve_color;
  gchar *model_file, *device;
  Stats stats;
  LatencyMeter latency;
  StyleLoader *loader;          /* from start to stop */
  SrwStyle *style[STYLE_SLOTS]; /* as loaded last; the second may be NULL */
  SrwMask *mask;                /* as loaded last, until the streaming thread takes it */
  gboolean style_changed, mask_changed; /* since the streaming thread looked */

  /* Of start, stop and the streaming thread, which are never at work together. */
  SrwStylizer *stylizer;
  SrwFrameLayout layout;        /* without its memory; width 0 before caps */
  GstBuffer *scratch[2];        /* for frames in several pieces of memory: in, out; NULL before the first such frame */
  gfloat applied_mix;
  gboolean restart;             /* the next frame does not follow the last one */
};

static guint signals[N_SIGNALS];

static const gchar *const slot_names[LOADER_SLOTS] = { "style-image", "style-image-2", "mask" };

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("video/x-raw, format=" STYLERWKV_FORMATS ", width=[1, 16384], height=[1, 16384], "
        "framerate=" GST_VIDEO_FPS_RANGE));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("video/x-raw, format=" STYLERWKV_FORMATS ", width=[1, 16384], height=[1, 16384], "
        "framerate=" GST_VIDEO_FPS_RANGE));

G_DEFINE_TYPE (GstStylerwkv, gst_stylerwkv, GST_TYPE_VIDEO_FILTER);
GST_ELEMENT_REGISTER_DEFINE (stylerwkv, "stylerwkv", GST_RANK_NONE, GST_TYPE_STYLERWKV);

static void gst_stylerwkv_set_property (GObject * object, guint id, const GValue * value, GParamSpec * pspec);
static void gst_stylerwkv_get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec);
static void gst_stylerwkv_finalize (GObject * object);
static gboolean gst_stylerwkv_start (GstBaseTransform * trans);
static gboolean gst_stylerwkv_stop (GstBaseTransform * trans);
static gboolean gst_stylerwkv_sink_event (GstBaseTransform * trans, GstEvent * event);
static gboolean gst_stylerwkv_query (GstBaseTransform * trans, GstPadDirection direction, GstQuery * query);
static void gst_stylerwkv_before_transform (GstBaseTransform * trans, GstBuffer * buffer);
static GstFlowReturn gst_stylerwkv_submit_input_buffer (GstBaseTransform * trans, gboolean discont, GstBuffer * buffer);
static gboolean gst_stylerwkv_set_info (GstVideoFilter * filter, GstCaps * in_caps, GstVideoInfo * in_info,
    GstCaps * out_caps, GstVideoInfo * out_info);
static GstFlowReturn gst_stylerwkv_transform_frame (GstVideoFilter * filter, GstVideoFrame * in, GstVideoFrame * out);

/* ---- class ---- */

#define PLAYING (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING)
#define READY (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)

static void
install_properties (GObjectClass * object_class)
{
  /**
   * GstStylerwkv:style-image:
   *
   * Path of the picture whose style is taken: anything that gdk-pixbuf reads, or an .srwstyle file. Without one the built-in
   * style is used.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_STYLE_IMAGE, g_param_spec_string ("style-image", "Style image",
          "Path of the picture whose style is taken, or of an .srwstyle file (NULL = the built-in style)", NULL,
          PLAYING));
  /**
   * GstStylerwkv:strength:
   *
   * How much of the style is applied. At 0 frames pass through untouched.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_STRENGTH, g_param_spec_double ("strength", "Strength",
          "Amount of style; 0 passes frames through untouched", 0, 1, DEFAULT_STRENGTH,
          PLAYING | GST_PARAM_CONTROLLABLE));
  /**
   * GstStylerwkv:style-image-2:
   *
   * Path of the picture of a second style, to be mixed in with #GstStylerwkv:style-mix.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_STYLE_IMAGE_2, g_param_spec_string ("style-image-2",
          "Second style image", "Path of the picture of a second style, mixed in by style-mix (NULL = none)", NULL,
          PLAYING));
  /**
   * GstStylerwkv:style-mix:
   *
   * Blend between the style and the second style: 0 is the first one, 1 the second.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_STYLE_MIX, g_param_spec_double ("style-mix", "Style mix",
          "Blend between style-image (0) and style-image-2 (1)", 0, 1, DEFAULT_STYLE_MIX,
          PLAYING | GST_PARAM_CONTROLLABLE));
  /**
   * GstStylerwkv:temporal-smoothing:
   *
   * How much of the measured content statistics is kept from frame to frame: more is steadier, less follows faster. A scene
   * change, a seek and a gap in the stream start anew whatever the value.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_TEMPORAL_SMOOTHING, g_param_spec_double ("temporal-smoothing",
          "Temporal smoothing", "Part of the content statistics that is kept from frame to frame", 0, 1,
          DEFAULT_TEMPORAL_SMOOTHING, PLAYING | GST_PARAM_CONTROLLABLE));
  /**
   * GstStylerwkv:preserve-color:
   *
   * Keep the colours of the video and take only light and dark, the brush strokes, from the style: the luma of the styled
   * picture with the chroma of the frame. Luma is that of the frame's own colour matrix, for RGB that of BT.601. RGB values that
   * this would put out of range are clipped.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_PRESERVE_COLOR, g_param_spec_boolean ("preserve-color",
          "Preserve colour", "Keep the chroma of the video, and take only luma from the styled picture", FALSE,
          PLAYING));
  /**
   * GstStylerwkv:mask:
   *
   * Path of a picture that says where to stylise: white is styled, black stays untouched, grey is in between. It is scaled to the
   * size of the frames. Without one all of the frame is styled.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MASK, g_param_spec_string ("mask", "Mask",
          "Path of a grey picture that says where to stylise: white styled, black untouched (NULL = everywhere)", NULL,
          PLAYING));
  /**
   * GstStylerwkv:model-file:
   *
   * Path of a weights file. Without one the built-in weights are used.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MODEL_FILE, g_param_spec_string ("model-file", "Model file",
          "Path of a weights file (NULL = the built-in weights)", NULL, READY));
  /**
   * GstStylerwkv:device:
   *
   * Which OpenCL device is used: "auto" (a GPU if there is one, else the processor), "gpu", "cpu", "P:D" (platform and
   * device number) or part of a device's name.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_DEVICE, g_param_spec_string ("device", "Device",
          "OpenCL device: auto, gpu, cpu, P:D (platform and device number) or part of its name", DEFAULT_DEVICE,
          READY));
  /**
   * GstStylerwkv:stats:
   *
   * Counters since the element left READY: `in`, `done` and `dropped` frames (guint64), `mean-ms` and `worst-ms` of a frame
   * (gdouble), `device` and `model` (strings), `processing-width` and `processing-height` (gint), `device-bytes` (guint64).
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_STATS, g_param_spec_boxed ("stats", "Statistics",
          "Frames in, done and dropped, times, device, model and processing size", GST_TYPE_STRUCTURE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
gst_stylerwkv_class_init (GstStylerwkvClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (klass);
  GstVideoFilterClass *filter_class = GST_VIDEO_FILTER_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_stylerwkv_debug, "stylerwkv", 0, "StyleRWKV style transfer");

  object_class->set_property = gst_stylerwkv_set_property;
  object_class->get_property = gst_stylerwkv_get_property;
  object_class->finalize = gst_stylerwkv_finalize;
  install_properties (object_class);

  /**
   * GstStylerwkv::style-changed:
   * @stylerwkv: the element
   * @property: "style-image", "style-image-2" or "mask"
   * @path: (nullable): what that property was set to
   *
   * A style or mask set while playing is in use from the next frame on. Emitted on the thread that loads styles, which the element
   * waits for when it stops: a handler must not change the element's state.
   *
   * Since: 0.1
   */
  signals[SIGNAL_STYLE_CHANGED] = g_signal_new ("style-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
      NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);

  gst_element_class_set_static_metadata (element_class, "StyleRWKV style transfer", "Filter/Effect/Video",
      "Gives video the look of a painting, on any OpenCL device", "The gst-stylerwkv authors");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);

  trans_class->start = GST_DEBUG_FUNCPTR (gst_stylerwkv_start);
  trans_class->stop = GST_DEBUG_FUNCPTR (gst_stylerwkv_stop);
  trans_class->sink_event = GST_DEBUG_FUNCPTR (gst_stylerwkv_sink_event);
  trans_class->query = GST_DEBUG_FUNCPTR (gst_stylerwkv_query);
  trans_class->before_transform = GST_DEBUG_FUNCPTR (gst_stylerwkv_before_transform);
  trans_class->submit_input_buffer = GST_DEBUG_FUNCPTR (gst_stylerwkv_submit_input_buffer);
  trans_class->transform_ip_on_passthrough = FALSE;
  filter_class->set_info = GST_DEBUG_FUNCPTR (gst_stylerwkv_set_info);
  filter_class->transform_frame = GST_DEBUG_FUNCPTR (gst_stylerwkv_transform_frame);
}

static void
gst_stylerwkv_init (GstStylerwkv * self)
{
  self->strength = DEFAULT_STRENGTH;
  self->style_mix = DEFAULT_STYLE_MIX;
  self->smoothing = DEFAULT_TEMPORAL_SMOOTHING;
  self->device = g_strdup (DEFAULT_DEVICE);
}

static void
clear_stats (Stats * stats)
{
  g_free (stats->device);
  g_free (stats->model);
  *stats = (Stats) { 0 };
}

static void
gst_stylerwkv_finalize (GObject * object)
{
  GstStylerwkv *self = GST_STYLERWKV (object);

  for (guint i = 0; i < LOADER_SLOTS; i++)
    g_free (self->path[i]);
  g_free (self->model_file);
  g_free (self->device);
  clear_stats (&self->stats);
  G_OBJECT_CLASS (gst_stylerwkv_parent_class)->finalize (object);
}

/* ---- properties ---- */

/* Called with the object lock held, as the other setters. */
static void
set_path (GstStylerwkv * self, guint slot, const GValue * value)
{
  const gchar *path = g_value_get_string (value);

  g_free (self->path[slot]);
  self->path[slot] = g_strdup (path && path[0] ? path : NULL);
  if (self->loader)
    style_loader_request (self->loader, slot, self->path[slot]);
}

static void
set_string (gchar ** string, const GValue * value)
{
  g_free (*string);
  *string = g_value_dup_string (value);
}

static void
gst_stylerwkv_set_property (GObject * object, guint id, const GValue * value, GParamSpec * pspec)
{
  GstStylerwkv *self = GST_STYLERWKV (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_STYLE_IMAGE:
      set_path (self, 0, value);
      break;
    case PROP_STYLE_IMAGE_2:
      set_path (self, 1, value);
      break;
    case PROP_MASK:
      set_path (self, MASK_SLOT, value);
      break;
    case PROP_STRENGTH:
      self->strength = g_value_get_double (value);
      break;
    case PROP_STYLE_MIX:
      self->style_mix = g_value_get_double (value);
      break;
    case PROP_TEMPORAL_SMOOTHING:
      self->smoothing = g_value_get_double (value);
      break;
    case PROP_PRESERVE_COLOR:
      self->preserve_color = g_value_get_boolean (value);
      break;
    case PROP_MODEL_FILE:
      set_string (&self->model_file, value);
      break;
    case PROP_DEVICE:
      set_string (&self->device, value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

/* Called with the object lock held. */
static GstStructure *
stats_structure (const Stats * stats)
{
  return gst_structure_new ("stylerwkv-stats", "in", G_TYPE_UINT64, stats->in, "done", G_TYPE_UINT64, stats->done,
      "dropped", G_TYPE_UINT64, stats->dropped, "mean-ms", G_TYPE_DOUBLE,
      stats->done ? stats->total_ms / (gdouble) stats->done : 0.0, "worst-ms", G_TYPE_DOUBLE, stats->worst_ms, "device",
      G_TYPE_STRING, stats->device, "model", G_TYPE_STRING, stats->model, "processing-width", G_TYPE_INT, stats->width,
      "processing-height", G_TYPE_INT, stats->height, "device-bytes", G_TYPE_UINT64, stats->device_bytes, NULL);
}

static void
gst_stylerwkv_get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstStylerwkv *self = GST_STYLERWKV (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_STYLE_IMAGE:
      g_value_set_string (value, self->path[0]);
      break;
    case PROP_STYLE_IMAGE_2:
      g_value_set_string (value, self->path[1]);
      break;
    case PROP_MASK:
      g_value_set_string (value, self->path[MASK_SLOT]);
      break;
    case PROP_STRENGTH:
      g_value_set_double (value, self->strength);
      break;
    case PROP_STYLE_MIX:
      g_value_set_double (value, self->style_mix);
      break;
    case PROP_TEMPORAL_SMOOTHING:
      g_value_set_double (value, self->smoothing);
      break;
    case PROP_PRESERVE_COLOR:
      g_value_set_boolean (value, self->preserve_color);
      break;
    case PROP_MODEL_FILE:
      g_value_set_string (value, self->model_file);
      break;
    case PROP_DEVICE:
      g_value_set_string (value, self->device);
      break;
    case PROP_STATS:
      g_value_take_boxed (value, stats_structure (&self->stats));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

/* ---- start and stop ---- */

static gchar *
dup_locked (GstStylerwkv * self, gchar * const *string)
{
  gchar *copy;

  GST_OBJECT_LOCK (self);
  copy = g_strdup (*string);
  GST_OBJECT_UNLOCK (self);
  return copy;
}

static void
read_info (GstStylerwkv * self)
{
  SrwStylizerInfo info;

  srw_stylizer_get_info (self->stylizer, &info);
  GST_OBJECT_LOCK (self);
  g_free (self->stats.device);
  self->stats.device = g_strdup (info.device_name);
  self->stats.width = info.processing_width;
  self->stats.height = info.processing_height;
  self->stats.device_bytes = info.device_bytes;
  GST_OBJECT_UNLOCK (self);
}

static gboolean
open_stylizer (GstStylerwkv * self)
{
  gchar *device = dup_locked (self, &self->device), *model_file = dup_locked (self, &self->model_file);
  GError *error = NULL;

  self->stylizer = srw_stylizer_open (device, model_file, &error);
  if (self->stylizer) {
    GST_OBJECT_LOCK (self);
    clear_stats (&self->stats);
    self->stats.model = g_strdup (model_file ? model_file : "built-in");
    GST_OBJECT_UNLOCK (self);
    read_info (self);
  } else {
    stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_ERROR, "Cannot start stylerwkv", error);
    g_clear_error (&error);
  }
  g_free (device);
  g_free (model_file);
  return self->stylizer != NULL;
}

/* Hands a style to the streaming thread. Takes `style`. */
static void
put_style (GstStylerwkv * self, guint slot, SrwStyle * style)
{
  SrwStyle *old;

  GST_OBJECT_LOCK (self);
  old = self->style[slot];
  self->style[slot] = style;
  self->style_changed = TRUE;
  GST_OBJECT_UNLOCK (self);
  srw_style_unref (&old);
}

/* Hands a mask to the streaming thread. Takes `mask`. */
static void
put_mask (GstStylerwkv * self, SrwMask * mask)
{
  SrwMask *old;

  GST_OBJECT_LOCK (self);
  old = self->mask;
  self->mask = mask;
  self->mask_changed = TRUE;
  GST_OBJECT_UNLOCK (self);
  srw_mask_free (&old);
}

static void
put_loaded (GstStylerwkv * self, guint slot, const Loaded * loaded)
{
  if (slot == MASK_SLOT)
    put_mask (self, loaded->mask);
  else
    put_style (self, slot, loaded->style);
}

static void
post_problem (GstStylerwkv * self, GstMessageType type, guint slot, const gchar * path, const GError * error)
{
  gchar *doing = g_strdup_printf ("Cannot use %s%s", path ? "" : "the built-in ", slot_names[slot]);

  stylerwkv_post (GST_ELEMENT (self), type, doing, error);
  g_free (doing);
}

/* On the loader's thread, while playing. */
static void
style_loaded (guint slot, const gchar * path, const Loaded * loaded, const GError * error, gpointer data)
{
  GstStylerwkv *self = data;

  if (error) {
    post_problem (self, GST_MESSAGE_WARNING, slot, path, error);
    return;
  }
  GST_INFO_OBJECT (self, "%s is now %s", slot_names[slot], GST_STR_NULL (path));
  put_loaded (self, slot, loaded);
  gst_element_post_message (GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("stylerwkv-style-changed", "property", G_TYPE_STRING, slot_names[slot], "path",
              G_TYPE_STRING, path, NULL)));
  g_signal_emit (self, signals[SIGNAL_STYLE_CHANGED], 0, slot_names[slot], path);
}

/* Before playing a style or mask that cannot be loaded is an error. */
static gboolean
load_first (GstStylerwkv * self, guint slot, const gchar * path)
{
  GError *error = NULL;
  Loaded loaded;

  if (!style_load (self->stylizer, slot, path, &loaded, &error)) {
    post_problem (self, GST_MESSAGE_ERROR, slot, path, error);
    g_clear_error (&error);
    return FALSE;
  }
  put_loaded (self, slot, &loaded);
  return TRUE;
}

static gboolean
start_styles (GstStylerwkv * self)
{
  gchar *path[LOADER_SLOTS] = { NULL };
  gboolean ok = TRUE;

  for (guint i = 0; ok && i < LOADER_SLOTS; i++) {
    path[i] = dup_locked (self, &self->path[i]);
    ok = load_first (self, i, path[i]);
  }
  if (ok) {
    StyleLoader *loader = style_loader_new (self->stylizer, style_loaded, self);
    GST_OBJECT_LOCK (self);
    self->loader = loader;
    /* what was set meanwhile found no loader */
    for (guint i = 0; i < LOADER_SLOTS; i++) {
      if (g_strcmp0 (path[i], self->path[i]) != 0)
        style_loader_request (loader, i, self->path[i]);
    }
    GST_OBJECT_UNLOCK (self);
  }
  for (guint i = 0; i < LOADER_SLOTS; i++)
    g_free (path[i]);
  return ok;
}

static gboolean
gst_stylerwkv_start (GstBaseTransform * trans)
{
  GstStylerwkv *self = GST_STYLERWKV (trans);

  self->layout = (SrwFrameLayout) { 0 };
  self->restart = TRUE;
  if (open_stylizer (self) && start_styles (self))
    return TRUE;
  gst_stylerwkv_stop (trans);
  return FALSE;
}

static gboolean
gst_stylerwkv_stop (GstBaseTransform * trans)
{
  GstStylerwkv *self = GST_STYLERWKV (trans);
  StyleLoader *loader;

  GST_OBJECT_LOCK (self);
  loader = g_steal_pointer (&self->loader);
  GST_OBJECT_UNLOCK (self);
  style_loader_free (&loader);
  for (guint i = 0; i < STYLE_SLOTS; i++)
    put_style (self, i, NULL);
  put_mask (self, NULL);
  gst_clear_buffer (&self->scratch[0]);
  gst_clear_buffer (&self->scratch[1]);
  srw_stylizer_close (&self->stylizer);
  return TRUE;
}

/* ---- streaming ---- */

/* Gives the engine the mask, if it is another than the last one. */
static void
apply_mask (GstStylerwkv * self)
{
  GError *error = NULL;
  gboolean changed;
  SrwMask *mask;

  GST_OBJECT_LOCK (self);
  changed = self->mask_changed;
  mask = g_steal_pointer (&self->mask);
  self->mask_changed = FALSE;
  GST_OBJECT_UNLOCK (self);
  if (!changed)
    return;
  if (srw_stylizer_set_mask (self->stylizer, mask, &error))
    read_info (self);
  else
    stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_WARNING, "Cannot use mask", error);
  g_clear_error (&error);
}

static gboolean
gst_stylerwkv_set_info (GstVideoFilter * filter, GstCaps * in_caps, GstVideoInfo * in_info, GstCaps * out_caps,
    GstVideoInfo * out_info)
{
  GstStylerwkv *self = GST_STYLERWKV (filter);
  SrwFrameLayout layout;
  GError *error = NULL;

  if (!stylerwkv_layout_from_info (in_info, &layout)) {
    GST_ERROR_OBJECT (self, "caps outside of the template: %" GST_PTR_FORMAT, in_caps);
    return FALSE;
  }
  apply_mask (self);            /* so that it is fitted with the rest */
  if (!srw_stylizer_set_size (self->stylizer, layout.format, layout.width, layout.height, &error)) {
    gchar *doing = g_strdup_printf ("Cannot process video of %d×%d", layout.width, layout.height);
    stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_ERROR, doing, error);
    g_clear_error (&error);
    g_free (doing);
    return FALSE;
  }
  GST_OBJECT_LOCK (self);
  self->latency = (LatencyMeter) { 0 };
  GST_OBJECT_UNLOCK (self);
  self->layout = layout;
  self->restart = TRUE;
  gst_clear_buffer (&self->scratch[0]);
  gst_clear_buffer (&self->scratch[1]);
  read_info (self);
  return TRUE;
}

static gboolean
gst_stylerwkv_sink_event (GstBaseTransform * trans, GstEvent * event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP || GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START)
    GST_STYLERWKV (trans)->restart = TRUE;
  return GST_BASE_TRANSFORM_CLASS (gst_stylerwkv_parent_class)->sink_event (trans, event);
}

/* A sink that is to show frames on time has to wait for the ones that are still being drawn. */
static gboolean
gst_stylerwkv_query (GstBaseTransform * trans, GstPadDirection direction, GstQuery * query)
{
  GstStylerwkv *self = GST_STYLERWKV (trans);
  GstClockTime min, max, own;
  gboolean live;

  if (!GST_BASE_TRANSFORM_CLASS (gst_stylerwkv_parent_class)->query (trans, direction, query))
    return FALSE;
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY || direction != GST_PAD_SRC)
    return TRUE;
  GST_OBJECT_LOCK (self);
  own = self->latency.told;
  GST_OBJECT_UNLOCK (self);
  gst_query_parse_latency (query, &live, &min, &max);
  gst_query_set_latency (query, live, min + own, GST_CLOCK_TIME_IS_VALID (max) ? max + own : max);
  return TRUE;
}

static void
gst_stylerwkv_before_transform (GstBaseTransform * trans, GstBuffer * buffer)
{
  GstStylerwkv *self = GST_STYLERWKV (trans);
  GstClockTime time = gst_segment_to_stream_time (&trans->segment, GST_FORMAT_TIME, GST_BUFFER_TIMESTAMP (buffer));
  gboolean passthrough;

  if (GST_CLOCK_TIME_IS_VALID (time))
    gst_object_sync_values (GST_OBJECT (self), time);
  GST_OBJECT_LOCK (self);
  passthrough = self->strength <= 0.0;
  self->stats.in++;
  GST_OBJECT_UNLOCK (self);

  /* Here and not where the property is set: the base class looks at this twice a frame and must see the same. */
  gst_base_transform_set_passthrough (trans, passthrough);
  if (passthrough || GST_BUFFER_IS_DISCONT (buffer))
    self->restart = TRUE;
}

static GstFlowReturn
gst_stylerwkv_submit_input_buffer (GstBaseTransform * trans, gboolean discont, GstBuffer * buffer)
{
  GstStylerwkv *self = GST_STYLERWKV (trans);
  GstFlowReturn ret =
      GST_BASE_TRANSFORM_CLASS (gst_stylerwkv_parent_class)->submit_input_buffer (trans, discont, buffer);

  if (ret == GST_BASE_TRANSFORM_FLOW_DROPPED) {
    GST_OBJECT_LOCK (self);
    self->stats.dropped++;
    GST_OBJECT_UNLOCK (self);
  }
  return ret;
}

/* Gives the engine the style of this frame, if it is another than that of the last one. */
static void
apply_style (GstStylerwkv * self)
{
  SrwStyle *style[STYLE_SLOTS] = { NULL };
  gboolean changed;
  gfloat mix;

  GST_OBJECT_LOCK (self);
  mix = self->style[1] ? (gfloat) self->style_mix : 0.0f;
  changed = self->style_changed || mix != self->applied_mix;
  for (guint i = 0; changed && i < STYLE_SLOTS; i++)
    style[i] = self->style[i] ? srw_style_ref (self->style[i]) : NULL;
  self->style_changed = FALSE;
  GST_OBJECT_UNLOCK (self);

  if (!changed)
    return;
  if (mix > 0.0f) {
    SrwStyle *blend = srw_style_blend (style[0], style[1], mix);
    srw_stylizer_set_style (self->stylizer, blend);
    srw_style_unref (&blend);
  } else {
    srw_stylizer_set_style (self->stylizer, style[0]);
  }
  self->applied_mix = mix;
  srw_style_unref (&style[0]);
  srw_style_unref (&style[1]);
}

static SrwFrameParams
frame_params (GstStylerwkv * self)
{
  SrwFrameParams params = {.restart = self->restart };

  GST_OBJECT_LOCK (self);
  params.strength = (gfloat) self->strength;
  params.smoothing = (gfloat) self->smoothing;
  params.preserve_color = self->preserve_color;
  GST_OBJECT_UNLOCK (self);
  return params;
}

static void
count_frame (GstStylerwkv * self, gint64 microseconds)
{
  gdouble ms = (gdouble) microseconds / 1000;
  gboolean slower;

  GST_OBJECT_LOCK (self);
  self->stats.done++;
  self->stats.total_ms += ms;
  self->stats.worst_ms = MAX (self->stats.worst_ms, ms);
  slower = latency_meter_add (&self->latency, (GstClockTime) microseconds * GST_USECOND);
  GST_OBJECT_UNLOCK (self);
  if (slower)
    gst_element_post_message (GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
}

/* A frame of memory in one piece to stand in for one that is not; `kept` holds on to the memory. */
static gboolean
map_scratch (GstVideoInfo * info, GstBuffer ** kept, GstVideoFrame * frame)
{
  if (*kept == NULL)
    *kept = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);
  return *kept && gst_video_frame_map (frame, info, *kept, GST_MAP_READWRITE);
}

static gboolean
process (GstStylerwkv * self, const GstVideoFrame * in, const GstVideoFrame * out)
{
  SrwFrameLayout in_layout = self->layout, out_layout = self->layout;
  const guint8 *from = stylerwkv_layout_from_frame (in, &in_layout);
  guint8 *to = stylerwkv_layout_from_frame (out, &out_layout);
  const SrwFrameParams params = frame_params (self);
  GError *error = NULL;

  if (srw_stylizer_process (self->stylizer, from, &in_layout, to, &out_layout, &params, &error))
    return TRUE;
  stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_ERROR, "Cannot process a frame", error);
  g_clear_error (&error);
  return FALSE;
}

static gboolean
in_one_piece (GstStylerwkv * self, const GstVideoFrame * frame)
{
  SrwFrameLayout layout = self->layout;

  return stylerwkv_layout_from_frame (frame, &layout) != NULL;
}

/* As process, for frames whose planes lie in several pieces of memory. */
static gboolean
process_copied (GstStylerwkv * self, const GstVideoFrame * in, GstVideoFrame * out)
{
  GstVideoFilter *filter = GST_VIDEO_FILTER (self);
  GstVideoFrame from, to;
  gboolean ok = FALSE;

  GST_LOG_OBJECT (self, "copying a frame that is not in one piece");
  if (!map_scratch (&filter->in_info, &self->scratch[0], &from))
    return FALSE;
  if (map_scratch (&filter->out_info, &self->scratch[1], &to)) {
    ok = gst_video_frame_copy (&from, in) && process (self, &from, &to) && gst_video_frame_copy (out, &to);
    gst_video_frame_unmap (&to);
  }
  gst_video_frame_unmap (&from);
  return ok;
}

static GstFlowReturn
gst_stylerwkv_transform_frame (GstVideoFilter * filter, GstVideoFrame * in, GstVideoFrame * out)
{
  GstStylerwkv *self = GST_STYLERWKV (filter);
  gint64 start = g_get_monotonic_time ();
  gboolean ok;

  apply_style (self);
  apply_mask (self);
  if (in_one_piece (self, in) && in_one_piece (self, out))
    ok = process (self, in, out);
  else
    ok = process_copied (self, in, out);
  if (!ok)
    return GST_FLOW_ERROR;
  self->restart = FALSE;
  count_frame (self, g_get_monotonic_time () - start);
  return GST_FLOW_OK;
}
