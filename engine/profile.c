/* StyleRWKV engine: how long each kernel launch took. */
#include "ops-private.h"

void
srw_profile_add (SrwOps * ops, const gchar * op, cl_event event, gdouble flops, gdouble bytes)
{
  SrwProfileEntry entry = { g_strdup (op), event, flops, bytes };

  g_array_append_val (ops->profile, entry);
}

void
srw_profile_clear (SrwOps * ops)
{
  for (guint i = 0; i < ops->profile->len; i++) {
    SrwProfileEntry *entry = &g_array_index (ops->profile, SrwProfileEntry, i);
    clReleaseEvent (entry->event);
    g_free (entry->op);
  }
  g_array_set_size (ops->profile, 0);
}

void
srw_ops_set_profiling (SrwOps * ops, gboolean profiling)
{
  ops->profiling = profiling;
  if (!profiling)
    srw_profile_clear (ops);
}

static gdouble
milliseconds (cl_event event)
{
  cl_ulong start = 0, end = 0;

  if (clGetEventProfilingInfo (event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL) != CL_SUCCESS
      || clGetEventProfilingInfo (event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL) != CL_SUCCESS)
    return 0.0;
  return (end - start) * 1e-6;
}

void
srw_ops_profile_report (SrwOps * ops, SrwProfileFunc each, gpointer data)
{
  clFinish (ops->queue);
  for (guint i = 0; i < ops->profile->len; i++) {
    const SrwProfileEntry *entry = &g_array_index (ops->profile, SrwProfileEntry, i);
    each (entry->op, milliseconds (entry->event), entry->flops, entry->bytes, data);
  }
  srw_profile_clear (ops);
}
