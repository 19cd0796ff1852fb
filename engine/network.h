/* StyleRWKV engine: the forward pass of docs/network.md on a device.
 *
 *   write srw_network_picture → encode → decode → read srw_network_head
 *
 * Everything here enqueues on the queue of `ops` and returns, except where said otherwise; ask srw_ops_check at the
 * end. A network is used by one thread at a time. */
#pragma once

#include "plan.h"
#include "style.h"
#include "weights.h"

G_BEGIN_DECLS

typedef struct _SrwNetwork SrwNetwork;

/* For pictures of width×height, multiples of 16. Owns neither device nor ops nor weights, which must outlive it.
 * Errors: SRW_ERROR_MEMORY, SRW_ERROR_DEVICE. */
SrwNetwork *srw_network_new (SrwDevice * device, SrwOps * ops, const SrwModel * model, const SrwWeights * weights,
    gint width, gint height, SrwPlanKind kind, GError ** error);
void srw_network_free (SrwNetwork ** network);

/* Chooses how the products of this network are done, see srw_ops_tune. May take seconds the first time on a device.
 * Without it the network runs all the same: on CPU devices, where CLBlast takes ten seconds to start and was 4 to 10
 * times slower than tiles whenever it was measured, it is tiles without measuring, unless the environment variable
 * SRW_GEMM is set. */
gboolean srw_network_tune (SrwNetwork * network, GError ** error);

const SrwPlan *srw_network_plan (const SrwNetwork * network);
/* Bytes on the device, weights not counted. */
gsize srw_network_bytes (const SrwNetwork * network);

/* F1..F4 and their statistics from plan->picture. */
void srw_network_encode (SrwNetwork * network);

/* The statistics that the last encode found, as an SrwStyle has them. Waits. */
SrwStyle *srw_network_read_style (SrwNetwork * network, GError ** error);

/* What decode aims at from now on. */
void srw_network_set_style (SrwNetwork * network, const SrwStyle * style);

/* plan->head from F1..F4; smoothing, restart and strength as srw_op_adain says. Not for SRW_PLAN_ENCODER. */
void srw_network_decode (SrwNetwork * network, gfloat smoothing, gboolean restart, gfloat strength);

G_END_DECLS
