#!/usr/bin/env python3
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Weights of a network with narrower decoder stages: to start training with, instead of from nothing.

  narrow.py WEIGHTS OUT.safetensors --decoder-channels 16,32,64,64 [--key-bound 4]

Of every place where channels are left out, the ones stay whose weights to and from their neighbours are the largest.
"""
import argparse

import torch

from stylerwkv.weights import load_network, save_weights


def largest(strength, count):
    """Indices of the `count` largest, in their order."""
    return strength.topk(count).indices.sort().values


def size(weight, channel):
    """Norm of a weight for every index of a dimension."""
    return weight.transpose(0, channel).flatten(1).norm(dim=1)


def narrow_block(tensors, prefix, keep, hidden_count):
    """A block whose residual stream keeps the channels `keep`."""
    def pick(name, *indices):
        value = tensors[prefix + name]
        for dimension, index in enumerate(indices):
            if index is not None:
                value = value.index_select(dimension, index)
        tensors[prefix + name] = value

    for half in ('spatial', 'channel'):
        for name in ('norm.weight', 'norm.bias', 'shift.depthwise.weight', 'shift.depthwise.bias'):
            pick(half + '.' + name, keep)
        pick(half + '.shift.tap', None, keep)
        pick(half + '.shift.dense.weight', None, keep)
    inner = largest(size(tensors[prefix + 'spatial.value.weight'],
                         0) * size(tensors[prefix + 'spatial.output.weight'], 1), len(keep))
    for name in ('receptance', 'key', 'value'):
        pick('spatial.%s.weight' % name, inner, keep)
    pick('spatial.output.weight', keep, inner)
    pick('spatial.decay', None, inner)
    pick('spatial.bonus', None, inner)
    hidden = largest(size(tensors[prefix + 'channel.key.weight'], 0) * size(tensors[prefix + 'channel.value.weight'],
        1), hidden_count)
    pick('channel.receptance.weight', keep, keep)
    pick('channel.key.weight', hidden, keep)
    pick('channel.value.weight', keep, hidden)


def narrow(tensors, config, channels):
    """Narrows decoder stages 1..3, from D3 on upwards; D4 must stay."""
    for stage in (2, 1, 0):
        up, merge = 'decoder.%d.up.' % stage, 'decoder.%d.merge.' % stage
        if channels[stage] == config['decoder_channels'][stage]:
            continue
        reader = tensors['head.weight'] if stage == 0 else tensors['decoder.%d.merge.weight' % (stage - 1)]
        keep = largest(size(tensors[up + 'weight'], 0) * size(reader, 1)[:config['decoder_channels'][stage]],
                       channels[stage])
        inner = largest(size(tensors[merge + 'weight'], 0) * size(tensors[up + 'weight'], 1), channels[stage])
        for part in ('weight', 'bias'):
            tensors[merge + part] = tensors[merge + part][inner]
        tensors[up + 'weight'] = tensors[up + 'weight'][keep][:, inner]
        tensors[up + 'bias'] = tensors[up + 'bias'][keep]
        for i in range(config['depths'][stage]):
            narrow_block(tensors, 'decoder.%d.blocks.%d.' % (stage, i), keep, config['hidden_ratio'][stage] * len(keep))
        if stage == 0:
            tensors['head.weight'] = tensors['head.weight'][:, keep]
        else:
            skip = torch.arange(config['decoder_channels'][stage], reader.shape[1])
            tensors['decoder.%d.merge.weight' % (stage - 1)] = reader[:, torch.cat([keep, skip])]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('weights')
    p.add_argument('output')
    p.add_argument('--decoder-channels', required=True, type=lambda text: tuple(int(n) for n in text.split(',')))
    p.add_argument('--key-bound', type=float)
    args = p.parse_args()
    network = load_network(args.weights)
    tensors, config = dict(network.state_dict()), dict(network.config)
    narrow(tensors, config, args.decoder_channels)
    config['decoder_channels'] = args.decoder_channels
    if args.key_bound is not None:
        config['key_bound'] = args.key_bound
    save_weights(args.output, tensors, config, 'narrowed from %s' % args.weights.rsplit('/', 1)[-1])


if __name__ == '__main__':
    main()
