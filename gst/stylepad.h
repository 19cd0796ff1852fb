/* The request pad style_sink: whatever picture or video arrives there is the style.
 *
 * The pad has a streaming thread of its own and is no part of what GstBaseTransform does: its frames neither wait for
 * those of the video nor hold them up, and its events go no further.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>

G_BEGIN_DECLS

#define STYLE_PAD_NAME "style_sink"

G_DECLARE_FINAL_TYPE (GstStylerwkvPad, gst_stylerwkv_pad, GST, STYLERWKV_PAD, GstPad)

/* A picture to take the style of: packed R, G, B, `stride` bytes a row, at most SRW_STYLE_SIZE on its short side.
 * `first` is set for the first one of a stream. Called on the pad's streaming thread. FALSE: the element is not
 * running. */
typedef gboolean (*StylePicture) (GstElement * element, const guint8 * rgb, gint width, gint height, gint stride,
    gboolean first);

GstPad *style_pad_new (GstPadTemplate * template, StylePicture picture);

G_END_DECLS
