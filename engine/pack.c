/* StyleRWKV engine: weights as the kernels want them. The order is [tap][in][out] throughout, so that a row of the
 * matrix is a run of output channels; the device gets a copy, and the host keeps nothing. */
#include <string.h>

#include "ops-private.h"

#define PAD_CHANNELS(n) (((n) + 15) / 16 * 16)
/* pictures have four floats a pixel */
#define PAD_INPUT(n) ((n) <= 4 ? 4 : PAD_CHANNELS (n))

static cl_mem
upload (SrwOps * ops, const gfloat * data, gsize n, GError ** error)
{
  cl_int code;
  cl_mem mem = clCreateBuffer (srw_device_context (ops->device), CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
      n * sizeof (gfloat), (gpointer) data, &code);

  if (code == CL_SUCCESS)
    return mem;
  g_set_error (error, SRW_ERROR, SRW_ERROR_MEMORY, "no device memory for %" G_GSIZE_FORMAT " bytes of weights (%s)",
      n * sizeof (gfloat), srw_cl_error_name (code));
  return NULL;
}

/* Uploads and frees `matrix`; a missing bias is zero, which spares every kernel the question. */
static gboolean
finish_linear (SrwOps * ops, gfloat * matrix, gsize n, const gfloat * bias, gint out, SrwLinear * packed,
    GError ** error)
{
  gfloat *padded = g_new0 (gfloat, packed->out);

  if (bias)
    memcpy (padded, bias, out * sizeof (gfloat));
  packed->weights = upload (ops, matrix, n, error);
  if (packed->weights)
    packed->bias = upload (ops, padded, packed->out, error);
  g_free (padded);
  g_free (matrix);
  if (packed->bias)
    return TRUE;
  srw_linear_clear (packed);
  return FALSE;
}

gboolean
srw_pack_linear (SrwOps * ops, gint out, gint in, const gfloat * weights, const gfloat * bias, SrwLinear * packed,
    GError ** error)
{
  return srw_pack_conv (ops, out, in, 1, 1, weights, bias, packed, error);
}

gboolean
srw_pack_conv (SrwOps * ops, gint out, gint in, gint kernel, gint stride, const gfloat * weights, const gfloat * bias,
    SrwLinear * packed, GError ** error)
{
  const gint taps = kernel * kernel;
  gfloat *matrix;
  gsize n;

  *packed = (SrwLinear) {.in = PAD_INPUT (in),.out = PAD_CHANNELS (out),.kernel = kernel,.stride = stride };
  n = (gsize) taps * packed->in * packed->out;
  matrix = g_new0 (gfloat, n);
  for (gint o = 0; o < out; o++)
    for (gint i = 0; i < in; i++)
      for (gint tap = 0; tap < taps; tap++)
        matrix[((gsize) tap * packed->in + i) * packed->out + o] = *weights++;
  return finish_linear (ops, matrix, n, bias, out, packed, error);
}

/* Row `tap` of a 3×3 kernel reads, from the output rows of phase `phase`, the low-resolution row that is this one of
 * the two rows of its 2×2 kernel. */
static gint
folded_tap (gint phase, gint tap)
{
  return phase ? tap == 2 : tap > 0;
}

gboolean
srw_pack_upconv (SrwOps * ops, gint out, gint in, const gfloat * weights, const gfloat * bias, SrwLinear * packed,
    GError ** error)
{
  gfloat *matrix;
  gsize n;

  *packed = (SrwLinear) {.in = PAD_CHANNELS (in),.out = PAD_CHANNELS (out),.kernel = 3,.stride = 1 };
  n = (gsize) 16 *packed->in * packed->out;
  matrix = g_new0 (gfloat, n);
  for (gint o = 0; o < out; o++)
    for (gint i = 0; i < in; i++)
      for (gint ky = 0; ky < 3; ky++)
        for (gint kx = 0; kx < 3; kx++, weights++)
          for (gint phase = 0; phase < 4; phase++) {
            const gint tap = phase * 4 + folded_tap (phase >> 1, ky) * 2 + folded_tap (phase & 1, kx);
            matrix[((gsize) tap * packed->in + i) * packed->out + o] += *weights;
          }
  return finish_linear (ops, matrix, n, bias, out, packed, error);
}

void
srw_linear_clear (SrwLinear * packed)
{
  if (packed->weights)
    clReleaseMemObject (packed->weights);
  if (packed->bias)
    clReleaseMemObject (packed->bias);
  *packed = (SrwLinear) { 0 };
}

/* [c][9] → (9, c) */
static cl_mem
upload_depthwise (SrwOps * ops, gint channels, const gfloat * weights, GError ** error)
{
  gfloat *matrix = g_new (gfloat, 9 * channels);
  cl_mem mem;

  for (gint c = 0; c < channels; c++)
    for (gint k = 0; k < 9; k++)
      matrix[k * channels + c] = weights[9 * c + k];
  mem = upload (ops, matrix, 9 * channels, error);
  g_free (matrix);
  return mem;
}

/* [18][c] → (c, 32), the dy in columns 0..8 and the dx in 16..24; the bias likewise when channels is 1. */
static cl_mem
upload_dense (SrwOps * ops, gint channels, const gfloat * weights, GError ** error)
{
  gfloat *matrix = g_new0 (gfloat, 32 * channels);
  cl_mem mem;

  for (gint o = 0; o < 18; o++)
    for (gint c = 0; c < channels; c++)
      matrix[32 * c + (o < 9 ? o : o + 7)] = weights[o * channels + c];
  mem = upload (ops, matrix, 32 * channels, error);
  g_free (matrix);
  return mem;
}

gboolean
srw_pack_shift (SrwOps * ops, gint channels, const gfloat * tap, const gfloat * depthwise,
    const gfloat * depthwise_bias, const gfloat * dense, const gfloat * dense_bias, SrwShift * packed, GError ** error)
{
  *packed = (SrwShift) {.channels = channels };
  if ((packed->tap = upload (ops, tap, 9 * channels, error))
      && (packed->depthwise = upload_depthwise (ops, channels, depthwise, error))
      && (packed->depthwise_bias = upload (ops, depthwise_bias, channels, error))
      && (packed->dense = upload_dense (ops, channels, dense, error))
      && (packed->dense_bias = upload_dense (ops, 1, dense_bias, error)))
    return TRUE;
  srw_shift_clear (packed);
  return FALSE;
}

void
srw_shift_clear (SrwShift * packed)
{
  cl_mem *const buffers[] = { &packed->tap, &packed->depthwise, &packed->depthwise_bias, &packed->dense,
    &packed->dense_bias
  };

  for (guint i = 0; i < G_N_ELEMENTS (buffers); i++)
    if (*buffers[i])
      clReleaseMemObject (*buffers[i]);
  *packed = (SrwShift) { 0 };
}
