#!/usr/bin/env python3
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stylises pictures with a checkpoint or an exported weights file.

  stylize.py WEIGHTS CONTENT STYLE OUT.png     one picture
  stylize.py WEIGHTS CONTENTS STYLES OUT       every pair of two directories, as OUT/CONTENT__STYLE.png

Pictures keep their own size; --side limits the style's short side, as a style's scale is part of its look.
"""
import argparse
import os

import torch
from PIL import Image

from stylerwkv import data
from stylerwkv.sheet import to_bytes
from stylerwkv.memory import keep_memory
from stylerwkv.network import pad_to_multiple
from stylerwkv.weights import load_network


def read(path, side, device):
    """float32 (1,H,W,3)"""
    return data.to_tensor(data.load_picture(path, side))[None].to(device)


def named(path):
    """[(name without extension, path)] of a picture or of a directory's pictures"""
    paths = data.find_pictures(path) if os.path.isdir(path) else [path]
    return [(os.path.splitext(os.path.basename(p))[0], p) for p in paths]


@torch.no_grad()
def run(args):
    if args.threads:
        torch.set_num_threads(args.threads)
    network = load_network(args.weights).to(args.device)
    styles = [(name, network.style_of(pad_to_multiple(read(p, args.side, args.device)))) for name,
              p in named(args.style)]
    pairs = os.path.isdir(args.content) or os.path.isdir(args.style)
    if pairs:
        os.makedirs(args.output, exist_ok=True)
    for content_name, path in named(args.content):
        content = read(path, None, args.device)
        for style_name, style in styles:
            picture = network(content, style, args.strength)[0]
            target = os.path.join(args.output, '%s__%s.png' % (content_name, style_name)) if pairs else args.output
            Image.fromarray(to_bytes(picture)).save(target, compress_level=1)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('weights', help='checkpoint.pt or *.safetensors')
    p.add_argument('content')
    p.add_argument('style')
    p.add_argument('output')
    p.add_argument('--strength', type=float, default=1.0)
    p.add_argument('--side', type=int, help='shrink styles to this short side')
    p.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    p.add_argument('--threads', type=int, default=0)
    keep_memory()
    run(p.parse_args())


if __name__ == '__main__':
    main()
