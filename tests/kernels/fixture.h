/* What every kernel test uses: the device, and maps in guarded memory.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/ops.h"

/* One device and one set of operators for the whole program. */
SrwQueue *fixture_queue (void);
SrwOps *fixture_ops (void);
SrwDevice *fixture_device (void);
void fixture_close (void);
/* Makes sure that a product of this shape is done as SRW_GEMM wants it, if that is set. */
void fixture_force (gsize rows, gint in, gint out);

/* What a map holds of a value: as a float or a half. */
gfloat fixture_stored (gfloat value);

/* n numbers in [low, high), always the same sequence in a test, that a map holds as they are; free with g_free. */
gfloat *fixture_random (gsize n, gfloat low, gfloat high);

/* A map in a buffer of its own. Everything in the buffer that is not the map (guards before and after, and what lies
 * between the channels in use of two tokens) holds a pattern that is not a number: reading it spoils the result,
 * writing it is seen. */
typedef struct
{
  SrwTensor tensor;
  cl_mem parent;
  gsize value;                  /* bytes of a channel: a float or a half */
  gsize values;                 /* of the sub-buffer */
} GuardedMap;

/* `data` dense (height·width·channels), NULL to fill the map with the pattern too. */
GuardedMap guarded_new (gint height, gint width, gint channels, gint stride, gint offset, const gfloat * data);
/* The same of floats, whatever maps are made of. */
GuardedMap guarded_floats (gint height, gint width, gint channels, gint stride, gint offset, const gfloat * data);
/* Fails the test when the pattern was written over; then frees. */
void guarded_free (GuardedMap * map);
/* Fails the test where |map − expected| > tolerance and what storing it rounds off, or map is not finite. */
void guarded_compare (const GuardedMap * map, const gdouble * expected, gdouble tolerance);
/* The map, dense; free with g_free. */
gfloat *guarded_read (const GuardedMap * map);

/* A map as a product leaves it, with what else that leaves; `data` dense. */
typedef struct
{
  GuardedMap map;               /* its tensor has what follows */
  GuardedMap moments, parts;    /* where there are any */
} MadeMap;

MadeMap made_new (gint height, gint width, gint channels, gint stride, gint offset, const gfloat * data);
void made_free (MadeMap * made);

/* How far a value may be from what it should be, by what storing it rounds off. */
gdouble fixture_rounding (gdouble expected);

/* A plain guarded array is a map of one token. */
GuardedMap guarded_array (gsize n, const gfloat * data);
