/* GStreamer element stylerwkv: gives video the look of a painting.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-stylerwkv
 * @title: stylerwkv
 * @short_description: gives video the look of a painting
 *
 * Redraws every frame in the colours and brush strokes of a picture, with a StyleRWKV network that runs on any OpenCL
 * device, processors included. Weights and a first style are built in, so that it works with nothing set.
 *
 * Styles, the mask and the processing height can be changed while playing: the new one is prepared beside the stream
 * and taken between two frames. When it is in use, an element message `stylerwkv-style-changed` is posted, with the
 * fields `property` and `path`, and #GstStylerwkv::style-changed is emitted; when it cannot be loaded, a warning says
 * why and the old style stays.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 videotestsrc ! stylerwkv ! videoconvert ! autovideosink
 * ]|
 * A test picture in the built-in style.
 * |[
 * gst-launch-1.0 filesrc location=clip.mp4 ! decodebin ! videoconvert \
 *     ! stylerwkv style-image=painting.jpg strength=0.8 ! videoconvert ! autovideosink
 * ]|
 * A clip in the style of a painting, with some of its own look left.
 * |[
 * gst-launch-1.0 v4l2src ! videoconvert ! videoscale ! video/x-raw,width=640,height=360 ! stylerwkv ! videoconvert \
 *     ! autovideosink
 * ]|
 * A camera. What comes faster than it can be drawn is left out; #GstStylerwkv:overload-policy has other ways.
 * |[
 * gst-launch-1.0 videotestsrc ! stylerwkv name=s ! videoconvert ! autovideosink \
 *     filesrc location=clip.mp4 ! decodebin ! videoconvert ! s.style_sink
 * ]|
 * A second stream as the style: whatever picture or video arrives at the request pad `style_sink` takes the place of
 * #GstStylerwkv:style-image. Of a video as many frames are used as leave the device most of its time.
 * |[
 * gst-launch-1.0 videotestsrc ! stylerwkv name=s ! videoconvert ! autovideosink  videotestsrc pattern=ball \
 *     ! video/x-raw,format=GRAY8 ! queue ! s.mask_sink
 * ]|
 * A second stream as the mask, such as a keyer's: what arrives at the request pad `mask_sink` takes the place of
 * #GstStylerwkv:mask. A matte is used from the time on that it bears; until the next one comes, the last one stays.
 *
 * Since: 0.1
 */

#include "gststylerwkv-private.h"

#include "devicecontext.h"
#include "engineerror.h"
#include "videolayout.h"

GST_DEBUG_CATEGORY (gst_stylerwkv_debug);

enum
{
  SIGNAL_STYLE_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* The same for every pad: a pipeline that forgets videoconvert must not be linked to a request pad instead, and wait
 * for ever. */
#define VIDEO_CAPS "video/x-raw, format=" STYLERWKV_FORMATS ", width=[1, 16384], height=[1, 16384], framerate=" \
    GST_VIDEO_FPS_RANGE

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (VIDEO_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (VIDEO_CAPS));
static GstStaticPadTemplate style_template = GST_STATIC_PAD_TEMPLATE (STYLE_PAD_NAME, GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS (VIDEO_CAPS));
static GstStaticPadTemplate mask_template = GST_STATIC_PAD_TEMPLATE (MASK_PAD_NAME, GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS (VIDEO_CAPS));

GType
gst_stylerwkv_overload_policy_get_type (void)
{
  static const GEnumValue values[] = {
    {GST_STYLERWKV_OVERLOAD_DROP, "Leave late frames out", "drop"},
    {GST_STYLERWKV_OVERLOAD_HOLD, "Repeat the frame before in the place of a late one", "hold"},
    {GST_STYLERWKV_OVERLOAD_PASSTHROUGH, "Pass late frames as they are", "passthrough"},
    {GST_STYLERWKV_OVERLOAD_DEGRADE, "Lower the processing height until frames are in time, and drop till then",
        "degrade"},
    {0, NULL, NULL},
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstStylerwkvOverloadPolicy", values));
  return type;
}

G_DEFINE_TYPE (GstStylerwkv, gst_stylerwkv, GST_TYPE_VIDEO_FILTER);
GST_ELEMENT_REGISTER_DEFINE (stylerwkv, "stylerwkv", GST_RANK_NONE, GST_TYPE_STYLERWKV);

static void gst_stylerwkv_set_property (GObject * object, guint id, const GValue * value, GParamSpec * pspec);
static void gst_stylerwkv_get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec);
static void gst_stylerwkv_finalize (GObject * object);
static GstStateChangeReturn gst_stylerwkv_change_state (GstElement * element, GstStateChange transition);
static GstFlowReturn gst_stylerwkv_chain (GstPad * pad, GstObject * parent, GstBuffer * buffer);
static gboolean gst_stylerwkv_activate_src (GstPad * pad, GstObject * parent, GstPadMode mode, gboolean active);
static gboolean gst_stylerwkv_src_event (GstBaseTransform * trans, GstEvent * event);
static gboolean gst_stylerwkv_set_caps (GstBaseTransform * trans, GstCaps * in_caps, GstCaps * out_caps);
static gboolean gst_stylerwkv_propose_allocation (GstBaseTransform * trans, GstQuery * decide_query, GstQuery * query);
static gboolean gst_stylerwkv_transform_meta (GstBaseTransform * trans, GstBuffer * out, GstMeta * meta,
    GstBuffer * in);
static gboolean gst_stylerwkv_start (GstBaseTransform * trans);
static gboolean gst_stylerwkv_stop (GstBaseTransform * trans);
static gboolean gst_stylerwkv_sink_event (GstBaseTransform * trans, GstEvent * event);
static gboolean gst_stylerwkv_query (GstBaseTransform * trans, GstPadDirection direction, GstQuery * query);
static gboolean gst_stylerwkv_decide_allocation (GstBaseTransform * trans, GstQuery * query);
static GstPad *gst_stylerwkv_request_new_pad (GstElement * element, GstPadTemplate * template, const gchar * name,
    const GstCaps * caps);
static void gst_stylerwkv_release_pad (GstElement * element, GstPad * pad);
static gboolean gst_stylerwkv_set_info (GstVideoFilter * filter, GstCaps * in_caps, GstVideoInfo * in_info,
    GstCaps * out_caps, GstVideoInfo * out_info);

GstBaseTransformClass *
stylerwkv_parent_class (void)
{
  return GST_BASE_TRANSFORM_CLASS (gst_stylerwkv_parent_class);
}

/* ---- telling ---- */

void
stylerwkv_announce (GstStylerwkv * self, const gchar * property, const gchar * path)
{
  /* a file's name may be in any encoding, a message's text may not */
  gchar *shown = path ? g_filename_display_name (path) : NULL;

  GST_INFO_OBJECT (self, "%s is now %s", property, GST_STR_NULL (shown));
  gst_element_post_message (GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("stylerwkv-style-changed", "property", G_TYPE_STRING, property, "path", G_TYPE_STRING,
              shown, NULL)));
  g_signal_emit (self, signals[SIGNAL_STYLE_CHANGED], 0, property, shown);
  g_free (shown);
}

