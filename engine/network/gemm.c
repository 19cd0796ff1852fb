/* The matrix product, by CLBlast or by our own register tiles.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/gemm.h"

#include <clblast_c.h>

#include "network/ops-private.h"
#include "opencl/buffer.h"
#include "opencl/measurements.h"

#define CHOICES_FILE "gemm"
/* Larger products are chosen like one of this many rows. */
#define MAX_ROWS_LOG2 16
#define MEASURED_RUNS 3
#define HOPELESS 4.0

typedef enum { CHOICE_NONE, CHOICE_TILE, CHOICE_LIBRARY } Choice;

struct _SrwGemm
{
  Choice forced;                /* by the environment, for tests */
  GHashTable *chosen;           /* name of a shape → Choice */
  cl_mem scratch;               /* (rows, in) gated input, then (rows, out) product, for the library */
};

SrwGemm *
srw_gemm_new (void)
{
  SrwGemm *gemm = g_new0 (SrwGemm, 1);
  const gchar *forced = g_getenv ("SRW_GEMM");

  if (g_strcmp0 (forced, "tile") == 0)
    gemm->forced = CHOICE_TILE;
  else if (g_strcmp0 (forced, "clblast") == 0)
    gemm->forced = CHOICE_LIBRARY;
  gemm->chosen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return gemm;
}

void
srw_gemm_free (SrwGemm * gemm)
{
  srw_buffer_clear (&gemm->scratch);
  g_hash_table_unref (gemm->chosen);
  g_free (gemm);
}

/* ---- by tiles ---- */

static gdouble
product_bytes (SrwOps * ops, const SrwProduct * p)
{
  gdouble bytes = srw_weight_bytes (p->w,
      1) + (gdouble) srw_tokens (&p->out) * (p->w->in + p->w->out) * sizeof (gfloat);

  if (p->a_gate)
    bytes += srw_map_bytes (ops, p->a_gate);
  if (p->epilogue == SRW_EPILOGUE_RESIDUAL || p->epilogue == SRW_EPILOGUE_GATED_RESIDUAL)
    bytes += srw_map_bytes (ops, &p->out) * (p->gate ? 2 : 1);
  return bytes;
}

static void
run_tile (SrwOps * ops, const gchar * name, const SrwProduct * p)
{
  const SrwLinear *w = p->w;
  const guint tile = srw_tile_for (ops, w->out);
  const gsize tokens = srw_tokens (&p->out);
  /* what a work-item reads should stay in the first-level cache while it goes through the columns */
  const gint rows = srw_share (ops, tokens, 8192 / w->in, srw_tiles[tile].rows);
  SrwLaunch launch = srw_ops_launch (ops, name, SRW_KERNEL_LINEAR + tile);

  srw_launch_tensor (&launch, &p->a, NULL);
  srw_launch_tensor (&launch, p->a_gate, p->a.mem);
  srw_launch_tensor (&launch, p->b, p->a.mem);
  srw_launch_mem (&launch, w->weights);
  srw_launch_mem (&launch, w->bias);
  srw_launch_int (&launch, w->out);
  srw_launch_int (&launch, rows);
  srw_launch_int (&launch, p->epilogue);
  srw_launch_int (&launch, p->a.channels);
  srw_launch_float (&launch, w->key_bound);
  srw_launch_tensor (&launch, p->gate, p->a.mem);
  srw_launch_tensor (&launch, &p->out, NULL);
  srw_launch_run (&launch, srw_div_up (tokens, rows), 1, 2.0 * tokens * w->in * w->out, product_bytes (ops, p));
}

/* ---- by CLBlast ---- */

