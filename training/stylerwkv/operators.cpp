/* Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
// Deform-Shift, depthwise 3x3 and Bi-WKV, forward and backward, for PyTorch on a CPU.
//
// Maps are channels-last and contiguous: (B,H,W,C) or (B,T,C), with C a multiple of 16. Every inner loop handles
// sixteen channels in one GCC vector. float is the working type; double exists for the gradient checks.
#include <torch/extension.h>
#include <ATen/Parallel.h>
#include <cmath>
#include <cstring>
#include <vector>

namespace {

constexpr int kLanes = 16;
constexpr int kTaps = 9;

template <class T> struct Lanes {
  typedef T V __attribute__((vector_size(kLanes * sizeof(T))));
};
template <class T> using V = typename Lanes<T>::V;
typedef int32_t Vi __attribute__((vector_size(kLanes * sizeof(int32_t))));

template <class T> inline V<T> load(const T *p) { V<T> v; std::memcpy(&v, p, sizeof v); return v; }
template <class T> inline void store(T *p, const V<T> &v) { std::memcpy(p, &v, sizeof v); }
template <class T> inline void add_to(T *p, const V<T> &v) { store<T>(p, load<T>(p) + v); }
template <class T> inline V<T> splat(T x) { return V<T>{} + x; }
template <class W> inline W vmax(const W &a, const W &b) { return a > b ? a : b; }

template <class T> inline T sum(const V<T> &v) {
  T s = 0;
  for (int i = 0; i < kLanes; ++i) s += v[i];
  return s;
}

// exp for x <= about 88; below -87 the result stays at the smallest normal number.
inline V<float> vexp(V<float> x) {
  const float magic = 12582912.f;  // adding it leaves round(x) in the low mantissa bits
  x = vmax(x, splat<float>(-87.f));
  const V<float> z = x * 1.44269504f + magic;
  const V<float> n = z - magic;
  const V<float> r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  V<float> p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.f;
  Vi bits, shift;
  std::memcpy(&bits, &p, sizeof bits);
  std::memcpy(&shift, &z, sizeof shift);
  bits += shift << 23;
  std::memcpy(&p, &bits, sizeof p);
  return p;
}

inline V<double> vexp(V<double> x) {
  V<double> y;
  for (int i = 0; i < kLanes; ++i) y[i] = std::exp(x[i]);
  return y;
}

// ------------------------------------------------------------------------------------------------ Deform-Shift

// Where one tap of one token reads: four corners and their bilinear weights (docs/network.md section 5).
template <class T> struct Sample {
  int64_t at[4];  // element offsets of corners (y0,x0) (y0,x1) (y1,x0) (y1,x1)
  T weight[4];
  T fy, fx;
  bool moves_y, moves_x;  // false where the clamp to the map has cut the gradient
};

template <class T>
inline Sample<T> sample_at(int64_t y, int64_t x, int tap, const T *offset, int64_t H, int64_t W, int64_t C) {
  const T ry = T(y + tap / 3 - 1) + offset[tap], rx = T(x + tap % 3 - 1) + offset[kTaps + tap];
  const T sy = std::min(std::max(ry, T(0)), T(H - 1)), sx = std::min(std::max(rx, T(0)), T(W - 1));
  const int64_t y0 = int64_t(sy), x0 = int64_t(sx);
  const int64_t y1 = std::min(y0 + 1, H - 1), x1 = std::min(x0 + 1, W - 1);
  Sample<T> s;
  s.fy = sy - T(y0);
  s.fx = sx - T(x0);
  s.moves_y = ry == sy;
  s.moves_x = rx == sx;
  s.at[0] = (y0 * W + x0) * C;
  s.at[1] = (y0 * W + x1) * C;
  s.at[2] = (y1 * W + x0) * C;
  s.at[3] = (y1 * W + x1) * C;
  s.weight[0] = (1 - s.fy) * (1 - s.fx);
  s.weight[1] = (1 - s.fy) * s.fx;
  s.weight[2] = s.fy * (1 - s.fx);
  s.weight[3] = s.fy * s.fx;
  return s;
}

template <class T>
void deform_forward_row(const T *x, const T *tap, const T *offset, T *out, int64_t y, int64_t H, int64_t W, int64_t C) {
  for (int64_t col = 0; col < W; ++col) {
    Sample<T> s[kTaps];
    for (int k = 0; k < kTaps; ++k) s[k] = sample_at<T>(y, col, k, offset + col * 2 * kTaps, H, W, C);
    for (int64_t c = 0; c < C; c += kLanes) {
      V<T> acc{};
      for (int k = 0; k < kTaps; ++k) {
        const V<T> v = s[k].weight[0] * load<T>(x + s[k].at[0] + c) + s[k].weight[1] * load<T>(x + s[k].at[1] + c) +
                       s[k].weight[2] * load<T>(x + s[k].at[2] + c) + s[k].weight[3] * load<T>(x + s[k].at[3] + c);
        acc += load<T>(tap + k * C + c) * v;
      }
      store<T>(out + col * C + c, acc);
    }
  }
}

// One token of the backward pass; adds to grad_x and grad_tap, sets grad_offset.
template <class T>
void deform_backward_token(const T *x, const T *tap, const T *offset, const T *grad, T *grad_x, T *grad_tap,
                           T *grad_offset, int64_t y, int64_t col, int64_t H, int64_t W, int64_t C) {
  for (int k = 0; k < kTaps; ++k) {
    const Sample<T> s = sample_at<T>(y, col, k, offset, H, W, C);
    V<T> along_y{}, along_x{};
    for (int64_t c = 0; c < C; c += kLanes) {
      const V<T> g = load<T>(grad + c), ga = g * load<T>(tap + k * C + c);
      const V<T> a = load<T>(x + s.at[0] + c), b = load<T>(x + s.at[1] + c);
      const V<T> d = load<T>(x + s.at[2] + c), e = load<T>(x + s.at[3] + c);
      const V<T> top = a + s.fx * (b - a), bottom = d + s.fx * (e - d);
      add_to<T>(grad_tap + k * C + c, g * (top + s.fy * (bottom - top)));
      along_y += ga * (bottom - top);
      along_x += ga * ((1 - s.fy) * (b - a) + s.fy * (e - d));
      for (int i = 0; i < 4; ++i) add_to<T>(grad_x + s.at[i] + c, s.weight[i] * ga);
    }
    grad_offset[k] = s.moves_y ? sum<T>(along_y) : T(0);
    grad_offset[kTaps + k] = s.moves_x ? sum<T>(along_x) : T(0);
  }
}

// x (B,H,W,C), tap (9,C), offset (B,H,W,18) -> (B,H,W,C)
torch::Tensor deform_forward(torch::Tensor x, torch::Tensor tap, torch::Tensor offset) {
  const int64_t B = x.size(0), H = x.size(1), W = x.size(2), C = x.size(3);
  auto out = torch::empty_like(x);
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "deform_forward", [&] {
    typedef scalar_t T;
    const T *px = x.data_ptr<T>(), *pt = tap.data_ptr<T>(), *po = offset.data_ptr<T>();
    T *py = out.data_ptr<T>();
    at::parallel_for(0, B * H, 1, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r)
        deform_forward_row<T>(px + r / H * H * W * C, pt, po + r * W * 2 * kTaps, py + r * W * C, r % H, H, W, C);
    });
  });
  return out;
}

// -> gradients of x, tap (one per picture, (B,9,C)) and offset
std::vector<torch::Tensor> deform_backward(torch::Tensor x, torch::Tensor tap, torch::Tensor offset,
                                           torch::Tensor grad) {
  const int64_t B = x.size(0), H = x.size(1), W = x.size(2), C = x.size(3);
  auto grad_x = torch::zeros_like(x), grad_tap = torch::zeros({B, kTaps, C}, x.options());
  auto grad_offset = torch::empty_like(offset);
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "deform_backward", [&] {
    typedef scalar_t T;
    const T *px = x.data_ptr<T>(), *pt = tap.data_ptr<T>(), *po = offset.data_ptr<T>(), *pg = grad.data_ptr<T>();
    T *gx = grad_x.data_ptr<T>(), *gt = grad_tap.data_ptr<T>(), *go = grad_offset.data_ptr<T>();
    at::parallel_for(0, B, 1, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b)
        for (int64_t t = 0; t < H * W; ++t) {
          const int64_t at = b * H * W + t;
          deform_backward_token<T>(px + b * H * W * C, pt, po + at * 2 * kTaps, pg + at * C, gx + b * H * W * C,
                                   gt + b * kTaps * C, go + at * 2 * kTaps, t / W, t % W, H, W, C);
        }
    });
  });
  return {grad_x, grad_tap, grad_offset};
}

// ------------------------------------------------------------------------------------------- depthwise 3x3

template <class T> inline int64_t neighbour(int64_t y, int64_t x, int tap, int64_t H, int64_t W) {
  const int64_t ny = std::min(std::max(y + tap / 3 - 1, int64_t(0)), H - 1);
  const int64_t nx = std::min(std::max(x + tap % 3 - 1, int64_t(0)), W - 1);
  return ny * W + nx;
}

// x (B,H,W,C), tap (9,C), bias (C) -> relu of the edge-clamped depthwise convolution
torch::Tensor depthwise_forward(torch::Tensor x, torch::Tensor tap, torch::Tensor bias) {
  const int64_t B = x.size(0), H = x.size(1), W = x.size(2), C = x.size(3);
  auto out = torch::empty_like(x);
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "depthwise_forward", [&] {
    typedef scalar_t T;
    const T *px = x.data_ptr<T>(), *pt = tap.data_ptr<T>(), *pb = bias.data_ptr<T>();
    T *py = out.data_ptr<T>();
    at::parallel_for(0, B * H, 1, [&](int64_t begin, int64_t end) {
      for (int64_t t = begin * W; t < end * W; ++t) {
        const T *image = px + t / (H * W) * H * W * C;
        int64_t at[kTaps];
        for (int k = 0; k < kTaps; ++k) at[k] = neighbour<T>(t / W % H, t % W, k, H, W) * C;
        for (int64_t c = 0; c < C; c += kLanes) {
          V<T> acc = load<T>(pb + c);
          for (int k = 0; k < kTaps; ++k) acc += load<T>(pt + k * C + c) * load<T>(image + at[k] + c);
          store<T>(py + t * C + c, vmax(acc, V<T>{}));
        }
      }
    });
  });
  return out;
}

// out is the forward result, which tells where relu passed -> gradients of x, tap (B,9,C), bias (B,C)
std::vector<torch::Tensor> depthwise_backward(torch::Tensor x, torch::Tensor tap, torch::Tensor out,
                                              torch::Tensor grad) {
  const int64_t B = x.size(0), H = x.size(1), W = x.size(2), C = x.size(3);
  auto grad_x = torch::zeros_like(x), grad_tap = torch::zeros({B, kTaps, C}, x.options());
  auto grad_bias = torch::zeros({B, C}, x.options());
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "depthwise_backward", [&] {
    typedef scalar_t T;
    const T *px = x.data_ptr<T>(), *pt = tap.data_ptr<T>(), *py = out.data_ptr<T>(), *pg = grad.data_ptr<T>();
    T *gx = grad_x.data_ptr<T>(), *gt = grad_tap.data_ptr<T>(), *gb = grad_bias.data_ptr<T>();
    at::parallel_for(0, B, 1, [&](int64_t begin, int64_t end) {
      for (int64_t t = begin * H * W; t < end * H * W; ++t) {
        const int64_t b = t / (H * W), image = b * H * W * C;
        for (int k = 0; k < kTaps; ++k) {
          const int64_t at = image + neighbour<T>(t / W % H, t % W, k, H, W) * C;
          for (int64_t c = 0; c < C; c += kLanes) {
            const V<T> g = load<T>(py + t * C + c) > T(0) ? load<T>(pg + t * C + c) : V<T>{};
            add_to<T>(gx + at + c, g * load<T>(pt + k * C + c));
            add_to<T>(gt + (b * kTaps + k) * C + c, g * load<T>(px + at + c));
            if (k == 0) add_to<T>(gb + b * C + c, g);
          }
        }
      }
    });
  });
  return {grad_x, grad_tap, grad_bias};
}

// -------------------------------------------------------------------------------------------------- Bi-WKV

// A sum over the tokens on one side: value = exp(m) * (a, b), where token j contributes with distance |t-j|-1.
template <class T> struct Side {
  V<T> m = splat<T>(T(-1e30)), a{}, b{};

  void push(const V<T> &decay, const V<T> &key, const V<T> &na, const V<T> &nb) {
    const V<T> aged = m - decay, top = vmax(aged, key);
    const V<T> old = vexp(aged - top), fresh = vexp(key - top);
    a = a * old + fresh * na;
    b = b * old + fresh * nb;
    m = top;
  }
};

// The same for the gradients, with sums weighted by distance for the derivative in the decay.
template <class T> struct GradSide {
  V<T> m = splat<T>(T(-1e30)), g{}, h{}, g1{}, h1{};

  void push(const V<T> &decay, const V<T> &key, const V<T> &ng, const V<T> &nh) {
    const V<T> aged = m - decay, top = vmax(aged, key);
    const V<T> old = vexp(aged - top), fresh = vexp(key - top);
    g1 = (g1 + g) * old;
    h1 = (h1 + h) * old;
    g = g * old + fresh * ng;
    h = h * old + fresh * nh;
    m = top;
  }
};

template <class T> struct Sequence {
  int64_t T_, C;
  const int32_t *order;  // order[t] is the raster index of the t-th visited token
  int64_t at(int64_t t) const { return order[t] * C; }
};

template <class T>
void wkv_forward_block(const Sequence<T> &q, const T *k, const T *v, V<T> decay, V<T> bonus, T *y, T *z, T *top,
                       std::vector<Side<T>> &after) {
  Side<T> s;
  for (int64_t t = q.T_ - 1; t >= 0; --t) {
    after[t] = s;
    s.push(decay, load<T>(k + q.at(t)), load<T>(v + q.at(t)), splat<T>(1));
  }
  s = Side<T>();
  for (int64_t t = 0; t < q.T_; ++t) {
    const V<T> key = load<T>(k + q.at(t)), value = load<T>(v + q.at(t)), own = key + bonus;
    const V<T> m = vmax(vmax(s.m, after[t].m), own);
    const V<T> eb = vexp(s.m - m), ea = vexp(after[t].m - m), eo = vexp(own - m);
    const V<T> total = eb * s.b + ea * after[t].b + eo;
    store<T>(y + q.at(t), (eb * s.a + ea * after[t].a + eo * value) / total);
    store<T>(z + q.at(t), total);
    store<T>(top + q.at(t), m);
    s.push(decay, key, value, splat<T>(1));
  }
}

// With e(t,i) the weight of token i in y_t and Z_t = exp(logz_t): dv_i = sum_t e/Z g_t,
// dk_i = sum_t e/Z g_t (v_i - y_t), dw = -1/T sum (|t-i|-1) e/Z g_t (v_i - y_t). All are sums over both sides of i with
// keys -logz_t, so the same scans serve.
template <class T>
void wkv_backward_block(const Sequence<T> &q, const T *k, const T *v, const T *y, const T *logz, const T *grad,
                        V<T> decay, V<T> bonus, T *gk, T *gv, T *gw, T *gu, std::vector<GradSide<T>> &after) {
  GradSide<T> s;
  for (int64_t t = q.T_ - 1; t >= 0; --t) {
    after[t] = s;
    const V<T> g = load<T>(grad + q.at(t));
    s.push(decay, -load<T>(logz + q.at(t)), g, g * load<T>(y + q.at(t)));
  }
  s = GradSide<T>();
  V<T> sum_w{}, sum_u{};
  for (int64_t t = 0; t < q.T_; ++t) {
    const V<T> key = load<T>(k + q.at(t)), value = load<T>(v + q.at(t)), g = load<T>(grad + q.at(t));
    const V<T> out = load<T>(y + q.at(t)), lz = load<T>(logz + q.at(t));
    const V<T> eb = vexp(key + s.m), ea = vexp(key + after[t].m), own = vexp(key + bonus - lz);
    const V<T> sg = eb * s.g + ea * after[t].g, sh = eb * s.h + ea * after[t].h;
    const V<T> local = own * g * (value - out);
    store<T>(gv + q.at(t), sg + own * g);
    store<T>(gk + q.at(t), sg * value - sh + local);
    sum_w += value * (eb * s.g1 + ea * after[t].g1) - (eb * s.h1 + ea * after[t].h1);
    sum_u += local;
    s.push(decay, -lz, g, g * out);
  }
  store<T>(gw, sum_w / T(-q.T_));
  store<T>(gu, sum_u);
}

// k, v (B,T,C), w, u (C), order (T) int32 -> y, log of the denominator, both (B,T,C) in raster order
std::vector<torch::Tensor> wkv_forward(torch::Tensor k, torch::Tensor v, torch::Tensor w, torch::Tensor u,
                                       torch::Tensor order) {
  const int64_t B = k.size(0), N = k.size(1), C = k.size(2), blocks = C / kLanes;
  auto y = torch::empty_like(k), z = torch::empty_like(k), top = torch::empty_like(k);
  AT_DISPATCH_FLOATING_TYPES(k.scalar_type(), "wkv_forward", [&] {
    typedef scalar_t T;
    const Sequence<T> q{N, C, order.data_ptr<int32_t>()};
    const T *pk = k.data_ptr<T>(), *pv = v.data_ptr<T>(), *pw = w.data_ptr<T>(), *pu = u.data_ptr<T>();
    T *py = y.data_ptr<T>(), *pz = z.data_ptr<T>(), *pm = top.data_ptr<T>();
    at::parallel_for(0, B * blocks, 1, [&](int64_t begin, int64_t end) {
      std::vector<Side<T>> after(N);
      for (int64_t i = begin; i < end; ++i) {
        const int64_t c = i % blocks * kLanes, o = i / blocks * N * C + c;
        wkv_forward_block<T>(q, pk + o, pv + o, load<T>(pw + c) / T(N), load<T>(pu + c), py + o, pz + o, pm + o,
                             after);
      }
    });
  });
  return {y, z.log_().add_(top)};
}

// -> gradients of k, v (B,T,C) and of w, u (one per picture, (B,C))
std::vector<torch::Tensor> wkv_backward(torch::Tensor k, torch::Tensor v, torch::Tensor w, torch::Tensor u,
                                        torch::Tensor order, torch::Tensor y, torch::Tensor logz, torch::Tensor grad) {
  const int64_t B = k.size(0), N = k.size(1), C = k.size(2), blocks = C / kLanes;
  auto gk = torch::empty_like(k), gv = torch::empty_like(k);
  auto gw = torch::empty({B, C}, k.options()), gu = torch::empty({B, C}, k.options());
  AT_DISPATCH_FLOATING_TYPES(k.scalar_type(), "wkv_backward", [&] {
    typedef scalar_t T;
    const Sequence<T> q{N, C, order.data_ptr<int32_t>()};
    const T *pk = k.data_ptr<T>(), *pv = v.data_ptr<T>(), *pw = w.data_ptr<T>(), *pu = u.data_ptr<T>();
    const T *py = y.data_ptr<T>(), *pz = logz.data_ptr<T>(), *pg = grad.data_ptr<T>();
    T *qk = gk.data_ptr<T>(), *qv = gv.data_ptr<T>(), *qw = gw.data_ptr<T>(), *qu = gu.data_ptr<T>();
    at::parallel_for(0, B * blocks, 1, [&](int64_t begin, int64_t end) {
      std::vector<GradSide<T>> after(N);
      for (int64_t i = begin; i < end; ++i) {
        const int64_t b = i / blocks, c = i % blocks * kLanes, o = b * N * C + c;
        wkv_backward_block<T>(q, pk + o, pv + o, py + o, pz + o, pg + o, load<T>(pw + c) / T(N), load<T>(pu + c),
                              qk + o, qv + o, qw + b * C + c, qu + b * C + c, after);
      }
    });
  });
  return {gk, gv, gw, gu};
}

}  // namespace

// features.cpp
torch::Tensor relu_sums(torch::Tensor x);
torch::Tensor relu_sums_backward(torch::Tensor y, torch::Tensor first, torch::Tensor second, torch::Tensor shift,
                                 torch::Tensor scale);
torch::Tensor relu_pool(torch::Tensor x);
torch::Tensor relu_pool_backward(torch::Tensor x, torch::Tensor grad);

PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) {
  m.def("deform_forward", &deform_forward);
  m.def("deform_backward", &deform_backward);
  m.def("depthwise_forward", &depthwise_forward);
  m.def("depthwise_backward", &depthwise_backward);
  m.def("wkv_forward", &wkv_forward);
  m.def("wkv_backward", &wkv_backward);
  m.def("relu_sums", &relu_sums);
  m.def("relu_sums_backward", &relu_sums_backward);
  m.def("relu_pool", &relu_pool);
  m.def("relu_pool_backward", &relu_pool_backward);
}
