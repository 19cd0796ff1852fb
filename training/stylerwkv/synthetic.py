# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Contents that photographs lack: even grounds, hard shapes on them, lettering, fades and the dark.

A network that has only seen photographs draws its own grid on even ground, throws beams off a bright disc, and
paints black.
"""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

LETTERS = 'ABCDEFGHKLMNOPRSTUVWXYZ0123456789'


def _colour(rng):
    """A colour, grey as often as not: (3) in [0,255]"""
    return np.full(3, rng.uniform(0, 255)) if rng.random() < 0.5 else rng.uniform(0, 255, 3)


def _ground(rng, size):
    """One colour, or from one to another along some direction: (size,size,3)"""
    start = _colour(rng)
    if rng.random() < 0.5:
        return np.broadcast_to(start, (size, size, 3))
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    along = np.clip(0.5 + np.cos(angle) * x + np.sin(angle) * y, 0, 1)[..., None]
    return start + (_colour(rng) - start) * along


def _shape(rng, draw, size):
    fill = tuple(int(v) for v in _colour(rng))
    x, y, half = *rng.uniform(0, size, 2), rng.uniform(0.03, 0.3) * size
    box = [x - half, y - half * rng.uniform(0.3, 1), x + half, y + half * rng.uniform(0.3, 1)]
    kind = rng.integers(3)
    if kind == 0:
        draw.ellipse([x - half, y - half, x + half, y + half], fill=fill)
    elif kind == 1:
        draw.rectangle(box, fill=fill)
    else:
        text = ''.join(rng.choice(list(LETTERS), int(rng.integers(3, 9))))
        letters = Image.new('L', (12 * len(text), 14))
        ImageDraw.Draw(letters).text((1, 1), text, fill=255, font=ImageFont.load_default())
        letters = letters.crop(letters.getbbox())
        scale = rng.uniform(1, max(1.1, 0.8 * size / letters.width))
        letters = letters.resize([max(1, int(s * scale)) for s in letters.size], Image.BICUBIC)
        draw.bitmap((x - letters.width / 2, y - letters.height / 2), letters, fill=fill)


def _finish(rng, picture, noise):
    """With noise of a deviation up to `noise`, as bytes."""
    picture = picture + rng.normal(0, rng.uniform(0, noise), picture.shape)
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def drawn(rng, size):
    """A ground with up to four discs, rectangles or words on it: uint8 (size,size,3)"""
    image = Image.fromarray(_finish(rng, _ground(rng, size), 0.0))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(5)):
        _shape(rng, draw, size)
    if rng.random() < 0.5:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 3)))
    return _finish(rng, np.asarray(image).astype(np.float64), 2.0)


def faded(rng, picture):
    """A photograph on its way to black or to white, or taken at night: uint8 of the same shape"""
    picture = picture.astype(np.float64)
    left = rng.uniform(0.08, 0.7)
    if rng.random() < 0.25:
        return _finish(rng, 255 + (picture - 255) * left, 1.0)
    if rng.random() < 0.4:
        return _finish(rng, 255 * left * (picture / 255) ** rng.uniform(1, 2.5), 3.0)
    return _finish(rng, picture * left, 1.0)
