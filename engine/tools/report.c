/* stylerwkv-bench: what was measured, for people and for programs.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <json-glib/json-glib.h>

#include "measure.h"

static void
print_four (const gchar * name, const gint * numbers)
{
  g_print (" %s %d,%d,%d,%d", name, numbers[0], numbers[1], numbers[2], numbers[3]);
}

static void
print_model (const SrwModelConfig * model)
{
  g_print ("model      C %d", model->width);
  print_four ("decoder", model->decoder_channels);
  print_four ("depths", model->depths);
  print_four ("hidden", model->hidden_ratio);
  g_print (" recurrences %d skip %d bound %g\n", model->recurrences, model->skip_step, model->key_bound);
}

void
bench_print_text (const BenchOptions * options, const BenchReport * r)
{
  const SrwStylizerInfo *info = &r->info;
  gdouble total = 0.0, floors = 0.0;

  g_print ("device     %s (%s): %.0f GFLOP/s, %.1f GB/s measured\n", info->device_name, r->choice,
      r->peak.flops * 1e-9, r->peak.bytes * 1e-9);
  print_model (&info->model);
  g_print ("frames     %dx%d NV12, processed as %dx%d, %.1f MB of device memory\n", options->width, options->height,
      info->processing_width, info->processing_height, (gdouble) info->device_bytes * 1e-6);
  g_print ("speed      %.2f frames/s; ms a frame: mean %.1f, median %.1f, 95 %% %.1f, 99 %% %.1f, worst %.1f\n",
      1e3 / r->times.mean, r->times.mean, r->times.p50, r->times.p95, r->times.p99, r->times.max);
  if (options->start)
    for (gint i = 0; i < 2; i++)
      g_print ("%s start %.0f ms: open %.0f, size %.0f, style %.0f, first frame %.0f\n", i ? "warm" : "cold",
          r->starts[i].open + r->starts[i].set_size + r->starts[i].style + r->starts[i].first_frame,
          r->starts[i].open, r->starts[i].set_size, r->starts[i].style, r->starts[i].first_frame);
  g_print ("\n%-14s %8s %9s %9s %9s %9s %6s\n", "operator", "launches", "ms", "GFLOP", "MB", "floor ms", "ratio");
  for (guint i = 0; i < r->operators->len; i++) {
    const BenchOperator *op = &g_array_index (r->operators, BenchOperator, i);
    gdouble floor_ms = bench_floor (op, &r->peak);
    g_print ("%-14s %8.0f %9.3f %9.4f %9.2f %9.3f %6.1f\n", op->name, op->launches, op->ms, op->flops * 1e-9,
        op->bytes * 1e-6, floor_ms, op->ms / floor_ms);
    total += op->ms;
    floors += floor_ms;
  }
  g_print ("%-14s %8s %9.3f %9s %9s %9.3f %6.1f\n", "all", "", total, "", "", floors, total / floors);
  if (options->scaling) {
    g_print ("\n%-11s %9s %12s %9s %12s\n", "size", "ms", "ns a pixel", "MB", "bytes a pixel");
    for (guint i = 0; i < BENCH_SCALES; i++) {
      const BenchScale *s = &r->scaling[i];
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
put_start (JsonBuilder * builder, const gchar * name, const BenchStart * start)
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
put_operators (JsonBuilder * builder, const BenchReport * r)
{
  json_builder_set_member_name (builder, "operators");
  json_builder_begin_array (builder);
  for (guint i = 0; i < r->operators->len; i++) {
    const BenchOperator *op = &g_array_index (r->operators, BenchOperator, i);
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "name");
    json_builder_add_string_value (builder, op->name);
    put (builder, "launches", op->launches);
    put (builder, "ms", op->ms);
    put (builder, "flop", op->flops);
    put (builder, "bytes", op->bytes);
    put (builder, "floor_ms", bench_floor (op, &r->peak));
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
put_scaling (JsonBuilder * builder, const BenchReport * r)
{
  json_builder_set_member_name (builder, "scaling");
  json_builder_begin_array (builder);
  for (guint i = 0; i < BENCH_SCALES; i++) {
    json_builder_begin_object (builder);
    put_int (builder, "side", r->scaling[i].side);
    put (builder, "ms", r->scaling[i].ms);
    put_int (builder, "device_bytes", (gint64) r->scaling[i].bytes);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

void
bench_print_json (const BenchOptions * options, const BenchReport * r)
{
  JsonBuilder *builder = json_builder_new ();
  JsonNode *root;
  gchar *text;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "device");
  json_builder_add_string_value (builder, r->info.device_name);
  json_builder_set_member_name (builder, "device_choice");
  json_builder_add_string_value (builder, r->choice);
  put_int (builder, "width", options->width);
  put_int (builder, "height", options->height);
  put_int (builder, "processing_width", r->info.processing_width);
  put_int (builder, "processing_height", r->info.processing_height);
  put_int (builder, "C", r->info.model.width);
  put (builder, "fps", 1e3 / r->times.mean);
  put (builder, "mean_ms", r->times.mean);
  put (builder, "p50_ms", r->times.p50);
  put (builder, "p95_ms", r->times.p95);
  put (builder, "p99_ms", r->times.p99);
  put (builder, "max_ms", r->times.max);
  put_int (builder, "device_bytes", (gint64) r->info.device_bytes);
  put (builder, "peak_flops", r->peak.flops);
  put (builder, "peak_bytes", r->peak.bytes);
  if (options->start) {
    put_start (builder, "cold_start", &r->starts[0]);
    put_start (builder, "warm_start", &r->starts[1]);
  }
  put_operators (builder, r);
  if (options->scaling)
    put_scaling (builder, r);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, TRUE);
  g_print ("%s\n", text);
  g_free (text);
  json_node_unref (root);
  g_object_unref (builder);
}
