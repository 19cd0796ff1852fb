# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Weights as they leave training: reading a checkpoint or an exported file into a network, and writing the latter.

The exported file is docs/network.md section 7: safetensors, float16, configuration in the metadata.
"""
import torch

from . import safetensors
from .network import StyleRwkv

FORMAT, OLD_FORMAT = 'stylerwkv-2', 'stylerwkv-1'
STAGES = ('encoder_channels', 'decoder_channels', 'depths', 'hidden_ratio')  # four integers each


def load_checkpoint(path):
    """A checkpoint of train.py as a dict. Only trusted files: it is a pickle."""
    return torch.load(path, map_location='cpu', weights_only=False)


def metadata_of(config, training=''):
    """The file's metadata, strings all. Only of networks that the engine knows."""
    if config.get('plain_shift'):
        raise ValueError('a network with a plain shift cannot be exported')
    lists = {k: ','.join(str(n) for n in config[k]) for k in STAGES}
    return dict(format=FORMAT, recurrences=str(config['recurrences']), skip_step=str(config['skip_step']),
                key_bound='%g' % config['key_bound'], training=training, **lists)


def _four(text):
    return tuple(int(n) for n in text.split(','))


def _old_config(metadata):
    """Of the first format: everything is a multiple of one width, and keys have no bound."""
    C, h, q, p = (int(metadata[k]) for k in ('C', 'h', 'q', 'p'))
    return dict(encoder_channels=(2 * C, 4 * C, 8 * C, 16 * C), decoder_channels=(4 * C, 6 * C, 8 * C, 8 * C),
                depths=_four(metadata['N']), hidden_ratio=(h,) * 4, recurrences=q, skip_step=p, key_bound=0.0)


def config_of(metadata):
    """The inverse of `metadata_of`; knows the first format too."""
    if metadata.get('format') == OLD_FORMAT:
        return _old_config(metadata)
    if metadata.get('format') != FORMAT:
        raise ValueError('neither a %s nor a %s file: format is %r' % (FORMAT, OLD_FORMAT, metadata.get('format')))
    return dict({k: _four(metadata[k]) for k in STAGES}, recurrences=int(metadata['recurrences']),
                skip_step=int(metadata['skip_step']), key_bound=float(metadata['key_bound']))


def save_weights(path, weights, config, training, dtype=torch.float16):
    """Writes a weights file; refuses values that the type cannot hold."""
    tensors = {name: tensor.to(dtype) for name, tensor in weights.items()}
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise ValueError('%s does not fit into %s' % (name, dtype))
    safetensors.save(path, tensors, metadata_of(config, training))


def load_network(path):
    """A network in evaluation mode from a checkpoint (its averaged weights) or an exported file."""
    if str(path).endswith('.safetensors'):
        weights, metadata = safetensors.load(path)
        config = config_of(metadata)
    else:
        state = load_checkpoint(path)
        weights, config = state['average'], state['config']
    network = StyleRwkv(config)
    network.load_state_dict({k: v.float() for k, v in weights.items()})
    return network.eval()
