/* The forward pass of docs/network.md on a device.
 *
 *   write srw_network_picture → encode → decode → read srw_network_head
 *
 * Everything here launches on the queue of `ops` and returns, except where said otherwise; ask srw_queue_check at the
 * end. A network is used by one thread at a time.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/plan.h"
#include "network/style.h"
#include "network/weights.h"

G_BEGIN_DECLS

typedef struct _SrwNetwork SrwNetwork;

/* For pictures of width×height, multiples of 16. Ops and weights must outlive it. Errors: SRW_ERROR_MEMORY,
 * SRW_ERROR_DEVICE. */
SrwNetwork *srw_network_new (SrwOps * ops, const SrwWeights * weights, gint width, gint height, SrwPlanKind kind,
    GError ** error);
void srw_network_free (SrwNetwork * network);

/* The same in steps, for those who place maps otherwise or only want to know what would be launched: a network with a
 * plan that knows when each map is needed, and nothing placed or allocated; then the memory of what was placed. */
SrwNetwork *srw_network_declare (SrwOps * ops, const SrwWeights * weights, gint width, gint height, SrwPlanKind kind);
SrwPlan *srw_network_get_plan (SrwNetwork * network);
gboolean srw_network_allocate (SrwNetwork * network, GError ** error);

/* Chooses how the products of this network are done, see srw_ops_tune; measuring takes seconds the first time on a
 * device. Without it the network runs all the same: on CPU devices, where CLBlast takes ten seconds to start and was 4
 * to 10 times slower than tiles whenever it was measured, it is tiles without measuring, unless the environment
 * variable SRW_GEMM is set. */
gboolean srw_network_tune (SrwNetwork * network, const SrwModel * model, gboolean measuring, GError ** error);

const SrwPlan *srw_network_plan (const SrwNetwork * network);
/* Bytes on the device, weights not counted. */
gsize srw_network_bytes (const SrwNetwork * network);

/* F1..F4 and their statistics from plan->picture. */
void srw_network_encode (SrwNetwork * network);

/* The statistics that the last encode found, as an SrwStyle has them. Waits. */
SrwStyle *srw_network_read_style (SrwNetwork * network, GError ** error);

/* What decode aims at from now on. */
void srw_network_set_style (SrwNetwork * network, const SrwStyle * style);

/* plan->head from F1..F4, and plan->scene; see srw_op_adain. Not for SRW_PLAN_ENCODER. */
void srw_network_decode (SrwNetwork * network, const SrwContinuation * continuation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrwNetwork, srw_network_free)

G_END_DECLS
