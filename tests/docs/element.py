#!/usr/bin/env python3
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The reference page of the element, docs/element.md: the comments of gst/gststylerwkv.c, in the gtk-doc way, with what
gst-inspect-1.0 tells of the same pads, properties and signals.

  element.py --write    writes it; check.py fails when it is not what this script makes of them"""
import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PAGE = SOURCE / 'docs' / 'element.md'
ORIGIN = '<!-- Made by tests/docs/element.py from gst/gststylerwkv.c and tests/element/inspect.txt: change those. -->'


def comments():
    """What each gtk-doc comment is of → its lines, without their stars."""
    text = (SOURCE / 'gst/gststylerwkv.c').read_text()
    for body in re.findall(r'^ */\*\*\n(.*?)^ +\*/$', text, re.MULTILINE | re.DOTALL):
        lines = [re.sub(r'^ +\* ?', '', line) for line in body.splitlines()]
        yield lines[0].rstrip(':'), lines[1:]


def markdown(lines):
    """Text without the fields in front of it, launch lines as blocks, references as code."""
    text = '\n'.join(line for line in lines if not re.match(r'@(title|short_description|\w+): ', line))
    text = re.sub(r'^\|\[$(.*?)^\]\|$', r'\n```text\1```\n', text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r'^```\n\n+', '```\n\n', text, flags=re.MULTILINE)
    text = re.sub(r'#GstStylerwkv::?([a-z0-9-]+)', r'`\1`', text)
    return re.sub(r'^Since: (.*)$', r'Since \1.', text, flags=re.MULTILINE).strip()


def inspected(begin, end):
    text = (SOURCE / 'tests/element/inspect.txt').read_text()
    return text[text.index(begin) + len(begin):text.index(end) if end else None]


def pads():
    yield '| pad | direction | availability |\n|---|---|---|'
    found = re.findall(r"^  (SINK|SRC) template: '(\w+)'\n    Availability: (.*)$",
                       inspected('Pad Templates:\n', 'Element has no clocking'), re.MULTILINE)
    for direction, name, availability in sorted(found, key=lambda pad: (pad[2], pad[1])):
        yield '| `%s` | %s | %s |' % (name, direction.lower(), availability.lower())
    formats = re.search(r'format: \{ (.*?) \}', inspected('Pad Templates:\n', None))[1].replace('(string)', '')
    yield '\nAll take and give `video/x-raw` of any size from 1×1 to 16384×16384, in ' + formats + '.'


def properties():
    """(name, flags, what values) of the element's own ones."""
    for name, body in re.findall(r'^  ([a-z][a-z0-9-]*) +: (.*?)(?=^  [a-z]|\Z)',
                                 inspected('Element Properties:\n', 'Element Signals:'), re.MULTILINE | re.DOTALL):
        if name not in ('name', 'parent', 'qos'):
            lines = [' '.join(line.split()) for line in body.splitlines()]
            values = [re.sub(r'^\((\d+)\): (\S+) +- ', r'`\2` (\1): ', line) for line in lines[3:]]
            yield name, lines[1].replace('flags: ', ''), lines[2], [line for line in values if line.startswith('`')]


def page():
    told = dict(comments())
    yield '# The element stylerwkv\n\n' + ORIGIN + '\n'
    yield markdown(told['SECTION:element-stylerwkv']) + '\n'
    yield '## Pads\n'
    yield from pads()
    yield '\n## Properties\n'
    for name, flags, kind, values in properties():
        yield '### %s\n\n*%s* · %s\n' % (name, kind, flags)
        yield from ('* ' + value for value in values)
        yield ('\n' if values else '') + markdown(told['GstStylerwkv:' + name]) + '\n'
    yield '## Signals\n'
    for name, declared in re.findall(r'^  "([\w-]+)" :  (.*?;)', inspected('Element Signals:\n', None),
                                     re.MULTILINE | re.DOTALL):
        arguments = re.findall(r'^@(\w+): (.*?)(?=^@|^$)', '\n'.join(told['GstStylerwkv::' + name]) + '\n',
                               re.MULTILINE | re.DOTALL)
        yield '### %s\n\n```text\n%s\n```\n' % (name, re.sub(r'\n +', ' ', declared))
        yield '\n'.join('* `%s`: %s' % (argument, ' '.join(text.split())) for argument, text in arguments) + '\n'
        text = '\n'.join(told['GstStylerwkv::' + name])
        yield markdown(text[text.index('\n\n'):].splitlines()) + '\n'


def made():
    return re.sub(r'\n{3,}', '\n\n', '\n'.join(page())).rstrip('\n') + '\n'


if __name__ == '__main__':
    if sys.argv[1:] != ['--write']:
        sys.exit(__doc__)
    PAGE.write_text(made())
