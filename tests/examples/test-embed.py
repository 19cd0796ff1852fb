# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""embed and stylise.py change the style of what is playing, say so, and end as they should.

  test-embed.py PROGRAM…"""
import os
import signal
import sys

from helper import Program, check, main, run, write_clip, write_styles

SINK = 'fakesink sync=true'


def embed(*arguments):
    return [*sys.argv[1:], '--size', '64x48', '--sink', SINK, *arguments]


def ends_by_itself(styles):
    """Three seconds with two changes; a busy machine gets another chance, with more time."""
    for seconds in (3, 12, 48):
        status, said, problems = run(*embed('--seconds', str(seconds), '--every', str(seconds / 3), '--style',
                                            styles[0],
                                            '--style', styles[1]))
        check(status == 0, 'status %d: %s%s' % (status, said, problems))
        check(not problems, problems)
        if all('style-image is now ' + style in said for style in styles):
            return
    check(False, 'the styles were not changed: ' + said)


def ends_on_interrupt(styles):
    program = Program(*embed('--style', styles[0], '--every', '0.5'))
    program.expect('style-image is now .*red style.ppm')
    program.expect(r'stats: \d+ frames drawn')
    check(program.stop(signal.SIGINT) == 0, program.output())


def tells_what_is_wrong(folder, styles):
    program = Program(*embed('--style', os.path.join(folder, 'none.jpg'), '--style', styles[1], '--every', '0.5'))
    program.expect('warning from .*none.jpg')
    program.expect('style-image is now .*blue style.ppm')     # it went on
    check(program.stop(signal.SIGTERM) == 0, program.output())
    status, _, problems = run(*embed('--input', os.path.join(folder, 'none.mp4')))
    check(status == 1 and 'error from source' in problems, problems)
    for bad, wanted in ((['--size', '64'], 2), (['--sink', 'nosuchelement'], 1), (['--every', '0'], 2), (['one',
        'other'], 2)):
        status, _, problems = run(*embed(*bad))
        check(status == wanted and problems.startswith('error: '), '%s: %d, %s' % (bad, status, problems))
    status, said, problems = run(*embed('--version'))
    check(status == 0 and said.startswith('embed (gst-stylerwkv) '), said + problems)


def plays_a_file(folder):
    clip = os.path.join(folder, 'a clip.avi')
    write_clip(clip, 20)
    for arguments in (['--input', clip], [clip]):
        status, said, problems = run(*embed(*arguments))
        check(status == 0 and not problems and 'stats: 20 frames drawn' in said, said + problems)


def test(folder):
    styles = write_styles(folder)
    ends_by_itself(styles)
    ends_on_interrupt(styles)
    tells_what_is_wrong(folder, styles)
    plays_a_file(folder)


main(test)
