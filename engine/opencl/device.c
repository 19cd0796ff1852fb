/* OpenCL devices.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "opencl/device-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#ifndef CL_PLATFORM_NOT_FOUND_KHR
#define CL_PLATFORM_NOT_FOUND_KHR -1001
#endif

/* The most that the kernels of the GPU family use: work-items of a group, and bytes of its local memory. */
#define GPU_GROUP 256
#define GPU_LOCAL_BYTES 16384

/* Devices somebody holds. */
static GMutex devices_lock;
static GSList *devices;

/* One device of this machine before it is opened. */
typedef struct
{
  SrwDeviceEntry entry;         /* first, so that it is one */
  guint platform_index, device_index;
  cl_platform_id platform;
  cl_device_id id;
  cl_device_type type;
  gchar *version;
} Candidate;

static void
candidate_free (gpointer data)
{
  Candidate *candidate = data;

  g_free (candidate->entry.number);
  g_free (candidate->entry.name);
  g_free (candidate->entry.platform);
  g_free (candidate->entry.driver);
  g_free (candidate->version);
  g_free (candidate);
}

static gchar *
device_string (cl_device_id id, cl_device_info what)
{
  gchar *text;
  gsize size = 0;

  if (clGetDeviceInfo (id, what, 0, NULL, &size) != CL_SUCCESS)
    return g_strdup ("unknown");
  text = g_malloc0 (size + 1);
  if (clGetDeviceInfo (id, what, size, text, NULL) != CL_SUCCESS)
    text[0] = '\0';
  return g_strstrip (text);
}

static gchar *
platform_string (cl_platform_id id, cl_platform_info what)
{
  gchar *text;
  gsize size = 0;

  if (clGetPlatformInfo (id, what, 0, NULL, &size) != CL_SUCCESS)
    return g_strdup ("unknown");
  text = g_malloc0 (size + 1);
  if (clGetPlatformInfo (id, what, size, text, NULL) != CL_SUCCESS)
    text[0] = '\0';
  return g_strstrip (text);
}

/* A property of a fixed size; zero when the driver does not tell. */
#define DEVICE_NUMBER(id, what, type) \
  ({ type number_ = 0; if (clGetDeviceInfo (id, what, sizeof number_, &number_, NULL) != CL_SUCCESS) number_ = 0; \
     number_; })

static gboolean
version_fits (const gchar * version)
{
  gint major = 0, minor = 0;

  /* "OpenCL 1.2 …", fixed by the standard */
  if (!g_str_has_prefix (version, "OpenCL "))
    return FALSE;
  major = (gint) g_ascii_strtoll (version + 7, (gchar **) & version, 10);
  if (*version == '.')
    minor = (gint) g_ascii_strtoll (version + 1, NULL, 10);
  return major > 1 || (major == 1 && minor >= 2);
}

static const gchar *
type_name (cl_device_type type)
{
  if (type & CL_DEVICE_TYPE_GPU)
    return "gpu";
  if (type & CL_DEVICE_TYPE_CPU)
    return "cpu";
  if (type & CL_DEVICE_TYPE_ACCELERATOR)
    return "accelerator";
  return "custom";
}

static Candidate *
candidate_new (guint platform_index, guint device_index, cl_platform_id platform, cl_device_id id)
{
  Candidate *candidate = g_new0 (Candidate, 1);

  candidate->platform_index = platform_index;
  candidate->device_index = device_index;
  candidate->platform = platform;
  candidate->id = id;
  candidate->type = DEVICE_NUMBER (id, CL_DEVICE_TYPE, cl_device_type);
  candidate->version = device_string (id, CL_DEVICE_VERSION);
  candidate->entry = (SrwDeviceEntry) {
    .number = g_strdup_printf ("%u:%u", platform_index, device_index),.kind = type_name (candidate->type),
    .name = device_string (id, CL_DEVICE_NAME),.platform = platform_string (platform, CL_PLATFORM_NAME),
    .driver = device_string (id, CL_DRIVER_VERSION)
  };
  candidate->entry.usable = DEVICE_NUMBER (id, CL_DEVICE_AVAILABLE, cl_bool)
      && DEVICE_NUMBER (id, CL_DEVICE_COMPILER_AVAILABLE, cl_bool) && version_fits (candidate->version);
  return candidate;
}

