/* stylerwkv-bench: what a device makes of a model: frames a second, every operator's time beside its floor, memory, start. */
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "peak.h"
#include "stylizer.h"

#define PROFILED_FRAMES 8
#define WARM_UP_FRAMES 2

static gchar *option_device, *option_model, *option_size = (gchar *) "640x360";
static gint option_frames = 50;
static gboolean option_list, option_json, option_scaling, option_detail, option_no_start, option_child;

static const GOptionEntry entries[] = {
  {"device", 'd', 0, G_OPTION_ARG_STRING, &option_device, "auto, gpu, cpu, P:D or part of a name", "DEVICE"},
  {"model", 'm', 0, G_OPTION_ARG_FILENAME, &option_model, "Weights file instead of the embedded one", "FILE"},
  {"size", 's', 0, G_OPTION_ARG_STRING, &option_size, "Size of the frames (640x360)", "WxH"},
  {"frames", 'n', 0, G_OPTION_ARG_INT, &option_frames, "Frames to measure (50)", "N"},
  {"detail", 0, 0, G_OPTION_ARG_NONE, &option_detail, "Operators of every stage apart", NULL},
  {"scaling", 0, 0, G_OPTION_ARG_NONE, &option_scaling, "Also time and memory from 256x256 to 2048x2048", NULL},
  {"no-start", 0, 0, G_OPTION_ARG_NONE, &option_no_start, "Do not measure cold and warm starts", NULL},
  {"json", 0, 0, G_OPTION_ARG_NONE, &option_json, "Write JSON", NULL},
  {"list", 'l', 0, G_OPTION_ARG_NONE, &option_list, "List the OpenCL devices", NULL},
  {"start-only", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &option_child, NULL, NULL},
  {NULL}
};

static gdouble
seconds_since (gint64 start)
{
  return (gdouble) (g_get_monotonic_time () - start) * 1e-6;
}

/* ---- frames ---- */

typedef struct
{
  SrwFrameLayout layout;
  guint8 *in, *out;
} Frames;

static Frames
frames_new (gint width, gint height)
{
  Frames frames;
  GRand *rand = g_rand_new_with_seed (1);

  srw_frame_layout_init (&frames.layout, SRW_FORMAT_NV12, width, height);
  frames.in = g_malloc (frames.layout.size);
  frames.out = g_malloc (frames.layout.size);
  /* some structure and some noise */
  for (gsize i = 0; i < frames.layout.size; i++)
    frames.in[i] = (guint8) (128 + 60 * sin ((gdouble) i * 0.001) + g_rand_int_range (rand, -30, 31));
  g_rand_free (rand);
  return frames;
}

static void
frames_clear (Frames * frames)
{
  g_free (frames->in);
  g_free (frames->out);
}

static gboolean
process (SrwStylizer * stylizer, const Frames * frames, GError ** error)
{
  const SrwFrameParams params = {.strength = 1.0f,.smoothing = 0.8f };

  return srw_stylizer_process (stylizer, frames->in, &frames->layout, frames->out, &frames->layout, &params, error);
}

static SrwStylizer *
open_stylizer (gint width, gint height, GError ** error)
{
  SrwStylizer *stylizer = srw_stylizer_open (option_device, option_model, error);
  SrwStyle *style = NULL;

  if (stylizer && srw_stylizer_set_size (stylizer, SRW_FORMAT_NV12, width, height, error))
    style = srw_stylizer_style_builtin (stylizer, error);
  if (style)
    srw_stylizer_set_style (stylizer, style);
  else
    srw_stylizer_close (&stylizer);
  srw_style_unref (&style);
  return stylizer;
}

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

/* ---- time of a frame ---- */

typedef struct
{
  gdouble mean, p50, p95, p99, max;     /* milliseconds */
} Times;

static gint
ascending (gconstpointer a, gconstpointer b)
{
  gdouble da = *(const gdouble *) a, db = *(const gdouble *) b;

  return da < db ? -1 : da > db;
}

