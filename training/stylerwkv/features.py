# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the loss networks need besides convolutions, in a C++ and a plain PyTorch form.

Maps are (B,c,h,w) in channels-last memory, float32 or bfloat16.
"""
from collections import namedtuple

import torch
import torch.nn.functional as F

from . import operators

STD_EPSILON = 1e-6  # added to the variance, so that a channel that is zero everywhere has a gradient

# One compared layer: map (B,c,h,w) after relu; mean and standard deviation (unbiased) per channel (B,c) float32;
# gram (B,c,c) float32, the mean over tokens of x x^T.
Layer = namedtuple('Layer', 'map mean std gram')


def part(layers, begin, end):
    """The layers of some pictures of a batch."""
    return [Layer(*(t[begin:end] for t in layer)) for layer in layers]


def _tokens(x):
    return x.permute(0, 2, 3, 1).flatten(1, 2)


def _suits(x):
    return operators.suits(x.permute(0, 2, 3, 1)) and x.is_contiguous(memory_format=torch.channels_last) \
        and x.dtype in (torch.float32, torch.bfloat16)


class _Observe(torch.autograd.Function):
    """relu in place, moments and Gram matrix; one pass over the map each way besides the Gram products."""

    @staticmethod
    def forward(ctx, x):
        tokens = _tokens(x)
        count = tokens.shape[1]
        total, squares = operators.extension().relu_sums(tokens).double().sum(1).unbind(1)
        mean = total / count
        std = ((squares - total * mean).clamp_(min=0) / (count - 1) + STD_EPSILON).sqrt().float()
        mean = mean.float()
        gram = torch.bmm(tokens.transpose(1, 2), tokens).float() / count
        ctx.mark_dirty(x)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(x, mean, std)
        return x, mean, std, gram

    @staticmethod
    def backward(ctx, grad, grad_mean, grad_std, grad_gram):
        x, mean, std = ctx.saved_tensors
        tokens, none = _tokens(x), x.new_empty(0)
        count = tokens.shape[1]
        scale = torch.zeros_like(std) if grad_std is None else grad_std / (std * (count - 1))
        shift = -scale * mean if grad_mean is None else grad_mean / count - scale * mean
        first = none if grad is None else _tokens(grad.contiguous(memory_format=torch.channels_last))
        second = none
        if grad_gram is not None:
            second = torch.bmm(tokens, ((grad_gram + grad_gram.transpose(1, 2)) / count).to(x.dtype))
        result = operators.extension().relu_sums_backward(tokens, first, second, shift, scale)
        return result.view(x.shape[0], *x.shape[2:], x.shape[1]).permute(0, 3, 1, 2)


def observe(x):
    """The layer after relu of x, with its statistics; x is overwritten."""
    return Layer(*_Observe.apply(x)) if _suits(x) else plain_observe(x)


def plain_observe(x):
    x = F.relu(x)
    tokens = _tokens(x)
    variance, mean = torch.var_mean(tokens.float(), 1)
    gram = torch.bmm(tokens.transpose(1, 2), tokens).float() / tokens.shape[1]
    return Layer(x, mean, (variance + STD_EPSILON).sqrt(), gram)


class _ReluPool(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return operators.extension().relu_pool(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        grad = grad.permute(0, 2, 3, 1).contiguous()
        return operators.extension().relu_pool_backward(x.permute(0, 2, 3, 1), grad).permute(0, 3, 1, 2)


def relu_pool(x):
    """2x2 max-pooling of relu(x)."""
    even = x.shape[2] % 2 == 0 and x.shape[3] % 2 == 0
    return _ReluPool.apply(x) if even and _suits(x) else F.max_pool2d(F.relu(x), 2)
