#!/usr/bin/env python3
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How still the element holds stylised video, and at what cost in sharpness.

  steadiness.py --plugin build/gst --clips DIR --styles DIR [--frames 60] [--smoothing 0.8 0]

Every clip in every style, through the element, once with each value of temporal-smoothing. Prints a row a clip,
the mean over the styles:

  warp      mean squared error between a frame and its predecessor moved by the content's optical flow (OpenCV's
            DIS), x 1e3, where forward and backward flow agree
  flicker   warp over the mean squared gradient of the output, divided by the same of the content: 1 is as still as
            the content
  gradient  mean squared gradient: what blur would lower

Needs numpy, OpenCV and gst-launch-1.0. Lower warp and flicker are better, as long as gradient stays."""
import argparse
import os
import subprocess

import cv2
import numpy as np

EXTENSIONS = ('.mp4', '.mkv', '.webm', '.avi')


def parts(path, extensions):
    return [os.path.join(path, f) for f in sorted(os.listdir(path)) if f.lower().endswith(extensions)]


def read(clip, frames):
    """The first frames of a clip, RGB; their width a multiple of 4, so that nothing lies between the rows."""
    video = cv2.VideoCapture(clip)
    found = []
    while len(found) < frames:
        good, frame = video.read()
        if not good:
            break
        found.append(frame[:, :frame.shape[1] // 4 * 4, ::-1].copy())
    return found


def stylise(content, style, smoothing, plugin):
    height, width = content[0].shape[:2]
    pipeline = ['gst-launch-1.0', '-q', 'fdsrc', 'fd=0', '!', 'rawvideoparse', 'format=rgb', f'width={width}',
                f'height={height}', 'framerate=25/1', '!', 'stylerwkv', f'style-image={style}',
                f'temporal-smoothing={smoothing}', '!', 'fdsink', 'fd=1']
    raw = b''.join(frame.tobytes() for frame in content)
    done = subprocess.run(pipeline, input=raw, stdout=subprocess.PIPE, check=True,
                          env=dict(os.environ, GST_PLUGIN_PATH=plugin))
    return list(np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3))


class Motion:
    """Optical flow from every frame of a clip to the one before, and where it can be relied on."""

    def __init__(self, content):
        dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in content]
        height, width = grey[0].shape
        self.grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), 2).astype(np.float32)
        self.back = [dis.calc(now, before, None) for before, now in zip(grey, grey[1:])]
        self.sure = [self._sure(back, dis.calc(before, now, None))
                     for back, before, now in zip(self.back, grey, grey[1:])]

    def at(self, image, back):
        return cv2.remap(image.astype(np.float32), self.grid + back, None, cv2.INTER_LINEAR,
                         borderMode=cv2.BORDER_REPLICATE)

    def _sure(self, back, fore):
        loop = back + self.at(fore, back)
        sure = (loop ** 2).sum(2) < 0.01 * ((back ** 2).sum(2) + (fore ** 2).sum(2)) + 0.25
        sure[:2] = sure[-2:] = False
        sure[:, :2] = sure[:, -2:] = False
        return sure

    def measure(self, frames):
        """Warp error and squared gradient."""
        error = gradient = 0.0
        for before, now, back, sure in zip(frames, frames[1:], self.back, self.sure):
            now = now / np.float32(255)
            error += ((self.at(before, back) / 255 - now)[sure] ** 2).mean()
            gradient += ((np.diff(now, axis=1) ** 2).mean() + (np.diff(now, axis=0) ** 2).mean()) / 2
        return np.array([error, gradient]) / len(self.back)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--plugin', required=True, help='folder of the plug-in')
    parser.add_argument('--clips', required=True, help='folder of videos')
    parser.add_argument('--styles', required=True, help='folder of pictures')
    parser.add_argument('--frames', type=int, default=60)
    parser.add_argument('--smoothing', type=float, nargs='+', default=[0.8, 0.0])
    args = parser.parse_args()

    styles = parts(args.styles, ('.jpg', '.png'))
    print(f'{"clip":30} smoothing     warp  flicker  gradient')
    for clip in parts(args.clips, EXTENSIONS):
        content = read(clip, args.frames)
        motion = Motion(content)
        own = motion.measure(content)
        for smoothing in args.smoothing:
            rows = [motion.measure(stylise(content, style, smoothing, args.plugin)) for style in styles]
            flicker = np.mean([(error / gradient) / (own[0] / own[1]) for error, gradient in rows])
            error, gradient = np.mean(rows, 0)
            name = os.path.basename(clip)
            print(f'{name:30} {smoothing:9.2f} {1e3 * error:8.3f} {flicker:8.3f} {gradient:9.5f}', flush=True)


if __name__ == '__main__':
    main()