static void
platform_candidates (GPtrArray * candidates, guint index, cl_platform_id platform)
{
  cl_device_id *ids;
  cl_uint count = 0;

  /* a platform without devices is an error by the standard, and nothing to us */
  if (clGetDeviceIDs (platform, CL_DEVICE_TYPE_ALL, 0, NULL, &count) != CL_SUCCESS || count == 0)
    return;
  ids = g_new0 (cl_device_id, count);
  if (clGetDeviceIDs (platform, CL_DEVICE_TYPE_ALL, count, ids, NULL) == CL_SUCCESS)
    for (guint i = 0; i < count; i++)
      g_ptr_array_add (candidates, candidate_new (index, i, platform, ids[i]));
  g_free (ids);
}

/* Every device of every platform; empty when there is none. */
static GPtrArray *
enumerate (void)
{
  GPtrArray *candidates = g_ptr_array_new_with_free_func (candidate_free);
  cl_platform_id *platforms;
  cl_uint count = 0;

  if (clGetPlatformIDs (0, NULL, &count) != CL_SUCCESS || count == 0)
    return candidates;
  platforms = g_new0 (cl_platform_id, count);
  if (clGetPlatformIDs (count, platforms, NULL) == CL_SUCCESS)
    for (guint i = 0; i < count; i++)
      platform_candidates (candidates, i, platforms[i]);
  g_free (platforms);
  return candidates;
}

GPtrArray *
srw_device_entries (void)
{
  return enumerate ();
}

static const Candidate *
first_of_type (GPtrArray * candidates, cl_device_type type)
{
  for (guint i = 0; i < candidates->len; i++) {
    const Candidate *c = candidates->pdata[i];
    if (c->entry.usable && (c->type & type))
      return c;
  }
  return NULL;
}

static gboolean
parse_indices (const gchar * which, guint * platform_index, guint * device_index)
{
  gchar *end;
  guint64 p, d;

  if (!g_ascii_isdigit (which[0]))
    return FALSE;
  p = g_ascii_strtoull (which, &end, 10);
  if (*end != ':' || !g_ascii_isdigit (end[1]))
    return FALSE;
  d = g_ascii_strtoull (end + 1, &end, 10);
  *platform_index = (guint) MIN (p, G_MAXUINT);
  *device_index = (guint) MIN (d, G_MAXUINT);
  return *end == '\0';
}

static gboolean
contains (const gchar * text, const gchar * part)
{
  gchar *folded_text = g_utf8_casefold (text, -1);
  gchar *folded_part = g_utf8_casefold (part, -1);
  gboolean found = strstr (folded_text, folded_part) != NULL;

  g_free (folded_text);
  g_free (folded_part);
  return found;
}

static const Candidate *
select_candidate (GPtrArray * candidates, const gchar * which)
{
  const Candidate *found = NULL;
  guint platform_index, device_index;

  if (which == NULL || which[0] == '\0') {
    found = first_of_type (candidates, CL_DEVICE_TYPE_GPU);
    if (found == NULL)
      found = first_of_type (candidates, CL_DEVICE_TYPE_CPU);
    return found ? found : first_of_type (candidates, CL_DEVICE_TYPE_ACCELERATOR);
  }
  if (!g_ascii_strcasecmp (which, "gpu"))
    return first_of_type (candidates, CL_DEVICE_TYPE_GPU);
  if (!g_ascii_strcasecmp (which, "cpu"))
    return first_of_type (candidates, CL_DEVICE_TYPE_CPU);
  if (parse_indices (which, &platform_index, &device_index)) {
    for (guint i = 0; i < candidates->len; i++) {
      const Candidate *c = candidates->pdata[i];
      if (c->platform_index == platform_index && c->device_index == device_index)
        return c->entry.usable ? c : NULL;
    }
    return NULL;
  }
  for (guint i = 0; i < candidates->len; i++) {
    const Candidate *c = candidates->pdata[i];
    if (c->entry.usable && contains (c->entry.name, which))
      return c;
  }
  return NULL;
}

gchar *
srw_pocl_complaint (void)
{
  const gchar *own = g_getenv ("POCL_CACHE_DIR");
  gchar *folder = own ? g_strdup (own) : g_build_filename (g_get_user_cache_dir (), "pocl", NULL);
  gchar *shown, *complaint = NULL;

  if (g_mkdir_with_parents (folder, 0700) != 0 || g_access (folder, W_OK | X_OK) != 0) {
    shown = g_filename_display_name (folder);
    complaint = g_strdup_printf ("PoCL cannot write its cache folder %s: make it writable, or set POCL_CACHE_DIR to "
        "one that is", shown);
    g_free (shown);
  }
  g_free (folder);
  return complaint;
}

