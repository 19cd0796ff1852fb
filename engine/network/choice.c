/* Which device the network runs on.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/choice.h"

#include <math.h>

#include "network/network.h"
#include "opencl/measurements.h"

#define TIMES_FILE "devices"
/* What is measured: the encoder, of a picture so large that launching is not what takes the time. */
#define WIDTH 320
#define HEIGHT 192
#define MEASURED_RUNS 3
/* Nothing takes longer than a minute. */
#define MAX_MS 60000.0

typedef struct
{
  const SrwDeviceEntry *entry;
  guint order;                  /* among the devices of this machine */
  SrwDevice *device;            /* NULL until it is opened */
  gdouble ms;                   /* infinite: it does not work */
} Contestant;

static GMutex choice_lock;

gboolean
srw_choice_is_open (const gchar * which)
{
  return which == NULL || which[0] == '\0' || g_ascii_strcasecmp (which, "auto") == 0;
}

/* ---- measuring ---- */

/* Waits. */
static gboolean
encode (SrwNetwork * network, GError ** error)
{
  SrwStyle *style;

  srw_network_encode (network);
  style = srw_network_read_style (network, error);
  if (style == NULL)
    return FALSE;
  srw_style_unref (style);
  return TRUE;
}

/* Milliseconds of the fastest of some runs after a first one; infinite when it does not work. */
static gdouble
fastest_run (SrwNetwork * network, GError ** error)
{
  gdouble best = INFINITY;

  for (gint i = 0; i <= MEASURED_RUNS; i++) {
    const gint64 start = g_get_monotonic_time ();
    if (!encode (network, error))
      return INFINITY;
    if (i > 0)
      best = MIN (best, (gdouble) (g_get_monotonic_time () - start) * 1e-3);
  }
  return best;
}

/* What is in it does not matter, as long as it is numbers. */
static gboolean
fill_picture (SrwQueue * queue, cl_mem picture, GError ** error)
{
  const gfloat grey = 0.5f;

  return srw_cl_check (clEnqueueFillBuffer (srw_queue_commands (queue), picture, &grey, sizeof grey, 0,
          4 * sizeof grey * WIDTH * HEIGHT, 0, NULL, NULL), "filling a picture", error);
}

static gdouble
measure (SrwDevice * device, const SrwModel * model, GError ** error)
{
  g_autoptr (SrwQueue) queue = srw_queue_new (device, error);
  g_autoptr (SrwOps) ops = queue ? srw_ops_new (queue, error) : NULL;
  g_autoptr (SrwWeights) weights = ops ? srw_weights_get (device, model, error) : NULL;
  g_autoptr (SrwNetwork) network = NULL;

  if (weights)
    network = srw_network_new (ops, weights, WIDTH, HEIGHT, SRW_PLAN_ENCODER, error);
  if (network == NULL || !fill_picture (queue, srw_network_plan (network)->picture.mem, error))
    return INFINITY;
  return fastest_run (network, error);
}

/* ---- remembering ---- */

/* Another network takes another time, and so do kernels of another family. */
static gchar *
times_key (const SrwModel * model)
{
  const gchar *family = g_getenv ("SRW_KERNELS"), *maps = g_getenv ("SRW_MAPS");
  const guint8 *id = srw_model_id (model);

  return g_strdup_printf ("encoder-%02x%02x%02x%02x-%dx%d%s%s%s%s", id[0], id[1], id[2], id[3], WIDTH, HEIGHT,
      family ? "-" : "", family ? family : "", maps ? "-" : "", maps ? maps : "");
}

/* FALSE when the file does not say, or says nonsense. */
static gboolean
recall (const SrwMeasurements * known, const gchar * group, const gchar * key, gdouble * ms)
{
  gchar *value = srw_measurements_get (known, group, key), *end;
  gboolean good = FALSE;

  if (value) {
    *ms = g_ascii_strtod (value, &end);
    good = end != value && *end == '\0' && *ms > 0.0 && *ms <= MAX_MS;
    if (!good)
      srw_measurements_refuse (known, value);
  }
  g_free (value);
  return good;
}

static void
remember (SrwMeasurements * known, const gchar * group, const gchar * key, gdouble ms)
{
  gchar value[G_ASCII_DTOSTR_BUF_SIZE];

  srw_measurements_set (known, group, key, g_ascii_formatd (value, sizeof value, "%.3f", MAX (ms, 0.001)));
}

/* ---- choosing ---- */

/* What it takes on a device: remembered, or measured, which opens it. A device that fails is tried again next time. */
static void
time_contestant (Contestant * c, SrwMeasurements * known, const SrwModel * model, GError ** error)
{
  const SrwDeviceEntry *entry = c->entry;
  gchar *group = srw_measurements_group (entry->platform, entry->name, entry->driver), *key = times_key (model);

  if (known == NULL || !recall (known, group, key, &c->ms)) {
    c->device = srw_device_open (entry->number, error);
    c->ms = c->device ? measure (c->device, model, error) : INFINITY;
    if (known && c->ms <= MAX_MS)
      remember (known, group, key, c->ms);
  }
  g_free (key);
  g_free (group);
}

