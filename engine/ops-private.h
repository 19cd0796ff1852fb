/* StyleRWKV engine: what ops.c, pack.c, gemm.c and profile.c share. */
#pragma once

#include "gemm.h"
#include "ops.h"

G_BEGIN_DECLS

typedef enum
{
  SRW_KERNEL_NORM, SRW_KERNEL_STATISTICS_STRIPS, SRW_KERNEL_STATISTICS_MERGE, SRW_KERNEL_ADAIN, SRW_KERNEL_FOLD_AFFINE,
  SRW_KERNEL_SHIFT, SRW_KERNEL_WKV_CHUNKS, SRW_KERNEL_WKV_CARRY, SRW_KERNEL_WKV_OUTPUT,
  SRW_KERNEL_GATE, SRW_KERNEL_EPILOGUE,
  /* one for every tile, see srw_tile_for */
  SRW_KERNEL_LINEAR, SRW_KERNEL_CONV = SRW_KERNEL_LINEAR + 3, SRW_KERNEL_UPCONV = SRW_KERNEL_CONV + 3,
  SRW_KERNEL_CHANNEL_MIXING = SRW_KERNEL_UPCONV + 3,
  SRW_N_KERNELS = SRW_KERNEL_CHANNEL_MIXING + 3,
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

gsize srw_tokens (const SrwTensor * tensor);
/* Bytes of reading or writing a map once; of the weights. */
gdouble srw_map_bytes (const SrwTensor * tensor);
gdouble srw_weight_bytes (const SrwLinear * w, gint taps);

gsize srw_div_up (gsize n, gsize d);
/* How many of `total` units of work a work-item takes: `wanted`, less when the device would run out of items, a
 * multiple of `grain`. */
gint srw_share (SrwOps * ops, gsize total, gsize wanted, gsize grain);

G_END_DECLS
