/* What the properties ask for, and what of it is loaded.
 *
 * Every function may be called on any thread, unless it says otherwise. What is named by a path is loaded on a thread
 * of the settings' own, between start and stop, and is in use from the snapshot on that finds it loaded.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "gststylerwkv.h"
#include "styleloader.h"

G_BEGIN_DECLS

typedef struct _Settings Settings;

/* The properties of the element; those that are kept here are all but stats. */
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
  PROP_PROCESSING_HEIGHT,
  PROP_ASYNC_DEPTH,
  PROP_OVERLOAD_POLICY,
  PROP_FADE_TIME,
  PROP_STYLE_SCALE,
  PROP_PRESERVE_LUMA,
  PROP_PRESERVE_BLACK,
  PROP_STATS,
};

#define DEFAULT_STRENGTH 1.0
#define DEFAULT_STYLE_MIX 0.0
#define DEFAULT_TEMPORAL_SMOOTHING 0.8
#define DEFAULT_DEVICE "auto"
#define DEFAULT_PROCESSING_HEIGHT 0
#define DEFAULT_ASYNC_DEPTH 0
#define DEFAULT_OVERLOAD_POLICY GST_STYLERWKV_OVERLOAD_DROP
#define DEFAULT_FADE_TIME 0
#define DEFAULT_STYLE_SCALE SRW_STYLE_SCALE
#define DEFAULT_PRESERVE_BLACK TRUE

/* What becomes of what was asked for. Called on whatever thread finds out, with no lock held. */
typedef struct
{
  /* A style or mask is in use from the next frame on. */
  void (*in_use) (const gchar * property, const gchar * path, gpointer data);
  /* It cannot be used: an error before playing, a warning while playing. */
  void (*problem) (GstMessageType type, const gchar * doing, const GError * error, gpointer data);
} SettingsCallbacks;

Settings *settings_new (const SettingsCallbacks * callbacks, gpointer data);
void settings_free (Settings * settings);

/* FALSE: it is none of the settings'. */
gboolean settings_set (Settings * settings, guint property, const GValue * value);
gboolean settings_get (Settings * settings, guint property, GValue * value);

/* Loads what the properties name and begins to follow them; FALSE after a problem. `stylizer` must stay until stop. */
gboolean settings_start (Settings * settings, SrwStylizer * stylizer);
/* Waits for what is being loaded and lets go of all that was. */
void settings_stop (Settings * settings);

/* A style, or a mask, from somewhere else than a path. Takes it. */
void settings_put_style (Settings * settings, guint slot, SrwStyle * style);
void settings_put_mask (Settings * settings, SrwMask * mask);
/* What is put in a slot that is lent stays until somebody sets its path or it is lent no more. */
void settings_lend (Settings * settings, guint slot, gboolean lent);

/* After the stylizer has moved to another device: loads styles again that the one before failed at. */
void settings_try_again (Settings * settings);

/* Prepares frames of this size; the result is in a snapshot. */
void settings_request_size (Settings * settings, const FrameSize * size);

/* What is asked of one frame. */
typedef struct
{
  GstClockTime time;            /* running time of the frame, or none */
  gdouble strength, smoothing;
  gboolean preserve_color, preserve_luma, preserve_black;
  gint processing_height;
  GstClockTime fade_time;
  GstStylerwkvOverloadPolicy policy;
  /* What has changed since the last snapshot; owned by the snapshot. */
  SrwStyle *style;              /* NULL: it has not */
  gboolean mask_changed;
  SrwMask *mask;                /* NULL: everywhere */
  gboolean mask_is_live;        /* it is one of a stream, where every frame is another */
  SrwSession *session;          /* of session_size; NULL: none was prepared */
  FrameSize session_size;
} FrameSettings;

/* Of the streaming thread. */
FrameSettings settings_snapshot (Settings * settings, GstClockTime time);
/* Frees what nobody took. */
void frame_settings_clear (FrameSettings * settings);

G_END_DECLS
