#!/usr/bin/env python3
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes what PyTorch makes of a network, for test-network to compare with.

The weights are those of a file, or follow from a formula of names and indices (tests/engine/fixture.c has the same
one), so that a file of vectors need not carry them. Needs PyTorch; computes in double precision with the plain
PyTorch operators of training/.
"""
import argparse
import os
import sys

os.environ['STYLERWKV_PLAIN'] = '1'
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'training'))

import numpy as np
import torch

from stylerwkv import network, safetensors, weights


def uniform(name, count):
    """`count` numbers in [-1,1): a 32-bit hash of the index and of the FNV-1a hash of the name."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 & 0xffffffff
    x = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(seed)
    for shift, factor in ((16, 0x7feb352d), (15, 0x846ca68b)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float64) / 2.0 ** 23 - 1.0


def formula(name, shape):
    u = uniform(name, int(np.prod(shape)))
    inputs = int(np.prod(shape[1:]))
    if name.endswith('norm.weight'):
        u = 1.0 + 0.2 * u
    elif name.endswith('bias'):
        u = 0.2 * u
    elif name.endswith('tap'):
        u = 0.1 + 0.2 * u
    elif name.endswith('decay'):
        u = 8.0 + 12.0 * u
    elif not name.endswith('bonus'):
        u = 1.5 / np.sqrt(inputs) * u
    return torch.from_numpy(u.astype(np.float32).reshape(shape))


def picture(name, height, width):
    """Waves of several lengths and some noise, in [0,1]. (1,H,W,3) float32"""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    result = np.empty((height, width, 3))
    for c in range(3):
        a = uniform('%s %d' % (name, c), 16)
        wave = sum(np.sin(x * 0.3 * a[i] + y * 0.3 * a[i + 4] + 6 * a[i + 8]) for i in range(4))
        result[..., c] = 0.5 + 0.11 * wave
    result += 0.05 * uniform(name, result.size).reshape(result.shape)
    return torch.from_numpy(result.clip(0, 1).astype(np.float32))[None]


def formula_network(text):
    """text: encoder channels:decoder channels:depths:hidden ratios:recurrences:skip step:key bound"""
    *lists, recurrences, skip_step, key_bound = text.split(':')
    fours = (tuple(int(n) for n in numbers.split(',')) for numbers in lists)
    net = network.StyleRwkv(dict(zip(weights.STAGES, fours), recurrences=int(recurrences), skip_step=int(skip_step),
                                 key_bound=float(key_bound)))
    for name, value in net.state_dict().items():
        value.copy_(formula(name, tuple(value.shape)))
    return net


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--size', default='48x32', help='WxH of the content')
    parser.add_argument('--style-size', default='40x24')
    parser.add_argument('--config', default='16,32,64,128:16,32,64,64:1,1,1,1:2,2,2,2:2:2:1.5',
                        help='encoder channels:decoder channels:depths:hidden ratios:recurrences:skip step:key bound')
    parser.add_argument('--weights', help='a weights file, instead of the formula and --config')
    parser.add_argument('--no-taps', action='store_true', help='only statistics and output')
    parser.add_argument('out')
    args = parser.parse_args()

    torch.set_grad_enabled(False)
    net = (weights.load_network(args.weights) if args.weights else formula_network(args.config)).double()

    width, height = (int(n) for n in args.size.split('x'))
    style_width, style_height = (int(n) for n in args.style_size.split('x'))
    content, style = picture('content', height, width), picture('style', style_height, style_width)
    statistics = net.style_of(network.pad_to_multiple(style.double()))
    features = net.encode(network.pad_to_multiple(content.double()))
    collected = []
    output = net.decode(features, statistics, collected)[:, :height, :width]

    tensors = {'content': content[0], 'style': style[0],
               'statistics': torch.cat([torch.cat(pair, -1)[0] for pair in statistics]), 'output': output[0]}
    if not args.no_taps:
        tensors.update({'F%d' % (i + 1): f[0] for i, f in enumerate(features)})
        tensors.update({'D%d' % (4 - i): d[0] for i, d in enumerate(collected)})
    safetensors.save(args.out, {name: t.float() for name, t in tensors.items()},
                     weights.metadata_of(net.config))


if __name__ == '__main__':
    main()