/* out = a · rows [first, first + a's channels) of the weights, added to what out holds when `add` is set. */
static void
library_multiply (SrwOps * ops, const gchar * name, const SrwTensor * a, const SrwLinear * w, gint first, gboolean add,
    const SrwTensor * out)
{
  const gsize tokens = srw_tokens (out);
  const cl_mem touched[] = { a->mem, out->mem };
  const gdouble flops = 2.0 * tokens * a->channels * w->out, bytes = srw_map_bytes (ops, a) + srw_map_bytes (ops, out);
  cl_command_queue commands = srw_queue_commands (ops->queue);
  cl_event event = NULL;
  CLBlastStatusCode code;

  if (!srw_queue_admits (ops->queue, name, touched, G_N_ELEMENTS (touched), flops, bytes))
    return;
  code =
      CLBlastSgemm (CLBlastLayoutRowMajor, CLBlastTransposeNo, CLBlastTransposeNo, tokens, w->out, a->channels, 1.0f,
      a->mem, a->offset, a->stride, w->weights, (gsize) first * w->out, w->out, add ? 1.0f : 0.0f, out->mem,
      out->offset, out->stride, &commands, srw_queue_event_slot (ops->queue, &event));
  if (code != CLBlastSuccess)
    srw_queue_fail (ops->queue, name, (cl_int) code);
  else if (event)
    srw_queue_add_event (ops->queue, name, event, flops, bytes);
}

static SrwTensor
scratch_tensor (SrwOps * ops, const SrwTensor * like, gint channels, gint offset, gint stride)
{
  return (SrwTensor) {.mem = ops->gemm->scratch,.height = like->height,.width = like->width,.channels = channels,
    .stride = stride,.offset = offset
  };
}

static gsize
library_scratch_bytes (gsize rows, gint in, gint out)
{
  return rows * ((gsize) in + out) * sizeof (gfloat);
}

static void
run_library (SrwOps * ops, const gchar * name, const SrwProduct * p)
{
  const SrwLinear *w = p->w;
  const gboolean adds = p->epilogue == SRW_EPILOGUE_RESIDUAL || p->epilogue == SRW_EPILOGUE_GATED_RESIDUAL;
  const gint stride = w->in + w->out;
  const gsize tokens = srw_tokens (&p->out);
  const gint rows = srw_share (ops, tokens, 16384 / w->out, 1);
  const SrwTensor product = adds ? scratch_tensor (ops, &p->out, w->out, w->in, stride) : p->out;
  SrwTensor a = p->a;
  SrwLaunch launch;

  if (p->a_gate) {
    a = scratch_tensor (ops, &p->a, p->a.channels, 0, stride);
    launch = srw_ops_launch (ops, name, SRW_KERNEL_GATE);
    srw_launch_tensor (&launch, &p->a, NULL);
    srw_launch_tensor (&launch, p->a_gate, NULL);
    srw_launch_int (&launch, rows);
    srw_launch_tensor (&launch, &a, NULL);
    srw_launch_run (&launch, srw_div_up (tokens, rows), 1, (gdouble) tokens * a.channels, 3 * srw_map_bytes (ops, &a));
  }
  library_multiply (ops, name, &a, w, 0, FALSE, &product);
  if (p->b)
    library_multiply (ops, name, p->b, w, p->a.channels, TRUE, &product);

  launch = srw_ops_launch (ops, name, SRW_KERNEL_EPILOGUE);
  srw_launch_tensor (&launch, &product, NULL);
  srw_launch_mem (&launch, w->bias);
  srw_launch_int (&launch, rows);
  srw_launch_int (&launch, p->epilogue);
  srw_launch_int (&launch, p->a.channels);
  srw_launch_float (&launch, w->key_bound);
  srw_launch_tensor (&launch, p->gate, p->a.mem);
  srw_launch_tensor (&launch, &p->out, NULL);
  srw_launch_run (&launch, srw_div_up (tokens, rows), 1, (gdouble) tokens * w->out, 2 * srw_map_bytes (ops, &p->out));
}

/* ---- the choice ---- */

#define NAME_SIZE 64

/* What a shape is called in the file; shapes of one name are taken for alike. */
static const gchar *
shape_name (gchar name[NAME_SIZE], gsize rows, gint in, gint out)
{
  const guint log2 = rows > 1 ? g_bit_storage (rows - 1) : 0;

  g_snprintf (name, NAME_SIZE, "%ux%dx%d", MIN (log2, MAX_ROWS_LOG2), in, out);
  return name;
}