/* There are platforms, and none of them has a device: PoCL, where it cannot write what it compiles, for one. */
static void
no_device_at_all (GError ** error)
{
  gchar *complaint = srw_pocl_complaint ();

  g_set_error (error, SRW_ERROR, SRW_ERROR_NO_DEVICE, "the OpenCL platforms here have no device: %s",
      complaint ? complaint : "check that the driver works for this user, or install pocl-opencl-icd");
  g_free (complaint);
}

static void
no_device (GPtrArray * candidates, const gchar * which, GError ** error)
{
  GString *have;

  if (candidates->len == 0) {
    cl_uint count = 0;
    cl_int code = clGetPlatformIDs (0, NULL, &count);
    if (code == CL_PLATFORM_NOT_FOUND_KHR || count == 0)
      g_set_error (error, SRW_ERROR, SRW_ERROR_NO_DEVICE, "no OpenCL platform: install an ICD such as pocl-opencl-icd");
    else
      no_device_at_all (error);
    return;
  }
  have = g_string_new (NULL);
  for (guint i = 0; i < candidates->len; i++) {
    const Candidate *c = candidates->pdata[i];
    g_string_append_printf (have, "%s%s %s %s%s", i ? ", " : "", c->entry.number, c->entry.kind,
        c->entry.name, c->entry.usable ? "" : " (unusable: needs OpenCL 1.2 with a compiler)");
  }
  g_set_error (error, SRW_ERROR, SRW_ERROR_NO_DEVICE, "no OpenCL device fits \"%s\"; this machine has: %s",
      which ? which : "any", have->str);
  g_string_free (have, TRUE);
}

static void
read_info (SrwDevice * device, const Candidate * c)
{
  SrwDeviceInfo *info = &device->info;

  info->number = g_strdup (c->entry.number);
  info->name = g_strdup (c->entry.name);
  info->platform = g_strdup (c->entry.platform);
  info->driver = g_strdup (c->entry.driver);
  info->type = c->type;
  info->compute_units = MAX (DEVICE_NUMBER (c->id, CL_DEVICE_MAX_COMPUTE_UNITS, cl_uint), 1);
  info->global_memory = DEVICE_NUMBER (c->id, CL_DEVICE_GLOBAL_MEM_SIZE, cl_ulong);
  info->max_allocation = DEVICE_NUMBER (c->id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong);
  /* said in bits; a sub-buffer of float16 vectors wants at least 64 bytes */
  info->base_align = MAX (DEVICE_NUMBER (c->id, CL_DEVICE_MEM_BASE_ADDR_ALIGN, cl_uint) / 8, 64);
  info->host_unified = DEVICE_NUMBER (c->id, CL_DEVICE_HOST_UNIFIED_MEMORY, cl_bool) != CL_FALSE;
  device->version = g_strdup (c->version);
}

/* Which of two names a variable of the environment has, `other` when it is not set. */
static gboolean
choice_from_environment (const gchar * variable, const gchar * const names[2], guint other, guint * choice,
    GError ** error)
{
  const gchar *value = g_getenv (variable);

  *choice = other;
  if (value == NULL || value[0] == '\0')
    return TRUE;
  for (*choice = 0; *choice < 2; (*choice)++) {
    if (strcmp (value, names[*choice]) == 0)
      return TRUE;
  }
  g_set_error (error, SRW_ERROR, SRW_ERROR_DEVICE, "the environment variable %s is \"%s\" and must be %s or %s",
      variable, value, names[0], names[1]);
  return FALSE;
}

/* What the GPU family's kernels ask of a device. */
static gboolean
can_share_work (cl_device_id id)
{
  return DEVICE_NUMBER (id, CL_DEVICE_MAX_WORK_GROUP_SIZE, size_t) >= GPU_GROUP
      && DEVICE_NUMBER (id, CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong) >= GPU_LOCAL_BYTES;
}

