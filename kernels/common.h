/* What every kernel file starts with. OpenCL C 1.2, no extensions.
 *
 * Maps are channels-last, and a token is a whole number of float16 vectors. Nothing here needs any alignment. */

/* A work-item is a large piece of work that loops by itself, so that a work-group is one of them. */
#define WORK_ITEM __attribute__((reqd_work_group_size(1, 1, 1)))

/* As SrwTensor without its memory. */
typedef struct
{
  int height, width, channels, stride, offset;
} Map;

/* First channel in use of a token. */
static inline size_t
token_at(Map map, size_t token)
{
  return token * map.stride + map.offset;
}

static inline float
horizontal_sum(float16 v)
{
  const float8 a = v.lo + v.hi;
  const float4 b = a.lo + a.hi;
  const float2 c = b.lo + b.hi;
  return c.x + c.y;
}

/* Comparisons, because max() of a vector may be sixteen calls. */
static inline float16
max16(float16 a, float16 b)
{
  return a > b ? a : b;
}

static inline float16
min16(float16 a, float16 b)
{
  return a < b ? a : b;
}

static inline float16
abs16(float16 v)
{
  return as_float16(as_uint16(v) & 0x7fffffffu);
}

/* exp to about 2e-7, relative; arguments are clamped to [-87, 88], so that the result is finite and not 0. 2^n is put
 * together from bits: adding 1.5·2^23 rounds to an integer and leaves it in the low bits. */
static inline float16
exp16(float16 x)
{
  const float magic = 12582912.0f;
  float16 shifted, n, f, p;

  x = min16(max16(x, (float16)(-87.0f)), (float16)(88.0f));
  shifted = x * 1.44269504f + magic;
  n = shifted - magic;
  f = (x - n * 0.693145752f) - n * 1.42860677e-6f;
  p = f * 1.38888889e-3f + 8.33333333e-3f;
  p = p * f + 4.16666667e-2f;
  p = p * f + 1.66666667e-1f;
  p = p * f + 0.5f;
  p = p * f + 1.0f;
  p = p * f + 1.0f;
  return p * as_float16((as_uint16(shifted) << 23) + 0x3f800000u);
}

static inline float16
sigmoid16(float16 x)
{
  return 1.0f / (1.0f + exp16(-x));
}
