# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Contents that photographs lack: even grounds with hard shapes and lettering on them, fades and the dark.

A network that has only seen photographs draws its own grid on even ground, throws beams off a bright disc, and
paints black.
"""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SHAPE_REACH = 12  # pixels round a shape that need not be even: an outline is a stroke, a beam is not
LETTERS = 'ABCDEFGHKLMNOPRSTUVWXYZ0123456789'


def _colour(rng):
    """A colour, grey as often as not: (3) in [0,255]"""
    return np.full(3, rng.uniform(0, 255)) if rng.random() < 0.5 else rng.uniform(0, 255, 3)


def _word(rng, size):
    """Letters as a mask, up to 0.8 of `size` wide."""
    text = ''.join(rng.choice(list(LETTERS), int(rng.integers(3, 9))))
    letters = Image.new('L', (12 * len(text), 14))
    ImageDraw.Draw(letters).text((1, 1), text, fill=255, font=ImageFont.load_default())
    letters = letters.crop(letters.getbbox())
    scale = rng.uniform(1, max(1.1, 0.8 * size / letters.width))
    return letters.resize([max(1, int(s * scale)) for s in letters.size], Image.BICUBIC)


def _shape(rng, image, mask):
    """A disc, a rectangle or a word somewhere, of some colour in the picture and white in the mask."""
    fill, size = tuple(int(v) for v in _colour(rng)), min(image.size)
    x, y, half = rng.uniform(0, image.width), rng.uniform(0, image.height), rng.uniform(0.03, 0.3) * size
    box = [x - half, y - half * rng.uniform(0.3, 1), x + half, y + half * rng.uniform(0.3, 1)]
    kind = rng.integers(3)
    letters = _word(rng, size) if kind == 2 else None
    for draw, colour in ((ImageDraw.Draw(image), fill), (ImageDraw.Draw(mask), 255)):
        if kind == 0:
            draw.ellipse([x - half, y - half, x + half, y + half], fill=colour)
        elif kind == 1:
            draw.rectangle(box, fill=colour)
        else:
            draw.bitmap((x - letters.width / 2, y - letters.height / 2), letters, fill=colour)


def _finish(rng, picture, noise):
    """With noise of a deviation up to `noise`, as bytes."""
    picture = picture + rng.normal(0, rng.uniform(0, noise), picture.shape)
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def ground(rng, height, width):
    """A ground of one colour with up to four discs, rectangles or words on it: uint8 (height,width,3), and where the
    ground is, away from them: uint8 (height,width,1), 255 or 0
    """
    image = Image.new('RGB', (width, height), tuple(int(v) for v in _colour(rng)))
    mask = Image.new('L', image.size, 0)
    for _ in range(rng.integers(5)):
        _shape(rng, image, mask)
    if rng.random() < 0.5:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 3)))
    mask = mask.filter(ImageFilter.MaxFilter(2 * SHAPE_REACH + 1))
    away = np.where(np.asarray(mask) > 0, 0, 255).astype(np.uint8)
    return _finish(rng, np.asarray(image).astype(np.float64), 2.0), away[..., None]


def faded(rng, picture):
    """A photograph on its way to black or to white, or taken at night: uint8 of the same shape"""
    picture = picture.astype(np.float64)
    left = rng.uniform(0.08, 0.7)
    if rng.random() < 0.25:
        return _finish(rng, 255 + (picture - 255) * left, 1.0)
    if rng.random() < 0.4:
        return _finish(rng, 255 * left * (picture / 255) ** rng.uniform(1, 2.5), 3.0)
    return _finish(rng, picture * left, 1.0)
