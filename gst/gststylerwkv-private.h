/* What gststylerwkv.c (the element's interface), settings.c (what is loaded and applied) and streaming.c (the way of a
 * frame) share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fade.h"
#include "framequeue.h"
#include "gststylerwkv.h"
#include "latency.h"
#include "outputqueue.h"
#include "overload.h"
#include "picturepad.h"
#include "styleloader.h"

G_BEGIN_DECLS

GST_DEBUG_CATEGORY_EXTERN (gst_stylerwkv_debug);
#define GST_CAT_DEFAULT gst_stylerwkv_debug

/* What stats tells. */
typedef struct
{
  guint64 in, done, dropped;
  gdouble total_ms, worst_ms;
  gchar *device, *model;
  gint width, height;
  guint64 device_bytes;
} Stats;

/* Whether what start makes is there. */
typedef enum
{
  GATE_CLOSED,
  GATE_OPENING,                 /* start is at work, which takes seconds */
  GATE_OPEN,
} Gate;

struct _GstStylerwkv
{
  GstVideoFilter parent;

  /* Guarded by the object lock. */
  gchar *path[PATH_SLOTS];      /* of styles and mask */
  gdouble strength, style_mix, smoothing;
  gboolean preserve_color;
  gint style_scale;
  GstClockTime fade_time;
  gchar *model_file, *device;
  gint processing_height;
  guint async_depth;
  GstStylerwkvOverloadPolicy policy;
  Stats stats;
  LatencyMeter latency;
  StyleLoader *loader;          /* from start to stop */
  SrwStyle *style[STYLE_SLOTS]; /* as loaded last; the second may be NULL */
  SrwMask *mask;                /* as loaded last, until the streaming thread takes it */
  gboolean style_changed, mask_changed; /* since the streaming thread looked */
  gboolean mask_is_live;        /* it came to mask_sink, where every frame is another */
  Loaded prepared;              /* a target, until the streaming thread takes it */
  GstClockTime sink_latency;    /* how long sinks wait for each frame */
  GstClockTime earliest;        /* the sink shows nothing up to this running time; none: everything */

  GMutex gate_lock;             /* guards the gate */
  GCond gate_moved;
  Gate gate;

  GMutex stylizer_lock;         /* held to set the stylizer, and by what uses it on other threads than the streaming one */

  OutputQueue *output;
  /* of the pads, before this element's own came before them */
  GstPadChainFunction chain;
  GstPadActivateModeFunction activate_src;

  /* Of start, stop and the streaming thread, which are never at work together. */
  SrwStylizer *stylizer;
  SrwFrameLayout layout;        /* without its memory; width 0 before caps */
  FrameQueue *frames;           /* from start to stop */
  guint depth;                  /* of the queue */
  NumberFade strength_fade;
  Fade style_fade, mask_fade;
  SrwStyle *style_from, *style_to, *style_shown;        /* NULL before the first frame */
  SrwMask *mask_from, *mask_to; /* NULL: everywhere */
  gfloat applied_mix;
  gboolean restart;             /* the next frame does not follow the last one */
  gboolean gap;                 /* frames were left out since the last one that was sent */
  gboolean live;                /* asked with the first frame of a stream */
  gboolean ask_live;
  Lateness lateness;
  Degradation degradation;
  gint height, wanted_height;   /* that frames are processed at, and will be when the loader is through */
  gint sixteenths;              /* of the height asked for that an overload leaves */
  GstClockTime taken;           /* by a frame, smoothed */
};

/* ---- settings.c ---- */

/* A copy of one of the strings that the object lock guards. */
gchar *stylerwkv_dup_locked (GstStylerwkv * self, gchar * const *string);

/* Loads what the properties name and starts the loader; a failure is posted as an error. Of start. */
gboolean stylerwkv_start_settings (GstStylerwkv * self);
/* Ends the loader and lets go of what it loaded. Of stop. */
void stylerwkv_stop_settings (GstStylerwkv * self);

/* Hands a style to the streaming thread. Takes it. Any thread. */
void stylerwkv_put_style (GstStylerwkv * self, guint slot, SrwStyle * style);

/* Tells everybody that a style, mask or height is in use from the next frame on. Any thread but with the object lock
 * held. */
void stylerwkv_announce (GstStylerwkv * self, const gchar * property, const gchar * path);

/* Hands a mask to the streaming thread. Takes it. Any thread. `is_live`: it is one of a stream. */
void stylerwkv_put_mask (GstStylerwkv * self, SrwMask * mask, gboolean is_live);

/* What follows is of the streaming thread. Each gives the engine what has changed since the last frame, or fades. */
void stylerwkv_apply_style (GstStylerwkv * self, const FrameSettings * settings);
void stylerwkv_apply_mask (GstStylerwkv * self, const FrameSettings * settings);
void stylerwkv_apply_height (GstStylerwkv * self, const FrameSettings * settings);

/* The height to process frames of `frame_height` at: what was asked for, less what an overload takes. More than
 * the frame's is as good as the frame's. */
gint stylerwkv_target_height (const GstStylerwkv * self, gint asked, gint frame_height);

/* Notes in the statistics what the engine says of itself. */
void stylerwkv_read_info (GstStylerwkv * self);

/* ---- streaming.c ---- */

/* Virtual functions of GstBaseTransform. */
GstFlowReturn stylerwkv_submit_input_buffer (GstBaseTransform * trans, gboolean discont, GstBuffer * buffer);
GstFlowReturn stylerwkv_generate_output (GstBaseTransform * trans, GstBuffer ** out);

/* Sends all frames that are on their way to the next element, and waits until it has taken them. */
void stylerwkv_drain (GstStylerwkv * self);

/* ---- gststylerwkv.c ---- */

/* Tells the pad of mattes how far the video is. */
void stylerwkv_tell_mask_pad (GstStylerwkv * self, GstClockTime time);

void stylerwkv_emit_style_changed (GstStylerwkv * self, const gchar * property, const gchar * path);
GstBaseTransformClass *stylerwkv_parent_class (void);

G_END_DECLS
