/* What the seeds and the targets that read them agree on. */
#pragma once

#include <glib.h>

#define SEED_WIDTH_C 8

static const guint8 seed_model_id[32] = "the weights of the seeds";