static void
announce_setting (const gchar * property, const gchar * path, gpointer data)
{
  stylerwkv_announce (data, property, path);
}

static void
post_problem (GstMessageType type, const gchar * doing, const GError * error, gpointer data)
{
  stylerwkv_post (data, type, doing, error);
}

void
stylerwkv_read_info (GstStylerwkv * self)
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

/* ---- class ---- */

#define PLAYING (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING)
#define READY (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)

static void
install_properties (GObjectClass * object_class)
{
  /**
   * GstStylerwkv:style-image:
   *
   * Path of the picture whose style is taken: anything that gdk-pixbuf reads, or an .srwstyle file. Without one the
   * built-in style is used.
   *
   * |[
   * gst-launch-1.0 videotestsrc ! stylerwkv style-image=painting.jpg ! videoconvert ! autovideosink
   * ]|
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
   * |[
   * gst-launch-1.0 videotestsrc ! stylerwkv strength=0.5 ! videoconvert ! autovideosink
   * ]|
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
   * |[
   * gst-launch-1.0 videotestsrc ! stylerwkv style-image-2=painting.jpg style-mix=0.3 ! videoconvert ! autovideosink
   * ]|
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
   * |[
   * gst-launch-1.0 videotestsrc ! stylerwkv style-image=one.jpg style-image-2=other.jpg style-mix=0.5 \
   *     ! videoconvert ! autovideosink
   * ]|
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_STYLE_MIX, g_param_spec_double ("style-mix", "Style mix",
          "Blend between style-image (0) and style-image-2 (1)", 0, 1, DEFAULT_STYLE_MIX,
          PLAYING | GST_PARAM_CONTROLLABLE));
  /**
   * GstStylerwkv:temporal-smoothing:
   *
   * How much of what was shown, and of the measured content statistics, is kept from frame to frame: more is steadier,
   * less follows faster. What was shown goes along with the motion of the content and is kept only where the content is
   * still the same. A scene change, another style or strength, a seek and a gap in the stream start anew whatever the
   * value, while a fade of about a second or more stays steady; at 0 every frame is drawn by itself.
   *
   * |[
   * gst-launch-1.0 videotestsrc pattern=snow ! stylerwkv temporal-smoothing=0.95 ! videoconvert ! autovideosink
   * ]|
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_TEMPORAL_SMOOTHING, g_param_spec_double ("temporal-smoothing",
          "Temporal smoothing",
          "Part of what was shown that is kept from frame to frame, where the content stays", 0, 1,
          DEFAULT_TEMPORAL_SMOOTHING, PLAYING | GST_PARAM_CONTROLLABLE));
  /**
   * GstStylerwkv:preserve-color:
   *
   * Keep the colours of the video and take only light and dark, the brush strokes, from the style: the luma of the
   * styled picture with the chroma of the frame. Luma is that of the frame's own colour matrix, for RGB that of BT.601.
   * RGB values that this would put out of range are clipped.
   *
   * |[
   * gst-launch-1.0 videotestsrc ! stylerwkv preserve-color=true ! videoconvert ! autovideosink
   * ]|
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_PRESERVE_COLOR, g_param_spec_boolean ("preserve-color",
          "Preserve colour", "Keep the chroma of the video, and take only luma from the styled picture", FALSE,
          PLAYING));
  /**
   * GstStylerwkv:preserve-luma:
   *
   * Keep light and dark of the video and take only the colours from the style: the chroma of the styled picture with
   * the luma of the frame, which stays as sharp as it was. Luma is that of the frame's own colour matrix, for RGB that
   * of BT.601; RGB values that this would put out of range are clipped, and grey video stays as it is. Together with
   * #GstStylerwkv:preserve-color nothing of the styled picture is left.
   *
   * |[
   * gst-launch-1.0 videotestsrc ! stylerwkv preserve-luma=true ! videoconvert ! autovideosink
   * ]|
   *
   * Since: 0.3
   */
  g_object_class_install_property (object_class, PROP_PRESERVE_LUMA, g_param_spec_boolean ("preserve-luma",
          "Preserve luma", "Keep the luma of the video, and take only chroma from the styled picture", FALSE, PLAYING));
  /**
   * GstStylerwkv:preserve-black:
   *
   * Leave alone what is no picture: black bars beside it, and frames of next to no contrast that are nearly black
   * or white, as at the end of a fade, which would be painted as bright as any other. Bars are about as
   * wide on either side and end in a straight edge; the black ground round something bright is part of the picture.
   *
   * Since: 0.2
   */
  g_object_class_install_property (object_class, PROP_PRESERVE_BLACK, g_param_spec_boolean ("preserve-black",
          "Preserve black", "Leave black bars, and frames that have faded, as they are", DEFAULT_PRESERVE_BLACK,
          PLAYING));

  /**
   * GstStylerwkv:mask:
   *
   * Path of a picture that says where to stylise: white is styled, black stays untouched, grey is in between. It is
   * scaled to the size of the frames. Without one all of the frame is styled.
   *
   * |[
   * gst-launch-1.0 videotestsrc ! stylerwkv mask=vignette.png ! videoconvert ! autovideosink
   * ]|
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
   * |[
   * gst-launch-1.0 videotestsrc ! stylerwkv model-file=small.safetensors ! videoconvert ! autovideosink
   * ]|
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MODEL_FILE, g_param_spec_string ("model-file", "Model file",
          "Path of a weights file (NULL = the built-in weights)", NULL, READY));
  /**
   * GstStylerwkv:device:
   *
   * Which OpenCL device is used: "auto" (the fastest, which is measured where there are several), "gpu", "cpu", "P:D"
   * (platform and device number) or part of a device's name. Should the device fail while playing, "auto" goes on with
   * the next best one and posts a warning; else that is an error.
   *
   * |[
   * gst-launch-1.0 videotestsrc ! stylerwkv device=cpu ! videoconvert ! autovideosink
   * ]|
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_DEVICE, g_param_spec_string ("device", "Device",
          "OpenCL device: auto, gpu, cpu, P:D (platform and device number) or part of its name", DEFAULT_DEVICE,
          READY));
  /**
   * GstStylerwkv:processing-height:
   *
   * Height at which the network works, with the width in proportion; 0, or the height of the frames and more, is their
   * own. Time and memory fall with the square of it, and brush strokes grow against the picture. The result returns at
   * full size with the edges of the frame, so that text and faces stay sharp. A change while playing is prepared beside
   * the stream, and announced as that of a style is.
   *
   * |[
   * gst-launch-1.0 videotestsrc ! video/x-raw,width=1280,height=720 ! stylerwkv processing-height=360 \
   *     ! videoconvert ! autovideosink
   * ]|
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_PROCESSING_HEIGHT, g_param_spec_int ("processing-height",
          "Processing height", "Height at which the network works, at least 16; the result returns at full size (0 = "
          "that of the frames)", 0, 16384, DEFAULT_PROCESSING_HEIGHT, PLAYING));
  /**
   * GstStylerwkv:async-depth:
   *
   * How many frames the device works on at a time; 0 is two on a graphics card, and one on a processor. With more than
   * one, copying a frame to and from the device, drawing another and what the rest of the pipeline does on the same
   * thread overlap, which a graphics card gains by; each costs the time between two frames in latency, since a frame
   * leaves when later ones have come. The LATENCY query tells what it comes to.
   *
   * |[
   * gst-launch-1.0 videotestsrc ! stylerwkv async-depth=1 ! videoconvert ! autovideosink
   * ]|
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_ASYNC_DEPTH, g_param_spec_uint ("async-depth", "Frames in flight",
          "How many frames the device works on at a time (0 = two on a graphics card, one on a processor)", 0,
          SRW_MAX_IN_FLIGHT, DEFAULT_ASYNC_DEPTH, READY));
  /**
   * GstStylerwkv:overload-policy:
   *
   * What happens to a frame of a live source that has waited longer than a frame lasts for the ones before it, and to
   * one that the sink reports as too late to be shown. Files are drawn at the speed of the device, and none of their
   * frames is late unless a sink says so. Whatever happens is told in a QoS message.
   *
   * |[
   * gst-launch-1.0 v4l2src ! videoconvert ! stylerwkv overload-policy=degrade ! videoconvert ! autovideosink
   * ]|
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_OVERLOAD_POLICY, g_param_spec_enum ("overload-policy",
          "Overload policy", "What happens to frames of a live source that come faster than they can be drawn",
          GST_TYPE_STYLERWKV_OVERLOAD_POLICY, DEFAULT_OVERLOAD_POLICY, PLAYING));
  /**
   * GstStylerwkv:fade-time:
   *
   * How long a change of style, #GstStylerwkv:style-mix, #GstStylerwkv:strength or #GstStylerwkv:mask fades that
   * is set while playing, in nanoseconds of the stream's time: from whatever is shown to what is asked for, and
   * again from there when something else is asked for in the middle of a fade. At 0 a change is seen at once.
   *
   * |[
   * gst-launch-1.0 videotestsrc ! stylerwkv fade-time=2000000000 ! videoconvert ! autovideosink
   * ]|
   *
   * Since: 0.2
   */
  g_object_class_install_property (object_class, PROP_FADE_TIME, g_param_spec_uint64 ("fade-time", "Fade time",
          "How long changes of style, style-mix, strength and mask fade, in nanoseconds (0 = at once)", 0, G_MAXINT64,
          DEFAULT_FADE_TIME, PLAYING));
  /**
   * GstStylerwkv:style-scale:
   *
   * Short side, in pixels, that pictures of styles are scaled down to before they are measured: a small one makes
   * for coarse strokes, a large one for fine ones. Styles from .srwstyle files have been measured already. A
   * change while playing is loaded and announced as that of a style is; what came to `style_sink` is measured so
   * from its next picture on.
   *
   * |[
   * gst-launch-1.0 videotestsrc ! stylerwkv style-scale=256 ! videoconvert ! autovideosink
   * ]|
   *
   * Since: 0.2
   */
  g_object_class_install_property (object_class, PROP_STYLE_SCALE, g_param_spec_int ("style-scale", "Style scale",
          "Short side that pictures of styles are scaled down to: small for coarse strokes, large for fine ones",
          SRW_MIN_STYLE_SCALE, SRW_MAX_STYLE_SCALE, DEFAULT_STYLE_SCALE, PLAYING));
  /**
   * GstStylerwkv:stats:
   *
   * Counters since the element left READY: `in`, `done` and `dropped` frames (guint64), `mean-ms` and `worst-ms` of a
   * frame (gdouble), `device`, `device-choice` (why this one) and `model` (strings), `processing-width` and
   * `processing-height` (gint), `device-bytes` (guint64).
   *
   * |[
   * gst-launch-1.0 -v videotestsrc num-buffers=50 ! stylerwkv ! fakesink
   * ]|
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
   * @property: "style-image", "style-image-2", "mask", "processing-height" or, for the first picture of a stream there,
   * "style_sink"
   * @path: (nullable): what that property was set to, where it is a path
   *
   * A style, mask or height set while playing is in use from the next frame on. Emitted on a thread that the element
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
  gst_element_class_add_static_pad_template (element_class, &style_template);
  gst_element_class_add_static_pad_template (element_class, &mask_template);
  gst_type_mark_as_plugin_api (GST_TYPE_STYLERWKV_OVERLOAD_POLICY, 0);
  element_class->change_state = GST_DEBUG_FUNCPTR (gst_stylerwkv_change_state);
  element_class->request_new_pad = GST_DEBUG_FUNCPTR (gst_stylerwkv_request_new_pad);
  element_class->release_pad = GST_DEBUG_FUNCPTR (gst_stylerwkv_release_pad);

  trans_class->start = GST_DEBUG_FUNCPTR (gst_stylerwkv_start);
  trans_class->stop = GST_DEBUG_FUNCPTR (gst_stylerwkv_stop);
  trans_class->sink_event = GST_DEBUG_FUNCPTR (gst_stylerwkv_sink_event);
  trans_class->query = GST_DEBUG_FUNCPTR (gst_stylerwkv_query);
  trans_class->src_event = GST_DEBUG_FUNCPTR (gst_stylerwkv_src_event);
  trans_class->set_caps = GST_DEBUG_FUNCPTR (gst_stylerwkv_set_caps);
  trans_class->propose_allocation = GST_DEBUG_FUNCPTR (gst_stylerwkv_propose_allocation);
  trans_class->transform_meta = GST_DEBUG_FUNCPTR (gst_stylerwkv_transform_meta);
  trans_class->submit_input_buffer = GST_DEBUG_FUNCPTR (stylerwkv_submit_input_buffer);
  trans_class->generate_output = GST_DEBUG_FUNCPTR (stylerwkv_generate_output);
  trans_class->decide_allocation = GST_DEBUG_FUNCPTR (gst_stylerwkv_decide_allocation);
  filter_class->set_info = GST_DEBUG_FUNCPTR (gst_stylerwkv_set_info);
}

static void
gst_stylerwkv_init (GstStylerwkv * self)
{
  const SettingsCallbacks callbacks = { announce_setting, post_problem };
  GstPad *sink = GST_BASE_TRANSFORM_SINK_PAD (self), *src = GST_BASE_TRANSFORM_SRC_PAD (self);

  self->settings = settings_new (&callbacks, self);
  self->scheduler = scheduler_new ();
  g_mutex_init (&self->stylizer_lock);
  g_mutex_init (&self->gate_lock);
  g_cond_init (&self->gate_moved);
  self->output = output_queue_new (src);
  self->chain = GST_PAD_CHAINFUNC (sink);
  gst_pad_set_chain_function (sink, gst_stylerwkv_chain);
  self->activate_src = GST_PAD_ACTIVATEMODEFUNC (src);
  gst_pad_set_activatemode_function (src, gst_stylerwkv_activate_src);
}

static void
clear_stats (Stats * stats)
{
  g_free (stats->device);
  g_free (stats->choice);
  g_free (stats->model);
  *stats = (Stats) { 0 };
}

static void
gst_stylerwkv_finalize (GObject * object)
{
  GstStylerwkv *self = GST_STYLERWKV (object);

  settings_free (self->settings);
  scheduler_free (self->scheduler);
  clear_stats (&self->stats);
  output_queue_free (self->output);
  g_cond_clear (&self->gate_moved);
  g_mutex_clear (&self->gate_lock);
  g_mutex_clear (&self->stylizer_lock);
  G_OBJECT_CLASS (gst_stylerwkv_parent_class)->finalize (object);
}

/* ---- properties ---- */

/* A pad of this name; a reference, or NULL. */
static GstStylerwkvPad *
pad_named (GstStylerwkv * self, const gchar * name)
{
  return (GstStylerwkvPad *) gst_element_get_static_pad (GST_ELEMENT (self), name);
}

/* What comes to style_sink is measured so from the next picture on. */
static void
tell_style_pad (GstStylerwkv * self, gint scale)
{
  GstStylerwkvPad *pad = pad_named (self, STYLE_PAD_NAME);

  if (pad)
    picture_pad_set_short_side (pad, scale);
  gst_clear_object (&pad);
}

static void
gst_stylerwkv_set_property (GObject * object, guint id, const GValue * value, GParamSpec * pspec)
{
  GstStylerwkv *self = GST_STYLERWKV (object);

  if (!settings_set (self->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  if (id == PROP_STYLE_SCALE)
    tell_style_pad (self, g_value_get_int (value));
}

/* Called with the object lock held. */
static GstStructure *
stats_structure (const Stats * stats)
{
  return gst_structure_new ("stylerwkv-stats", "in", G_TYPE_UINT64, stats->in, "done", G_TYPE_UINT64, stats->done,
      "dropped", G_TYPE_UINT64, stats->dropped, "mean-ms", G_TYPE_DOUBLE,
      stats->done ? stats->total_ms / (gdouble) stats->done : 0.0, "worst-ms", G_TYPE_DOUBLE, stats->worst_ms, "device",
      G_TYPE_STRING, stats->device, "device-choice", G_TYPE_STRING, stats->choice, "model",
      G_TYPE_STRING, stats->model, "processing-width", G_TYPE_INT, stats->width, "processing-height", G_TYPE_INT,
      stats->height, "device-bytes", G_TYPE_UINT64, stats->device_bytes, NULL);
}

static void
gst_stylerwkv_get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstStylerwkv *self = GST_STYLERWKV (object);

  if (id == PROP_STATS) {
    GST_OBJECT_LOCK (self);
    g_value_take_boxed (value, stats_structure (&self->stats));
    GST_OBJECT_UNLOCK (self);
  } else if (!settings_get (self->settings, id, value)) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

/* ---- start and stop ---- */

/* The device is not taken again before the element stops. */
static void
note_lost (GstStylerwkv * self, SrwDevice * device)
{
  g_ptr_array_insert (self->lost, (gint) self->lost->len - 1, g_strdup (srw_device_info (device)->number));
}

/* One that is opened here, and made known. */
static SrwDevice *
open_own_device (GstStylerwkv * self, gchar ** why, GError ** error)
{
  SrwDevice *device = srw_choice_open_device (self->which, (const gchar * const *) self->lost->pdata, why, error);
  GstContext *context;

  if (device) {
    context = device_context_new (self->which, *why, device);
    device_context_announce (GST_ELEMENT (self), context);
    gst_context_unref (context);
  }
  return device;
}

/* The device of a context that was set, of a neighbour's or the application's, or one that is opened here. */
static SrwDevice *
open_device (GstStylerwkv * self, gchar ** why, GError ** error)
{
  GstElement *element = GST_ELEMENT (self);
  GstContext *context = gst_element_get_context (element, DEVICE_CONTEXT_TYPE);
  SrwDevice *device;

  if (context == NULL)
    context = device_context_find (element);
  device = context ? device_context_get (context, self->which, why) : NULL;
  if (device)
    /* so that others find it here */
    gst_element_set_context (element, context);
  else
    device = open_own_device (self, why, error);
  g_clear_pointer (&context, gst_context_unref);
  return device;
}

/* Tells of the device in use, wherever it is told. Takes `why`. */
static void
tell_device (GstStylerwkv * self, gchar * why)
{
  GST_INFO_OBJECT (self, "device %s, %s", srw_device_info (srw_stylizer_device (self->stylizer))->name, why);
  GST_OBJECT_LOCK (self);
  g_free (self->stats.choice);
  self->stats.choice = why;
  GST_OBJECT_UNLOCK (self);
  stylerwkv_read_info (self);
}

/* Moves to the next best device there is; FALSE when none is left. */
static gboolean
move_on (GstStylerwkv * self)
{
  gboolean moved = FALSE;
  GError *problem = NULL;
  SrwDevice *device;
  gchar *why = NULL;

  note_lost (self, srw_stylizer_device (self->stylizer));
  while (!moved && (device = open_own_device (self, &why, NULL))) {
    moved = srw_stylizer_move (self->stylizer, device, &problem);
    if (moved) {
      tell_device (self, g_steal_pointer (&why));
    } else {
      GST_WARNING_OBJECT (self, "not %s either: %s", srw_device_info (device)->name, problem->message);
      note_lost (self, device);
    }
    g_clear_error (&problem);
    g_clear_pointer (&why, g_free);
    g_clear_pointer (&device, srw_device_unref);
  }
  return moved;
}

gboolean
stylerwkv_change_device (GstStylerwkv * self, const GError * error)
{
  gchar *doing;

  if (!srw_choice_is_open (self->which) || !stylerwkv_is_of_device (error))
    return FALSE;
  frame_queue_settle (self->frames);
  if (!move_on (self))
    return FALSE;
  frame_queue_drop_failed (self->frames);
  scheduler_forget_mean (self->scheduler);
  /* what is being prepared is of the other device: it is asked for again */
  self->wanted_height = self->height;
  doing = g_strdup_printf ("Going on with the OpenCL device %s",
      srw_device_info (srw_stylizer_device (self->stylizer))->name);
  stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_WARNING, doing, error);
  g_free (doing);
  settings_try_again (self->settings);
  return TRUE;
}

static void
set_stylizer (GstStylerwkv * self, SrwStylizer * stylizer)
{
  SrwStylizer *old;

  g_mutex_lock (&self->stylizer_lock);
  old = self->stylizer;
  self->stylizer = stylizer;
  g_mutex_unlock (&self->stylizer_lock);
  g_clear_pointer (&old, srw_stylizer_close);
}

static gboolean
open_stylizer (GstStylerwkv * self)
{
  gchar *model_file, *why = NULL;
  GError *error = NULL;
  SrwDevice *device;

  g_object_get (self, "device", &self->which, "model-file", &model_file, NULL);
  self->lost = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->lost, NULL);
  device = open_device (self, &why, &error);
  if (device)
    set_stylizer (self, srw_stylizer_open_on (device, model_file, &error));
  g_clear_pointer (&device, srw_device_unref);
  if (self->stylizer) {
    GST_OBJECT_LOCK (self);
    clear_stats (&self->stats);
    self->stats.model = model_file ? g_filename_display_name (model_file) : g_strdup ("built-in");
    GST_OBJECT_UNLOCK (self);
    tell_device (self, g_steal_pointer (&why));
  } else {
    stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_ERROR, "Cannot start stylerwkv", error);
    g_clear_error (&error);
  }
  g_free (why);
  g_free (model_file);
  return self->stylizer != NULL;
}

