/* Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"

#include <math.h>
#include <string.h>

#include "../half.h"

/* Neither a float nor a half that is a number. */
#define PATTERN 0x7fed7fedu
#define GUARD_BYTES 4096

static SrwDevice *device;
static SrwQueue *queue;
static SrwOps *ops;

SrwDevice *
fixture_device (void)
{
  GError *error = NULL;

  if (device == NULL)
    device = srw_device_open (g_getenv ("SRW_DEVICE"), &error);
  g_assert_no_error (error);
  return device;
}

SrwQueue *
fixture_queue (void)
{
  GError *error = NULL;

  if (queue == NULL)
    queue = srw_queue_new (fixture_device (), &error);
  g_assert_no_error (error);
  return queue;
}

SrwOps *
fixture_ops (void)
{
  GError *error = NULL;

  if (ops == NULL)
    ops = srw_ops_new (fixture_queue (), &error);
  g_assert_no_error (error);
  return ops;
}

void
fixture_force (gsize rows, gint in, gint out)
{
  const SrwProductShape shape = { rows, in, out };
  GError *error = NULL;

  if (g_getenv ("SRW_GEMM"))
    srw_ops_tune (fixture_ops (), &shape, 1, TRUE, &error);
  g_assert_no_error (error);
}

void
fixture_close (void)
{
  g_clear_pointer (&ops, srw_ops_free);
  g_clear_pointer (&queue, srw_queue_free);
  g_clear_pointer (&device, srw_device_unref);
}

static gboolean
holds_halves (void)
{
  return srw_value_bytes (fixture_ops ()) == sizeof (guint16);
}

gfloat
fixture_stored (gfloat value)
{
  return holds_halves () ? half_to_float (half_from_float (value)) : value;
}

gfloat *
fixture_random (gsize n, gfloat low, gfloat high)
{
  gfloat *data = g_new (gfloat, n);

  for (gsize i = 0; i < n; i++)
    data[i] = fixture_stored ((gfloat) g_test_rand_double_range (low, high));
  return data;
}

gdouble
fixture_rounding (gdouble expected)
{
  /* half a step of 11 bits */
  return holds_halves () ? fabs (expected) / 2000.0 : 0.0;
}

static gsize
position (const SrwTensor * tensor, gsize token, gint channel)
{
  return token * tensor->stride + tensor->offset + channel;
}

static void
put (const GuardedMap * map, guint8 * bytes, gsize at, gfloat value)
{
  if (map->value == sizeof (guint16))
    ((guint16 *) (bytes + GUARD_BYTES))[at] = half_from_float (value);
  else
    ((gfloat *) (bytes + GUARD_BYTES))[at] = value;
}

static gfloat
get (const GuardedMap * map, const guint8 * bytes, gsize at)
{
  if (map->value == sizeof (guint16))
    return half_to_float (((const guint16 *) (bytes + GUARD_BYTES))[at]);
  return ((const gfloat *) (bytes + GUARD_BYTES))[at];
}

static gsize
bytes_of (const GuardedMap * map)
{
  return map->values * map->value + 2 * GUARD_BYTES;
}

