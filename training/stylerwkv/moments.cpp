// Sums of a feature map per channel, and the affine map that is their gradient, for float32 and bfloat16.
//
// The loss networks' maps are large (64 channels a pixel): read once, written once, nothing kept in float32.
// Maps are (B,T,C) contiguous with C a multiple of 16.
#include <torch/extension.h>
#include <ATen/Parallel.h>
#include <cstring>
#include <vector>

namespace {

constexpr int kLanes = 16;
constexpr int64_t kChunk = 64;  // tokens summed in float before they are added to the double totals
typedef float Vf __attribute__((vector_size(kLanes * 4)));
typedef uint32_t Vu __attribute__((vector_size(kLanes * 4)));
typedef uint16_t Vh __attribute__((vector_size(kLanes * 2)));

inline Vf load(const float *p) { Vf v; std::memcpy(&v, p, sizeof v); return v; }
inline void store(float *p, Vf v) { std::memcpy(p, &v, sizeof v); }

inline Vf load(const at::BFloat16 *p) {
  Vh half;
  std::memcpy(&half, p, sizeof half);
  const Vu bits = __builtin_convertvector(half, Vu) << 16;
  Vf v;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}

inline void store(at::BFloat16 *p, Vf v) {
  Vu bits;
  std::memcpy(&bits, &v, sizeof bits);
  bits = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;  // to nearest, ties to even
  const Vh half = __builtin_convertvector(bits, Vh);
  std::memcpy(p, &half, sizeof half);
}

// Sums one block of sixteen channels over all tokens.
template <class T> void sum_block(const T *x, int64_t tokens, int64_t C, double *sum, double *squares) {
  for (int64_t first = 0; first < tokens; first += kChunk) {
    Vf s{}, q{};
    for (int64_t t = first; t < std::min(first + kChunk, tokens); ++t) {
      const Vf v = load(x + t * C);
      s += v;
      q += v * v;
    }
    for (int i = 0; i < kLanes; ++i) {
      sum[i] += s[i];
      squares[i] += q[i];
    }
  }
}

template <class T> void affine_rows(const T *x, const float *shift, const float *scale, T *out, int64_t rows, int64_t C) {
  for (int64_t t = 0; t < rows; ++t)
    for (int64_t c = 0; c < C; c += kLanes)
      store(out + t * C + c, load(shift + c) + load(scale + c) * load(x + t * C + c));
}

template <class F> void dispatch(torch::Tensor x, F f) {
  if (x.scalar_type() == torch::kBFloat16) f(static_cast<const at::BFloat16 *>(x.data_ptr()));
  else f(x.data_ptr<float>());
}

}  // namespace

// x (B,T,C) -> sum and sum of squares over tokens, both (B,C) double
std::vector<torch::Tensor> channel_sums(torch::Tensor x) {
  const int64_t B = x.size(0), N = x.size(1), C = x.size(2), blocks = C / kLanes;
  auto sum = torch::zeros({B, C}, torch::kDouble), squares = torch::zeros({B, C}, torch::kDouble);
  double *ps = sum.data_ptr<double>(), *pq = squares.data_ptr<double>();
  dispatch(x, [&](auto *px) {
    at::parallel_for(0, B * blocks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t o = i / blocks * C + i % blocks * kLanes;
        sum_block(px + i / blocks * N * C + i % blocks * kLanes, N, C, ps + o, pq + o);
      }
    });
  });
  return {sum, squares};
}

// shift (B,C) + scale (B,C) * x (B,T,C), in the type of x
torch::Tensor channel_affine(torch::Tensor x, torch::Tensor shift, torch::Tensor scale) {
  const int64_t N = x.size(1), C = x.size(2);
  auto out = torch::empty_like(x);
  const float *pa = shift.data_ptr<float>(), *pb = scale.data_ptr<float>();
  dispatch(x, [&](auto *px) {
    auto *po = static_cast<std::remove_const_t<std::remove_pointer_t<decltype(px)>> *>(out.data_ptr());
    at::parallel_for(0, x.size(0) * N, 256, [&](int64_t begin, int64_t end) {
      while (begin < end) {  // one picture at a time
        const int64_t b = begin / N, last = std::min(end, (b + 1) * N);
        affine_rows(px + begin * C, pa + b * C, pb + b * C, po + begin * C, last - begin, C);
        begin = last;
      }
    });
  });
  return out;
}