static gboolean
choose_ways (SrwDevice * device, GError ** error)
{
  static const gchar *const families[] = { "cpu", "gpu" }, *const maps[] = { "float", "half" };
  static const gchar *const lanes[] = { "8", "16" }, *const copies[] = { "direct", "pinned" };
  SrwDeviceInfo *info = &device->info;
  guint family, half, wide, pinned;

  if (!choice_from_environment ("SRW_KERNELS", families, !(info->type & CL_DEVICE_TYPE_CPU)
          && can_share_work (device->id), &family, error))
    return FALSE;
  info->family = family ? SRW_KERNELS_GPU : SRW_KERNELS_CPU;
  if (info->family == SRW_KERNELS_GPU && !can_share_work (device->id)) {
    g_set_error (error, SRW_ERROR, SRW_ERROR_DEVICE, "the environment variable SRW_KERNELS is \"gpu\", but %s has no "
        "work-groups of %d with %d bytes of local memory", info->name, GPU_GROUP, GPU_LOCAL_BYTES);
    return FALSE;
  }
  if (!choice_from_environment ("SRW_MAPS", maps, TRUE, &half, error))
    return FALSE;
  info->half_maps = half && info->family == SRW_KERNELS_GPU;
  if (!choice_from_environment ("SRW_LANES", lanes,
          DEVICE_NUMBER (device->id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, cl_uint) >= 16, &wide, error))
    return FALSE;
  info->lanes = wide ? 16 : 8;
  if (!choice_from_environment ("SRW_COPIES", copies, !info->host_unified, &pinned, error))
    return FALSE;
  info->pinned_copies = pinned;
  return TRUE;
}

/* Also unwinds a device that was only half made. */
static void
device_free (SrwDevice * device)
{
  g_clear_pointer (&device->programs, g_hash_table_unref);
  g_clear_pointer (&device->unstored, g_hash_table_unref);
  if (device->context)
    clReleaseContext (device->context);
  g_mutex_clear (&device->build_lock);
  g_free (device->info.number);
  g_free (device->info.name);
  g_free (device->info.platform);
  g_free (device->info.driver);
  g_free (device->version);
  g_free (device);
}

static void
release_program (gpointer program)
{
  clReleaseProgram (program);
}

static SrwDevice *
device_new (const Candidate * c, GError ** error)
{
  const cl_context_properties properties[] = { CL_CONTEXT_PLATFORM, (cl_context_properties) c->platform, 0 };
  SrwDevice *device = g_new0 (SrwDevice, 1);
  cl_int code;

  device->refs = 1;
  device->platform = c->platform;
  device->id = c->id;
  g_mutex_init (&device->build_lock);
  device->programs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, release_program);
  device->unstored = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  read_info (device, c);
  if (choose_ways (device, error)) {
    device->context = clCreateContext (properties, 1, &device->id, NULL, NULL, &code);
    if (srw_cl_check (code, "clCreateContext", error))
      return device;
    device->context = NULL;
  }
  device_free (device);
  return NULL;
}

static SrwDevice *
find_open (cl_device_id id)
{
  for (GSList * item = devices; item; item = item->next) {
    SrwDevice *device = item->data;
    if (device->id == id) {
      device->refs++;
      return device;
    }
  }
  return NULL;
}

SrwDevice *
srw_device_open (const gchar * which, GError ** error)
{
  GPtrArray *candidates;
  const Candidate *chosen;
  SrwDevice *device = NULL;

  g_mutex_lock (&devices_lock);
  candidates = enumerate ();
  chosen = select_candidate (candidates, which);
  if (chosen == NULL)
    no_device (candidates, which, error);
  else
    device = find_open (chosen->id);
  if (chosen && device == NULL) {
    device = device_new (chosen, error);
    if (device)
      devices = g_slist_prepend (devices, device);
  }
  g_ptr_array_unref (candidates);
  g_mutex_unlock (&devices_lock);
  return device;
}

SrwDevice *
srw_device_ref (SrwDevice * device)
{
  g_mutex_lock (&devices_lock);
  device->refs++;
  g_mutex_unlock (&devices_lock);
  return device;
}

void
srw_device_unref (SrwDevice * device)
{
  g_mutex_lock (&devices_lock);
  if (--device->refs == 0) {
    devices = g_slist_remove (devices, device);
    device_free (device);
  }
  g_mutex_unlock (&devices_lock);
}

const SrwDeviceInfo *
srw_device_info (SrwDevice * device)
{
  return &device->info;
}

cl_context
srw_device_context (SrwDevice * device)
{
  return device->context;
}

cl_device_id
srw_device_id (SrwDevice * device)
{
  return device->id;
}

