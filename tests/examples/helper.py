# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the examples share. Limits are there to end what hangs, not to judge how fast the machine is."""
import os
import re
import signal
import struct
import subprocess
import tempfile
import time

LIMIT = 300     # seconds; the first start on a machine compiles kernels


class Failure(Exception):
    pass


def check(good, what):
    if not good:
        raise Failure(what)


class Program:
    """A program that runs beside the test, its output kept in a file."""
    running = []

    def __init__(self, *command, stdin=subprocess.PIPE, **how):
        self.name = os.path.basename(command[0])
        self.log = tempfile.TemporaryFile('w+')
        self.process = subprocess.Popen(command, stdin=stdin, stdout=self.log, stderr=subprocess.STDOUT, text=True,
                                        **how)
        Program.running.append(self)

    def output(self):
        """Through a handle of its own: moving the shared one would move where the program writes."""
        with open('/proc/self/fd/%d' % self.log.fileno()) as log:
            return log.read()

    def say(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()

    def expect(self, pattern, times=1, seconds=LIMIT):
        """Waits until the output holds the pattern so many times, and returns the last match."""
        end = time.monotonic() + seconds
        while True:
            alive = self.process.poll() is None
            found = list(re.finditer(pattern, self.output()))
            if len(found) >= times:
                return found[-1]
            check(alive and time.monotonic() < end, '%s did not say %r %d times: %s' % (
                self.name, pattern, times, self.output()[-3000:]))
            time.sleep(0.1)

    def count(self, pattern):
        return len(re.findall(pattern, self.output()))

    def stop(self, how=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.wait()

    def wait(self, seconds=LIMIT):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure('%s did not end: %s' % (self.name, self.output()[-3000:]))

    @classmethod
    def kill_all(cls):
        for program in cls.running:
            if program.process.poll() is None:
                program.process.kill()
                program.process.wait()


def run(*command, text=True, environment=None):
    """Runs a program to its end: its exit status, output and error output. `environment` goes over the test's own."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT, text=text,
                              env=dict(os.environ, **(environment or {})))
    except subprocess.TimeoutExpired:
        raise Failure('%s did not end in %d s' % (command, LIMIT))
    return done.returncode, done.stdout, done.stderr


def write_styles(folder):
    """Two pictures that nobody could take for one another: reds and blues."""
    paths = []
    for name, colours in (('red', ((220, 40, 20), (250, 220, 60))), ('blue', ((20, 40, 160), (5, 5, 15)))):
        pixels = b''.join(bytes(colours[(x + y // 2) // 6 % 2]) for y in range(64) for x in range(64))
        paths.append(os.path.join(folder, name + ' style.ppm'))
        with open(paths[-1], 'wb') as out:
            out.write(b'P6\n64 64\n255\n' + pixels)
    return paths


def write_clip(path, frames):
    """A file of so many frames, 15 a second."""
    status, _, said = run('gst-launch-1.0', '-q', 'videotestsrc', 'num-buffers=%d' % frames, '!',
                          'video/x-raw,width=128,height=96,framerate=15/1', '!', 'jpegenc', '!', 'avimux', '!',
                          'filesink',
                          'location="%s"' % path)
    check(status == 0, said)


def write_portrait(path, width, height, frames=15):
    """A file as a phone writes it that is held upright: what is stored is height×width and lies on its side, and
    the track's matrix says to turn it by 90 degrees. Upright, its upper half is red and its lower half blue."""
    pixels = b''.join(bytes((220, 0, 0) if x < height // 2 else (0, 0, 220)) for _ in range(width)
                      for x in range(height))
    raw = path + '.rgb'
    with open(raw, 'wb') as out:
        out.write(pixels * frames)
    status, _, said = run('gst-launch-1.0', '-q', 'filesrc', 'location="%s"' % raw, '!', 'rawvideoparse', 'format=rgb',
                          'width=%d' % height, 'height=%d' % width, 'framerate=15/1', '!', 'videoconvert', '!',
                          'x264enc', '!',
                          'video/x-h264,profile=main', '!', 'mp4mux', '!', 'filesink', 'location="%s"' % path)
    check(status == 0, said)
    os.remove(raw)
    with open(path, 'rb') as stored:
        data = bytearray(stored.read())
    matrix = data.index(b'tkhd') + 44       # ISO/IEC 14496-12, track header of version 0
    data[matrix:matrix + 36] = struct.pack('>9i', 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
    with open(path, 'wb') as out:
        out.write(data)


def main(test):
    """Runs a test with a folder of its own; whatever happens, nothing it started runs on."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            test(folder)
        except Failure as failure:
            raise SystemExit('FAILED: %s' % failure)
        finally:
            Program.kill_all()
