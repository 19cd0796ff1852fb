/* Building OpenCL programs, with a cache of binaries on disk.
 *
 * Sources are compiled into the library; when the environment variable SRW_KERNEL_DIR is set they are read from that
 * directory instead. Binaries are kept in $XDG_CACHE_HOME/stylerwkv (or SRW_CACHE_DIR) under a SHA-256 of sources,
 * options, device and driver, written to a temporary name and renamed; the directory is bounded in size. Whatever is
 * wrong with a cached file, the program is rebuilt; a cache that cannot be written is no error. Thread-safe.
 *
 * PoCL keeps what it compiles in $XDG_CACHE_HOME/pocl itself, and hands out a binary only after compiling every kernel
 * once more for work-groups of any size, which doubles the first start. It is left to its own cache, unless
 * SRW_PROGRAM_CACHE is "always".
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "opencl/device.h"

G_BEGIN_DECLS

/* Work-items to a work-group of the GPU family's kernels that go along the rows of a picture. */
#define SRW_ROW_GROUP 64

/* Builds kernels/`file` (e.g. "gpu/product.cl"), with kernels/common.h and that of its folder in front, and `options`
 * ("-DNAME=VALUE …", may be NULL). The caller releases the program. Errors: SRW_ERROR_BUILD with the compiler's log. */
cl_program srw_program_build (SrwDevice * device, const gchar * file, const gchar * options, GError ** error);

/* The kernel `name` of such a program, which is built once for each device and options however many kernels are asked
 * for. The caller releases it. Errors: SRW_ERROR_BUILD. */
cl_kernel srw_kernel_new (SrwDevice * device, const gchar * file, const gchar * options, const gchar * name,
    GError ** error);

/* Writes the binaries of all programs that were built from source since the last call. Call it when the kernels have
 * run: some drivers (PoCL) finish compiling at a kernel's first launch, and only then is what they took so long for in
 * the binary. */
void srw_program_store (SrwDevice * device);

/* SHA-256, in hexadecimal, of the sources of all kernels: another one where they may take another time. Free with
 * g_free. */
gchar *srw_program_sources_id (void);

/* Directory of the cache, NULL if there is none; for other small measurements kept beside the binaries. Free with
 * g_free. */
gchar *srw_program_cache_dir (void);

G_END_DECLS
