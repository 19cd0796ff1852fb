/* stylerwkv-bench: measuring.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "measure.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PROFILED_FRAMES 8
#define WARM_UP_FRAMES 2

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
open_stylizer (SrwDevice * device, const gchar * model, gint width, gint height, gint processing_height,
    GError ** error)
{
  SrwStylizer *stylizer = srw_stylizer_open_on (device, model, error);
  SrwStyle *style = NULL;

  if (stylizer && srw_stylizer_set_size (stylizer, SRW_FORMAT_NV12, width, height, processing_height, error))
    style = srw_stylizer_style_builtin (stylizer, SRW_STYLE_SCALE, error);
  if (style)
    srw_stylizer_set_style (stylizer, style);
  else
    g_clear_pointer (&stylizer, srw_stylizer_close);
  g_clear_pointer (&style, srw_style_unref);
  return stylizer;
}

/* ---- time of a frame ---- */

static gint
ascending (gconstpointer a, gconstpointer b)
{
  gdouble da = *(const gdouble *) a, db = *(const gdouble *) b;

  return da < db ? -1 : da > db;
}

static gboolean
measure_frames (SrwStylizer * stylizer, const Frames * frames, gint count, BenchTimes * times, GError ** error)
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
    *times = (BenchTimes) {
    sum / count, ms[count / 2], ms[(count - 1) * 95 / 100], ms[(count - 1) * 99 / 100], ms[count - 1]};
  }
  g_free (ms);
  return good;
}

/* ---- operators ---- */

static void
operator_clear (gpointer data)
{
  g_free (((BenchOperator *) data)->name);
}

BenchCollection
bench_collection_new (gint frames, gboolean detail)
{
  GArray *operators = g_array_new (FALSE, FALSE, sizeof (BenchOperator));

  g_array_set_clear_func (operators, operator_clear);
  return (BenchCollection) { operators, frames, detail };
}

void
bench_add_launch (const gchar * op, gdouble ms, gdouble flops, gdouble bytes, gpointer data)
{
  const BenchCollection *collection = data;
  GArray *operators = collection->operators;
  const gchar *stage_end = strchr (op, ' ');
  /* "E1 norm" is norm unless the stages are asked for */
  const gchar *name = collection->detail || stage_end == NULL ? op : stage_end + 1;
  BenchOperator *found = NULL;

  for (guint i = 0; i < operators->len && found == NULL; i++) {
    BenchOperator *candidate = &g_array_index (operators, BenchOperator, i);
    if (!strcmp (candidate->name, name))
      found = candidate;
  }
  if (found == NULL) {
    BenchOperator fresh = {.name = g_strdup (name) };
    g_array_append_val (operators, fresh);
    found = &g_array_index (operators, BenchOperator, operators->len - 1);
  }
  found->launches += 1.0 / collection->frames;
  found->ms += ms / collection->frames;
  found->flops += flops / collection->frames;
  found->bytes += bytes / collection->frames;
}

static gint
slowest_first (gconstpointer a, gconstpointer b)
{
  return -ascending (&((const BenchOperator *) a)->ms, &((const BenchOperator *) b)->ms);
}

static GArray *
measure_operators (SrwStylizer * stylizer, const Frames * frames, gboolean detail, GError ** error)
{
  BenchCollection collection = bench_collection_new (PROFILED_FRAMES, detail);
  SrwQueue *queue = srw_stylizer_queue (stylizer);
  gboolean good = TRUE;

  srw_queue_set_profiling (queue, TRUE);
  for (gint i = 0; good && i < PROFILED_FRAMES; i++)
    good = process (stylizer, frames, error);
  srw_queue_report_profile (queue, bench_add_launch, &collection);
  srw_queue_set_profiling (queue, FALSE);
  g_array_sort (collection.operators, slowest_first);
  if (!good)
    g_clear_pointer (&collection.operators, g_array_unref);
  return collection.operators;
}

gdouble
bench_floor (const BenchOperator * op, const BenchPeak * peak)
{
  return 1e3 * MAX (op->flops / peak->flops, op->bytes / peak->bytes);
}

/* ---- start: a process of its own, with caches of its own ---- */

