#!/usr/bin/env python3
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes what training hands to the engine.

  export.py weights CHECKPOINT OUT.safetensors [--training TEXT]
      the averaged weights in float16, with the metadata of docs/network.md section 7
  export.py vectors WEIGHTS.safetensors OUT.safetensors [--width W --height H --seed S] [--no-taps]
      test vectors, float32: content (H,W,3) and style (hs,ws,3) as made from the seed, statistics (60*C) of the style
      in the
      order F1 mean, F1 std, F2 mean, ..., F4 std, the maps F1..F4 and D4..D1 channels-last (h,w,c), output (H,W,3)
"""
import argparse

import torch

from stylerwkv import safetensors
from stylerwkv.network import pad_to_multiple
from stylerwkv.weights import load_checkpoint, load_network, save_weights


class Lcg:
    """x <- 1664525 x + 1013904223 mod 2^32 (Numerical Recipes); a number in [0,1) is its upper 24 bits / 2^24."""

    def __init__(self, seed):
        self.state = seed & 0xffffffff

    def __call__(self):
        self.state = (1664525 * self.state + 1013904223) & 0xffffffff
        return (self.state >> 8) / 2 ** 24


def test_picture(width, height, seed):
    """A made-up picture: for each colour a gradient, two sinusoids and noise of 1/16, cut to [0,1]. (H,W,3) float32

    Draws from the generator, colour after colour: the gradient's start, its slopes along x and y, then for each
    sinusoid frequency along x, along y (0..6 a picture) and phase; then noise in raster order, colours innermost.
    """
    draw = Lcg(seed)
    y = (torch.arange(height, dtype=torch.float64) / height).view(-1, 1)
    x = (torch.arange(width, dtype=torch.float64) / width).view(1, -1)
    colours = []
    for _ in range(3):
        value = draw() + (draw() - 0.5) * x + (draw() - 0.5) * y
        for _ in range(2):
            fx, fy, phase = 6 * draw(), 6 * draw(), draw()
            value = value + 0.15 * torch.sin(2 * torch.pi * (fx * x + fy * y + phase))
        colours.append(value)
    noise = torch.tensor([draw() for _ in range(width * height * 3)], dtype=torch.float64).view(height, width, 3)
    return (torch.stack(colours, -1) + (noise - 0.5) / 8).clamp(0, 1).float()


@torch.no_grad()
def vectors(network, width, height, seed, taps):
    """The tensors of a test-vector file (see the module's docstring)."""
    content = test_picture(width, height, seed)
    style = test_picture(height, width, seed + 1)  # another shape than the content, on purpose
    known = network.style_of(pad_to_multiple(style[None]))
    features = network.encode(pad_to_multiple(content[None]))
    decoded = []
    output = network.decode(features, known, decoded)[0, :height, :width]
    tensors = dict(content=content, style=style, statistics=torch.cat([t[0] for pair in known for t in pair]))
    if taps:
        tensors.update({'F%d' % (i + 1): f[0] for i, f in enumerate(features)})
        tensors.update({'D%d' % (4 - i): d[0] for i, d in enumerate(decoded)})
    return dict(tensors, output=output)


def summary(state):
    """What a checkpoint knows about its training, for the metadata."""
    a = state['arguments']
    weights = ', '.join('%s %g' % (k[2:], v) for k, v in sorted(a.items()) if k.startswith('w_') and v)
    return ('%d iterations, %d pictures; last stage: crop %d, batch %d, rate %g; losses: %s'
            % (state['iteration'], state['pictures'], a['crop'], a['batch'], a['lr'], weights))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = p.add_subparsers(dest='what', required=True)
    w = sub.add_parser('weights')
    w.add_argument('checkpoint')
    w.add_argument('output')
    w.add_argument('--training', help='text for the metadata, instead of one made from the checkpoint')
    v = sub.add_parser('vectors')
    v.add_argument('weights')
    v.add_argument('output')
    v.add_argument('--width', type=int, default=64)
    v.add_argument('--height', type=int, default=48)
    v.add_argument('--seed', type=int, default=1)
    v.add_argument('--no-taps', action='store_true')
    args = p.parse_args()
    if args.what == 'weights':
        state = load_checkpoint(args.checkpoint)
        save_weights(args.output, state['average'], state['config'], args.training or summary(state))
        return
    network = load_network(args.weights)
    tensors = vectors(network, args.width, args.height, args.seed, not args.no_taps)
    safetensors.save(args.output, tensors, dict(format='stylerwkv-vectors-1', seed=str(args.seed)))


if __name__ == '__main__':
    main()
