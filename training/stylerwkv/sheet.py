# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A contact sheet: held-out contents down, styles across, to watch a run by."""
import numpy as np
import torch
from PIL import Image

from . import data
from .network import StyleRwkv

SIDE = 256


def square(path):
    """The middle square of a picture at SIDE: float32 (1,SIDE,SIDE,3)"""
    with Image.open(path) as image:
        image = image.convert('RGB')
        side = min(image.size)
        x, y = (image.width - side) // 2, (image.height - side) // 2
        image = image.crop((x, y, x + side, y + side)).resize((SIDE, SIDE), Image.BICUBIC)
        return data.to_tensor(np.asarray(image))[None]


def to_bytes(picture):
    """(H,W,3) in [0,1] -> uint8 array"""
    return picture.mul(255).add(0.5).clamp(0, 255).byte().cpu().numpy()


@torch.no_grad()
def write_sheet(weights, config, args, path, contents=4, styles=6):
    """Stylises pictures of --sheet-content by those of --sheet-style with the given weights."""
    model = StyleRwkv(config)
    model.load_state_dict(weights)
    model.to(args.device).eval()
    rows = [square(p).to(args.device) for p in data.find_pictures(args.sheet_content)[:contents]]
    columns = [square(p).to(args.device) for p in data.find_pictures(args.sheet_style)[:styles]]
    known = [model.style_of(s) for s in columns]
    blank = torch.ones(SIDE, SIDE, 3)
    lines = [torch.cat([blank] + [s[0].cpu() for s in columns], 1)]
    for content in rows:
        lines.append(torch.cat([content[0].cpu()] + [model(content, s)[0].cpu() for s in known], 1))
    Image.fromarray(to_bytes(torch.cat(lines))).save(path)
