"""Weights as they leave training: reading a checkpoint or an exported file into a network, and writing the latter.

The exported file is docs/network.md section 7: safetensors, float16, configuration in the metadata.
"""
import torch

from . import safetensors
from .network import StyleRwkv

FORMAT = 'stylerwkv-1'


def load_checkpoint(path):
    """A checkpoint of train.py as a dict. Only trusted files: it is a pickle."""
    return torch.load(path, map_location='cpu', weights_only=False)


def metadata_of(config, training=''):
    """The file's metadata, strings all. Only of networks that the engine knows."""
    if config.get('plain_shift'):
        raise ValueError('a network with a plain shift cannot be exported')
    numbers = {k: str(config[k]) for k in ('C', 'h', 'q', 'p')}
    return dict(format=FORMAT, N=','.join(str(n) for n in config['N']), training=training, **numbers)


def config_of(metadata):
    """The inverse of `metadata_of`."""
    if metadata.get('format') != FORMAT:
        raise ValueError('not a %s file: format is %r' % (FORMAT, metadata.get('format')))
    config = {k: int(metadata[k]) for k in ('C', 'h', 'q', 'p')}
    return dict(config, N=tuple(int(n) for n in metadata['N'].split(',')))


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
