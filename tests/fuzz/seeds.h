/* What the seeds and the targets that read them agree on.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#define SEED_WIDTH_C 8

static const guint8 seed_model_id[32] = "the weights of the seeds";