static gboolean
measure_frames (SrwStylizer * stylizer, const Frames * frames, gint count, Times * times, GError ** error)
{
  gdouble *ms = g_new (gdouble, count), sum = 0.0;
  gboolean good = TRUE;

  for (gint i = 0; good && i < WARM_UP_FRAMES; i++)
    good = process (stylizer, frames, error);
  for (gint i = 0; good && i < count; i++) {
    gint64 start = g_get_monotonic_time ();
    good = process (stylizer, frames, error);
    ms[i] = 1e3 * seconds_since (start);
    sum += ms[i];
  }
  if (good) {
    qsort (ms, (gsize) count, sizeof *ms, ascending);
    *times = (Times) {
    sum / count, ms[count / 2], ms[(count - 1) * 95 / 100], ms[(count - 1) * 99 / 100], ms[count - 1]};
  }
  g_free (ms);
  return good;
}

/* ---- operators ---- */

typedef struct
{
  gchar *name;
  gdouble launches, ms, flops, bytes;   /* of a frame */
} Operator;

static void
operator_clear (gpointer data)
{
  g_free (((Operator *) data)->name);
}

static void
add_launch (const gchar * op, gdouble ms, gdouble flops, gdouble bytes, gpointer data)
{
  GArray *operators = data;
  const gchar *stage_end = strchr (op, ' ');
  /* "E1 norm" is norm unless the stages are asked for */
  const gchar *name = option_detail || stage_end == NULL ? op : stage_end + 1;
  Operator *found = NULL;

  for (guint i = 0; i < operators->len && found == NULL; i++) {
    Operator *candidate = &g_array_index (operators, Operator, i);
    if (!strcmp (candidate->name, name))
      found = candidate;
  }
  if (found == NULL) {
    Operator fresh = {.name = g_strdup (name) };
    g_array_append_val (operators, fresh);
    found = &g_array_index (operators, Operator, operators->len - 1);
  }
  found->launches += 1.0 / PROFILED_FRAMES;
  found->ms += ms / PROFILED_FRAMES;
  found->flops += flops / PROFILED_FRAMES;
  found->bytes += bytes / PROFILED_FRAMES;
}

static gint
slowest_first (gconstpointer a, gconstpointer b)
{
  return -ascending (&((const Operator *) a)->ms, &((const Operator *) b)->ms);
}

static GArray *
measure_operators (SrwStylizer * stylizer, const Frames * frames, GError ** error)
{
  GArray *operators = g_array_new (FALSE, FALSE, sizeof (Operator));
  SrwOps *ops = srw_stylizer_ops (stylizer);
  gboolean good = TRUE;

  g_array_set_clear_func (operators, operator_clear);
  srw_ops_set_profiling (ops, TRUE);
  for (gint i = 0; good && i < PROFILED_FRAMES; i++)
    good = process (stylizer, frames, error);
  srw_ops_profile_report (ops, add_launch, operators);
  srw_ops_set_profiling (ops, FALSE);
  g_array_sort (operators, slowest_first);
  if (!good)
    g_clear_pointer (&operators, g_array_unref);
  return operators;
}

/* Milliseconds that the device needs at least: for the operations, or for the bytes. */
static gdouble
floor_of (const Operator * op, const BenchPeak * peak)
{
  return 1e3 * MAX (op->flops / peak->flops, op->bytes / peak->bytes);
}

/* ---- start: a process of its own, with caches of its own ---- */

typedef struct
{
  gdouble open, set_size, style, first_frame;   /* milliseconds */
} Start;

