/* How srw_network_new goes about it, for the tests, which place maps in other ways.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/network.h"

G_BEGIN_DECLS

/* With a plan that knows when each map is needed, and nothing allocated. */
SrwNetwork *srw_network_declare (SrwOps * ops, const SrwWeights * weights, gint width, gint height, SrwPlanKind kind);
/* The memory of what was placed. */
gboolean srw_network_allocate (SrwNetwork * network, GError ** error);
SrwPlan *srw_network_get_plan (SrwNetwork * network);

G_END_DECLS
