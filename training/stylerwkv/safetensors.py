# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads and writes safetensors files: eight bytes of header length, a JSON header, raw little-endian tensors."""
import json
import os
import struct

import numpy as np
import torch

KINDS = {'F32': np.float32, 'F16': np.float16}


def load(path):
    """-> (dict of name to tensor in the file's own dtype, metadata dict)"""
    with open(path, 'rb') as f:
        size = struct.unpack('<Q', f.read(8))[0]
        header = json.loads(f.read(size))
        body = f.read()
    metadata = header.pop('__metadata__', {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry['data_offsets']
        array = np.frombuffer(body[begin:end], KINDS[entry['dtype']]).reshape(entry['shape'])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors, metadata


def save(path, tensors, metadata):
    """Writes tensors (float32 or float16) and metadata (strings) by way of a temporary file."""
    header, parts, at = {'__metadata__': metadata}, [], 0
    for name, tensor in tensors.items():
        array = tensor.detach().cpu().contiguous().numpy()
        kind = {'float32': 'F32', 'float16': 'F16'}[str(array.dtype)]
        header[name] = {'dtype': kind, 'shape': list(array.shape), 'data_offsets': [at, at + array.nbytes]}
        parts.append(array.tobytes())
        at += array.nbytes
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    temporary = str(path) + '.tmp'
    with open(temporary, 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text + b''.join(parts))
    os.replace(temporary, path)