/* Runs in the child. */
static gboolean
print_start (gint width, gint height, GError ** error)
{
  Frames frames = frames_new (width, height);
  gint64 start = g_get_monotonic_time ();
  SrwStylizer *stylizer = srw_stylizer_open (option_device, option_model, error);
  SrwStyle *style = NULL;
  gdouble times[4] = { 1e3 * seconds_since (start) };
  gboolean good = stylizer != NULL;

  start = g_get_monotonic_time ();
  good = good && srw_stylizer_set_size (stylizer, SRW_FORMAT_NV12, width, height, error);
  times[1] = 1e3 * seconds_since (start);
  start = g_get_monotonic_time ();
  good = good && (style = srw_stylizer_style_builtin (stylizer, error));
  times[2] = 1e3 * seconds_since (start);
  start = g_get_monotonic_time ();
  if (good)
    srw_stylizer_set_style (stylizer, style);
  good = good && process (stylizer, &frames, error);
  times[3] = 1e3 * seconds_since (start);
  if (good)
    g_print ("%.1f %.1f %.1f %.1f\n", times[0], times[1], times[2], times[3]);
  srw_style_unref (&style);
  srw_stylizer_close (&stylizer);
  frames_clear (&frames);
  return good;
}

static gboolean
measure_start (const gchar * self, const gchar * caches, Start * start, GError ** error)
{
  const gchar *argv[] = { self, "--start-only", "--size", option_size, "--device",
    option_device ? option_device : "auto", option_model ? "--model" : NULL, option_model, NULL
  };
  gchar **environment = g_get_environ ();
  gchar *output = NULL, *complaint = NULL;
  gint status = 0;
  gboolean good;

  /* the drivers have caches of their own, which would make a cold start warm */
  environment = g_environ_setenv (environment, "XDG_CACHE_HOME", caches, TRUE);
  environment = g_environ_unsetenv (environment, "SRW_CACHE_DIR");
  environment = g_environ_setenv (environment, "POCL_CACHE_DIR", caches, TRUE);
  environment = g_environ_setenv (environment, "CUDA_CACHE_PATH", caches, TRUE);
  good = g_spawn_sync (NULL, (gchar **) argv, environment, 0, NULL, NULL, &output, &complaint, &status, error);
  if (good && sscanf (output, "%lf %lf %lf %lf", &start->open, &start->set_size, &start->style,
          &start->first_frame) != 4) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_DEVICE, "the start could not be measured: %s", g_strstrip (complaint));
    good = FALSE;
  }
  g_free (output);
  g_free (complaint);
  g_strfreev (environment);
  return good;
}

static void
remove_tree (const gchar * path)
{
  GDir *dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    gchar *child = g_build_filename (path, name, NULL);
    remove_tree (child);
    g_free (child);
  }
  g_clear_pointer (&dir, g_dir_close);
  g_remove (path);
}

static gboolean
measure_starts (const gchar * self, Start starts[2], GError ** error)
{
  gchar *caches = g_dir_make_tmp ("stylerwkv-bench-XXXXXX", error);
  gboolean good = caches != NULL;

  for (gint i = 0; good && i < 2; i++)
    good = measure_start (self, caches, &starts[i], error);
  if (caches)
    remove_tree (caches);
  g_free (caches);
  return good;
}

/* ---- report ---- */

typedef struct
{
  gint side;
  gdouble ms;
  gsize bytes;
} Scale;

static const gint scale_sides[] = { 256, 512, 1024, 2048 };

typedef struct
{
  gint width, height;
  SrwStylizerInfo info;
  BenchPeak peak;
  Times times;
  GArray *operators;            /* Operator */
  Start starts[2];              /* cold, warm */
  Scale scaling[G_N_ELEMENTS (scale_sides)];
} Report;

static gboolean
measure_scaling (Report * report, GError ** error)
{
  for (guint i = 0; i < G_N_ELEMENTS (scale_sides); i++) {
    gint side = scale_sides[i], count = MAX (2, 16 >> (2 * i));
    SrwStylizer *stylizer = open_stylizer (side, side, error);
    Frames frames = frames_new (side, side);
    SrwStylizerInfo info;
    Times times;
    gboolean good = stylizer && measure_frames (stylizer, &frames, count, &times, error);

    if (good) {
      srw_stylizer_get_info (stylizer, &info);
      report->scaling[i] = (Scale) { side, times.p50, info.device_bytes };
    }
    frames_clear (&frames);
    srw_stylizer_close (&stylizer);
    if (!good)
      return FALSE;
  }
  return TRUE;
}

