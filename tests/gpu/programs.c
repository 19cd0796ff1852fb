/* Prints every program that the engine builds for a GPU, a file and its options, separated by a tab, a line each: for
 * compile.py, which gives them to the compilers of real GPUs. Any OpenCL device will do. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "frame.h"
#include "steady.h"
#include "upscale.h"

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
  SrwOps *ops = srw_ops_new (device, &error);
  SrwSteady *steady;
  SrwUpscale *upscale;

  g_assert_no_error (error);
  steady = srw_steady_new (device, ops, 64, 64, &error);
  g_assert_no_error (error);
  upscale = srw_upscale_new (device, ops, &full, &small, &error);
  g_assert_no_error (error);
  for (gint format = 0; format <= SRW_FORMAT_V210; format++) {
    SrwFrameIo *io = srw_frame_io_new (ops, device, format, 64, 64, &error);
    g_assert_no_error (error);
    srw_frame_io_free (&io);
  }
  srw_upscale_free (&upscale);
  srw_steady_free (&steady);
  srw_ops_free (&ops);
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
    srw_device_unref (&device);
  }
  return 0;
}