static Choice
choice_for (const SrwGemm * gemm, gsize rows, gint in, gint out)
{
  gchar name[NAME_SIZE];

  if (library_scratch_bytes (rows, in, out) > srw_buffer_bytes (gemm->scratch))
    return CHOICE_TILE;
  if (gemm->forced != CHOICE_NONE)
    return gemm->forced;
  return GPOINTER_TO_INT (g_hash_table_lookup (gemm->chosen, shape_name (name, rows, in, out)));
}

void
srw_gemm_run (SrwOps * ops, const gchar * name, const SrwProduct * product)
{
  if (choice_for (ops->gemm, srw_tokens (&product->out), product->w->in, product->w->out) == CHOICE_LIBRARY)
    run_library (ops, name, product);
  else
    run_tile (ops, name, product);
}

/* ---- measuring ---- */

/* Everything a product of one shape needs; all zeros. */
typedef struct
{
  SrwLinear w;
  SrwProduct product;
} Trial;

static cl_mem
zeros (SrwOps * ops, gsize n)
{
  const gfloat zero = 0.0f;
  cl_mem mem = srw_buffer_new (srw_queue_device (ops->queue), n * sizeof zero, "a measurement", NULL);

  if (mem && clEnqueueFillBuffer (srw_queue_commands (ops->queue), mem, &zero, sizeof zero, 0, n * sizeof zero, 0, NULL,
          NULL) != CL_SUCCESS)
    srw_buffer_clear (&mem);
  return mem;
}

static void
trial_clear (Trial * trial)
{
  srw_buffer_clear (&trial->product.a.mem);
  srw_buffer_clear (&trial->product.out.mem);
  srw_linear_clear (&trial->w);
}

static gboolean
trial_init (Trial * trial, SrwOps * ops, const SrwProductShape * shape)
{
  const gint rows = (gint) MIN (shape->rows, 1 << MAX_ROWS_LOG2);

  *trial = (Trial) {.w = {.in = shape->in,.out = shape->out,.kernel = 1,.stride = 1 }};
  trial->w.weights = zeros (ops, (gsize) shape->in * shape->out);
  trial->w.bias = zeros (ops, shape->out);
  trial->product = (SrwProduct) {.w = &trial->w,.epilogue = SRW_EPILOGUE_NONE,
    .a = {zeros (ops, (gsize) rows * shape->in), 1, rows, shape->in, shape->in, 0},
    .out = {zeros (ops, (gsize) rows * shape->out), 1, rows, shape->out, shape->out, 0}
  };
  if (trial->w.weights && trial->w.bias && trial->product.a.mem && trial->product.out.mem)
    return TRUE;
  trial_clear (trial);
  return FALSE;
}

typedef void (*RunFunc) (SrwOps * ops, const gchar * name, const SrwProduct * product);

/* Seconds of the fastest of some runs after a first one; infinite when it does not work. */
static gdouble
seconds (SrwOps * ops, RunFunc run, const SrwProduct * product)
{
  gdouble best = G_MAXDOUBLE;

  for (gint i = 0; i <= MEASURED_RUNS; i++) {
    const gint64 start = g_get_monotonic_time ();
    run (ops, "measurement", product);
    srw_queue_finish (ops->queue);
    if (!srw_queue_check (ops->queue, NULL))
      return G_MAXDOUBLE;
    if (i > 0)
      best = MIN (best, (g_get_monotonic_time () - start) * 1e-6);
  }
  return best;
}

/* How many times longer the library takes. */
static gdouble
measure (SrwOps * ops, const SrwProductShape * shape)
{
  gdouble tile, library;
  Trial trial;

  if (!trial_init (&trial, ops, shape))
    return G_MAXDOUBLE;
  tile = seconds (ops, run_tile, &trial.product);
  library = seconds (ops, run_library, &trial.product);
  trial_clear (&trial);
  return library / MAX (tile, 1e-6);
}

/* ---- remembering ---- */

