# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random crops from directories of pictures, decoded once and kept in memory as bytes."""
import os
import queue
import sys
import threading

import numpy as np
import torch
from PIL import Image

from . import synthetic

GROUND_STEP, GROUND_SIDES = 16, (6, 25)  # pixels; sides of drawn pictures in steps, the second one left out
EXTENSIONS = ('.jpg', '.jpeg', '.png', '.webp', '.bmp')


def find_pictures(directory):
    """Paths of all pictures below a directory, sorted, so that a seed means the same crops everywhere."""
    found = []
    for root, _, names in os.walk(directory, followlinks=True):
        found += [os.path.join(root, n) for n in names if n.lower().endswith(EXTENSIONS)]
    return sorted(found)


def to_tensor(array):
    """uint8 (...,3) -> float32 in [0,1]"""
    return torch.from_numpy(np.array(array)).float().div_(255)


def load_picture(path, short_side=None):
    """-> uint8 (H,W,3), shrunk to the given short side if it is larger"""
    with Image.open(path) as image:
        if short_side:
            image.draft('RGB', (short_side, short_side))  # lets JPEG decode at a fraction of its size
        image = image.convert('RGB')
        scale = short_side / min(image.size) if short_side else 1
        if scale < 1:
            image = image.resize([max(1, round(s * scale)) for s in image.size], Image.BICUBIC)
        return np.asarray(image)


class Pictures:
    """The pictures of one directory. Decoded on first use and cached; broken ones are reported and left out."""

    def __init__(self, directory, short_side=384):
        self.paths = find_pictures(directory)
        self.short_side = short_side
        self.cache = {}
        if not self.paths:
            raise ValueError('no pictures in ' + directory)

    def get(self, index):
        """uint8 (H,W,3), or None for a broken picture"""
        if index not in self.cache:
            try:
                self.cache[index] = load_picture(self.paths[index], self.short_side)
            except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
                print('left out %s: %s' % (self.paths[index], error), file=sys.stderr)
                self.cache[index] = None
        return self.cache[index]

    def crop(self, rng, size, least):
        """A random square of `least`..1 times the short side, resized, flipped by chance: uint8 (size,size,3)"""
        picture = None
        while picture is None:
            picture = self.get(int(rng.integers(len(self.paths))))
        height, width = picture.shape[:2]
        short = min(height, width)
        side = int(round(short * rng.uniform(max(least, min(1.0, size / short)), 1.0)))
        y, x = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
        patch = picture[y:y + side, x:x + side]
        if side != size:
            patch = np.asarray(Image.fromarray(patch).resize((size, size), Image.BICUBIC))
        return patch[:, ::-1] if rng.integers(2) else patch


class Batches:
    """Batches (content, style, ground, where), prepared by a background thread: float32 (B,crop,crop,3) twice, then one
    drawn picture (1,h,w,3) of another size and where it is even (1,h,w,1), see `synthetic.ground`.

    Batch number i depends on the seed (a tuple of integers) and i alone, so a resumed run sees what it would have
    seen. The thread leaves PyTorch alone: a second thread in PyTorch would wake a second team of OpenMP threads.
    """

    def __init__(self, content, style, crop, batch, seed, first, least=0.5, faded=0.0):
        self.content, self.style, self.crop, self.batch, self.seed = content, style, crop, batch, seed
        self.least, self.faded = least, faded
        self.queue = queue.Queue(maxsize=3)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._fill, args=(first,), daemon=True)
        self.thread.start()

    def make(self, index):
        rng = np.random.default_rng([*self.seed, index])
        contents = [self._content(rng) for _ in range(self.batch)]
        styles = [self.style.crop(rng, self.crop, self.least) for _ in range(self.batch)]
        ground, where = synthetic.ground(rng, *(GROUND_STEP * rng.integers(*GROUND_SIDES, 2)))
        return np.stack(contents), np.stack(styles), ground[None], where[None]

    def _content(self, rng):
        """A photograph, for a share of them on its way to black or white, or at night."""
        picture = self.content.crop(rng, self.crop, self.least)
        return synthetic.faded(rng, picture) if rng.random() < self.faded else picture

    def _fill(self, index):
        while not self.stopping.is_set():
            try:
                item = self.make(index)
            except Exception as error:  # handed to the consumer, which would otherwise wait for ever
                item = error
            while not self.stopping.is_set():
                try:
                    self.queue.put(item, timeout=0.5)
                    break
                except queue.Full:
                    continue
            index += 1

    def __next__(self):
        item = self.queue.get()
        if isinstance(item, Exception):
            raise item
        return tuple(to_tensor(pictures) for pictures in item)

    def close(self):
        self.stopping.set()
        self.thread.join()
