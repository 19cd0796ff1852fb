/* The matrix product behind one interface, by CLBlast or by our own register tiles.
 *
 * Which of them is faster depends on device and shape, so both are measured: every shape (tokens rounded up to a power
 * of two) once per device and driver, remembered in the file `gemm` beside the program cache. CLBlast's first call may
 * compile for long, so that no stream measures: stylerwkv-bench does, and streams that start afterwards use what it
 * found. When it is more than four times slower than tiles at the largest shape, the others are not tried. Without a
 * place to remember, and for shapes that were never measured, it is tiles.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/ops.h"

G_BEGIN_DECLS

typedef struct _SrwGemm SrwGemm;

/* out = epilogue (concat (a ⊙ a_gate, b) · w + bias), see srw_op_linear and srw_op_merge. */
typedef struct
{
  SrwTensor a;
  const SrwTensor *a_gate, *b;  /* NULL when there is none */
  const SrwLinear *w;
  SrwEpilogue epilogue;
  const SrwTensor *gate;        /* of SRW_EPILOGUE_GATED_RESIDUAL, else NULL */
  SrwTensor out;
} SrwProduct;

SrwGemm *srw_gemm_new (void);
void srw_gemm_free (SrwGemm * gemm);

/* Enqueues only, like every operator. */
void srw_gemm_run (SrwOps * ops, const gchar * name, const SrwProduct * product);

G_END_DECLS
