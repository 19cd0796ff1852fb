/* What the fuzz targets share. Each target is one file with LLVMFuzzerTestOneInput, which takes bytes that nobody
 * vouches for to a function that reads such bytes, and checks what it gives. libFuzzer calls it with bytes it makes
 * up (tests/fuzz.sh), replay.c with those of files (part of the tests).
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* The path of a regular file that holds these bytes until the next call, in memory. Owned by the library. */
const gchar *fuzz_file (const guint8 * data, gsize size);

/* Aborts unless there is a result and no error, or no result and an error of the engine that begins with `name` and
 * can be shown. Frees the error. */
void fuzz_check_result (gconstpointer result, GError * error, const gchar * name);
