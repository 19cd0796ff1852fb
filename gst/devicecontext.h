/* The OpenCL device as a GstContext: the elements of a pipeline and their application share it in the usual way.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "opencl/device.h"

G_BEGIN_DECLS

#define DEVICE_CONTEXT_TYPE "gst.stylerwkv.device"

/* `which` is what the device was asked for by: the value of the property "device"; `why` says why it is this one. */
GstContext *device_context_new (const gchar * which, const gchar * why, SrwDevice * device);

/* A reference to the device of `context`, or NULL where it is another kind of context or was asked for by another
 * name. `why`, unless NULL, is set with it; free with g_free. */
SrwDevice *device_context_get (GstContext * context, const gchar * which, gchar ** why);

/* The context of a neighbour, or else of the application, which may then call gst_element_set_context; NULL where
 * neither knows one. Contexts that were set are to be looked at first. */
GstContext *device_context_find (GstElement * element);

/* Makes a context known that the element made. */
void device_context_announce (GstElement * element, GstContext * context);

G_END_DECLS
