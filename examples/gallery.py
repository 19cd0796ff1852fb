#!/usr/bin/env python3
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stylises every picture of one directory in the style of every picture of another, through the element, and puts the
results on a contact sheet.

  gallery.py --content DIR --style DIR --output DIR [--sheet FILE.jpg] [--columns N] [--strength S]
             [--model-file FILE]
  gallery.py --strip FILE.jpg --content DIR --style DIR --output DIR
      the first content in the first style, strength 0 to 1 in ten steps

DIR/output receives NAME_OF_CONTENT__NAME_OF_STYLE.png at the pictures' own size. Needs Pillow and gst-launch-1.0, which
must find the plug-in (run it inside `meson devenv -C build`).
"""
import argparse
import os
import subprocess
import sys
import tempfile

from PIL import Image, ImageOps

EXTENSIONS = ('.jpg', '.jpeg', '.png')
CELL, GAP = 208, 4


def pictures(directory):
    found = sorted(f for f in os.listdir(directory) if f.lower().endswith(EXTENSIONS))
    if not found:
        sys.exit('gallery.py: no pictures in ' + directory)
    return [os.path.join(directory, f) for f in found]


def stem(path):
    return os.path.splitext(os.path.basename(path))[0]


def stylise(frames, count, output, style, strength, model):
    """One pipeline for one style: frames/%03d.png -> output/%03d.png. Every picture is a scene of its own."""
    properties = ['style-image=' + style, 'strength=%g' % strength, 'temporal-smoothing=0']
    if model:
        properties.append('model-file=' + model)
    command = ['gst-launch-1.0', '-q', 'multifilesrc', 'location=' + os.path.join(frames, '%03d.png'),
               'stop-index=%d' % (count - 1), 'caps=image/png,framerate=1/1', '!', 'pngdec', '!', 'videoconvert', '!',
               'video/x-raw,format=RGB', '!', 'stylerwkv', *properties, '!', 'pngenc', '!', 'multifilesink',
               'location=' + os.path.join(output, '%03d.png')]
    if subprocess.run(command).returncode or len(os.listdir(output)) != count:
        sys.exit('gallery.py: this pipeline failed: ' + ' '.join(command))


def cell(picture):
    return ImageOps.fit(picture.convert('RGB'), (CELL, CELL), Image.BICUBIC)


def write_sheet(path, rows):
    """rows: lists of pictures or None, all of one length"""
    step = CELL + GAP
    sheet = Image.new('RGB', (len(rows[0]) * step - GAP, len(rows) * step - GAP), 'white')
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            if picture is not None:
                sheet.paste(cell(picture), (x * step, y * step))
    sheet.save(path, quality=88)
    print('wrote ' + path)


def sheet_rows(columns, contents, styles, results):
    """The styles above what became of each content; more styles than columns begin anew below."""
    for first in range(0, len(styles), columns):
        some = styles[first:first + columns]
        rest = [None] * (columns - len(some))
        yield [None] + [Image.open(s) for s in some] + rest
        for content in contents:
            yield [Image.open(content)] + [Image.open(results[content, s]) for s in some] + rest


def every_pair(args, contents, styles, frames):
    results = {}
    for style in styles:
        with tempfile.TemporaryDirectory() as output:
            stylise(frames, len(contents), output, style, args.strength, args.model_file)
            for i, content in enumerate(contents):
                target = os.path.join(args.output, '%s__%s.png' % (stem(content), stem(style)))
                Image.open(os.path.join(output, '%03d.png' % i)).save(target)
                results[content, style] = target
        print('%s: %d pictures' % (stem(style), len(contents)), flush=True)
    if args.sheet:
        write_sheet(args.sheet, list(sheet_rows(args.columns or len(styles), contents, styles, results)))


def strip(args, content, style, frames):
    row = []
    for step in range(11):
        with tempfile.TemporaryDirectory() as output:
            stylise(frames, 1, output, style, step / 10, args.model_file)
            row.append(Image.open(os.path.join(output, '000.png')).copy())
    write_sheet(args.strip, [row])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('content', 'style', 'output'):
        parser.add_argument('--' + name, required=True)
    parser.add_argument('--sheet')
    parser.add_argument('--columns', type=int, help='styles side by side on the sheet, at most')
    parser.add_argument('--strip')
    parser.add_argument('--strength', type=float, default=1.0)
    parser.add_argument('--model-file')
    args = parser.parse_args()
    contents, styles = pictures(args.content), pictures(args.style)
    os.makedirs(args.output, exist_ok=True)
    with tempfile.TemporaryDirectory() as frames:
        for i, content in enumerate(contents):
            ImageOps.exif_transpose(Image.open(content)).convert('RGB').save(os.path.join(frames, '%03d.png' % i))
        if args.strip:
            strip(args, contents[0], styles[0], frames)
        else:
            every_pair(args, contents, styles, frames)


if __name__ == '__main__':
    main()