static void
print_text (const Report * r)
{
  const SrwStylizerInfo *info = &r->info;
  gdouble total = 0.0, floors = 0.0;

  g_print ("device     %s: %.0f GFLOP/s, %.1f GB/s measured\n", info->device_name, r->peak.flops * 1e-9,
      r->peak.bytes * 1e-9);
  g_print ("model      C=%d N=%d,%d,%d,%d h=%d q=%d p=%d\n", info->width_c, info->blocks[0], info->blocks[1],
      info->blocks[2], info->blocks[3], info->hidden, info->rounds, info->step);
  g_print ("frames     %dx%d NV12, processed as %dx%d, %.1f MB of device memory\n", r->width, r->height,
      info->processing_width, info->processing_height, (gdouble) info->device_bytes * 1e-6);
  g_print ("speed      %.2f frames/s; ms a frame: mean %.1f, median %.1f, 95 %% %.1f, 99 %% %.1f, worst %.1f\n",
      1e3 / r->times.mean, r->times.mean, r->times.p50, r->times.p95, r->times.p99, r->times.max);
  if (!option_no_start)
    for (gint i = 0; i < 2; i++)
      g_print ("%s start %.0f ms: open %.0f, size %.0f, style %.0f, first frame %.0f\n", i ? "warm" : "cold",
          r->starts[i].open + r->starts[i].set_size + r->starts[i].style + r->starts[i].first_frame,
          r->starts[i].open, r->starts[i].set_size, r->starts[i].style, r->starts[i].first_frame);
  g_print ("\n%-14s %8s %9s %9s %9s %9s %6s\n", "operator", "launches", "ms", "GFLOP", "MB", "floor ms", "ratio");
  for (guint i = 0; i < r->operators->len; i++) {
    const Operator *op = &g_array_index (r->operators, Operator, i);
    gdouble floor_ms = floor_of (op, &r->peak);
    g_print ("%-14s %8.0f %9.3f %9.4f %9.2f %9.3f %6.1f\n", op->name, op->launches, op->ms, op->flops * 1e-9,
        op->bytes * 1e-6, floor_ms, op->ms / floor_ms);
    total += op->ms;
    floors += floor_ms;
  }
  g_print ("%-14s %8s %9.3f %9s %9s %9.3f %6.1f\n", "all", "", total, "", "", floors, total / floors);
  if (option_scaling) {
    g_print ("\n%-11s %9s %12s %9s %12s\n", "size", "ms", "ns a pixel", "MB", "bytes a pixel");
    for (guint i = 0; i < G_N_ELEMENTS (scale_sides); i++) {
      const Scale *s = &r->scaling[i];
      gdouble pixels = (gdouble) s->side * s->side;
      g_print ("%4dx%-6d %9.1f %12.1f %9.1f %12.1f\n", s->side, s->side, s->ms, s->ms * 1e6 / pixels,
          (gdouble) s->bytes * 1e-6, (gdouble) s->bytes / pixels);
    }
  }
}

static void
put (JsonBuilder * builder, const gchar * name, gdouble value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
}

static void
put_int (JsonBuilder * builder, const gchar * name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
put_start (JsonBuilder * builder, const gchar * name, const Start * start)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  put (builder, "open_ms", start->open);
  put (builder, "set_size_ms", start->set_size);
  put (builder, "style_ms", start->style);
  put (builder, "first_frame_ms", start->first_frame);
  json_builder_end_object (builder);
}

