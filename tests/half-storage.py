#!/usr/bin/env python3
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How far the element's pictures are from one another when maps are stored as halves and as floats, by the kernels for
GPUs, on any device:

    half-storage.py CONTENTS STYLES [--side 384] [--contents 12] [--styles 3] [--device cpu]

CONTENTS and STYLES are folders of pictures, of which so many are taken, evenly spread over the sorted names. Contents
are scaled and cut to a square of --side pixels. The element must be where GStreamer finds it (GST_PLUGIN_PATH).
Differences are of the 8-bit pictures that are shown: where a value lies near the middle between two, the least
difference already makes 1."""
import argparse
import os
import subprocess
import sys
import tempfile

import numpy
from PIL import Image, ImageOps

PICTURES = ('.jpg', '.jpeg', '.png')
PERCENTILES = (50, 90, 99, 99.9, 99.99)


def pictures(folder, count):
    """`count` of a folder's pictures, or all where there are fewer."""
    found = sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.lower().endswith(PICTURES))
    if not found:
        sys.exit('%s has no pictures: %s are looked for' % (folder, ', '.join(PICTURES)))
    count = min(count, len(found))
    return [found[i * len(found) // count] for i in range(count)]


def square(path, side):
    with Image.open(path) as picture:
        return numpy.asarray(ImageOps.fit(picture.convert('RGB'), (side, side), Image.Resampling.LANCZOS))


def stylise(frames, style, storage, device):
    """uint8 (N,S,S,3) → the same, each frame by itself: `temporal-smoothing` is 0."""
    count, side = frames.shape[:2]
    with tempfile.TemporaryDirectory() as folder:
        raw, result = os.path.join(folder, 'in'), os.path.join(folder, 'out')
        frames.tofile(raw)
        command = ['gst-launch-1.0', '-q', 'filesrc', 'location=' + raw, '!', 'rawvideoparse', 'format=rgb',
                   'width=%d' % side, 'height=%d' % side, 'framerate=25/1', '!', 'stylerwkv', 'device=' + device,
                   'style-image=' + os.path.abspath(style), 'temporal-smoothing=0', 'preserve-black=false', '!',
                   'filesink', 'location=' + result]
        done = subprocess.run(command, env=dict(os.environ, SRW_KERNELS='gpu', SRW_MAPS=storage), text=True,
                              capture_output=True)
        if done.returncode or os.path.getsize(result) != frames.size:
            sys.exit('%s\n%s%s' % (' '.join(command), done.stdout, done.stderr))
        return numpy.fromfile(result, numpy.uint8).reshape(frames.shape)


def percentile(counts, share):
    """The least difference that `share` percent of the values do not exceed."""
    return int(numpy.searchsorted(numpy.cumsum(counts), counts.sum() * share / 100))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('contents_folder', metavar='CONTENTS')
    parser.add_argument('styles_folder', metavar='STYLES')
    parser.add_argument('--side', type=int, default=384, help='a multiple of 4')
    parser.add_argument('--contents', type=int, default=12)
    parser.add_argument('--styles', type=int, default=3)
    parser.add_argument('--device', default='auto')
    args = parser.parse_args()
    if args.side < 16 or args.side % 4 or args.contents < 1 or args.styles < 1:
        parser.error('--side takes a multiple of 4 from 16 on, --contents and --styles at least 1')
    frames = numpy.stack([square(path, args.side) for path in pictures(args.contents_folder, args.contents)])
    counts = numpy.zeros(256, numpy.int64)
    for style in pictures(args.styles_folder, args.styles):
        shown = [stylise(frames, style, storage, args.device).astype(numpy.int16) for storage in ('float', 'half')]
        own = numpy.bincount(numpy.abs(shown[0] - shown[1]).ravel(), minlength=256)
        print('%s: %d at most, %.4f in the mean' % (os.path.basename(style), own.nonzero()[0][-1],
                                                    own @ numpy.arange(256) / own.sum()), flush=True)
        counts += own
    print('%d pictures of %d×%d, in 1/255: %d at most, %.4f in the mean; ' % (
        len(frames) * min(args.styles, len(pictures(args.styles_folder, args.styles))), args.side, args.side,
        counts.nonzero()[0][-1], counts @ numpy.arange(256) / counts.sum())
        + ', '.join('%g %% within %d' % (share, percentile(counts, share)) for share in PERCENTILES))


if __name__ == '__main__':
    main()
