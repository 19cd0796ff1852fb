# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The runner of scenarios refuses what it does not understand, and fails what does not happen as it says.

  test-run.py PYTHON run.py"""
import os
import sys

from helper import check, main, run

META = '''meta,
    args = {
        "videotestsrc ! video/x-raw,width=48,height=32 ! stylerwkv name=styled ! fakesink sync=true",%s
    }%s
'''
WARNS = 'set-properties, styled::style-image=/nonexistent.png\nwait, playback-time=0.5, duration=0.1\nstop\n'
EXPECTS = ',\n    expected-issues = { "expected-issue, issue-id=runtime::warning-on-bus, details=\\".*%s.*\\"" }'


def test(folder):
    scenario = os.path.join(folder, 'a scenario.validatetest')

    def play(text):
        with open(scenario, 'w') as file:
            file.write(text)
        return run(*sys.argv[1:], scenario)

    for good in (META % ('', '') + '# what it says\nset-properties, playback-time=0.1, \\\n    styled::strength=0.5\n'
                 'check-properties, styled::strength=0.5\nstop\n',
                 META % ('', EXPECTS % 'nonexistent') + WARNS):
        status, _, problems = play(good)
        check(status == 0, problems)
    for bad, saying in (
            (META % ('', '') + 'switch-track\nstop\n', ':5: switch-track: unknown action'),
            (META % ('', '') + 'wait, duration=0.1, on-clock=true\nstop\n', 'unknown field on-clock'),
            (META % ('', '') + 'set-properties, none::strength=0.5\nstop\n', 'no element is named none'),
            (META % ('', '') + 'set-properties, styled::none=0.5\nstop\n', 'no property none'),
            (META % ('', '') + 'check-properties, styled::strength=0.5\nstop\n', 'styled::strength is 1.0, not 0.5'),
            (META % ('', '') + 'set-properties, styled::style-image="$(none)"\nstop\n', 'unknown variable $(none)'),
            (META % ('', '') + 'wait, duration=0.1\n', 'does not end with stop'),
            (META % ('', '') + '"\nstop\n', ':5: not a structure'),
            (META % (' "fakesrc ! fakesink",', '') + 'stop\n', 'args has to be one pipeline'),
            (META % ('', ', max-latency=1') + 'stop\n', 'unknown field max-latency'),
            ('stop\n', 'does not begin with meta'),
            (META % ('', '') + WARNS, 'unexpected warning'),
            (META % ('', EXPECTS % 'something else') + WARNS, 'unexpected warning'),
            (META % ('', EXPECTS % 'nonexistent') + 'stop\n', 'no warning came'),
            (META.replace('videotestsrc', 'videotestsrc num-buffers=3') % ('', '') + 'wait, playback-time=9.0\nstop\n',
             'the stream ended'),
            (META.replace('name=styled', 'name=styled style-image=/nonexistent.png') % ('', '') + 'stop\n',
             '/nonexistent.png: no such file')):
        status, _, problems = play(bad)
        check(status == 1 and 'FAILED: ' in problems and saying in problems, '%s\n%s' % (bad, problems))


main(test)