static void
put_operators (JsonBuilder * builder, const Report * r)
{
  json_builder_set_member_name (builder, "operators");
  json_builder_begin_array (builder);
  for (guint i = 0; i < r->operators->len; i++) {
    const Operator *op = &g_array_index (r->operators, Operator, i);
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "name");
    json_builder_add_string_value (builder, op->name);
    put (builder, "launches", op->launches);
    put (builder, "ms", op->ms);
    put (builder, "flop", op->flops);
    put (builder, "bytes", op->bytes);
    put (builder, "floor_ms", floor_of (op, &r->peak));
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
put_scaling (JsonBuilder * builder, const Report * r)
{
  json_builder_set_member_name (builder, "scaling");
  json_builder_begin_array (builder);
  for (guint i = 0; i < G_N_ELEMENTS (scale_sides); i++) {
    json_builder_begin_object (builder);
    put_int (builder, "side", r->scaling[i].side);
    put (builder, "ms", r->scaling[i].ms);
    put_int (builder, "device_bytes", (gint64) r->scaling[i].bytes);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
print_json (const Report * r)
{
  JsonBuilder *builder = json_builder_new ();
  JsonNode *root;
  gchar *text;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "device");
  json_builder_add_string_value (builder, r->info.device_name);
  put_int (builder, "width", r->width);
  put_int (builder, "height", r->height);
  put_int (builder, "C", r->info.width_c);
  put (builder, "fps", 1e3 / r->times.mean);
  put (builder, "mean_ms", r->times.mean);
  put (builder, "p50_ms", r->times.p50);
  put (builder, "p95_ms", r->times.p95);
  put (builder, "p99_ms", r->times.p99);
  put (builder, "max_ms", r->times.max);
  put_int (builder, "device_bytes", (gint64) r->info.device_bytes);
  put (builder, "peak_flops", r->peak.flops);
  put (builder, "peak_bytes", r->peak.bytes);
  if (!option_no_start) {
    put_start (builder, "cold_start", &r->starts[0]);
    put_start (builder, "warm_start", &r->starts[1]);
  }
  put_operators (builder, r);
  if (option_scaling)
    put_scaling (builder, r);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, TRUE);
  g_print ("%s\n", text);
  g_free (text);
  json_node_unref (root);
  g_object_unref (builder);
}

static gboolean
measure (const gchar * self, Report * r, GError ** error)
{
  SrwDevice *device = srw_device_open (option_device, error);
  SrwStylizer *stylizer = device ? open_stylizer (r->width, r->height, error) : NULL;
  Frames frames = frames_new (r->width, r->height);
  gboolean good = stylizer && bench_peak_measure (device, &r->peak, error)
      && measure_frames (stylizer, &frames, option_frames, &r->times, error)
      && (r->operators = measure_operators (stylizer, &frames, error));

  if (good)
    srw_stylizer_get_info (stylizer, &r->info);
  good = good && (option_no_start || measure_starts (self, r->starts, error))
      && (!option_scaling || measure_scaling (r, error));
  if (good) {
    if (option_json)
      print_json (r);
    else
      print_text (r);
  }
  g_clear_pointer (&r->operators, g_array_unref);
  frames_clear (&frames);
  srw_stylizer_close (&stylizer);
  srw_device_unref (&device);
  return good;
}

static void
list_devices (void)
{
  gchar **lines = srw_device_list ();

  for (gchar ** line = lines; *line; line++)
    g_print ("%s\n", *line);
  if (*lines == NULL)
    g_print ("no OpenCL device: install an ICD such as pocl-opencl-icd\n");
  g_strfreev (lines);
}

int
main (int argc, char **argv)
{
  GOptionContext *context = g_option_context_new ("- measure StyleRWKV on an OpenCL device");
  GError *error = NULL;
  Report report = { 0 };
  gboolean good;

  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C");
  g_option_context_add_main_entries (context, entries, NULL);
  good = g_option_context_parse (context, &argc, &argv, &error);
  g_option_context_free (context);
  if (good && option_list) {
    list_devices ();
    return EXIT_SUCCESS;
  }
  if (good && (!parse_size (option_size, &report.width, &report.height) || option_frames < 1)) {
    g_printerr ("--size takes WxH, for example 640x360, and --frames at least 1\n");
    return EXIT_FAILURE;
  }
  if (good)
    good = option_child ? print_start (report.width, report.height, &error) : measure (argv[0], &report, &error);
  if (!good)
    g_printerr ("%s\n", error->message);
  g_clear_error (&error);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
