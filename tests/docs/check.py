# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the documentation says without running anything: links lead somewhere, in the Debian package too; README.md's
table of properties and the reference page are those of the element; one version is told everywhere.

  check.py SOURCE"""
import pathlib
import re
import sys

import element

source = pathlib.Path(sys.argv[1]).resolve()
problems = []


# ---- links ----

def prose(path):
    return re.sub(r'^```.*?^```$', '', path.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(path):
    """As git forges make them of headings."""
    titles = re.findall(r'^#+ (.*)$', prose(path), re.MULTILINE)
    return {re.sub(r'[^\w\- ]', '', title.lower()).replace(' ', '-') for title in titles}


def packaged(file):
    """Whether the package of the documentation has that file; the licence is in every Debian system."""
    lines = (source / 'debian/gst-stylerwkv-doc.install').read_text().splitlines()
    has = [path for line in lines for path in source.glob(line.split()[0])] + [source / 'LICENSE']
    return any(file.resolve() == path or path in file.resolve().parents for path in has)


def check_links(path):
    for target in re.findall(r'\]\(\s*([^)\s]+)\s*\)', prose(path)):
        name, _, anchor = target.partition('#')
        if re.match('[a-z]+:', target):
            continue
        file = (path.parent / name) if name else path
        if not file.exists():
            problems.append('%s: no %s' % (path, target))
        elif not packaged(file):
            problems.append('%s: %s is not in debian/gst-stylerwkv-doc.install' % (path, target))
        elif anchor and anchor not in anchors(file):
            problems.append('%s: no heading for %s' % (path, target))


# ---- properties ----

def inspected():
    """Of gst-inspect's output, which tests/element/inspect.sh compares with the element: name → (when, default)."""
    text = (source / 'tests/element/inspect.txt').read_text()
    text = text[text.index('Element Properties:'):text.index('Element Signals:')]
    found = {}
    for name, body in re.findall(r'^  ([a-z][a-z0-9-]*) +: (.*?)(?=^  [a-z]|\Z)', text, re.MULTILINE | re.DOTALL):
        if 'writable' not in body:
            when = 'read only'
        else:
            when = 'any time' if 'PLAYING' in body else 'before start'
        default = re.search(r'Default: +(?:\d+, )?"?([^"\s]+)"?', body)
        found[name] = (when + (', controllable' if 'controllable' in body else ''), default and default[1])
    for inherited in ('name', 'parent', 'qos'):
        del found[inherited]
    return found


def documented():
    text = (source / 'README.md').read_text()
    rows = re.findall(r'^\| `([a-z0-9-]+)` \| (.*?) \| (.*?) \| .* \|$', text, re.MULTILINE)
    return {name: (when, kind.rpartition(', ')[2].strip('`') if ', ' in kind else None) for name, kind, when in rows}


def check_properties():
    real, told = inspected(), documented()
    for name in sorted(real.keys() | told.keys()):
        expected = real.get(name)
        if expected and expected[1] == 'null':
            expected = (expected[0], 'none')
        if told.get(name) != expected:
            problems.append('README.md, property %s: %s, and the element has %s' % (name, told.get(name), expected))


# ---- version ----

def check_versions():
    """Meson itself asks for a heading of NEWS.md with the version's date (meson.build); the newest is the first."""
    text = (source / 'tests/element/inspect.txt').read_text()
    told = {
        'meson.build': re.search(r"^  version : '(.*)',$", (source / 'meson.build').read_text(), re.MULTILINE)[1],
        'NEWS.md': re.search(r'^## (\S+) \(', (source / 'NEWS.md').read_text(), re.MULTILINE)[1],
        'debian/changelog': re.match(r'gst-stylerwkv \((\S+)\)', (source / 'debian/changelog').read_text())[1],
        'gst-inspect-1.0': re.search(r'^  Version +(\S+)$', text, re.MULTILINE)[1],
    }
    if len(set(told.values())) != 1:
        problems.append('versions differ: %s' % told)
    date = re.search(r'^  Source release date +(\S+)$', text, re.MULTILINE)[1]
    if '\n## %s (%s)\n' % (told['NEWS.md'], date) not in (source / 'NEWS.md').read_text():
        problems.append('gst-inspect-1.0 tells of a release on %s, NEWS.md of another day' % date)


for page in [source / 'README.md', *sorted(source.glob('docs/*.md'))]:
    check_links(page)
check_properties()
check_versions()
if not element.PAGE.exists() or element.PAGE.read_text() != element.made():
    problems.append('docs/element.md is not up to date: python3 tests/docs/element.py --write')
print('\n'.join(problems))
sys.exit(bool(problems))