/* Of two that take the same the first. */
static gint
fastest_first (gconstpointer a, gconstpointer b)
{
  const Contestant *ca = a, *cb = b;

  if (ca->ms != cb->ms)
    return ca->ms < cb->ms ? -1 : 1;
  return ca->order < cb->order ? -1 : 1;
}

static void
contestant_clear (gpointer data)
{
  g_clear_pointer (&((Contestant *) data)->device, srw_device_unref);
}

static GArray *
contestants_among (GPtrArray * entries, const gchar * const *lost)
{
  GArray *contestants = g_array_new (FALSE, FALSE, sizeof (Contestant));

  g_array_set_clear_func (contestants, contestant_clear);
  for (guint i = 0; i < entries->len; i++) {
    const Contestant c = {.entry = entries->pdata[i],.order = i };
    if (c.entry->usable && !(lost && g_strv_contains (lost, c.entry->number)))
      g_array_append_val (contestants, c);
  }
  return contestants;
}

static void
leave_out (const Contestant * c, const GError * error)
{
  g_warning ("the OpenCL device %s %s is left out: %s", c->entry->number, c->entry->name, error->message);
}

/* "1.2 ms against 5.4 ms and 20.0 ms" */
static gchar *
times_of (const GArray * contestants)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < contestants->len; i++) {
    const Contestant *c = &g_array_index (contestants, Contestant, i);
    g_string_append_printf (text, "%s%.1f ms", i == 0 ? "" : i == 1 ? " against " : " and ", c->ms);
  }
  return g_string_free (text, FALSE);
}

static gchar *
reason (const GArray * contestants, gboolean some_are_lost)
{
  gchar *times, *text;

  if (contestants->len == 1)
    return g_strdup (some_are_lost ? "the only one left" : "the only one");
  times = times_of (contestants);
  text = g_strdup_printf ("the %s of %u%s: %s", contestants->len == 2 ? "faster" : "fastest", contestants->len,
      some_are_lost ? " left" : "", times);
  g_free (times);
  return text;
}

/* Removes those that do not work, and brings the fastest to the front. `error` is what the last of them said. */
static void
compare (GArray * contestants, GError ** error)
{
  g_autoptr (SrwModel) model = srw_model_open (NULL, error);
  g_autoptr (SrwMeasurements) known = srw_measurements_open (TIMES_FILE);

  if (model == NULL)
    g_array_set_size (contestants, 0);
  for (guint i = 0; i < contestants->len;) {
    Contestant *c = &g_array_index (contestants, Contestant, i);
    GError *problem = NULL;
    time_contestant (c, known, model, &problem);
    if (problem == NULL) {
      i++;
      continue;
    }
    leave_out (c, problem);
    g_clear_error (error);
    g_propagate_error (error, problem);
    g_array_remove_index (contestants, i);
  }
  g_array_sort (contestants, fastest_first);
}

/* The first that can be opened; those before it are removed. */
static SrwDevice *
open_first (GArray * contestants, GError ** error)
{
  while (contestants->len > 0) {
    Contestant *c = &g_array_index (contestants, Contestant, 0);
    g_clear_error (error);
    if (c->device == NULL)
      c->device = srw_device_open (c->entry->number, error);
    if (c->device)
      return g_steal_pointer (&c->device);
    if (contestants->len > 1)
      leave_out (c, *error);
    g_array_remove_index (contestants, 0);
  }
  return NULL;
}

static SrwDevice *
open_fastest (const gchar * const *lost, gchar ** why, GError ** error)
{
  GPtrArray *entries = srw_device_entries ();
  GArray *contestants = contestants_among (entries, lost);
  const gboolean some_are_lost = lost && lost[0], nobody = contestants->len == 0;
  GError *problem = NULL;
  SrwDevice *device;

  if (contestants->len > 1)
    compare (contestants, &problem);
  device = open_first (contestants, &problem);
  if (nobody && some_are_lost)
    g_set_error (&problem, SRW_ERROR, SRW_ERROR_NO_DEVICE, "no other OpenCL device is left");
  else if (nobody)
    /* says what is missing */
    device = srw_device_open (NULL, &problem);
  if (device && why)
    *why = reason (contestants, some_are_lost);
  if (device)
    g_clear_error (&problem);
  else
    g_propagate_error (error, problem);
  g_array_unref (contestants);
  g_ptr_array_unref (entries);
  return device;
}

SrwDevice *
srw_choice_open_device (const gchar * which, const gchar * const *lost, gchar ** why, GError ** error)
{
  SrwDevice *device;

  if (srw_choice_is_open (which)) {
    g_mutex_lock (&choice_lock);
    device = open_fastest (lost, why, error);
    g_mutex_unlock (&choice_lock);
    return device;
  }
  device = srw_device_open (which, error);
  if (device && why)
    *why = g_strdup ("as asked");
  return device;
}
