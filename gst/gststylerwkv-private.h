/* What the two files of the element share: gststylerwkv.c, its interface, and streaming.c, the way of a frame.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "framequeue.h"
#include "gststylerwkv.h"
#include "look.h"
#include "outputqueue.h"
#include "picturepad.h"
#include "scheduler.h"
#include "settings.h"

G_BEGIN_DECLS

GST_DEBUG_CATEGORY_EXTERN (gst_stylerwkv_debug);
#define GST_CAT_DEFAULT gst_stylerwkv_debug

/* What stats tells. */
typedef struct
{
  guint64 in, done, dropped;
  gdouble total_ms, worst_ms;
  gchar *device, *choice, *model;       /* choice: why this device */
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

  Settings *settings;
  Scheduler *scheduler;
  OutputQueue *output;

  Stats stats;                  /* guarded by the object lock */

  GMutex gate_lock;             /* guards the gate */
  GCond gate_moved;
  Gate gate;

  GMutex stylizer_lock;         /* held to set the stylizer, and by what uses it on threads that do not stream */
  /* of the pads, before this element's own came before them */
  GstPadChainFunction chain;
  GstPadActivateModeFunction activate_src;

  /* Of start, stop and the streaming thread, which are never at work together. */
  SrwStylizer *stylizer;
  gchar *which;                 /* device that was asked for */
  GPtrArray *lost;              /* numbers of devices that failed, then NULL */
  SrwFrameLayout layout;        /* without its memory; width 0 before caps */
  FrameQueue *frames;           /* from start to stop, */
  Look *look;                   /* as this one */
  guint depth;                  /* of the queue */
  gboolean restart;             /* the next frame does not follow the last one */
  gboolean gap;                 /* frames were left out since the last one that was sent */
  gboolean ask_live;            /* with the next frame, the first of a stream */
  gint height, wanted_height;   /* that frames are processed at, and will be when the loader is through */
};

/* ---- streaming.c ---- */

/* Virtual functions of GstBaseTransform. */
GstFlowReturn stylerwkv_submit_input_buffer (GstBaseTransform * trans, gboolean discont, GstBuffer * buffer);
GstFlowReturn stylerwkv_generate_output (GstBaseTransform * trans, GstBuffer ** out);

/* Sends all frames that are on their way to the next element, and waits until it has taken them. */
void stylerwkv_drain (GstStylerwkv * self);

/* ---- gststylerwkv.c ---- */

/* After an error: where the device failed, and the choice was left to the element, it goes on on the next best one from
 * the next frame on, and says so in a warning. Frames that were not drawn are lost. FALSE: it does not. */
gboolean stylerwkv_change_device (GstStylerwkv * self, const GError * error);

/* Notes in the statistics what the engine says of itself. */
void stylerwkv_read_info (GstStylerwkv * self);

/* Tells the pad of mattes how far the video is. */
void stylerwkv_tell_mask_pad (GstStylerwkv * self, GstClockTime time);

/* Tells everybody that a style, mask or height is in use from the next frame on. Any thread, with no lock held. */
void stylerwkv_announce (GstStylerwkv * self, const gchar * property, const gchar * path);

GstBaseTransformClass *stylerwkv_parent_class (void);

G_END_DECLS