/* ---- the gate: nothing may reach what start is still making ---- */

static void
move_gate (GstStylerwkv * self, Gate gate)
{
  g_mutex_lock (&self->gate_lock);
  self->gate = gate;
  g_cond_broadcast (&self->gate_moved);
  g_mutex_unlock (&self->gate_lock);
}

/* Pads are active before start is called, which takes its time: what comes meanwhile waits here. FALSE when the
 * element does not run. */
static gboolean
pass_gate (GstStylerwkv * self)
{
  gboolean open;

  g_mutex_lock (&self->gate_lock);
  while (self->gate == GATE_OPENING)
    g_cond_wait (&self->gate_moved, &self->gate_lock);
  open = self->gate == GATE_OPEN;
  g_mutex_unlock (&self->gate_lock);
  return open;
}

static GstStateChangeReturn
gst_stylerwkv_change_state (GstElement * element, GstStateChange transition)
{
  GstStylerwkv *self = GST_STYLERWKV (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    move_gate (self, GATE_OPENING);
  ret = GST_ELEMENT_CLASS (gst_stylerwkv_parent_class)->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && ret == GST_STATE_CHANGE_FAILURE)
    move_gate (self, GATE_CLOSED);
  return ret;
}

static GstFlowReturn
gst_stylerwkv_chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  GstStylerwkv *self = GST_STYLERWKV (parent);

  if (pass_gate (self))
    return self->chain (pad, parent, buffer);
  gst_buffer_unref (buffer);
  return GST_FLOW_FLUSHING;
}

