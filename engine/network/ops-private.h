/* What ops.c, its two families and gemm.c share.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/gemm.h"
#include "network/ops.h"

G_BEGIN_DECLS

/* How many shapes of tiles there are. */
#define SRW_TILES 4

/* Of the CPU family. */
typedef enum
{
  SRW_KERNEL_NORM, SRW_KERNEL_STATISTICS_STRIPS, SRW_KERNEL_STATISTICS_MERGE, SRW_KERNEL_ADAIN, SRW_KERNEL_FOLD_AFFINE,
  SRW_KERNEL_WKV_CHUNKS, SRW_KERNEL_WKV_CARRY, SRW_KERNEL_WKV_OUTPUT,
  SRW_KERNEL_GATE, SRW_KERNEL_EPILOGUE,
  /* one for every tile, see srw_tile_for */
  SRW_KERNEL_LINEAR, SRW_KERNEL_CONV = SRW_KERNEL_LINEAR + SRW_TILES, SRW_KERNEL_UPCONV = SRW_KERNEL_CONV + SRW_TILES,
  SRW_KERNEL_SHIFT = SRW_KERNEL_UPCONV + SRW_TILES, SRW_KERNEL_SHIFT_LINEAR = SRW_KERNEL_SHIFT + SRW_TILES,
  SRW_KERNEL_CHANNEL_MIXING = SRW_KERNEL_SHIFT_LINEAR + SRW_TILES,
} SrwKernel;

#define SRW_MAX_KERNELS 40

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
  void (*shift_linear) (SrwOps * ops, const gchar * name, const SrwShifted * shifted, const SrwLinear * w,
      SrwEpilogue epilogue, const SrwTensor * out);
  void (*channel_mixing) (SrwOps * ops, const gchar * name, const SrwShifted * shifted, const SrwLinear * rk,
      const SrwLinear * value, const SrwTensor * wide, const SrwTensor * out);
  void (*merge) (SrwOps * ops, const gchar * name, const SrwTensor * a, const SrwTensor * feature,
      const SrwAffine * affine, const SrwLinear * w, const SrwLinear * folded, const SrwTensor * out);
  void (*wkv) (SrwOps * ops, const gchar * name, const SrwTensor * key, gboolean exponentiated, const SrwTensor * value,
      cl_mem decay, cl_mem bonus, gint round, gint step, cl_mem scratch, const SrwTensor * out);
  void (*statistics) (SrwOps * ops, const gchar * name, const SrwTensor * maps, guint n, cl_mem scratch, cl_mem results,
      gint first, gint stride);
  guint adain;                  /* the kernel, */
  gsize adain_items;            /* which is one group of so many items */
  gboolean folds;               /* AdaIN goes into weights */
  SrwNeedFunc shift_scratch, moments_bytes, wkv_scratch, statistics_scratch, parts_bytes;       /* NULL: nothing */
} SrwFamily;

extern const SrwFamily srw_cpu_family, srw_gpu_family;

struct _SrwOps
{
  SrwQueue *queue;              /* not owned */
  const SrwFamily *family;
  cl_kernel kernels[SRW_MAX_KERNELS];   /* of the family */
  SrwGemm *gemm;
};

/* Register tiles of the CPU family: rows by columns × float16. */
typedef struct
{
  gint columns, rows;
} SrwTile;

extern const SrwTile srw_tiles[SRW_TILES];

/* Index into srw_tiles for this many output channels on the device at hand. */
guint srw_tile_for (SrwOps * ops, gint columns);

/* Builds one kernel of a program under the family's number. */
gboolean srw_ops_build (SrwOps * ops, const gchar * file, const gchar * options, const gchar * name, guint kernel,
    GError ** error);

/* A launch of the kernel with this number. */
SrwLaunch srw_ops_launch (SrwOps * ops, const gchar * op, guint kernel);
/* Memory and shape; NULL stands for a map without channels, `unused` is passed for its memory. */
void srw_launch_tensor (SrwLaunch * launch, const SrwTensor * tensor, cl_mem unused);
/* The weights of a Deform-Shift, in the order of its kernels. */
void srw_launch_shift (SrwLaunch * launch, const SrwShift * w);

const SrwDeviceInfo *srw_ops_info (const SrwOps * ops);

gsize srw_tokens (const SrwTensor * tensor);
/* Bytes of reading or writing a map once; of the weights. */
gdouble srw_map_bytes (SrwOps * ops, const SrwTensor * tensor);
gdouble srw_weight_bytes (const SrwLinear * w, gint taps);

/* How many of `total` units of work a work-item takes: `wanted`, less when the device would run out of items, a
 * multiple of `grain`. */
gint srw_share (SrwOps * ops, gsize total, gsize wanted, gsize grain);

/* The second product of channel mixing, where the first one has left (Wr Wk)'s columns in `wide`. */
void srw_mix_values (SrwOps * ops, const gchar * name, const SrwLinear * value, const SrwTensor * wide,
    const SrwTensor * out);

G_END_DECLS
