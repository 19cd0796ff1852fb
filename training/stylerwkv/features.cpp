/* Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
// What the loss networks need besides convolutions, for float32 and bfloat16: relu with sums per channel and their
// gradient, relu with 2x2 max-pooling. Their maps are large (64 channels a pixel), so each is read and written once.
//
// Maps are channels-last and contiguous, (B,T,C) or (B,H,W,C), with C a multiple of 16.
#include <torch/extension.h>
#include <ATen/Parallel.h>
#include <cstring>
#include <vector>

namespace {

constexpr int kLanes = 16;
constexpr int64_t kChunk = 256;  // tokens summed in float; the chunks are added up in double
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

inline Vf relu(Vf v) { return v > 0.f ? v : Vf{}; }

template <class T> void relu_sums_chunk(T *x, int64_t tokens, int64_t C, float *sum, float *squares) {
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t c = 0; c < C; c += kLanes) {
      const Vf v = relu(load(x + t * C + c));
      store(x + t * C + c, v);
      store(sum + c, load(sum + c) + v);
      store(squares + c, load(squares + c) + v * v);
    }
}

// The largest of a 2x2 window's four tokens, never below zero.
template <class T> inline Vf window_max(const T *x, const int64_t *at) {
  Vf m{};
  for (int i = 0; i < 4; ++i) {
    const Vf v = load(x + at[i]);
    m = v > m ? v : m;
  }
  return m;
}

// Element offsets of the window of output token t in a map of (B,H,W,C).
inline void window(int64_t t, int64_t H, int64_t W, int64_t C, int64_t *at) {
  const int64_t w = W / 2, h = H / 2, x = t % w * 2, y = t / w % h * 2, b = t / (w * h);
  for (int i = 0; i < 4; ++i) at[i] = ((b * H + y + i / 2) * W + x + i % 2) * C;
}

template <class F> void dispatch(const torch::Tensor &x, F f) {
  if (x.scalar_type() == torch::kBFloat16) f(static_cast<at::BFloat16 *>(x.data_ptr()));
  else f(x.data_ptr<float>());
}

}  // namespace

// Applies relu to x (B,T,C) in place -> sums and sums of squares of it per chunk of tokens, (B,chunks,2,C) float
torch::Tensor relu_sums(torch::Tensor x) {
  const int64_t B = x.size(0), N = x.size(1), C = x.size(2), chunks = (N + kChunk - 1) / kChunk;
  auto sums = torch::zeros({B, chunks, 2, C}, torch::kFloat);
  float *ps = sums.data_ptr<float>();
  dispatch(x, [&](auto *px) {
    at::parallel_for(0, B * chunks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t first = i % chunks * kChunk, count = std::min(kChunk, N - first);
        relu_sums_chunk(px + (i / chunks * N + first) * C, count, C, ps + i * 2 * C, ps + (i * 2 + 1) * C);
      }
    });
  });
  return sums;
}

// Gradient of relu and sums: where y (B,T,C) > 0, first + second + shift (B,C) + scale (B,C) * y, elsewhere 0.
// first and second (B,T,C) are gradients that arrive by other ways; either may be empty.
torch::Tensor relu_sums_backward(torch::Tensor y, torch::Tensor first, torch::Tensor second, torch::Tensor shift,
                                 torch::Tensor scale) {
  const int64_t N = y.size(1), C = y.size(2);
  auto out = torch::empty_like(y);
  const float *pa = shift.data_ptr<float>(), *pb = scale.data_ptr<float>();
  dispatch(y, [&](auto *py) {
    typedef std::remove_pointer_t<decltype(py)> T;
    T *po = static_cast<T *>(out.data_ptr());
    const T *p1 = first.numel() ? static_cast<T *>(first.data_ptr()) : nullptr;
    const T *p2 = second.numel() ? static_cast<T *>(second.data_ptr()) : nullptr;
    at::parallel_for(0, y.size(0) * N, kChunk, [&](int64_t begin, int64_t end) {
      for (int64_t t = begin; t < end; ++t)
        for (int64_t c = 0; c < C; c += kLanes) {
          const int64_t at = t * C + c, channel = t / N * C + c;
          const Vf v = load(py + at);
          Vf g = load(pa + channel) + load(pb + channel) * v;
          if (p1) g += load(p1 + at);
          if (p2) g += load(p2 + at);
          store(po + at, v > 0.f ? g : Vf{});
        }
    });
  });
  return out;
}

// x (B,H,W,C), H and W even -> relu of the 2x2 maximum, (B,H/2,W/2,C)
torch::Tensor relu_pool(torch::Tensor x) {
  const int64_t B = x.size(0), H = x.size(1), W = x.size(2), C = x.size(3);
  auto out = torch::empty({B, H / 2, W / 2, C}, x.options());
  dispatch(x, [&](auto *px) {
    auto *po = static_cast<decltype(px)>(out.data_ptr());
    at::parallel_for(0, B * H * W / 4, kChunk, [&](int64_t begin, int64_t end) {
      for (int64_t t = begin; t < end; ++t) {
        int64_t at[4];
        window(t, H, W, C, at);
        for (int64_t c = 0; c < C; c += kLanes) store(po + t * C + c, window_max(px + c, at));
      }
    });
  });
  return out;
}

// The gradient goes to the window's largest token, shared where several are equal, and nowhere where relu cut.
torch::Tensor relu_pool_backward(torch::Tensor x, torch::Tensor grad) {
  const int64_t B = x.size(0), H = x.size(1), W = x.size(2), C = x.size(3);
  auto out = torch::empty_like(x);
  dispatch(x, [&](auto *px) {
    auto *pg = static_cast<decltype(px)>(grad.data_ptr()), *po = static_cast<decltype(px)>(out.data_ptr());
    at::parallel_for(0, B * H * W / 4, kChunk, [&](int64_t begin, int64_t end) {
      for (int64_t t = begin; t < end; ++t) {
        int64_t at[4];
        window(t, H, W, C, at);
        for (int64_t c = 0; c < C; c += kLanes) {
          const Vf m = window_max(px + c, at), g = m > 0.f ? load(pg + t * C + c) : Vf{};
          Vf share{};
          for (int i = 0; i < 4; ++i) share += load(px + at[i] + c) == m ? Vf{} + 1.f : Vf{};
          const Vf each = share > 0.f ? g / share : Vf{};
          for (int i = 0; i < 4; ++i) store(po + at[i] + c, load(px + at[i] + c) == m ? each : Vf{});
        }
      }
    });
  });
  return out;
}
