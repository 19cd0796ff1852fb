/* GStreamer element stylerwkv: gives video the look of a painting.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/gstvideofilter.h>
#include <gst/video/video.h>

G_BEGIN_DECLS

/**
 * GstStylerwkvOverloadPolicy:
 * @GST_STYLERWKV_OVERLOAD_DROP: late frames are left out
 * @GST_STYLERWKV_OVERLOAD_HOLD: the frame before is repeated in the place of a late one
 * @GST_STYLERWKV_OVERLOAD_PASSTHROUGH: late frames pass as they are
 * @GST_STYLERWKV_OVERLOAD_DEGRADE: the processing height is lowered until frames are in time; late frames are left out
 * till then
 *
 * What happens to frames of a live source that come faster than they can be drawn.
 *
 * Since: 0.1
 */
typedef enum
{
  GST_STYLERWKV_OVERLOAD_DROP,
  GST_STYLERWKV_OVERLOAD_HOLD,
  GST_STYLERWKV_OVERLOAD_PASSTHROUGH,
  GST_STYLERWKV_OVERLOAD_DEGRADE,
} GstStylerwkvOverloadPolicy;

#define GST_TYPE_STYLERWKV_OVERLOAD_POLICY (gst_stylerwkv_overload_policy_get_type ())
GType gst_stylerwkv_overload_policy_get_type (void);

#define GST_TYPE_STYLERWKV (gst_stylerwkv_get_type ())
G_DECLARE_FINAL_TYPE (GstStylerwkv, gst_stylerwkv, GST, STYLERWKV, GstVideoFilter)

GST_ELEMENT_REGISTER_DECLARE (stylerwkv);

G_END_DECLS
