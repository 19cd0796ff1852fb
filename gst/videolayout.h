/* GStreamer's video frames as the engine sees them: one piece of memory with planes at offsets.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>

#include "video/frame.h"

G_BEGIN_DECLS

/* Every format the engine knows, as a caps list. */
#define STYLERWKV_FORMATS "{ I420, YV12, NV12, YUY2, UYVY, RGBA, BGRA, ARGB, ABGR, RGBx, BGRx, xRGB, xBGR, RGB, BGR, " \
    "GRAY8, P010_10LE, I420_10LE, NV21, NV16, Y42B, AYUV, I422_10LE, v210 }"

/* Formats, matrix and range of `info`; FALSE if the engine has no such format. The memory's part is left zero. */
gboolean stylerwkv_layout_from_info (const GstVideoInfo * info, SrwFrameLayout * layout);

/* gst_video_frame_map with the reason where it fails: SRW_ERROR_FRAME. */
gboolean stylerwkv_frame_map (GstVideoFrame * frame, const GstVideoInfo * info, GstBuffer * buffer, guint flags,
    GError ** error);
/* Sets that error. */
void stylerwkv_frame_refuse (const GstVideoInfo * info, GstBuffer * buffer, GError ** error);

/* Completes `layout` with the memory of a mapped frame and gives its start. NULL when the planes do not lie in one
 * piece of memory: the frame must then be copied. */
guint8 *stylerwkv_layout_from_frame (const GstVideoFrame * frame, SrwFrameLayout * layout);

G_END_DECLS