static GuardedMap
map_new (gsize value, gint height, gint width, gint channels, gint stride, gint offset, const gfloat * data)
{
  const gsize tokens = (gsize) height * width;
  GuardedMap map = {.tensor = {.height = height,.width = width,.channels = channels,.stride = stride,.offset = offset},
    .value = value,.values = tokens * stride
  };
  const gsize total = bytes_of (&map);
  const cl_buffer_region region = { GUARD_BYTES, map.values * value };
  guint8 *bytes = g_malloc (total + sizeof (guint32));
  cl_int code;

  g_assert_cmpuint (GUARD_BYTES % srw_device_info (fixture_device ())->base_align, ==, 0);
  for (gsize i = 0; i < total; i += sizeof (guint32))
    *(guint32 *) (bytes + i) = PATTERN;
  for (gsize t = 0; data && t < tokens; t++)
    for (gint c = 0; c < channels; c++)
      put (&map, bytes, position (&map.tensor, t, c), *data++);
  map.parent = clCreateBuffer (srw_device_context (fixture_device ()), CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, total,
      bytes, &code);
  g_assert_cmpint (code, ==, CL_SUCCESS);
  map.tensor.mem = clCreateSubBuffer (map.parent, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
  g_assert_cmpint (code, ==, CL_SUCCESS);
  g_free (bytes);
  return map;
}

GuardedMap
guarded_new (gint height, gint width, gint channels, gint stride, gint offset, const gfloat * data)
{
  return map_new (srw_value_bytes (fixture_ops ()), height, width, channels, stride, offset, data);
}

GuardedMap
guarded_floats (gint height, gint width, gint channels, gint stride, gint offset, const gfloat * data)
{
  return map_new (sizeof (gfloat), height, width, channels, stride, offset, data);
}

GuardedMap
guarded_array (gsize n, const gfloat * data)
{
  return guarded_floats (1, 1, (gint) n, (gint) n, 0, data);
}

static guint8 *
read_all (const GuardedMap * map)
{
  const gsize total = bytes_of (map);
  guint8 *bytes = g_malloc (total);
  GError *error = NULL;

  srw_queue_check (fixture_queue (), &error);
  g_assert_no_error (error);
  g_assert_cmpint (clEnqueueReadBuffer (srw_queue_commands (fixture_queue ()), map->parent, CL_TRUE, 0, total, bytes,
          0, NULL, NULL), ==, CL_SUCCESS);
  return bytes;
}

gfloat *
guarded_read (const GuardedMap * map)
{
  const SrwTensor *tensor = &map->tensor;
  const gsize tokens = (gsize) tensor->height * tensor->width;
  gfloat *data = g_new (gfloat, tokens * tensor->channels), *to = data;
  guint8 *bytes = read_all (map);

  for (gsize t = 0; t < tokens; t++)
    for (gint c = 0; c < tensor->channels; c++)
      *to++ = get (map, bytes, position (tensor, t, c));
  g_free (bytes);
  return data;
}

void
guarded_compare (const GuardedMap * map, const gdouble * expected, gdouble tolerance)
{
  const gsize n = (gsize) map->tensor.height * map->tensor.width * map->tensor.channels;
  gfloat *data = guarded_read (map);
  gdouble worst = 0.0;

  for (gsize i = 0; i < n; i++) {
    const gdouble allowed = tolerance + (map->value == sizeof (guint16) ? fixture_rounding (expected[i]) : 0.0);
    /* not "> allowed": NaN is wrong too */
    if (!(fabs (data[i] - expected[i]) <= allowed)) {
      g_test_message ("token %" G_GSIZE_FORMAT " channel %d of %d×%d×%d: %.9g instead of %.9g",
          i / map->tensor.channels, (gint) (i % map->tensor.channels), map->tensor.height, map->tensor.width,
          map->tensor.channels, data[i], expected[i]);
      g_test_fail ();
      break;
    }
    worst = MAX (worst, fabs (data[i] - expected[i]));
  }
  if (g_test_verbose ())
    g_test_message ("worst difference %g", worst);
  g_free (data);
}

/* Whether byte `at`, counted from the first guard on, is the map's. */
static gboolean
belongs_to_map (const GuardedMap * map, gsize at)
{
  gint channel;

  if (at < GUARD_BYTES || at >= GUARD_BYTES + map->values * map->value)
    return FALSE;
  channel = (gint) ((at - GUARD_BYTES) / map->value % map->tensor.stride) - map->tensor.offset;
  return channel >= 0 && channel < map->tensor.channels;
}

void
guarded_free (GuardedMap * map)
{
  const SrwTensor *tensor = &map->tensor;
  const guint32 pattern = PATTERN;
  guint8 *bytes = read_all (map);

  for (gsize i = 0; i < bytes_of (map); i++) {
    if (!belongs_to_map (map, i) && bytes[i] != ((const guint8 *) &pattern)[i % sizeof pattern]) {
      g_test_message ("byte %" G_GSSIZE_FORMAT " of a %d×%d map (stride %d, %d channels at %d, %" G_GSIZE_FORMAT
          " bytes each) was overwritten", (gssize) i - GUARD_BYTES, tensor->height, tensor->width, tensor->stride,
          tensor->channels, tensor->offset, map->value);
      g_test_fail ();
      break;
    }
  }
  g_free (bytes);
  clReleaseMemObject (map->tensor.mem);
  clReleaseMemObject (map->parent);
}

MadeMap
made_new (gint height, gint width, gint channels, gint stride, gint offset, const gfloat * data)
{
  gfloat *identity = g_new0 (gfloat, channels * channels);
  const gsize moments = srw_moments_bytes (fixture_ops (), height, width, channels) / sizeof (gfloat);
  const gsize parts = srw_parts_bytes (fixture_ops (), height, width, channels) / sizeof (gfloat);
  GuardedMap source = guarded_new (height, width, channels, channels, 0, data);
  MadeMap made = {.map = guarded_new (height, width, channels, stride, offset, NULL) };
  SrwLinear packed;

  if (moments) {
    made.moments = guarded_array (moments, NULL);
    made.map.tensor.moments = made.moments.tensor.mem;
  }
  if (parts) {
    made.parts = guarded_array (parts, NULL);
    made.map.tensor.parts = made.parts.tensor.mem;
  }
  for (gint i = 0; i < channels; i++)
    identity[i * channels + i] = 1.0f;
  g_assert_true (srw_pack_linear (fixture_device (), channels, channels, identity, NULL, &packed, NULL));
  srw_op_linear (fixture_ops (), "test", source.tensor, NULL, &packed, SRW_EPILOGUE_NONE, NULL, made.map.tensor);
  srw_linear_clear (&packed);
  guarded_free (&source);
  g_free (identity);
  return made;
}

void
made_free (MadeMap * made)
{
  guarded_free (&made->map);
  if (made->moments.parent)
    guarded_free (&made->moments);
  if (made->parts.parent)
    guarded_free (&made->parts);
}
