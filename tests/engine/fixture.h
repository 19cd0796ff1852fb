/* What the engine tests share: an environment of their own, weights from a formula, weights files made to measure.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/model.h"

/* Private cache directories; call first in main. */
void fixture_init (int *argc, char ***argv);
/* Removes them; returns g_test_run's result. */
int fixture_run (void);
/* A file name in a private directory that is removed at the end. */
gchar *fixture_path (const gchar * name);

/* A network whose decoder is as wide as the first format had it, one hidden ratio everywhere, keys without a bound;
 * the blocks come last, in braces. */
#define FIXTURE_CONFIG(c, q, p, h, ...) {.width = (c),.decoder_channels = { 4 * (c), 6 * (c), 8 * (c), 8 * (c) }, \
    .depths = __VA_ARGS__,.hidden_ratio = { (h), (h), (h), (h) },.recurrences = (q),.skip_step = (p) }

/* ---- safetensors files, written ---- */

typedef struct
{
  gchar *name, *dtype, *shape;  /* as they stand in the JSON header: "F32", "[2,3]" */
  gsize begin, end;             /* data_offsets */
} FileTensor;

typedef struct
{
  GHashTable *metadata;         /* gchar * → gchar * */
  GPtrArray *tensors;           /* FileTensor *, as they follow one another */
  GByteArray *data;
} WeightsFile;

/* Every tensor of the network with the formula's values (tests/engine/vectors.py has the same one). */
WeightsFile *weights_file_new (const SrwModelConfig * config);
void weights_file_free (WeightsFile * file);
FileTensor *weights_file_tensor (WeightsFile * file, const gchar * name);
/* Header and data. */
GBytes *weights_file_bytes (WeightsFile * file);
/* The same with a header of one's own. */
GBytes *weights_file_with_header (WeightsFile * file, const gchar * header);
gchar *weights_file_header (WeightsFile * file);

/* A model of formula weights; fails the test if it is refused. */
SrwModel *fixture_model (const SrwModelConfig * config);
/* A tensor of it; fails the test if there is none of this name. */
const gfloat *fixture_values (const SrwModel * model, const gchar * name);

/* ---- vectors, read ---- */

typedef struct
{
  SrwModelConfig config;
  GHashTable *tensors;          /* gchar * → Vector * */
} Vectors;

typedef struct
{
  gint rank, shape[4];
  gsize count;
  gfloat *values;
} Vector;

Vectors *vectors_load (const gchar * path);
/* NULL when the file has none of this name. */
const Vector *vectors_get (const Vectors * vectors, const gchar * name);
void vectors_free (Vectors * vectors);
