/* StyleRWKV engine: what ops.c, its two families, pack.c, gemm.c and profile.c share. */
#pragma once

#include "gemm.h"
#include "ops.h"

G_BEGIN_DECLS

/* Of the CPU family. */
typedef enum
{
  SRW_KERNEL_NORM, SRW_KERNEL_STATISTICS_STRIPS, SRW_KERNEL_STATISTICS_MERGE, SRW_KERNEL_ADAIN, SRW_KERNEL_FOLD_AFFINE,
  SRW_KERNEL_SHIFT, SRW_KERNEL_WKV_CHUNKS, SRW_KERNEL_WKV_CARRY, SRW_KERNEL_WKV_OUTPUT,
  SRW_KERNEL_GATE, SRW_KERNEL_EPILOGUE,
  /* one for every tile, see srw_tile_for */
  SRW_KERNEL_LINEAR, SRW_KERNEL_CONV = SRW_KERNEL_LINEAR + 3, SRW_KERNEL_UPCONV = SRW_KERNEL_CONV + 3,
  SRW_KERNEL_CHANNEL_MIXING = SRW_KERNEL_UPCONV + 3,
} SrwKernel;

#define SRW_MAX_KERNELS 32

/* Bytes that a map of so many tokens and channels asks for. */
typedef gsize (*SrwNeedFunc) (gsize tokens, gint channels);

/* The operators of ops.h, by the kernels of one family. */
typedef struct
{
  gboolean (*build) (SrwOps * ops, GError ** error);
  void (*conv) (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwLinear * w, const SrwTensor * out);
  void (*head) (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwLinear * w, const SrwTensor * out);
  void (*upconv) (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwLinear * w, const SrwTensor * out);
  void (*linear) (SrwOps * ops, const gchar * name, const SrwProduct * product);
  void (*channel_mixing) (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwLinear * rk,
      const SrwLinear * value, const SrwTensor * wide, const SrwTensor * out);
  void (*merge) (SrwOps * ops, const gchar * name, const SrwTensor * a, const SrwTensor * feature, const SrwAffine * affine,
      const SrwLinear * w, const SrwLinear * folded, const SrwTensor * out);
  void (*shift) (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwNorm * norm, const SrwShift * w,
      cl_mem scratch, const SrwTensor * out);
  void (*wkv) (SrwOps * ops, const gchar * name, const SrwTensor * key, const SrwTensor * value, cl_mem decay, cl_mem bonus,
      gint round, gint step, cl_mem scratch, const SrwTensor * out);
  void (*statistics) (SrwOps * ops, const gchar * name, const SrwTensor * maps, guint n, cl_mem scratch, cl_mem results,
      gint first, gint stride);
  guint adain;                  /* the kernel, */
  gsize adain_items;            /* which is one group of so many items */
  gboolean folds;               /* AdaIN goes into weights */
  SrwNeedFunc shift_scratch, moments_bytes, wkv_scratch, statistics_scratch, parts_bytes;       /* NULL: nothing */
} SrwFamily;

extern const SrwFamily srw_cpu_family, srw_gpu_family;

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
  const SrwFamily *family;
  cl_kernel kernels[SRW_MAX_KERNELS];   /* of the family */
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

/* Builds one kernel of a program for srw_call_begin, under the family's number. */
gboolean srw_ops_build (SrwOps * ops, const gchar * file, const gchar * options, const gchar * name, guint kernel,
    GError ** error);

SrwCall srw_call_begin (SrwOps * ops, const gchar * op, guint kernel);
void srw_call_arg (SrwCall * call, gsize size, gconstpointer value);
void srw_call_mem (SrwCall * call, cl_mem mem);
void srw_call_int (SrwCall * call, gint value);
void srw_call_float (SrwCall * call, gfloat value);
/* Memory and shape; NULL stands for a map without channels, `unused` is passed for its memory. */
void srw_call_tensor (SrwCall * call, const SrwTensor * tensor, cl_mem unused);
/* Work-groups of one item. */
void srw_call_run (SrwCall * call, gsize width, gsize height, gdouble flops, gdouble bytes);
/* Work-groups of `items`. */
void srw_call_run_groups (SrwCall * call, gsize items, const gsize groups[3], gdouble flops, gdouble bytes);
/* Along rows of `units`: an item each, or one a row where a processor walks along it. */
void srw_call_run_rows (SrwCall * call, gsize units, gsize rows, gdouble flops, gdouble bytes);

/* Notes the first failure. */
void srw_ops_fail (SrwOps * ops, const gchar * op, cl_int code);

/* Keeps an event, which it then owns, until the next report. */
void srw_profile_add (SrwOps * ops, const gchar * op, cl_event event, gdouble flops, gdouble bytes);
void srw_profile_clear (SrwOps * ops);

gsize srw_tokens (const SrwTensor * tensor);
/* Bytes of reading or writing a map once; of the weights. */
gdouble srw_map_bytes (SrwOps * ops, const SrwTensor * tensor);
gdouble srw_weight_bytes (const SrwLinear * w, gint taps);

gsize srw_div_up (gsize n, gsize d);
/* How many of `total` units of work a work-item takes: `wanted`, less when the device would run out of items, a
 * multiple of `grain`. */
gint srw_share (SrwOps * ops, gsize total, gsize wanted, gsize grain);

/* Channel mixing as two products. */
void srw_mix_in_two (SrwOps * ops, const gchar * name, const SrwTensor * in, const SrwLinear * rk, const SrwLinear * value,
    const SrwTensor * wide, const SrwTensor * out);

G_END_DECLS
