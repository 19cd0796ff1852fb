/* Prints every program that the engine builds for a GPU, a file and its options, separated by a tab, a line each: for
 * compile.py, which gives them to the compilers of real GPUs. Any OpenCL device will do.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "network/ops.h"
#include "video/frame.h"
#include "video/temporal.h"
#include "video/upscale.h"

static void
print_program (const gchar * domain, GLogLevelFlags level, const gchar * message, gpointer data)
{
  if (g_str_has_prefix (message, "program\t"))
    printf ("%s\n", message + strlen ("program\t"));
}

static void
build (SrwDevice * device)
{
  const SrwExtent full = { 64, 64, 64, 64 }, small = { 32, 32, 32, 32 };
  GError *error = NULL;
  SrwQueue *queue = srw_queue_new (device, &error);
  SrwOps *ops;
  SrwTemporal *temporal;
  SrwUpscale *upscale;

  g_assert_no_error (error);
  ops = srw_ops_new (queue, &error);
  g_assert_no_error (error);
  temporal = srw_temporal_new (queue, 64, 64, &error);
  g_assert_no_error (error);
  upscale = srw_upscale_new (queue, &full, &small, &error);
  g_assert_no_error (error);
  for (gint format = 0; format <= SRW_FORMAT_V210; format++) {
    SrwFrameIo *io = srw_frame_io_new (queue, format, 64, 64, &error);
    g_assert_no_error (error);
    g_clear_pointer (&io, srw_frame_io_free);
  }
  g_clear_pointer (&upscale, srw_upscale_free);
  g_clear_pointer (&temporal, srw_temporal_free);
  g_clear_pointer (&ops, srw_ops_free);
  g_clear_pointer (&queue, srw_queue_free);
}

int
main (void)
{
  static const gchar *const maps[] = { "float", "half" };

  setlocale (LC_ALL, "");
  g_log_set_default_handler (print_program, NULL);
  g_setenv ("SRW_KERNELS", "gpu", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (maps); i++) {
    GError *error = NULL;
    SrwDevice *device;

    g_setenv ("SRW_MAPS", maps[i], TRUE);
    device = srw_device_open (NULL, &error);
    g_assert_no_error (error);
    build (device);
    g_clear_pointer (&device, srw_device_unref);
  }
  return 0;
}
