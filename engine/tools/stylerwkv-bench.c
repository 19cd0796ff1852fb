/* stylerwkv-bench: what a device makes of a model: frames a second, every operator's time beside its floor, memory,
 * start.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <locale.h>
#include <stdlib.h>

#include "measure.h"

/* as the usual Unix tools: measuring failed, or the command line is wrong */
#define STATUS_FAILED 1
#define STATUS_USAGE 2

static BenchOptions options = {.frames = 50,.start = TRUE };
static gboolean option_list, option_json, option_child, option_version;

static const GOptionEntry entries[] = {
  {"device", 'd', 0, G_OPTION_ARG_STRING, &options.device, "auto, gpu, cpu, P:D or part of a name", "DEVICE"},
  {"model", 'm', 0, G_OPTION_ARG_FILENAME, &options.model, "Weights file instead of the embedded one", "FILE"},
  {"size", 's', 0, G_OPTION_ARG_STRING, &options.size, "Size of the frames (640x360)", "WxH"},
  {"processing-height", 0, 0, G_OPTION_ARG_INT, &options.processing_height,
      "Rows that the network works on (0: those of the frames)", "ROWS"},
  {"frames", 'n', 0, G_OPTION_ARG_INT, &options.frames, "Frames to measure (50)", "N"},
  {"detail", 0, 0, G_OPTION_ARG_NONE, &options.detail, "Operators of every stage apart", NULL},
  {"scaling", 0, 0, G_OPTION_ARG_NONE, &options.scaling, "Also time and memory from 256x256 to 2048x2048", NULL},
  {"model-device", 0, 0, G_OPTION_ARG_STRING, &options.model_device,
      "What a frame asks of a GPU that need not be there, and the least it takes", "NAME,TFLOP/s,GB/s"},
  {"no-start", 0, G_OPTION_FLAG_REVERSE, G_OPTION_ARG_NONE, &options.start, "Do not measure cold and warm starts",
      NULL},
  {"json", 0, 0, G_OPTION_ARG_NONE, &option_json, "Write JSON", NULL},
  {"version", 0, 0, G_OPTION_ARG_NONE, &option_version, "Print the version and exit", NULL},
  {"list", 'l', 0, G_OPTION_ARG_NONE, &option_list, "List the OpenCL devices", NULL},
  {"start-only", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &option_child, NULL, NULL},
  {NULL}
};

static gboolean
parse_size (const gchar * text, gint * width, gint * height)
{
  gchar *end;
  gint64 w = g_ascii_strtoll (text, &end, 10), h;

  if (*end != 'x')
    return FALSE;
  h = g_ascii_strtoll (end + 1, &end, 10);
  *width = (gint) CLAMP (w, 0, G_MAXINT16);
  *height = (gint) CLAMP (h, 0, G_MAXINT16);
  return *end == '\0' && w > 0 && h > 0;
}

static void
list_devices (void)
{
  GPtrArray *devices = srw_device_entries ();

  for (guint i = 0; i < devices->len; i++) {
    const SrwDeviceEntry *entry = devices->pdata[i];
    g_print ("%s  %s  %s (%s)\n", entry->number, entry->kind, entry->name, entry->platform);
  }
  if (devices->len == 0)
    g_print ("no OpenCL device: install an ICD such as pocl-opencl-icd\n");
  g_ptr_array_unref (devices);
}

static gboolean
run (const gchar * self, GError ** error)
{
  BenchReport report = { 0 };
  gboolean good;

  if (option_child)
    return bench_print_start (&options, error);
  if (options.model_device)
    return bench_print_model (&options, error);
  good = bench_measure (self, &options, &report, error);
  if (good)
    (option_json ? bench_print_json : bench_print_text) (&options, &report);
  bench_report_clear (&report);
  return good;
}

/* Reads the command line and checks it. */
static gboolean
parse (int *argc, char ***argv, GError ** error)
{
  GOptionContext *context = g_option_context_new ("- measure StyleRWKV on an OpenCL device");
  gboolean good;

  g_option_context_add_main_entries (context, entries, NULL);
  good = g_option_context_parse (context, argc, argv, error);
  g_option_context_free (context);
  if (options.size == NULL)
    options.size = g_strdup ("640x360");
  if (good && (!parse_size (options.size, &options.width, &options.height) || options.frames < 1)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--size takes WxH, for example 640x360, and --frames at "
        "least 1");
    good = FALSE;
  }
  return good;
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  gint status = EXIT_SUCCESS;

  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C");
  if (!parse (&argc, &argv, &error))
    status = STATUS_USAGE;
  else if (option_version)
    g_print ("stylerwkv-bench (gst-stylerwkv) " SRW_VERSION "\n");
  else if (option_list)
    list_devices ();
  else if (!run (argv[0], &error))
    status = STATUS_FAILED;
  if (error)
    g_printerr ("stylerwkv-bench: %s\n", error->message);
  g_clear_error (&error);
  g_free (options.device);
  g_free (options.model);
  g_free (options.size);
  g_free (options.model_device);
  return status;
}
