# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manual page and the completion of a tool have the options that it tells of itself, and no others.

  test-manual.py TOOL MANUAL-PAGE COMPLETION"""
import pathlib
import re
import subprocess
import sys

from helper import check, run

TOOL, PAGE, COMPLETION = sys.argv[1:]

COMPLETE = '''
source "$1"
COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
_stylerwkv "$2"
printf '%s\\n' "${COMPREPLY[@]}"
'''


def told():
    """(short, long, argument) of every option."""
    status, said, _ = run(TOOL, '--help')
    check(status == 0, said)
    return sorted(re.findall(r'^  (?:(-\w), )?(--[\w-]+)(?:=(\S+))?', said, re.MULTILINE))


def documented(text):
    options = text[text.index('.SH OPTIONS'):text.index('.SH EXIT STATUS')]
    plain = re.sub(r'\\f.', '', options).replace('\\-', '-')
    return sorted(re.findall(r'^\.TP\n(?:(-\w), )?(--[\w-]+)(?:=(\S+))?$', plain, re.MULTILINE))


def completed(*words):
    done = subprocess.run(['bash', '-c', COMPLETE, 'bash', COMPLETION, TOOL, *words], capture_output=True, text=True)
    check(done.returncode == 0 and not done.stderr, done.stderr)
    return sorted(done.stdout.split())


options, page = told(), pathlib.Path(PAGE).read_text()
check(len(options) > 3, 'hardly an option: %s' % options)
check(documented(page) == options, '%s tells of %s, and the tool has %s' % (PAGE, documented(page), options))
version = run(TOOL, '--version')[1].split()[-1]
check('"gst\\-stylerwkv %s"' % version in page, '%s is not of version %s' % (PAGE, version))

names = sorted(name for _, name, _ in options)
check(completed('--') == names, 'completion offers %s' % completed('--'))
check(completed('--ver') == [name for name in names if name.startswith('--ver')], completed('--ver'))
check(completed('--device', 'c') == ['cpu'], completed('--device', 'c'))
check(completed('--device', '=', 'g') == ['gpu'], completed('--device', '=', 'g'))
check(completed('--device', '=') == ['auto', 'cpu', 'gpu'], completed('--device', '='))
check(not completed('picture'), completed('picture'))