/* What waits for the next element is of the pad's active time. */
static gboolean
gst_stylerwkv_activate_src (GstPad * pad, GstObject * parent, GstPadMode mode, gboolean active)
{
  GstStylerwkv *self = GST_STYLERWKV (parent);

  if (mode == GST_PAD_MODE_PUSH && active)
    output_queue_set_flushing (self->output, FALSE);
  else if (mode == GST_PAD_MODE_PUSH)
    output_queue_stop (self->output);
  return self->activate_src (pad, parent, mode, active);
}

static guint
frames_in_flight (GstStylerwkv * self)
{
  SrwStylizerInfo info;
  guint asked;

  g_object_get (self, "async-depth", &asked, NULL);
  srw_stylizer_get_info (self->stylizer, &info);
  return asked ? asked : info.frames_in_flight;
}

static gboolean
gst_stylerwkv_start (GstBaseTransform * trans)
{
  GstStylerwkv *self = GST_STYLERWKV (trans);

  self->layout = (SrwFrameLayout) { 0 };
  self->restart = self->ask_live = TRUE;
  self->gap = FALSE;
  scheduler_reset (self->scheduler);
  if (open_stylizer (self) && settings_start (self->settings, self->stylizer)) {
    self->frames = frame_queue_new (self->stylizer);
    self->look = look_new (self->stylizer);
    self->depth = frames_in_flight (self);
    move_gate (self, GATE_OPEN);
    return TRUE;
  }
  gst_stylerwkv_stop (trans);
  return FALSE;
}

