/* stylerwkv-bench: measuring.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peak.h"
#include "opencl/queue.h"
#include "stylizer.h"

G_BEGIN_DECLS

typedef struct
{
  gchar *device, *model;        /* NULL: the default */
  gchar *size;                  /* WxH, as it was given */
  gint width, height;
  gint processing_height;       /* 0: that of the frames */
  gint frames;
  gboolean scaling, start;      /* measure these too */
  gboolean detail;              /* operators of every stage apart */
  gchar *model_device;          /* "name,TFLOP/s,GB/s": nothing is measured */
} BenchOptions;

/* Milliseconds a frame. */
typedef struct
{
  gdouble mean, p50, p95, p99, max;
} BenchTimes;

typedef struct
{
  gchar *name;
  gdouble launches, ms, flops, bytes;   /* of a frame */
} BenchOperator;

/* Operators by name, of so many frames. */
typedef struct
{
  GArray *operators;            /* BenchOperator */
  gint frames;
  gboolean detail;
} BenchCollection;

BenchCollection bench_collection_new (gint frames, gboolean detail);
/* An SrwProfileFunc whose data is the collection. */
void bench_add_launch (const gchar * op, gdouble ms, gdouble flops, gdouble bytes, gpointer data);

/* Milliseconds, in a process of its own. */
typedef struct
{
  gdouble open, set_size, style, first_frame;
} BenchStart;

typedef struct
{
  gint side;
  gdouble ms;
  gsize bytes;
} BenchScale;

#define BENCH_SCALES 4

typedef struct
{
  SrwDevice *device;            /* keeps info.device_name */
  gchar *choice;                /* why this one */
  SrwStylizerInfo info;
  BenchPeak peak;
  BenchTimes times;
  GArray *operators;            /* BenchOperator, slowest first */
  BenchStart starts[2];         /* with empty caches, and again */
  BenchScale scaling[BENCH_SCALES];     /* squares from 256 to 2048 */
} BenchReport;

/* `self` is how this program was called: starts are measured by calling it with --start-only. */
gboolean bench_measure (const gchar * self, const BenchOptions * options, BenchReport * report, GError ** error);
void bench_report_clear (BenchReport * report);

/* What --model-device does: prints what a frame asks of a device that need not be there, by the GPU family's
 * kernels. */
gboolean bench_print_model (const BenchOptions * options, GError ** error);

/* What --start-only does: times one start and prints it for the parent to read. */
gboolean bench_print_start (const BenchOptions * options, GError ** error);

/* Milliseconds that the device needs at least: for the operations, or for the bytes. */
gdouble bench_floor (const BenchOperator * op, const BenchPeak * peak);

/* report.c */
void bench_print_text (const BenchOptions * options, const BenchReport * report);
void bench_print_json (const BenchOptions * options, const BenchReport * report);

G_END_DECLS
