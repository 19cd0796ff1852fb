#!/usr/bin/env python3
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""stylise.py INPUT STYLE…: plays a file, an address or 'test' in one style after the other, a second each.

SINK in the environment says where the video goes (autovideosink), SIZE how large it is drawn (640x360)."""
import os
import signal
import sys

import gi
gi.require_version('Gst', '1.0')
from gi.repository import GLib, Gst  # noqa: E402

Gst.init(None)
width, height = os.environ.get('SIZE', '640x360').split('x')
source, styles = sys.argv[1], sys.argv[2:]
pipeline = Gst.parse_launch(
    ('videotestsrc num-buffers=90' if source == 'test' else 'uridecodebin name=source')
    + ' ! deinterlace ! videoconvert ! videoflip video-direction=auto ! videoscale'
    + f' ! video/x-raw,width={width},height={height} ! stylerwkv name=filter ! videoconvert ! '
    + os.environ.get('SINK', 'autovideosink'))
if source != 'test':
    pipeline.get_by_name('source').props.uri = source if Gst.uri_is_valid(source) else Gst.filename_to_uri(source)
stylerwkv, loop, problems = pipeline.get_by_name('filter'), GLib.MainLoop(), []


def change(turn=0):
    """Properties can be set at any time and from any thread; whether a style could be used is told by a message."""
    if turn < len(styles):
        stylerwkv.props.style_image = styles[turn]
        stylerwkv.props.strength = 0.6 if turn % 2 else 1.0
        GLib.timeout_add(1000, change, turn + 1)


def on_message(_, message):
    if message.type == Gst.MessageType.ERROR:
        problems.append(message.parse_error()[0].message)
        loop.quit()
    elif message.type == Gst.MessageType.WARNING:
        print('warning:', message.parse_warning()[0].message)
    elif message.type == Gst.MessageType.EOS:
        loop.quit()
    elif message.type == Gst.MessageType.LATENCY:
        pipeline.recalculate_latency()
    elif message.type == Gst.MessageType.ELEMENT and message.get_structure().has_name('stylerwkv-style-changed'):
        print(message.get_structure().get_string('property'), 'is now', message.get_structure().get_string('path'))
    elif message.type == Gst.MessageType.ASYNC_DONE:
        change()


bus = pipeline.get_bus()
bus.add_signal_watch()
bus.connect('message', on_message)
GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, loop.quit)
pipeline.set_state(Gst.State.PLAYING)
loop.run()
print(stylerwkv.props.stats.to_string())
pipeline.set_state(Gst.State.NULL)
sys.exit('; '.join(problems) or None)
