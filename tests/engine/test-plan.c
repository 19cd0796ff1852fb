/* The memory plan: nothing alive shares a place, memory grows with the pixels, and a network leaves no trace of
 * another. */
#include "fixture.h"
#include "plan.h"

static const SrwModelConfig configs[] = {
  FIXTURE_CONFIG (8, 2, 2, 2, {1, 1, 1, 1}),
  FIXTURE_CONFIG (24, 2, 2, 4, {1, 1, 2, 2}),
  {.width_c = 8,.decoder_channels = {16, 32, 64, 64},.blocks = {1, 1, 1, 1},.hidden = {2, 1, 3, 2},.rounds = 2,.step = 2},
  FIXTURE_CONFIG (16, 1, 1, 1, {2, 1, 1, 3}),
};

static const gint sizes[][2] = { {16, 16}, {64, 48}, {640, 368}, {1920, 1088}, {16, 4096} };

static SrwDevice *device;
static SrwOps *ops;

static void
check_apart (const SrwPlan * plan)
{
  gsize align = srw_device_info (device)->base_align;

  for (guint i = 0; i < plan->places->len; i++) {
    const SrwPlace *a = &g_array_index (plan->places, SrwPlace, i);
    g_assert_cmpuint (a->offset % align, ==, 0);
    g_assert_cmpuint (a->bytes, >, 0);
    g_assert_cmpuint (a->offset + a->bytes, <=, plan->bytes);
    g_assert_cmpint (a->first, <=, a->last);
    for (guint k = 0; k < i; k++) {
      const SrwPlace *b = &g_array_index (plan->places, SrwPlace, k);
      gboolean together = a->first <= b->last && b->first <= a->last;
      g_assert_true (!together || a->offset + a->bytes <= b->offset || b->offset + b->bytes <= a->offset);
    }
  }
}

/* The most that is alive at once. */
static gsize
lower_bound (const SrwPlan * plan)
{
  gsize most = 0;

  for (gint step = 0; step < 64; step++) {
    gsize sum = 0;
    for (guint i = 0; i < plan->places->len; i++) {
      const SrwPlace *a = &g_array_index (plan->places, SrwPlace, i);
      if (a->first <= step && step <= a->last)
        sum += a->bytes;
    }
    most = MAX (most, sum);
  }
  return most;
}

static void
test_apart (void)
{
  for (guint c = 0; c < G_N_ELEMENTS (configs); c++)
    for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
      for (gint kind = SRW_PLAN_ENCODER; kind <= SRW_PLAN_KEEP; kind++) {
        SrwPlan *plan = srw_plan_new (device, ops, &configs[c], sizes[s][0], sizes[s][1], kind);
        check_apart (plan);
        g_assert_cmpuint (plan->bytes, <=, lower_bound (plan) * 5 / 4);
        srw_plan_free (&plan);
        g_assert_null (plan);
      }
  srw_plan_free (NULL);
}

/* Twice the pixels, at most 2.1 times the memory. */
static void
test_linear (void)
{
  for (guint c = 0; c < G_N_ELEMENTS (configs); c++) {
    gsize before = 0;
    for (gint width = 256, height = 256; width <= 2048; *(width > height ? &height : &width) *= 2) {
      SrwPlan *plan = srw_plan_new (device, ops, &configs[c], width, height, SRW_PLAN_WHOLE);
      if (before)
        g_assert_cmpuint (plan->bytes, <=, before * 21 / 10);
      if (c == 0)
        g_test_message ("%dx%d: %.1f MB, %.0f bytes a pixel", width, height, plan->bytes * 1e-6,
            (gdouble) plan->bytes / width / height);
      before = plan->bytes;
      srw_plan_free (&plan);
    }
  }
}

static void
test_too_large (void)
{
  const SrwModelConfig huge = FIXTURE_CONFIG (128, 1, 1, 8, {1, 1, 1, 1});
  SrwPlan *plan = srw_plan_new (device, ops, &huge, 16384, 16384, SRW_PLAN_WHOLE);
  GError *error = NULL;

  g_assert_false (srw_plan_allocate (plan, device, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_MEMORY);
  g_error_free (error);
  srw_plan_free (&plan);
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  int result;

  fixture_init (&argc, &argv);
  device = srw_device_open (NULL, &error);
  g_assert_no_error (error);
  ops = srw_ops_new (device, &error);
  g_assert_no_error (error);
  g_test_add_func ("/plan/apart", test_apart);
  g_test_add_func ("/plan/linear", test_linear);
  g_test_add_func ("/plan/too-large", test_too_large);
  result = fixture_run ();
  srw_ops_free (&ops);
  srw_device_unref (&device);
  return result;
}
