/* GStreamer's video frames as the engine sees them.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "videolayout.h"

static const struct
{
  GstVideoFormat gst;
  SrwFormat srw;
} formats[] = {
  {GST_VIDEO_FORMAT_RGBA, SRW_FORMAT_RGBA}, {GST_VIDEO_FORMAT_BGRA, SRW_FORMAT_BGRA},
  {GST_VIDEO_FORMAT_ARGB, SRW_FORMAT_ARGB}, {GST_VIDEO_FORMAT_ABGR, SRW_FORMAT_ABGR},
  {GST_VIDEO_FORMAT_RGBx, SRW_FORMAT_RGBX}, {GST_VIDEO_FORMAT_BGRx, SRW_FORMAT_BGRX},
  {GST_VIDEO_FORMAT_xRGB, SRW_FORMAT_XRGB}, {GST_VIDEO_FORMAT_xBGR, SRW_FORMAT_XBGR},
  {GST_VIDEO_FORMAT_RGB, SRW_FORMAT_RGB}, {GST_VIDEO_FORMAT_BGR, SRW_FORMAT_BGR},
  {GST_VIDEO_FORMAT_GRAY8, SRW_FORMAT_GRAY8}, {GST_VIDEO_FORMAT_NV12, SRW_FORMAT_NV12},
  {GST_VIDEO_FORMAT_I420, SRW_FORMAT_I420}, {GST_VIDEO_FORMAT_YV12, SRW_FORMAT_YV12},
  {GST_VIDEO_FORMAT_YUY2, SRW_FORMAT_YUY2}, {GST_VIDEO_FORMAT_UYVY, SRW_FORMAT_UYVY},
  {GST_VIDEO_FORMAT_P010_10LE, SRW_FORMAT_P010}, {GST_VIDEO_FORMAT_I420_10LE, SRW_FORMAT_I420_10LE},
  {GST_VIDEO_FORMAT_NV21, SRW_FORMAT_NV21}, {GST_VIDEO_FORMAT_NV16, SRW_FORMAT_NV16},
  {GST_VIDEO_FORMAT_Y42B, SRW_FORMAT_Y42B}, {GST_VIDEO_FORMAT_AYUV, SRW_FORMAT_AYUV},
  {GST_VIDEO_FORMAT_I422_10LE, SRW_FORMAT_I422_10LE}, {GST_VIDEO_FORMAT_v210, SRW_FORMAT_V210},
};

static SrwMatrix
matrix_of (const GstVideoInfo * info)
{
  switch (info->colorimetry.matrix) {
    case GST_VIDEO_COLOR_MATRIX_BT709:
    case GST_VIDEO_COLOR_MATRIX_SMPTE240M:     /* within a code value or two of 709 */
      return SRW_MATRIX_BT709;
    case GST_VIDEO_COLOR_MATRIX_BT2020:
      return SRW_MATRIX_BT2020;
    default:
      return SRW_MATRIX_BT601;
  }
}

gboolean
stylerwkv_layout_from_info (const GstVideoInfo * info, SrwFrameLayout * layout)
{
  *layout = (SrwFrameLayout) { 0 };
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    if (formats[i].gst != GST_VIDEO_INFO_FORMAT (info))
      continue;
    layout->format = formats[i].srw;
    layout->matrix = matrix_of (info);
    layout->range = info->colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255 ? SRW_RANGE_FULL : SRW_RANGE_LIMITED;
    layout->width = GST_VIDEO_INFO_WIDTH (info);
    layout->height = GST_VIDEO_INFO_HEIGHT (info);
    layout->planes = (gint) GST_VIDEO_INFO_N_PLANES (info);
    return TRUE;
  }
  return FALSE;
}

/* gst_video_frame_map takes a smaller one for a mistake of the program. */
static gboolean
is_smaller (const GstVideoMeta * meta, const GstVideoInfo * info)
{
  return meta && (meta->width < (guint) GST_VIDEO_INFO_WIDTH (info)
      || meta->height < (guint) GST_VIDEO_INFO_HEIGHT (info));
}

void
stylerwkv_frame_refuse (const GstVideoInfo * info, GstBuffer * buffer, GError ** error)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  const gchar *format = gst_video_format_to_string (GST_VIDEO_INFO_FORMAT (info));

  if (is_smaller (meta, info))
    g_set_error (error, SRW_ERROR, SRW_ERROR_FRAME,
        "a buffer says that it is a frame of %u×%u where the caps say %d×%d",
        meta->width, meta->height, info->width, info->height);
  else if (gst_buffer_get_size (buffer) < GST_VIDEO_INFO_SIZE (info))
    g_set_error (error, SRW_ERROR, SRW_ERROR_FRAME,
        "a buffer has %" G_GSIZE_FORMAT " bytes where a frame of %d×%d in %s has %"
        G_GSIZE_FORMAT, gst_buffer_get_size (buffer), info->width, info->height, format, GST_VIDEO_INFO_SIZE (info));
  else
    g_set_error (error, SRW_ERROR, SRW_ERROR_FRAME, "the memory of a frame of %d×%d in %s cannot be mapped",
        info->width, info->height, format);
}

gboolean
stylerwkv_frame_map (GstVideoFrame * frame, const GstVideoInfo * info, GstBuffer * buffer, guint flags, GError ** error)
{
  if (!is_smaller (gst_buffer_get_video_meta (buffer), info) && gst_video_frame_map (frame, info, buffer, flags))
    return TRUE;
  stylerwkv_frame_refuse (info, buffer, error);
  return FALSE;
}

guint8 *
stylerwkv_layout_from_frame (const GstVideoFrame * frame, SrwFrameLayout * layout)
{
  const guintptr start = (guintptr) frame->map[0].data;

  layout->size = frame->map[0].size;
  for (gint i = 0; i < layout->planes; i++) {
    const guintptr plane = (guintptr) GST_VIDEO_FRAME_PLANE_DATA (frame, i);
    if (plane < start)
      return NULL;
    layout->offset[i] = plane - start;
    layout->stride[i] = GST_VIDEO_FRAME_PLANE_STRIDE (frame, i);
  }
  /* a plane in other memory is out of bounds here */
  return srw_frame_layout_check (layout, NULL) ? frame->map[0].data : NULL;
}
