#include "fixture.h"

#include <math.h>
#include <string.h>

#define PATTERN 0x7fc0deadu
#define GUARD_FLOATS 1024

static SrwDevice *device;
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

SrwOps *
fixture_ops (void)
{
  GError *error = NULL;

  if (ops == NULL)
    ops = srw_ops_new (fixture_device (), &error);
  g_assert_no_error (error);
  return ops;
}

void
fixture_force (gsize rows, gint in, gint out)
{
  const SrwProductShape shape = { rows, in, out };
  GError *error = NULL;

  if (g_getenv ("SRW_GEMM"))
    srw_ops_tune (fixture_ops (), &shape, 1, &error);
  g_assert_no_error (error);
}

void
fixture_close (void)
{
  srw_ops_free (&ops);
  srw_device_unref (&device);
}

gfloat *
fixture_random (gsize n, gfloat low, gfloat high)
{
  gfloat *data = g_new (gfloat, n);

  for (gsize i = 0; i < n; i++)
    data[i] = (gfloat) g_test_rand_double_range (low, high);
  return data;
}

static gsize
position (const SrwTensor * tensor, gsize token, gint channel)
{
  return token * tensor->stride + tensor->offset + channel;
}

GuardedMap
guarded_new (gint height, gint width, gint channels, gint stride, gint offset, const gfloat * data)
{
  const gsize tokens = (gsize) height * width;
  GuardedMap map = {.tensor = {.height = height,.width = width,.channels = channels,.stride = stride,.offset = offset},
    .floats = tokens * stride
  };
  const gsize total = map.floats + 2 * GUARD_FLOATS;
  const cl_buffer_region region = { GUARD_FLOATS * sizeof (gfloat), map.floats * sizeof (gfloat) };
  guint32 *bits = g_new (guint32, total);
  cl_int code;

  g_assert_cmpuint (GUARD_FLOATS * sizeof (gfloat) % srw_device_info (fixture_device ())->base_align, ==, 0);
  for (gsize i = 0; i < total; i++)
    bits[i] = PATTERN;
  for (gsize t = 0; data && t < tokens; t++)
    memcpy (bits + GUARD_FLOATS + position (&map.tensor, t, 0), data + t * channels, channels * sizeof (gfloat));
  map.parent = clCreateBuffer (srw_device_context (fixture_device ()), CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
      total * sizeof (gfloat), bits, &code);
  g_assert_cmpint (code, ==, CL_SUCCESS);
  map.tensor.mem = clCreateSubBuffer (map.parent, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
  g_assert_cmpint (code, ==, CL_SUCCESS);
  g_free (bits);
  return map;
}

GuardedMap
guarded_array (gsize n, const gfloat * data)
{
  return guarded_new (1, 1, (gint) n, (gint) n, 0, data);
}

static guint32 *
read_all (const GuardedMap * map)
{
  const gsize total = map->floats + 2 * GUARD_FLOATS;
  guint32 *bits = g_new (guint32, total);
  GError *error = NULL;

  srw_ops_check (fixture_ops (), &error);
  g_assert_no_error (error);
  g_assert_cmpint (clEnqueueReadBuffer (srw_ops_queue (fixture_ops ()), map->parent, CL_TRUE, 0,
          total * sizeof (gfloat), bits, 0, NULL, NULL), ==, CL_SUCCESS);
  return bits;
}

gfloat *
guarded_read (const GuardedMap * map)
{
  const SrwTensor *tensor = &map->tensor;
  const gsize tokens = (gsize) tensor->height * tensor->width;
  gfloat *data = g_new (gfloat, tokens * tensor->channels);
  guint32 *bits = read_all (map);

  for (gsize t = 0; t < tokens; t++)
    memcpy (data + t * tensor->channels, bits + GUARD_FLOATS + position (tensor, t, 0),
        tensor->channels * sizeof (gfloat));
  g_free (bits);
  return data;
}

void
guarded_compare (const GuardedMap * map, const gdouble * expected, gdouble tolerance)
{
  const gsize n = (gsize) map->tensor.height * map->tensor.width * map->tensor.channels;
  gfloat *data = guarded_read (map);
  gdouble worst = 0.0;

  for (gsize i = 0; i < n; i++) {
    /* not "> tolerance": NaN is wrong too */
    if (!(fabs (data[i] - expected[i]) <= tolerance)) {
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

void
guarded_free (GuardedMap * map)
{
  const SrwTensor *tensor = &map->tensor;
  const gsize total = map->floats + 2 * GUARD_FLOATS;
  guint32 *bits = read_all (map);

  for (gsize i = 0; i < total; i++) {
    const gboolean inside = i >= GUARD_FLOATS && i < GUARD_FLOATS + map->floats;
    const gint channel = inside ? (gint) ((i - GUARD_FLOATS) % tensor->stride) - tensor->offset : -1;
    if (channel >= 0 && channel < tensor->channels)
      continue;
    if (bits[i] != PATTERN) {
      g_test_message ("float %" G_GSSIZE_FORMAT " of a %d×%d map (stride %d, %d channels at %d) was overwritten",
          (gssize) i - GUARD_FLOATS, tensor->height, tensor->width, tensor->stride, tensor->channels, tensor->offset);
      g_test_fail ();
      break;
    }
  }
  g_free (bits);
  clReleaseMemObject (map->tensor.mem);
  clReleaseMemObject (map->parent);
}