static gboolean
gst_stylerwkv_stop (GstBaseTransform * trans)
{
  GstStylerwkv *self = GST_STYLERWKV (trans);

  move_gate (self, GATE_CLOSED);
  settings_stop (self->settings);
  g_clear_pointer (&self->frames, frame_queue_free);
  g_clear_pointer (&self->look, look_free);
  set_stylizer (self, NULL);
  g_clear_pointer (&self->which, g_free);
  g_clear_pointer (&self->lost, g_ptr_array_unref);
  return TRUE;
}

/* ---- streaming ---- */

/* The fields of interlaced video are pictures of different times, which drawn as one would show combs. */
static gboolean
refuse_interlaced (GstStylerwkv * self, const GstVideoInfo * info)
{
  if (!GST_VIDEO_INFO_IS_INTERLACED (info))
    return TRUE;
  GST_ELEMENT_ERROR (self, STREAM, FORMAT,
      ("Cannot process interlaced video (%s). Put deinterlace in front of stylerwkv.",
          gst_video_interlace_mode_to_string (GST_VIDEO_INFO_INTERLACE_MODE (info))), (NULL));
  return FALSE;
}

/* On another device, should this one fail. */
static gboolean
set_size (GstStylerwkv * self, const SrwFrameLayout * layout, GError ** error)
{
  while (!srw_stylizer_set_size (self->stylizer, layout->format, layout->width, layout->height, self->height, error)) {
    if (!stylerwkv_change_device (self, *error))
      return FALSE;
    g_clear_error (error);
  }
  return TRUE;
}

