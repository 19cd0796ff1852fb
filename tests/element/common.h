/* What the element's tests share.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#define FRAME_DURATION (GST_SECOND / 25)
/* Frames so small that a test takes milliseconds; the kernels are the same. */
#define WIDTH 48
#define HEIGHT 32

/* A buffer of `info` with smooth shapes whose position depends on `index`, timestamped. */
GstBuffer *picture_new (const GstVideoInfo * info, guint index);

/* Mean absolute difference of two buffers' samples in 8 bit, alpha and padding left out. */
gdouble picture_difference (const GstVideoInfo * info, GstBuffer * a, GstBuffer * b);

void video_info_init (GstVideoInfo * info, const gchar * format, gint width, gint height);

/* A harness round `stylerwkv PROPERTIES` that was given `info` as caps. Properties in the environment's
 * SRW_TEST_PROPERTIES come before these: a small style-image where everything is slow. */
GstHarness *harness_new (const GstVideoInfo * info, const gchar * properties);

/* The element in a harness; a reference. */
GstElement *element_of (GstHarness * h);

/* A harness with a bus, for RGB frames of WIDTH×HEIGHT, nothing smoothed. */
typedef struct
{
  GstHarness *h;
  GstElement *element;
  GstBus *bus;
  GstVideoInfo info;
} Playing;

void playing_start (Playing * p, const gchar * properties);
void playing_stop (Playing * p);

/* Announces caps. */
void harness_set_info (GstHarness * h, const GstVideoInfo * info);

/* Pushes picture `index` and gives what comes out. */
GstBuffer *harness_run (GstHarness * h, const GstVideoInfo * info, guint index);

/* So many frames leave the element, which sends them from a thread of its own. */
void harness_wait_for_buffers (GstHarness * h, guint number);

/* A source pad linked to a request pad of the element, that has announced frames of `info`; and its end, with the
 * request pad's. */
GstPad *pad_source_new (GstElement * element, const gchar * request_pad, const GstVideoInfo * info);
void pad_source_free (GstElement * element, GstPad * source);

/* Paths of two style pictures that look nothing like each other, written once for a process. Owned by the library. */
const gchar *style_red (void);
const gchar *style_blue (void);

/* Path of a mask of two pixels, black and white: scaled to a frame, the left quarter is black and the right one
 * white. */
const gchar *mask_halves (void);

/* The next message of these types, or NULL after `seconds`. */
GstMessage *bus_wait (GstBus * bus, GstMessageType types, guint seconds);

/* Runs `work` once to have whatever lives as long as the process, and then again under watch of the leaks tracer
 * (GST_TRACERS, set by meson.build): fails where GStreamer objects or mini objects stay behind. */
void check_no_leak (void (*work) (void));
