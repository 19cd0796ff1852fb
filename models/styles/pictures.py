#!/usr/bin/env python3
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Takes the pictures that origins.md lists from unpacked packages, crops them, and writes STYLE.png for each.

  pictures.py packages               the packages that are needed
  pictures.py write UNPACKED OUTPUT

Needs Pillow, with WebP."""
import io
import pathlib
import re
import struct
import sys

from PIL import Image

TABLE = pathlib.Path(__file__).with_name('origins.md')
EDGE = 50       # one part of so many is cropped at each side


def listed():
    """(style, package, file) of every row."""
    rows = re.findall(r'^\| `([\w-]+)` \| .* \| `([\w-]+)` \| `(\S+)` \|$', TABLE.read_text(), re.MULTILINE)
    if not rows:
        sys.exit('pictures.py: no pictures in %s' % TABLE)
    return rows


def packages():
    return sorted({package for _, package, _ in listed()})


# ---- Qt's resource files, in which GCompris keeps its pictures ----

DIRECTORY, COMPRESSED = 2, 5        # of a node's flags; 5: with either method


def resources(data):
    """Names (without folders) and contents of what lies in a resource file as it is; what is compressed is left out."""
    magic, version, tree, contents, names = struct.unpack_from('>4s4I', data)
    if magic != b'qres' or version < 2:
        sys.exit('pictures.py: not a resource file of Qt 5')
    nodes = [0]
    for node in nodes:
        at = tree + 22 * node
        name, flags = struct.unpack_from('>IH', data, at)
        if flags & DIRECTORY:
            count, first = struct.unpack_from('>II', data, at + 6)
            nodes.extend(range(first, first + count))
        elif not flags & COMPRESSED:
            start = contents + struct.unpack_from('>I', data, at + 10)[0]
            length, = struct.unpack_from('>I', data, start)
            letters, = struct.unpack_from('>H', data, names + name)
            text = data[names + name + 6:names + name + 6 + 2 * letters].decode('utf-16-be')
            yield text, data[start + 4:start + 4 + length]


def find(unpacked, name):
    """The contents of the file of that name, wherever it lies in the packages."""
    for path in unpacked.rglob(name):
        return path.read_bytes()
    for path in unpacked.rglob('details.rcc'):
        for found, contents in resources(path.read_bytes()):
            if found == name:
                return contents
    sys.exit('pictures.py: no %s in %s' % (name, ', '.join(packages())))


def write(unpacked, output):
    for style, _, name in listed():
        picture = Image.open(io.BytesIO(find(unpacked, name))).convert('RGB')
        x, y = picture.width // EDGE, picture.height // EDGE
        picture.crop((x, y, picture.width - x, picture.height - y)).save(output / (style + '.png'))


if sys.argv[1:] == ['packages']:
    print('\n'.join(packages()))
elif len(sys.argv) == 4 and sys.argv[1] == 'write':
    write(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
else:
    sys.exit(__doc__)
