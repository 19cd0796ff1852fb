# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Python example does what embed does.

  test-python.py PYTHON stylise.py"""
import os
import sys

from helper import check, main, run, write_clip, write_styles


def test(folder):
    os.environ.update(SIZE='64x48', SINK='fakesink sync=true')
    styles = write_styles(folder)
    status, said, problems = run(*sys.argv[1:], 'test', *styles)
    check(status == 0, said + problems)
    check(all('style-image is now ' + style in said for style in styles), said + problems)
    clip = os.path.join(folder, 'a clip.avi')
    write_clip(clip, 20)
    status, said, problems = run(*sys.argv[1:], clip, styles[0])
    check(status == 0 and 'done=(guint64)20' in said, said + problems)
    status, said, problems = run(*sys.argv[1:], os.path.join(folder, 'none.avi'))
    check(status == 1 and 'not found' in problems, said + problems)


main(test)
