/* StyleRWKV engine: weights files.
 *
 * A model is the checked contents of a safetensors file as docs/network.md section 7 defines it: every tensor of the
 * network is there, has the right shape and is finite. Files are untrusted: whatever is wrong with one is
 * SRW_ERROR_MODEL, naming the file, the tensor and the value. Immutable once made, reference counted, thread-safe. */
#pragma once

#include "error.h"

G_BEGIN_DECLS

#define SRW_STAGES 4
#define SRW_MODEL_ID_BYTES 32

/* Architecture, from the file's metadata. */
typedef struct
{
  gint width_c;                 /* C, a multiple of 8 */
  gint decoder_channels[SRW_STAGES];    /* of D1..D4, multiples of 16 */
  gint blocks[SRW_STAGES];      /* N1..N4 */
  gint hidden[SRW_STAGES];      /* h1..h4 */
  gint rounds;                  /* q */
  gint step;                    /* p */
  gfloat key_bound;             /* b; 0: keys have no bound */
} SrwModelConfig;

/* Channels of encoder stage 0..3: 2C, 4C, 8C, 16C. */
gint srw_model_encoder_channels (const SrwModelConfig * config, gint stage);
/* Channels of F1..F4 (stage 0..3) are the encoder's; their sum is 30·C, and that of the stages before `stage` is
 * this. */
gint srw_model_feature_first (const SrwModelConfig * config, gint stage);

typedef struct _SrwModel SrwModel;

/* path: NULL for the embedded `small`. Errors: SRW_ERROR_NOT_FOUND, SRW_ERROR_MODEL. */
SrwModel *srw_model_open (const gchar * path, GError ** error);
/* `name` stands for the file in messages. */
SrwModel *srw_model_new (GBytes * bytes, const gchar * name, GError ** error);
SrwModel *srw_model_ref (SrwModel * model);
void srw_model_unref (SrwModel ** model);

const SrwModelConfig *srw_model_config (const SrwModel * model);
/* SHA-256 of the file, SRW_MODEL_ID_BYTES. */
const guint8 *srw_model_id (const SrwModel * model);

/* The values of a tensor in the order of the file, float32; never NULL for a name of docs/network.md. */
const gfloat *srw_model_get (const SrwModel * model, const gchar * format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
