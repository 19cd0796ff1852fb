/* The engine's errors as GStreamer's.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engineerror.h"

#include "base/error.h"

typedef struct
{
  GQuark domain;
  gint code;
  const gchar *hint;
} Mapping;

static Mapping
mapping_of (const GError * error)
{
  if (error->domain == SRW_ERROR) {
    switch ((SrwError) error->code) {
      case SRW_ERROR_NO_DEVICE:
        return (Mapping) {
          GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
          "On Debian the package pocl-opencl-icd runs on any processor; "
          "the property \"device\" chooses among devices."};
      case SRW_ERROR_MEMORY:
        return (Mapping) {
          GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT,
              "Scale the video down with videoscale in front of stylerwkv, or choose a device with more memory."};
      case SRW_ERROR_DEVICE:
        return (Mapping) {
          GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT,
              "The OpenCL driver reported this. Try another device with the property \"device\", or another driver."};
      case SRW_ERROR_BUILD:
        return (Mapping) {
          GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT,
              "The OpenCL driver could not compile the kernels. Try another device with the property \"device\", or "
              "another driver, and report the compiler's message."};
      case SRW_ERROR_NOT_FOUND:
        return (Mapping) {
          GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "Check that the path is right and the file may be read."};
      case SRW_ERROR_MODEL:
        return (Mapping) {
          GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
"Without the property \"model-file\" the built-in weights are used."};
      case SRW_ERROR_PICTURE:
        return (Mapping) {
          GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
              "Give a picture that gdk-pixbuf can read, such as JPEG or PNG."};
      case SRW_ERROR_FRAME:
        return (Mapping) {
          GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, "What comes before stylerwkv in the pipeline made it so."};
      case SRW_ERROR_SIZE:
        return (Mapping) {
          GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, "Put videoconvert ! videoscale in front of stylerwkv."};
    }
  }
  return (Mapping) { GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED, "" };
}

void
stylerwkv_post (GstElement * element, GstMessageType type, const gchar * doing, const GError * error)
{
  const Mapping mapping = mapping_of (error);

  /* what a driver or a decoder says may be in any encoding */
  gchar *said = g_utf8_make_valid (error->message, -1);

  gst_element_message_full (element, type, mapping.domain, mapping.code,
      g_strdup_printf ("%s: %s. %s", doing, said, mapping.hint), NULL, __FILE__, GST_FUNCTION, __LINE__);
  g_free (said);
}

gboolean
stylerwkv_is_of_device (const GError * error)
{
  return g_error_matches (error, SRW_ERROR, SRW_ERROR_DEVICE) || g_error_matches (error, SRW_ERROR, SRW_ERROR_MEMORY);
}