static gchar *
device_group (SrwOps * ops)
{
  const SrwDeviceInfo *info = srw_ops_info (ops);

  return srw_measurements_group (info->platform, info->name, info->driver);
}

/* FALSE when the file does not say, or says nonsense. */
static gboolean
recall (SrwGemm * gemm, const SrwMeasurements * known, const gchar * group, const gchar * name)
{
  gchar *value = srw_measurements_get (known, group, name);
  const Choice choice = g_strcmp0 (value, "tile") == 0 ? CHOICE_TILE
      : g_strcmp0 (value, "clblast") == 0 ? CHOICE_LIBRARY : CHOICE_NONE;

  if (choice != CHOICE_NONE)
    g_hash_table_insert (gemm->chosen, g_strdup (name), GINT_TO_POINTER (choice));
  else if (value)
    srw_measurements_refuse (known, value);
  g_free (value);
  return choice != CHOICE_NONE;
}

static void
decide (SrwGemm * gemm, SrwMeasurements * known, const gchar * group, const gchar * name, Choice choice)
{
  g_hash_table_insert (gemm->chosen, g_strdup (name), GINT_TO_POINTER (choice));
  srw_measurements_set (known, group, name, choice == CHOICE_LIBRARY ? "clblast" : "tile");
}

static gint
largest_first (gconstpointer a, gconstpointer b)
{
  const SrwProductShape *sa = a, *sb = b;
  const gdouble fa = (gdouble) sa->rows * sa->in * sa->out, fb = (gdouble) sb->rows * sb->in * sb->out;

  return fa > fb ? -1 : fa < fb;
}

static void
choose (SrwOps * ops, SrwProductShape * shapes, guint n, gboolean measuring, SrwMeasurements * known)
{
  gchar *group = device_group (ops);
  gboolean hopeless = FALSE;

  qsort (shapes, n, sizeof *shapes, largest_first);
  for (guint i = 0; i < n; i++) {
    gchar name[NAME_SIZE];
    shape_name (name, shapes[i].rows, shapes[i].in, shapes[i].out);
    if (!g_hash_table_contains (ops->gemm->chosen, name) && !recall (ops->gemm, known, group, name) && measuring) {
      const gdouble ratio = hopeless ? HOPELESS : measure (ops, &shapes[i]);
      hopeless = hopeless || ratio > HOPELESS;
      decide (ops->gemm, known, group, name, ratio < 1.0 ? CHOICE_LIBRARY : CHOICE_TILE);
    }
  }
  g_free (group);
}

/* Room for the largest of the shapes that the library does. */
static gboolean
reserve (SrwOps * ops, const SrwProductShape * shapes, guint n, GError ** error)
{
  SrwGemm *gemm = ops->gemm;
  gsize bytes = 0;

  for (guint i = 0; i < n; i++) {
    const SrwProductShape *s = &shapes[i];
    gchar name[NAME_SIZE];
    if (gemm->forced == CHOICE_LIBRARY || GPOINTER_TO_INT (g_hash_table_lookup (gemm->chosen,
                shape_name (name, s->rows, s->in, s->out))) == CHOICE_LIBRARY)
      bytes = MAX (bytes, library_scratch_bytes (s->rows, s->in, s->out));
  }
  return bytes == 0 || srw_buffer_reserve (srw_queue_device (ops->queue), &gemm->scratch, bytes, "products", error);
}

gboolean
srw_ops_tune (SrwOps * ops, const SrwProductShape * shapes, guint n, gboolean measuring, GError ** error)
{
  SrwMeasurements *known = ops->gemm->forced == CHOICE_NONE ? srw_measurements_open (CHOICES_FILE) : NULL;
  SrwProductShape *sorted = g_memdup2 (shapes, n * sizeof *shapes);
  gboolean ok;

  if (known)
    choose (ops, sorted, n, measuring, known);
  g_clear_pointer (&known, srw_measurements_close);
  ok = reserve (ops, sorted, n, error);
  g_free (sorted);
  return ok;
}
