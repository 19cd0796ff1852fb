# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Deform-Shift, depthwise 3x3 and Bi-WKV: a C++ form for the CPU and a plain PyTorch form for everything else.

Maps are channels-last: (B,H,W,C). The public functions `deform_shift`, `depthwise_relu` and `bi_wkv` pick the C++ form
when it is available and the tensors suit it, and fall back to the `plain_` functions otherwise.
"""
import functools
import os
import sys

import torch
import torch.nn.functional as F

LANES = 16  # channels the C++ operators handle at once
_use_cpp = os.environ.get('STYLERWKV_PLAIN', '') == ''


@functools.lru_cache(maxsize=None)
def extension():
    """Compiles (once, cached by PyTorch) and loads operators.cpp; None where no compiler serves."""
    from torch.utils.cpp_extension import load
    here = os.path.dirname(os.path.abspath(__file__))
    standard = '-std=c++17' if torch.__version__ < '2.9' else '-std=c++20'
    flags = ['-O3', '-march=native', '-mprefer-vector-width=512', '-fopenmp', '-Wno-psabi', standard]
    name = 'stylerwkv_operators_' + ''.join(c if c.isalnum() else '_' for c in torch.__version__)
    try:
        return load(name, [os.path.join(here, f) for f in ('operators.cpp', 'features.cpp')], extra_cflags=flags,
                    extra_ldflags=['-fopenmp'])
    except (RuntimeError, OSError, ImportError) as error:
        print('operators.cpp cannot be used, plain PyTorch instead: %s' % error, file=sys.stderr)
        return None


def use_cpp(enable):
    """Switches the C++ operators on or off (tests and comparisons); returns the previous setting."""
    global _use_cpp
    before, _use_cpp = _use_cpp, enable
    return before


def suits(x):
    """Whether the C++ operators take a channels-last tensor."""
    return _use_cpp and x.device.type == 'cpu' and x.shape[-1] % LANES == 0 and extension() is not None


# ------------------------------------------------------------------------------------------------- Deform-Shift

class _DeformShift(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, tap, offset):
        x, tap, offset = x.contiguous(), tap.contiguous(), offset.contiguous()
        ctx.save_for_backward(x, tap, offset)
        return extension().deform_forward(x, tap, offset)

    @staticmethod
    def backward(ctx, grad):
        grad_x, grad_tap, grad_offset = extension().deform_backward(*ctx.saved_tensors, grad.contiguous())
        return grad_x, grad_tap.sum(0), grad_offset


def deform_shift(x, tap, offset):
    """y(t) = sum_k tap_k * x(t + d_k + offset_k(t)), bilinear, edge-clamped (docs/network.md section 5).

    x (B,H,W,C), tap (9,C), offset (B,H,W,18) in tokens: nine dy, then nine dx -> (B,H,W,C)
    """
    return _DeformShift.apply(x, tap, offset) if suits(x) else plain_deform_shift(x, tap, offset)


def plain_deform_shift(x, tap, offset):
    """`deform_shift` by gathering; differentiable, any device."""
    B, H, W, C = x.shape
    rows = torch.arange(H, device=x.device, dtype=x.dtype).view(1, H, 1)
    columns = torch.arange(W, device=x.device, dtype=x.dtype).view(1, 1, W)
    flat = x.reshape(B, H * W, C)

    def corner(y, x_):
        index = (y.long() * W + x_.long()).reshape(B, H * W, 1).expand(B, H * W, C)
        return flat.gather(1, index).view(B, H, W, C)

    result = 0
    for k in range(9):
        y = (rows + (k // 3 - 1) + offset[..., k]).clamp(0, H - 1)
        x_ = (columns + (k % 3 - 1) + offset[..., 9 + k]).clamp(0, W - 1)
        # a value that is not finite must not become an index; it stays in fy and fx
        y0, x0 = y.detach().floor().nan_to_num(0), x_.detach().floor().nan_to_num(0)
        y1, x1 = (y0 + 1).clamp(max=H - 1), (x0 + 1).clamp(max=W - 1)
        fy, fx = (y - y0).unsqueeze(-1), (x_ - x0).unsqueeze(-1)
        top = corner(y0, x0) * (1 - fx) + corner(y0, x1) * fx
        bottom = corner(y1, x0) * (1 - fx) + corner(y1, x1) * fx
        result = result + tap[k] * (top * (1 - fy) + bottom * fy)
    return result


# ------------------------------------------------------------------------------------------------ depthwise 3x3

class _DepthwiseRelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, tap, bias):
        x, tap, bias = x.contiguous(), tap.contiguous(), bias.contiguous()
        out = extension().depthwise_forward(x, tap, bias)
        ctx.save_for_backward(x, tap, out)
        return out

    @staticmethod
    def backward(ctx, grad):
        grad_x, grad_tap, grad_bias = extension().depthwise_backward(*ctx.saved_tensors, grad.contiguous())
        return grad_x, grad_tap.sum(0), grad_bias.sum(0)


def depthwise_relu(x, weight, bias):
    """relu(depthwise 3x3 convolution + bias) with the edge replicated.

    x (B,H,W,C), weight (C,1,3,3), bias (C) -> (B,H,W,C)
    """
    if suits(x):
        return _DepthwiseRelu.apply(x, weight.view(weight.shape[0], 9).t(), bias)
    return plain_depthwise_relu(x, weight, bias)


def plain_depthwise_relu(x, weight, bias):
    """`depthwise_relu` by PyTorch's convolution."""
    y = F.pad(x.permute(0, 3, 1, 2), (1, 1, 1, 1), mode='replicate')
    return F.relu(F.conv2d(y, weight, bias, groups=weight.shape[0])).permute(0, 2, 3, 1)


