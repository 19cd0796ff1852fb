/* The request pads style_sink and mask_sink: whatever picture or video arrives there is the style, or says where to
 * stylise.
 *
 * Each pad has a streaming thread of its own and is no part of what GstBaseTransform does: its frames do not hold up
 * those of the video, and its events go no further.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>

G_BEGIN_DECLS

#define STYLE_PAD_NAME "style_sink"
#define MASK_PAD_NAME "mask_sink"

#define GST_TYPE_STYLERWKV_PAD (gst_stylerwkv_pad_get_type ())
G_DECLARE_FINAL_TYPE (GstStylerwkvPad, gst_stylerwkv_pad, GST, STYLERWKV_PAD, GstPad)

/* A picture in the pad's format. `first` is set for the first one of a stream. Called on the pad's streaming thread;
 * waits while the element starts. FALSE: the element is not running. */
typedef gboolean (*PictureFunction) (GstElement * element, const GstVideoFrame * picture, gboolean first);

typedef enum
{
  PICTURE_PAD_RESTS,            /* using a picture takes the device from the video: so many are left out that
                                 * the video has it most of the time */
  PICTURE_PAD_WAITS,            /* a picture is used when the video has come to its time; late ones at once */
} PicturePadPace;

GstPad *picture_pad_new (GstPadTemplate * template, const gchar * name, GstVideoFormat format, PicturePadPace pace,
    PictureFunction picture);

/* Pictures are scaled down to this many pixels on the short side, from the next one on; 0 for as they are. Any
 * thread. */
void picture_pad_set_short_side (GstStylerwkvPad * pad, gint short_side);

/* How far the video is, in running time; none: it has ended, or there is none. Any thread. */
void picture_pad_set_time (GstStylerwkvPad * pad, GstClockTime time);

G_END_DECLS
