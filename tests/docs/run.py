# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs every command of the documentation: each ```sh and ```python block of README.md and docs/, and the launch
lines in the element's section docs; what is ```c is compiled.

  run.py SOURCE BUILD [WITHOUT…]

The commands run in a folder that looks like a checkout with a few clips and pictures in it. One that ends by
itself must do so with status 0, and show frames where it has a sink to show them; one that goes on for ever must
show frames and end with status 0 on SIGINT. What stands under a comment '<!-- not run: why -->', or names
something of WITHOUT, which is not there, is skipped, and the output says so."""
import dataclasses
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

LIMIT = 300     # seconds, to end what hangs; the first start on a machine compiles kernels
FRAME = 'last-message = chain'
FRAMES = 3      # that a command shows at least


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return str(probe.getsockname()[1])


PORT, WEB_PORT, OSC_PORT, SRT_PORT = (free_port() for _ in range(4))

# What is other than the documentation has it: pattern, replacement. There is no screen, no loudspeaker, no camera, and
# nothing is installed for good (DESTDIR sees to the rest).
SUBSTITUTIONS = [
    (r'gst-launch-1\.0', 'gst-launch-1.0 -v'),
    (r'autovideosink', 'fakesink silent=false sync=true'),
    (r'autoaudiosink', 'fakesink sync=true'),
    (r'playbin ', 'playbin video-sink="fakesink silent=false sync=true" audio-sink=fakesink '),
    (r'v4l2src', 'videotestsrc is-live=true'),
    (r'/embed ', '/embed --sink "fakesink sync=true" '),
    (r'apt-get install', 'apt-get install --simulate --no-install-recommends'),
    (r'stylerwkv-bench --size', 'stylerwkv-bench --frames 3 --no-start --size'),
    (r'/stylerwkv-live ', '/stylerwkv-live --rtsp-port %s --web-port %s ' % (PORT, WEB_PORT)),
    (r':8554', ':' + PORT),
    (r'(--osc-port|127\.0\.0\.1) 9000', r'\1 ' + OSC_PORT),
    (r':8080', ':' + WEB_PORT),
    (r':8888', ':' + SRT_PORT),
]

# What goes on for ever, and what it says when it is at work. A server stays for the commands after it in its block.
ENDLESS = [
    (r'srtsink', 'Setting pipeline to PLAYING'),
    (r'^gst-launch(?s:.*)(videotestsrc(?!.*num-buffers)|rtsp://)', FRAME),
    (r'/stylerwkv-live ', 'listening at'),
]
SERVER = r'/stylerwkv-live |srtsink'

# The files that the commands read.
SAMPLES = {
    'clip.mp4': 'videotestsrc num-buffers=24 pattern=ball ! video/x-raw,width=160,height=96,framerate=24/1 ! x264enc ! '
                'queue ! mux. audiotestsrc num-buffers=40 ! audioconvert ! avenc_aac ! queue ! mux. mp4mux name=mux',
    'one.jpg': 'videotestsrc num-buffers=1 pattern=smpte75 ! jpegenc',
    'other.jpg': 'videotestsrc num-buffers=1 pattern=circular foreground-color=0xffd08020 ! videoconvert ! jpegenc',
    'vignette.png': 'videotestsrc num-buffers=1 pattern=gradient ! video/x-raw,format=GRAY8 ! pngenc',
}
COPIES = {'painting.jpg': 'models/default-style.jpg', 'small.safetensors': 'models/small.safetensors'}


@dataclasses.dataclass
class Command:
    where: str
    text: str
    title: str


@dataclasses.dataclass
class Block:
    commands: list
    skipped: str    # why, or nothing


class Failure(Exception):
    pass


# ---- reading ----

def complete(text):
    return subprocess.run(['bash', '-n', '-c', text], stderr=subprocess.DEVNULL).returncode == 0


def commands_of(where, first_line, lines):
    """A command goes on to the next line after a backslash, and to the end of a loop."""
    text, start = '', first_line
    for number, line in enumerate(lines, first_line):
        start = start if text else number
        text += line + '\n'
        if line.endswith('\\') or not complete(text):
            continue
        if shlex.split(text, comments=True):
            title = text.splitlines()[0].replace('#', '—')
            yield Command('%s:%d' % (where, start), text.strip(), title)
        text = ''
    if text:
        raise SystemExit('%s:%d: a command without an end' % (where, start))


def program_of(where, line, language, body):
    """Python is run, and must end by itself; C is compiled."""
    how = {'python': 'python3 -c ', 'c': 'cc -fsyntax-only -Wall -Werror -Wno-unused-function -include gst/gst.h '
           '$(pkg-config --cflags gstreamer-1.0) -x c - <<<'}[language]
    yield Command('%s:%d' % (where, line), how + shlex.quote(body), language)


MARKDOWN = re.compile(r'(?:^<!-- not run: (?P<why>[^\n]*?) -->\n+)?^```(?P<language>sh|python|c)\n(?P<body>.*?)^```$',
                      re.MULTILINE | re.DOTALL)
SECTION_DOCS = re.compile(r'^ +\* \|\[\n(?P<body>.*?)^ +\* \]\|$', re.MULTILINE | re.DOTALL)


def of_markdown(where, text):
    for found in MARKDOWN.finditer(text):
        line = text.count('\n', 0, found.start('body')) + 1
        if found['language'] == 'sh':
            commands = commands_of(where, line, found['body'].splitlines())
        else:
            commands = program_of(where, line, found['language'], found['body'])
        yield Block(list(commands), found['why'] or '')


def of_section_docs(where, text):
    for found in SECTION_DOCS.finditer(text):
        line = text.count('\n', 0, found.start('body')) + 1
        lines = [re.sub(r'^ +\* ', '', row) for row in found['body'].splitlines()]
        yield Block(list(commands_of(where, line, lines)), '')


def read_all(source):
    for path in [source / 'README.md', *sorted(source.glob('docs/*.md'))]:
        yield from of_markdown(path.relative_to(source), path.read_text())
    for path in sorted(source.glob('gst/*.c')):
        yield from of_section_docs(path.relative_to(source), path.read_text())


# ---- the folder ----

def make_folder(folder, source, build):
    for entry in source.iterdir():
        if not entry.name.startswith(('.', 'build')):
            (folder / entry.name).symlink_to(entry)
    (folder / 'build').symlink_to(build)
    (folder / 'bin').mkdir()
    (folder / 'bin' / 'python3').symlink_to(sys.executable)
    for name, pipeline in SAMPLES.items():
        launch = ['gst-launch-1.0', '-q', *shlex.split(pipeline), '!', 'filesink', 'location=%s' % (folder / name)]
        subprocess.run(launch, check=True, stdin=subprocess.DEVNULL, timeout=LIMIT)
    for name, original in COPIES.items():
        shutil.copyfile(source / original, folder / name)


def environment(folder, build):
    env = dict(os.environ, HOME=str(folder), BUILD=str(build), DESTDIR=str(folder / 'installed'), LC_ALL='C.UTF-8',
               SINK='fakesink sync=true')
    # the tools that were built, and the Python that has the bindings
    env['PATH'] = '%s:%s:%s' % (build / 'engine', folder / 'bin', env['PATH'])
    return env


# ---- running ----

class Job:
    def __init__(self, command, folder, env):
        self.text = command.text
        for pattern, replacement in SUBSTITUTIONS:
            self.text = re.sub(pattern, replacement, self.text)
        self.sign = next((sign for pattern, sign in ENDLESS if re.search(pattern, self.text)), None)
        self.folder = folder
        self.start = time.monotonic()
        self.log = tempfile.TemporaryFile('w+')
        self.process = subprocess.Popen(['bash', '-c', self.text], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True)

    def output(self):
        with open('/proc/self/fd/%d' % self.log.fileno(), errors='replace') as log:
            return log.read()

    def frames(self):
        return self.output().count(FRAME)

    def at_work(self):
        return self.frames() >= FRAMES if self.sign == FRAME else self.sign in self.output()

    def wait_until_at_work(self):
        end = time.monotonic() + LIMIT
        while not self.at_work():
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failure('it did not say “%s”' % self.sign)
            time.sleep(0.05)

    def wait(self):
        try:
            status = self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            raise Failure('it did not end') from None
        if status != 0:
            raise Failure('it ended with status %d' % status)

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        self.wait()

    def check(self):
        """What the status does not tell."""
        if re.search('gst-launch.*silent=false', self.text, re.DOTALL) and self.frames() < FRAMES:
            raise Failure('it showed %d frames' % self.frames())
        if re.search('WARNING: from element .*GstStylerwkv', self.output()):
            raise Failure('the element gave a warning')
        for name in re.findall(r'filesink location=(\S+)', self.text):
            if not (self.folder / name).stat().st_size:
                raise Failure('%s is empty' % name)

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()


# ---- reporting, in the Test Anything Protocol ----

class Report:
    count = failed = 0

    def line(self, command, good=True, note=''):
        self.count += 1
        self.failed += not good
        verdict = 'ok' if good else 'not ok'
        print('%s %d - %s %s%s' % (verdict, self.count, command.where, command.title, note), flush=True)

    def failure(self, command, job, failure):
        self.line(command, False)
        for line in ('%s\n%s\n%s' % (failure, job.text, job.output()[-3000:])).splitlines():
            print('# ' + line)


def finish(command, job, report):
    """Once the command is at work."""
    try:
        if job.sign:
            job.stop()
        else:
            job.wait()
        job.check()
        report.line(command, note=' (%.1f s)' % (time.monotonic() - job.start))
    except (Failure, OSError) as failure:
        report.failure(command, job, failure)


def run_block(block, env, folder, report, jobs):
    """Every job it starts goes into `jobs`."""
    servers = []
    for command in block.commands:
        words = shlex.split(command.text, comments=True)
        if words[0] == 'export':
            env.update(word.split('=', 1) for word in words[1:])
            continue
        job = Job(command, folder, env)
        jobs.append(job)
        try:
            if job.sign:
                job.wait_until_at_work()
        except Failure as failure:
            report.failure(command, job, failure)
            continue
        if re.search(SERVER, job.text):
            servers.append((command, job))
        else:
            finish(command, job, report)
    for command, job in servers:
        finish(command, job, report)


def skip_block(block, why, report):
    for command in block.commands:
        report.line(command, note=' # SKIP ' + why)


def run_all(blocks, without, folder, build, report):
    for block in blocks:
        missing = [what for what in without if any(what in command.text for command in block.commands)]
        jobs = []
        if block.skipped or missing:
            skip_block(block, block.skipped or missing[0] + ' is not there', report)
            continue
        try:
            run_block(block, environment(folder, build), folder, report, jobs)
        finally:
            for job in jobs:
                job.kill()


def main(source, build, without):
    report = Report()
    blocks = list(read_all(source))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_folder(folder, source, build)
        run_all(blocks, without, folder, build, report)
    print('1..%d' % report.count)
    return report.failed > 0


if __name__ == '__main__':
    # whatever ends this test ends what it started
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:]))