static gboolean
gst_stylerwkv_set_info (GstVideoFilter * filter, GstCaps * in_caps, GstVideoInfo * in_info, GstCaps * out_caps,
    GstVideoInfo * out_info)
{
  GstStylerwkv *self = GST_STYLERWKV (filter);
  SrwFrameLayout layout;
  GError *error = NULL;
  gint asked;

  if (!refuse_interlaced (self, in_info))
    return FALSE;
  if (!stylerwkv_layout_from_info (in_info, &layout)) {
    GST_ERROR_OBJECT (self, "caps outside of the template: %" GST_PTR_FORMAT, in_caps);
    return FALSE;
  }
  g_object_get (self, "processing-height", &asked, NULL);
  frame_queue_settle (self->frames);
  /* what was shown is of another size or kind */
  frame_queue_forget_last (self->frames);
  self->height = self->wanted_height =
      scheduler_height (self->scheduler, asked, layout.height, SRW_MIN_PROCESSING_HEIGHT);
  if (!set_size (self, &layout, &error)) {
    gchar *doing = g_strdup_printf ("Cannot process video of %d×%d", layout.width, layout.height);
    stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_ERROR, doing, error);
    g_clear_error (&error);
    g_free (doing);
    return FALSE;
  }
  self->layout = layout;
  scheduler_forget_durations (self->scheduler);
  self->restart = self->ask_live = TRUE;
  stylerwkv_read_info (self);
  return TRUE;
}

/* GstVideoFilter takes an element without transform_frame for one that works in place, for which GstBaseTransform
 * asks the next element for no memory and hands its pool on to the one before. Here frames are drawn from one buffer
 * into another, several at a time. */
