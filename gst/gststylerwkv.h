/* GStreamer element stylerwkv: gives video the look of a painting.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/gstvideofilter.h>
#include <gst/video/video.h>

G_BEGIN_DECLS

#define GST_TYPE_STYLERWKV (gst_stylerwkv_get_type ())
G_DECLARE_FINAL_TYPE (GstStylerwkv, gst_stylerwkv, GST, STYLERWKV, GstVideoFilter)

GST_ELEMENT_REGISTER_DECLARE (stylerwkv);

G_END_DECLS
