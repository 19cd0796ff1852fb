/* StyleRWKV engine: what ops.c, pack.c, gemm.c and profile.c share. */
#pragma once

#include "gemm.h"
#include "ops.h"

G_BEGIN_DECLS

typedef enum
{
  SRW_KERNEL_NORM, SRW_KERNEL_STATISTICS_STRIPS, SRW_KERNEL_STATISTICS_MERGE, SRW_KERNEL_ADAIN, SRW_KERNEL_FOLD_AFFINE,
  SRW_KERNEL_SHIFT, SRW_KERNEL_WKV_CHUNKS, SRW_KERNEL_WKV_CARRY, SRW_KERNEL_WKV_OUTPUT,
  /* one for every tile, see srw_tile_for */
  SRW_KERNEL_LINEAR, SRW_KERNEL_CONV = SRW_KERNEL_LINEAR + 3, SRW_KERNEL_UPCONV = SRW_KERNEL_CONV + 3,
  SRW_N_KERNELS = SRW_KERNEL_UPCONV + 3,
} SrwKernel;

typedef struct
{
  gchar *op;
  cl_event event;
  gdouble flops, bytes;
} SrwProfileEntry;

struct _SrwOps
{
  SrwDevice *device;
  cl_command_queue queue;
  cl_kernel kernels[SRW_N_KERNELS];
  SrwGemm *gemm;
  cl_int failure;               /* first error since the last check, and the operator it happened in */
  gchar *failed_op;
  gboolean profiling;
  GArray *profile;              /* of SrwProfileEntry */
};

/* Register tiles of product.cl: rows by columns × float16. */
typedef struct
{
  gint columns, rows;
} SrwTile;

extern const SrwTile srw_tiles[3];

/* Index into srw_tiles for this many output channels. */
guint srw_tile_for (gint columns);

/* One kernel launch: the arguments in order, then run. Does nothing once something failed. */
typedef struct
{
  SrwOps *ops;
  const gchar *op;
  cl_kernel kernel;
  cl_uint next;
} SrwCall;

SrwCall srw_call_begin (SrwOps * ops, const gchar * op, SrwKernel kernel);
void srw_call_mem (SrwCall * call, cl_mem mem);
void srw_call_int (SrwCall * call, gint value);
void srw_call_float (SrwCall * call, gfloat value);
/* Memory and shape; NULL stands for a map without channels, `unused` is passed for its memory. */
void srw_call_tensor (SrwCall * call, const SrwTensor * tensor, cl_mem unused);
void srw_call_run (SrwCall * call, gsize width, gsize height, gdouble flops, gdouble bytes);

/* Notes the first failure. */
void srw_ops_fail (SrwOps * ops, const gchar * op, cl_int code);

/* Keeps an event, which it then owns, until the next report. */
void srw_profile_add (SrwOps * ops, const gchar * op, cl_event event, gdouble flops, gdouble bytes);
void srw_profile_clear (SrwOps * ops);

/* A product with all that can go with it, see srw_op_linear and srw_op_merge. */
typedef struct
{
  SrwTensor a;
  const SrwTensor *a_gate, *b;  /* NULL when there is none */
  const SrwLinear *w;
  SrwEpilogue epilogue;
  const SrwTensor *gate;
  SrwTensor out;
} SrwProduct;

G_END_DECLS