gboolean
srw_cl_check (cl_int code, const gchar * what, GError ** error)
{
  switch (code) {
    case CL_SUCCESS:
      return TRUE;
    case CL_MEM_OBJECT_ALLOCATION_FAILURE:
    case CL_OUT_OF_RESOURCES:
    case CL_OUT_OF_HOST_MEMORY:
    case CL_INVALID_BUFFER_SIZE:
      g_set_error (error, SRW_ERROR, SRW_ERROR_MEMORY,
          "the OpenCL device ran out of memory (%s: %s): use smaller frames, a smaller model or another device", what,
          srw_cl_error_name (code));
      return FALSE;
    default:
      g_set_error (error, SRW_ERROR, SRW_ERROR_DEVICE, "OpenCL: %s failed: %s (%d)", what, srw_cl_error_name (code),
          code);
      return FALSE;
  }
}

#define NAME(code) case code: return #code

const gchar *
srw_cl_error_name (cl_int code)
{
  switch (code) {
      NAME (CL_SUCCESS);
      NAME (CL_DEVICE_NOT_FOUND);
      NAME (CL_DEVICE_NOT_AVAILABLE);
      NAME (CL_COMPILER_NOT_AVAILABLE);
      NAME (CL_MEM_OBJECT_ALLOCATION_FAILURE);
      NAME (CL_OUT_OF_RESOURCES);
      NAME (CL_OUT_OF_HOST_MEMORY);
      NAME (CL_PROFILING_INFO_NOT_AVAILABLE);
      NAME (CL_MEM_COPY_OVERLAP);
      NAME (CL_IMAGE_FORMAT_MISMATCH);
      NAME (CL_IMAGE_FORMAT_NOT_SUPPORTED);
      NAME (CL_BUILD_PROGRAM_FAILURE);
      NAME (CL_MAP_FAILURE);
      NAME (CL_MISALIGNED_SUB_BUFFER_OFFSET);
      NAME (CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST);
      NAME (CL_COMPILE_PROGRAM_FAILURE);
      NAME (CL_LINKER_NOT_AVAILABLE);
      NAME (CL_LINK_PROGRAM_FAILURE);
      NAME (CL_DEVICE_PARTITION_FAILED);
      NAME (CL_KERNEL_ARG_INFO_NOT_AVAILABLE);
      NAME (CL_INVALID_VALUE);
      NAME (CL_INVALID_DEVICE_TYPE);
      NAME (CL_INVALID_PLATFORM);
      NAME (CL_INVALID_DEVICE);
      NAME (CL_INVALID_CONTEXT);
      NAME (CL_INVALID_QUEUE_PROPERTIES);
      NAME (CL_INVALID_COMMAND_QUEUE);
      NAME (CL_INVALID_HOST_PTR);
      NAME (CL_INVALID_MEM_OBJECT);
      NAME (CL_INVALID_IMAGE_FORMAT_DESCRIPTOR);
      NAME (CL_INVALID_IMAGE_SIZE);
      NAME (CL_INVALID_SAMPLER);
      NAME (CL_INVALID_BINARY);
      NAME (CL_INVALID_BUILD_OPTIONS);
      NAME (CL_INVALID_PROGRAM);
      NAME (CL_INVALID_PROGRAM_EXECUTABLE);
      NAME (CL_INVALID_KERNEL_NAME);
      NAME (CL_INVALID_KERNEL_DEFINITION);
      NAME (CL_INVALID_KERNEL);
      NAME (CL_INVALID_ARG_INDEX);
      NAME (CL_INVALID_ARG_VALUE);
      NAME (CL_INVALID_ARG_SIZE);
      NAME (CL_INVALID_KERNEL_ARGS);
      NAME (CL_INVALID_WORK_DIMENSION);
      NAME (CL_INVALID_WORK_GROUP_SIZE);
      NAME (CL_INVALID_WORK_ITEM_SIZE);
      NAME (CL_INVALID_GLOBAL_OFFSET);
      NAME (CL_INVALID_EVENT_WAIT_LIST);
      NAME (CL_INVALID_EVENT);
      NAME (CL_INVALID_OPERATION);
      NAME (CL_INVALID_BUFFER_SIZE);
      NAME (CL_INVALID_GLOBAL_WORK_SIZE);
      NAME (CL_INVALID_PROPERTY);
      NAME (CL_PLATFORM_NOT_FOUND_KHR);
    default:
      return "unknown OpenCL error";
  }
}