static gboolean
gst_stylerwkv_set_caps (GstBaseTransform * trans, GstCaps * in_caps, GstCaps * out_caps)
{
  if (!GST_BASE_TRANSFORM_CLASS (gst_stylerwkv_parent_class)->set_caps (trans, in_caps, out_caps))
    return FALSE;
  gst_base_transform_set_in_place (trans, FALSE);
  return TRUE;
}

/* Whatever belongs to the frame belongs to the painted one: it has the same size, place and time. */
static gboolean
gst_stylerwkv_transform_meta (GstBaseTransform * trans, GstBuffer * out, GstMeta * meta, GstBuffer * in)
{
  return TRUE;
}

/* What a flush ends. */
static void
forget_stream (GstStylerwkv * self)
{
  frame_queue_discard (self->frames);
  output_queue_set_flushing (self->output, FALSE);
  scheduler_flush (self->scheduler);
}

/* Frames on their way go before whatever comes after them in the stream, and nothing survives a flush. */
static gboolean
gst_stylerwkv_sink_event (GstBaseTransform * trans, GstEvent * event)
{
  GstStylerwkv *self = GST_STYLERWKV (trans);

  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_START) {
    output_queue_set_flushing (self->output, TRUE);
  } else if (GST_EVENT_IS_SERIALIZED (event)) {
    if (!pass_gate (self)) {
      gst_event_unref (event);
      return FALSE;
    }
    if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP)
      forget_stream (self);
    else
      stylerwkv_drain (self);
  }
  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP || GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START)
    self->restart = self->ask_live = TRUE;
  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    stylerwkv_tell_mask_pad (self, GST_CLOCK_TIME_NONE);
  return GST_BASE_TRANSFORM_CLASS (gst_stylerwkv_parent_class)->sink_event (trans, event);
}

/* A sink could not show a frame in time. */
static void
note_qos (GstStylerwkv * self, GstEvent * event)
{
  GstClockTimeDiff jitter;
  GstClockTime time;

  gst_event_parse_qos (event, NULL, NULL, &jitter, &time);
  if (gst_base_transform_is_qos_enabled (GST_BASE_TRANSFORM (self)) && GST_CLOCK_TIME_IS_VALID (time))
    scheduler_set_earliest (self->scheduler, (GstClockTime) MAX ((GstClockTimeDiff) time + jitter, 0));
}

/* Sinks wait so long for every frame. */
static void
note_latency (GstStylerwkv * self, GstEvent * event)
{
  GstClockTime latency;

  gst_event_parse_latency (event, &latency);
  scheduler_set_sink_latency (self->scheduler, latency);
}

static gboolean
gst_stylerwkv_src_event (GstBaseTransform * trans, GstEvent * event)
{
  GstStylerwkv *self = GST_STYLERWKV (trans);

  if (GST_EVENT_TYPE (event) == GST_EVENT_QOS) {
    note_qos (self, event);
    /* the base class would leave frames out by itself; here the policy decides */
    return gst_pad_push_event (GST_BASE_TRANSFORM_SINK_PAD (trans), event);
  }
  if (GST_EVENT_TYPE (event) == GST_EVENT_LATENCY)
    note_latency (self, event);
  return GST_BASE_TRANSFORM_CLASS (gst_stylerwkv_parent_class)->src_event (trans, event);
}

static gboolean
answer_context (GstStylerwkv * self, GstQuery * query)
{
  const gchar *type = NULL;
  GstContext *context = NULL;

  if (gst_query_parse_context_type (query, &type) && !g_strcmp0 (type, DEVICE_CONTEXT_TYPE))
    context = gst_element_get_context (GST_ELEMENT (self), DEVICE_CONTEXT_TYPE);
  if (context == NULL)
    return FALSE;
  gst_query_set_context (query, context);
  gst_context_unref (context);
  return TRUE;
}

/* Queries that are serialized come after the frames before them, as events do. */
static void
finish_before (GstStylerwkv * self, GstQuery * query)
{
  if (!pass_gate (self))
    return;
  stylerwkv_drain (self);
  /* every buffer of the element before is given back */
  if (GST_QUERY_TYPE (query) == GST_QUERY_DRAIN)
    frame_queue_forget_last (self->frames);
}

/* A sink that is to show frames on time has to wait for the ones that are still being drawn. */
static void
add_latency (GstStylerwkv * self, GstQuery * query)
{
  GstClockTime min, max, own = scheduler_latency (self->scheduler);
  gboolean live;

  gst_query_parse_latency (query, &live, &min, &max);
  gst_query_set_latency (query, live, min + own, GST_CLOCK_TIME_IS_VALID (max) ? max + own : max);
}

static gboolean
gst_stylerwkv_query (GstBaseTransform * trans, GstPadDirection direction, GstQuery * query)
{
  GstStylerwkv *self = GST_STYLERWKV (trans);

  if (GST_QUERY_TYPE (query) == GST_QUERY_CONTEXT && answer_context (self, query))
    return TRUE;
  if (direction == GST_PAD_SINK && GST_QUERY_IS_SERIALIZED (query))
    finish_before (self, query);
  if (!GST_BASE_TRANSFORM_CLASS (gst_stylerwkv_parent_class)->query (trans, direction, query))
    return FALSE;
  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY && direction == GST_PAD_SRC)
    add_latency (self, query);
  return TRUE;
}

/* Buffers of the next element's that this one may have at a time: those that are drawn into, the one that hold keeps,
 * and those that wait for the next element. */
static guint
buffers_held (GstStylerwkv * self)
{
  return self->depth + 1 + OUTPUT_QUEUE_USUAL;
}

/* A pool that has too few buffers to wait for is left alone: frames get memory of this element's then, and the next one
 * copies them if it has to. */
