# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plays a .validatetest scenario: the part of GStreamer's gst-validate that is used here, where that is missing.

  run.py SCENARIO.validatetest

The files mean the same to gst-validate-1.0 --set-test-file. Whatever is not known here is an error."""
import os
import re
import sys
import time

import gi
gi.require_version('Gst', '1.0')
from gi.repository import Gst

LIMIT = 300     # seconds for one action, to end what hangs; the first start on a machine compiles kernels
TICK = 10 * Gst.MSECOND
CONTINUED = ',{\\[<'    # a structure goes on after a line that ends so


class Failure(Exception):
    pass


# ---- files ----

def structure_of(text):
    try:
        return Gst.Structure.new_from_string(text)
    except TypeError:
        raise Failure('not a structure: ' + text)


def read_structures(path):
    """The structures of a file, and the line each begins at. A continuing backslash is no part of them."""
    text, first = '', 0
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            line = line.split('#', 1)[0].rstrip('\r\n')
            if not text and not line.strip():
                continue
            first = first if text else number
            text += line[:-1] if line.endswith('\\') else line
            if line and line[-1] in CONTINUED:
                continue
            try:
                structure = structure_of(text)
            except Failure as failure:
                raise Failure('%s:%d: %s' % (path, first, failure))
            text = ''
            yield first, structure
    if text:
        raise Failure('%s:%d: not ended: %s' % (path, first, text))


class Fields:
    """The fields of a structure, variables replaced, each to be taken once; what is left over was not understood."""

    def __init__(self, structure, variables):
        self.name = structure.get_name()
        self.values = {}
        for i in range(structure.n_fields()):
            field = structure.nth_field_name(i)
            is_list, items = structure.get_list(field)
            value = [items.get_nth(n) for n in range(items.n_values)] if is_list else structure.get_value(field)
            self.values[field] = replaced(value, variables)

    def take(self, field, default=None):
        return self.values.pop(field, default)

    def take_properties(self):
        """What is of the form element::property."""
        names = [name for name in self.values if '::' in name]
        return [(*name.split('::', 1), self.values.pop(name)) for name in names]

    def check_empty(self):
        if self.values:
            raise Failure('%s: unknown field %s' % (self.name, ', '.join(self.values)))


def replaced(value, variables):
    if isinstance(value, list):
        return [replaced(item, variables) for item in value]
    if not isinstance(value, str):
        return value

    def look_up(match):
        if match[1] not in variables:
            raise Failure('unknown variable ' + match[0])
        return variables[match[1]]
    return re.sub(r'\$\((\w+)\)', look_up, value)


# ---- issues ----

class ExpectedIssue:
    """A warning that has to come."""

    def __init__(self, text, variables):
        fields = Fields(structure_of(text), variables)
        if fields.name != 'expected-issue' or fields.take('issue-id') != 'runtime::warning-on-bus':
            raise Failure('no such issue is known here: ' + text)
        self.details = fields.take('details', '.*')
        self.seen = False
        fields.check_empty()

    def matches(self, details):
        return re.match(self.details, details, re.DOTALL) is not None


# ---- playing ----

class Scenario:
    def __init__(self, path):
        self.path = path
        self.variables = {'test_dir': os.path.dirname(os.path.abspath(path)),
                          'test_name': os.path.splitext(os.path.basename(path))[0]}
        structures = list(read_structures(path))
        if not structures or structures[0][1].get_name() != 'meta':
            raise Failure(path + ': does not begin with meta')
        meta = Fields(structures[0][1], self.variables)
        meta.take('summary')
        arguments = meta.take('args', [])
        self.expected = [ExpectedIssue(text, self.variables) for text in meta.take('expected-issues', [])]
        meta.check_empty()
        if len(arguments) != 1:
            raise Failure(path + ': args has to be one pipeline')
        self.actions = [(line, Fields(structure, self.variables)) for line, structure in structures[1:]]
        if not self.actions or self.actions[-1][1].name != 'stop':
            raise Failure(path + ': does not end with stop')
        self.pipeline = Gst.parse_launch(arguments[0])
        self.bus = self.pipeline.get_bus()

    def run(self):
        try:
            self.set_state(Gst.State.PLAYING)
            for line, fields in self.actions:
                try:
                    self.act(fields)
                except Failure as failure:
                    raise Failure('%s:%d: %s: %s' % (self.path, line, fields.name, failure))
            self.drain()
        finally:
            self.pipeline.set_state(Gst.State.NULL)
        for issue in self.expected:
            if not issue.seen:
                raise Failure('%s: no warning came that matches %s' % (self.path, issue.details))

    def act(self, fields):
        at = fields.take('playback-time')
        if at is not None:
            self.until(lambda: self.position() >= at * Gst.SECOND, 'the stream did not come to %s s' % at)
        action = ACTIONS.get(fields.name)
        if action is None:
            raise Failure('unknown action')
        action(self, fields)

    # ---- the bus ----

    def handle(self, message):
        if message.type == Gst.MessageType.ERROR:
            raise Failure(' '.join(map(str, message.parse_error())))
        if message.type == Gst.MessageType.EOS:
            raise Failure('the stream ended')
        if message.type == Gst.MessageType.WARNING:
            error, debug = message.parse_warning()
            details = '%s: %s (%s)' % (message.src.get_name(), error.message, debug)
            matching = [issue for issue in self.expected if issue.matches(details)]
            if not matching:
                raise Failure('unexpected warning: ' + details)
            for issue in matching:
                issue.seen = True

    def until(self, done, complaint):
        """Handles messages until `done` says so, which is asked before every message."""
        end = time.monotonic() + LIMIT
        while not done():
            if time.monotonic() > end:
                raise Failure(complaint)
            message = self.bus.timed_pop(TICK)
            if message:
                self.handle(message)

    def drain(self):
        for message in iter(self.bus.pop, None):
            self.handle(message)

    def position(self):
        known, position = self.pipeline.query_position(Gst.Format.TIME)
        return position if known else -1

    def set_state(self, state):
        self.pipeline.set_state(state)
        end = time.monotonic() + LIMIT
        while self.pipeline.get_state(TICK)[1] != state:
            self.drain()        # an error is why it fails
            if time.monotonic() > end:
                raise Failure('the pipeline did not come to ' + state.value_nick)

    # ---- actions ----

    def element(self, name):
        element = self.pipeline.get_by_name(name)
        if element is None:
            raise Failure('no element is named ' + name)
        return element

    def property(self, name, property_name):
        element = self.element(name)
        if element.find_property(property_name) is None:
            raise Failure('%s has no property %s' % (name, property_name))
        return element

    def set_properties(self, fields):
        for name, property_name, value in fields.take_properties():
            element = self.property(name, property_name)
            if isinstance(value, str):
                Gst.util_set_object_arg(element, property_name, value)
            else:
                element.set_property(property_name, value)
        fields.check_empty()

    def check_properties(self, fields):
        for name, property_name, value in fields.take_properties():
            found = self.property(name, property_name).get_property(property_name)
            if found != value:
                raise Failure('%s::%s is %s, not %s' % (name, property_name, found, value))
        fields.check_empty()

    def wait(self, fields):
        duration, kind, target = (fields.take(name) for name in ('duration', 'message-type', 'target-element-name'))
        fields.check_empty()
        if duration is not None:
            end = time.monotonic() + duration
            self.until(lambda: time.monotonic() > end, '')
        else:
            self.wait_for_message(kind, target)

    def wait_for_message(self, kind, target):
        element = self.element(target) if target else None
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            message = self.bus.timed_pop(TICK)
            if message is None:
                continue
            self.handle(message)
            if Gst.MessageType.get_name(message.type) == kind and element in (None, message.src):
                return
        raise Failure('no %s message came from %s' % (kind, target or 'anything'))

    def seek(self, fields):
        start, flags = fields.take('start'), Gst.SeekFlags(0)
        for flag in fields.take('flags').split('+'):
            flags |= getattr(Gst.SeekFlags, flag.upper())
        fields.check_empty()
        if not self.pipeline.seek_simple(Gst.Format.TIME, flags, int(start * Gst.SECOND)):
            raise Failure('the seek was refused')
        if self.pipeline.get_state(LIMIT * Gst.SECOND)[0] != Gst.StateChangeReturn.SUCCESS:
            raise Failure('the seek did not end')

    def pause(self, fields):
        fields.check_empty()
        self.set_state(Gst.State.PAUSED)

    def play(self, fields):
        fields.check_empty()
        self.set_state(Gst.State.PLAYING)

    def stop(self, fields):
        fields.check_empty()


ACTIONS = {'set-properties': Scenario.set_properties, 'check-properties': Scenario.check_properties,
           'wait': Scenario.wait, 'seek': Scenario.seek, 'pause': Scenario.pause, 'play': Scenario.play,
           'stop': Scenario.stop}


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    Gst.init(None)
    try:
        Scenario(sys.argv[1]).run()
    except Failure as failure:
        raise SystemExit('FAILED: %s' % failure)


main()
