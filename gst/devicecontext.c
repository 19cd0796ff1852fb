/* The OpenCL device as a GstContext.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "devicecontext.h"

static gpointer
device_copy (gpointer device)
{
  return srw_device_ref (device);
}

static void
device_release (gpointer device)
{
  SrwDevice *held = device;

  g_clear_pointer (&held, srw_device_unref);
}

/* For those who print a context. */
static void
device_to_string (const GValue * device, GValue * string)
{
  g_value_set_string (string, srw_device_info (g_value_get_boxed (device))->name);
}

#define REGISTER_TRANSFORM \
  g_value_register_transform_func (g_define_type_id, G_TYPE_STRING, device_to_string)

GType stylerwkv_device_get_type (void);

G_DEFINE_BOXED_TYPE_WITH_CODE (SrwDevice, stylerwkv_device, device_copy, device_release, REGISTER_TRANSFORM);

GstContext *
device_context_new (const gchar * which, const gchar * why, SrwDevice * device)
{
  GstContext *context = gst_context_new (DEVICE_CONTEXT_TYPE, TRUE);

  gst_structure_set (gst_context_writable_structure (context), "which", G_TYPE_STRING, which, "why", G_TYPE_STRING, why,
      "name", G_TYPE_STRING, srw_device_info (device)->name, "device", stylerwkv_device_get_type (), device, NULL);
  return context;
}

SrwDevice *
device_context_get (GstContext * context, const gchar * which, gchar ** why)
{
  const GstStructure *fields = gst_context_get_structure (context);
  SrwDevice *device = NULL;

  if (!gst_context_has_context_type (context, DEVICE_CONTEXT_TYPE)
      || g_strcmp0 (gst_structure_get_string (fields, "which"), which) != 0)
    return NULL;
  gst_structure_get (fields, "device", stylerwkv_device_get_type (), &device, NULL);
  if (device && why)
    *why = g_strdup (gst_structure_get_string (fields, "why"));
  return device;
}

/* TRUE stops at the first pad that answers. */
static gboolean
ask_peer (const GValue * item, GValue * answered, gpointer query)
{
  GstPad *pad = g_value_get_object (item);

  if (!gst_pad_peer_query (pad, query))
    return TRUE;
  g_value_set_boolean (answered, TRUE);
  return FALSE;
}

static gboolean
ask_neighbours (GstElement * element, GstQuery * query)
{
  GstIterator *pads = gst_element_iterate_pads (element);
  GValue answered = G_VALUE_INIT;
  gboolean found;

  g_value_init (&answered, G_TYPE_BOOLEAN);
  while (gst_iterator_fold (pads, ask_peer, &answered, query) == GST_ITERATOR_RESYNC)
    gst_iterator_resync (pads);
  found = g_value_get_boolean (&answered);
  g_value_unset (&answered);
  gst_iterator_free (pads);
  return found;
}

GstContext *
device_context_find (GstElement * element)
{
  GstQuery *query = gst_query_new_context (DEVICE_CONTEXT_TYPE);
  GstContext *context = NULL;

  if (ask_neighbours (element, query)) {
    gst_query_parse_context (query, &context);
    if (context)
      gst_context_ref (context);
  } else {
    /* whoever knows one sets it before this returns */
    gst_element_post_message (element, gst_message_new_need_context (GST_OBJECT (element), DEVICE_CONTEXT_TYPE));
    context = gst_element_get_context (element, DEVICE_CONTEXT_TYPE);
  }
  gst_query_unref (query);
  return context;
}

void
device_context_announce (GstElement * element, GstContext * context)
{
  gst_element_set_context (element, context);
  gst_element_post_message (element, gst_message_new_have_context (GST_OBJECT (element), gst_context_ref (context)));
}