static gboolean
gst_stylerwkv_decide_allocation (GstBaseTransform * trans, GstQuery * query)
{
  const guint held = buffers_held (GST_STYLERWKV (trans));
  GstBufferPool *pool;
  guint size, min, max;

  if (gst_query_get_n_allocation_pools (query) > 0) {
    gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, &min, &max);
    if (max > 0)
      gst_query_set_nth_allocation_pool (query, 0, NULL, size, held, 0);
    else
      gst_query_set_nth_allocation_pool (query, 0, pool, size, min + held, 0);
    gst_clear_object (&pool);
  }
  return GST_BASE_TRANSFORM_CLASS (gst_stylerwkv_parent_class)->decide_allocation (trans, query);
}

/* The frames that are being drawn are the other element's buffers, and those that pass and wait for the next one. */
static gboolean
gst_stylerwkv_propose_allocation (GstBaseTransform * trans, GstQuery * decide_query, GstQuery * query)
{
  const guint held = GST_STYLERWKV (trans)->depth + OUTPUT_QUEUE_USUAL;
  GstBufferPool *pool;
  guint size, min, max;

  if (!GST_BASE_TRANSFORM_CLASS (gst_stylerwkv_parent_class)->propose_allocation (trans, decide_query, query))
    return FALSE;
  if (gst_query_get_n_allocation_pools (query) == 0)
    return TRUE;
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, &min, &max);
  gst_query_set_nth_allocation_pool (query, 0, pool, size, min + held, max ? max + held : 0);
  gst_clear_object (&pool);
  return TRUE;
}

/* ---- style_sink and mask_sink ---- */

/* On the pad's streaming thread. */
static gboolean
style_picture (GstElement * element, const GstVideoFrame * picture, gboolean first)
{
  GstStylerwkv *self = GST_STYLERWKV (element);
  SrwStyle *style = NULL;
  GError *error = NULL;
  gboolean running;

  if (!pass_gate (self))
    return FALSE;
  g_mutex_lock (&self->stylizer_lock);
  running = self->stylizer != NULL;
  if (running)
    style = srw_stylizer_style_from_picture (self->stylizer, GST_VIDEO_FRAME_PLANE_DATA (picture, 0),
        GST_VIDEO_FRAME_WIDTH (picture), GST_VIDEO_FRAME_HEIGHT (picture), GST_VIDEO_FRAME_PLANE_STRIDE (picture, 0),
        &error);
  g_mutex_unlock (&self->stylizer_lock);
  if (style) {
    settings_put_style (self->settings, 0, style);
    if (first)
      stylerwkv_announce (self, STYLE_PAD_NAME, NULL);
  } else if (running) {
    stylerwkv_post (element, GST_MESSAGE_WARNING, "Cannot use a picture at " STYLE_PAD_NAME, error);
    g_clear_error (&error);
  }
  return running;
}

/* On the pad's streaming thread. */
static gboolean
mask_picture (GstElement * element, const GstVideoFrame * picture, gboolean first)
{
  GstStylerwkv *self = GST_STYLERWKV (element);

  if (!pass_gate (self))
    return FALSE;
  settings_put_mask (self->settings, srw_mask_new (GST_VIDEO_FRAME_PLANE_DATA (picture, 0),
      GST_VIDEO_FRAME_WIDTH (picture),
          GST_VIDEO_FRAME_HEIGHT (picture), GST_VIDEO_FRAME_PLANE_STRIDE (picture, 0)));
  if (first)
    stylerwkv_announce (self, MASK_PAD_NAME, NULL);
  return TRUE;
}

void
stylerwkv_tell_mask_pad (GstStylerwkv * self, GstClockTime time)
{
  GstStylerwkvPad *pad = pad_named (self, MASK_PAD_NAME);

  if (pad)
    picture_pad_set_time (pad, time);
  gst_clear_object (&pad);
}

static GstPad *
new_pad (GstStylerwkv * self, GstPadTemplate * template)
{
  GstPad *pad;
  gint scale;

  if (g_str_equal (GST_PAD_TEMPLATE_NAME_TEMPLATE (template), MASK_PAD_NAME))
    return picture_pad_new (template, MASK_PAD_NAME, GST_VIDEO_FORMAT_GRAY8, PICTURE_PAD_WAITS, mask_picture);
  pad = picture_pad_new (template, STYLE_PAD_NAME, GST_VIDEO_FORMAT_RGB, PICTURE_PAD_RESTS, style_picture);
  g_object_get (self, "style-scale", &scale, NULL);
  picture_pad_set_short_side (GST_STYLERWKV_PAD (pad), scale);
  return pad;
}

/* The path whose place a pad takes. */
static guint
slot_of (GstPad * pad)
{
  return g_str_equal (GST_PAD_NAME (pad), MASK_PAD_NAME) ? MASK_SLOT : 0;
}

/* There is one of each at most. */
static GstPad *
gst_stylerwkv_request_new_pad (GstElement * element, GstPadTemplate * template, const gchar * name,
    const GstCaps * caps)
{
  GstPad *pad = gst_element_get_static_pad (element, GST_PAD_TEMPLATE_NAME_TEMPLATE (template));

  if (pad) {
    GST_WARNING_OBJECT (element, "there is a %s already", GST_PAD_NAME (pad));
    gst_object_unref (pad);
    return NULL;
  }
  pad = new_pad (GST_STYLERWKV (element), template);
  settings_lend (GST_STYLERWKV (element)->settings, slot_of (pad), TRUE);
  if (GST_STATE (element) > GST_STATE_READY)
    gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (element, pad);
  return pad;
}

/* Style or mask is again what the property says. */
static void
gst_stylerwkv_release_pad (GstElement * element, GstPad * pad)
{
  const guint slot = slot_of (pad);

  gst_pad_set_active (pad, FALSE);
  gst_element_remove_pad (element, pad);
  settings_lend (GST_STYLERWKV (element)->settings, slot, FALSE);
}