# ------------------------------------------------------------------------------------------------------- Bi-WKV

@functools.lru_cache(maxsize=64)
def skip_scan(height, width, step, transposed):
    """Order in which tokens are visited (docs/network.md section 4): raster indices, int32 (H*W)."""
    y = torch.arange(height).view(-1, 1).expand(height, width)
    x = torch.arange(width).view(1, -1).expand(height, width)
    if transposed:
        y, x, height, width = x, y, width, height
    rank = ((y % step * step + x % step) * height + y // step) * width + x // step
    return rank.reshape(-1).argsort().int()


class _BiWkv(torch.autograd.Function):
    @staticmethod
    def forward(ctx, k, v, w, u, order):
        k, v, w, u = k.contiguous(), v.contiguous(), w.contiguous(), u.contiguous()
        y, logz = extension().wkv_forward(k, v, w, u, order)
        ctx.save_for_backward(k, v, w, u, order, y, logz)
        return y

    @staticmethod
    def backward(ctx, grad):
        gk, gv, gw, gu = extension().wkv_backward(*ctx.saved_tensors, grad.contiguous())
        return gk, gv, gw.sum(0), gu.sum(0), None


def bi_wkv(k, v, w, u, order):
    """Bi-WKV over the tokens in the given order (docs/network.md section 3).

    k, v (B,T,C) in raster order, w, u (C), order int32 (T) -> (B,T,C) in raster order
    """
    if suits(k):
        return _BiWkv.apply(k, v, w, u, order)
    index = order.long().to(k.device)
    return plain_bi_wkv(k[:, index], v[:, index], w, u)[:, index.argsort()]


def _prefix(k, v, decay):
    """Exclusive prefix sums of exp(k)*v and exp(k), aged by exp(-decay) a step, as (log scale, sum, sum of weights).

    Doubling: after the round with shift s every position holds the sum over the s*2 tokens up to it. Only the
    scale m leaves the graph: it cancels in the quotient.
    """
    m = k.detach()
    a, b = v * (k - m).exp(), (k - m).exp()
    shift, count = 1, k.shape[1]
    while shift < count:
        early, late = slice(0, count - shift), slice(shift, count)
        aged = m[:, early] - decay.detach() * shift
        top = torch.maximum(aged, m[:, late])
        old = (m[:, early] - decay * shift - top).exp()
        fresh = (m[:, late] - top).exp()
        a = torch.cat([a[:, :shift], a[:, early] * old + a[:, late] * fresh], 1)
        b = torch.cat([b[:, :shift], b[:, early] * old + b[:, late] * fresh], 1)
        m = torch.cat([m[:, :shift], top], 1)
        shift *= 2
    first = torch.zeros_like(k[:, :1])
    return (torch.cat([first - 1e30, m[:, :-1]], 1), torch.cat([first, a[:, :-1]], 1), torch.cat([first, b[:, :-1]], 1))


def plain_bi_wkv(k, v, w, u):
    """`bi_wkv` in scan order by a doubling scan, O(T log T); differentiable, any device."""
    decay = w / k.shape[1]
    mb, ab, bb = _prefix(k, v, decay)
    ma, aa, ba = (t.flip(1) for t in _prefix(k.flip(1), v.flip(1), decay))
    own = u + k
    top = torch.maximum(torch.maximum(mb, ma), own.detach())
    eb, ea, eo = (mb - top).exp(), (ma - top).exp(), (own - top).exp()
    return (eb * ab + ea * aa + eo * v) / (eb * bb + ea * ba + eo)