gboolean
bench_print_start (const BenchOptions * options, GError ** error)
{
  Frames frames = frames_new (options->width, options->height);
  gint64 start = g_get_monotonic_time ();
  SrwStylizer *stylizer = srw_stylizer_open (options->device, options->model, error);
  SrwStyle *style = NULL;
  gdouble times[4] = { 1e3 * seconds_since (start) };
  gboolean good = stylizer != NULL;

  start = g_get_monotonic_time ();
  good = good && srw_stylizer_set_size (stylizer, SRW_FORMAT_NV12, options->width, options->height,
      options->processing_height, error);
  times[1] = 1e3 * seconds_since (start);
  start = g_get_monotonic_time ();
  good = good && (style = srw_stylizer_style_builtin (stylizer, SRW_STYLE_SCALE, error));
  times[2] = 1e3 * seconds_since (start);
  start = g_get_monotonic_time ();
  if (good)
    srw_stylizer_set_style (stylizer, style);
  good = good && process (stylizer, &frames, error);
  times[3] = 1e3 * seconds_since (start);
  if (good)
    g_print ("%.1f %.1f %.1f %.1f\n", times[0], times[1], times[2], times[3]);
  g_clear_pointer (&style, srw_style_unref);
  g_clear_pointer (&stylizer, srw_stylizer_close);
  frames_clear (&frames);
  return good;
}

static gboolean
measure_start (const gchar * self, const BenchOptions * options, const gchar * caches, BenchStart * start,
    GError ** error)
{
  gchar *rows = g_strdup_printf ("%d", options->processing_height);
  const gchar *argv[] = { self, "--start-only", "--size", options->size, "--processing-height", rows, "--device",
    options->device ? options->device : "auto", options->model ? "--model" : NULL, options->model, NULL
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
  good = g_spawn_sync (NULL, (gchar **) argv, environment, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &complaint,
      &status, error);
  if (good && sscanf (output, "%lf %lf %lf %lf", &start->open, &start->set_size, &start->style,
          &start->first_frame) != 4) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_DEVICE, "the start could not be measured: %s", g_strstrip (complaint));
    good = FALSE;
  }
  g_free (rows);
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
measure_starts (const gchar * self, const BenchOptions * options, BenchStart starts[2], GError ** error)
{
  gchar *caches = g_dir_make_tmp ("stylerwkv-bench-XXXXXX", error);
  gboolean good = caches != NULL;

  for (gint i = 0; good && i < 2; i++)
    good = measure_start (self, options, caches, &starts[i], error);
  if (caches)
    remove_tree (caches);
  g_free (caches);
  return good;
}

/* ---- everything ---- */

static const gint scale_sides[BENCH_SCALES] = { 256, 512, 1024, 2048 };

static gboolean
measure_scaling (const BenchOptions * options, BenchReport * report, GError ** error)
{
  for (guint i = 0; i < BENCH_SCALES; i++) {
    gint side = scale_sides[i], count = MAX (2, 16 >> (2 * i));
    SrwStylizer *stylizer = open_stylizer (report->device, options->model, side, side, 0, error);
    Frames frames = frames_new (side, side);
    SrwStylizerInfo info;
    BenchTimes times;
    gboolean good = stylizer && measure_frames (stylizer, &frames, count, &times, error);

    if (good) {
      srw_stylizer_get_info (stylizer, &info);
      report->scaling[i] = (BenchScale) { side, times.p50, info.device_bytes };
    }
    frames_clear (&frames);
    g_clear_pointer (&stylizer, srw_stylizer_close);
    if (!good)
      return FALSE;
  }
  return TRUE;
}

gboolean
bench_measure (const gchar * self, const BenchOptions * options, BenchReport * r, GError ** error)
{
  Frames frames = frames_new (options->width, options->height);
  SrwStylizer *stylizer = NULL;
  gboolean good = (r->device = srw_choice_open_device (options->device, NULL, &r->choice, error))
      && (stylizer = open_stylizer (r->device, options->model, options->width, options->height,
              options->processing_height, error))
      && srw_stylizer_tune (stylizer, error)
      && bench_peak_measure (r->device, &r->peak, error)
      && measure_frames (stylizer, &frames, options->frames, &r->times, error)
      && (r->operators = measure_operators (stylizer, &frames, options->detail, error));

  if (good)
    srw_stylizer_get_info (stylizer, &r->info);
  frames_clear (&frames);
  g_clear_pointer (&stylizer, srw_stylizer_close);
  return good && (!options->start || measure_starts (self, options, r->starts, error))
      && (!options->scaling || measure_scaling (options, r, error));
}

void
bench_report_clear (BenchReport * report)
{
  g_clear_pointer (&report->operators, g_array_unref);
  g_clear_pointer (&report->device, srw_device_unref);
  g_free (report->choice);
}
