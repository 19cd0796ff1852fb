/* What gststylerwkv.c (the element's interface), settings.c (what is loaded and applied) and streaming.c (the way of a
 * frame) share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flights.h"
#include "gststylerwkv.h"
#include "latency.h"
#include "overload.h"
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

struct _GstStylerwkv
{
  GstVideoFilter parent;

  /* Guarded by the object lock. */
  gchar *path[PATH_SLOTS];      /* of styles and mask */
  gdouble strength, style_mix, smoothing;
  gboolean preserve_color;
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
  Loaded prepared;              /* a target, until the streaming thread takes it */

  GMutex stylizer_lock;         /* held to set the stylizer, and by what uses it on other threads than the streaming one */

  /* Of start, stop and the streaming thread, which are never at work together. */
  SrwStylizer *stylizer;
  SrwFrameLayout layout;        /* without its memory; width 0 before caps */
  Flights *flights;             /* from start to stop */
  guint depth;                  /* of the flights */
  gfloat applied_mix;
  gboolean restart;             /* the next frame does not follow the last one */
  gboolean live;                /* asked with the first frame of a stream */
  gboolean ask_live;
  gboolean too_late;            /* the sink could not show the present frame in time */
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

/* What follows is of the streaming thread. Each gives the engine what has changed since the last frame. */
void stylerwkv_apply_style (GstStylerwkv * self);
void stylerwkv_apply_mask (GstStylerwkv * self);
void stylerwkv_apply_height (GstStylerwkv * self);

/* The height to process frames of `frame_height` at: what the property asks for, less what an overload takes. More than
 * the frame's is as good as the frame's. */
gint stylerwkv_target_height (GstStylerwkv * self, gint frame_height);

/* Notes in the statistics what the engine says of itself. */
void stylerwkv_read_info (GstStylerwkv * self);

/* ---- streaming.c ---- */

/* Virtual functions of GstBaseTransform. */
void stylerwkv_before_transform (GstBaseTransform * trans, GstBuffer * buffer);
GstFlowReturn stylerwkv_submit_input_buffer (GstBaseTransform * trans, gboolean discont, GstBuffer * buffer);
GstFlowReturn stylerwkv_generate_output (GstBaseTransform * trans, GstBuffer ** out);

/* Sends all frames that are on their way to the next element. */
void stylerwkv_drain (GstStylerwkv * self);

/* ---- gststylerwkv.c ---- */

void stylerwkv_emit_style_changed (GstStylerwkv * self, const gchar * property, const gchar * path);
GstBaseTransformClass *stylerwkv_parent_class (void);

G_END_DECLS
