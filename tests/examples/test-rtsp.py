# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The RTSP server of stylerwkv-live and clients that are not ours, over loopback: several at once, one late, one that
vanishes, one with a wrong password, one that spells the address another way; the style changed meanwhile, the input
away.

  test-rtsp.py PROGRAM"""
import base64
import glob
import os
import re
import signal
import socket
import sys
import time

import numpy

from helper import Failure, Program, check, main, run, write_clip, write_portrait, write_styles

WIDTH, HEIGHT = 128, 96
FRAME = 'last-message = chain'
# What comes before the first key frame is not decoded; of full range FFmpeg's scaler says that its name for it is old.
HARMLESS = 'Missing reference picture|decode_slice_header|deprecated pixel format|Last message repeated'


class Server(Program):
    """On a port that the system chooses."""

    def __init__(self, *arguments):
        super().__init__(sys.argv[1], '--rtsp-port', '0', '--web-port', 'off', '--size', '%dx%d' % (WIDTH, HEIGHT),
                         '--session-timeout', '20', '--fade', '0', *arguments)
        self.address = self.expect(r'listening at rtsp://(\S+)').group(1)

    def url(self, user=''):
        return 'rtsp://%s%s' % (user and user + '@', self.address)

    def sessions(self):
        asked = self.count('sessions=')
        self.say('stats')
        return int(self.expect(r'sessions=\(uint\)(\d+)', asked + 1).group(1))

    def wait_for_sessions(self, number):
        for _ in range(1500):
            found = self.sessions()
            if found == number:
                return
            time.sleep(0.2)
        raise Failure('%d sessions instead of %d' % (found, number))


def watch(url, transport='tcp'):
    """A GStreamer client that goes on until it is stopped, and writes a line for every frame."""
    client = Program('gst-launch-1.0', '-v', 'rtspsrc', 'location=' + url, 'protocols=' + transport, 'latency=0', '!',
                     'rtph264depay', '!', 'h264parse', '!', 'video/x-h264,alignment=au', '!', 'fakesink',
                     'silent=false')
    client.expect(FRAME, 3)
    return client


def goes_on(client, frames=5):
    client.expect(FRAME, client.count(FRAME) + frames)


def decode(source, frames, *options):
    """Frames by FFmpeg (frames,HEIGHT,WIDTH,3), which has nothing to complain of, but that a client who comes late
    gets what leaves before the next key frame too: that is thrown away, and never shown. Times stay the source's, or
    two frames of a slow machine would come to one of the frame rate."""
    status, data, problems = run('ffmpeg', '-v', 'warning', *options, '-i', source, '-frames:v', str(frames),
                                 '-fps_mode', 'passthrough', '-enc_time_base', '-1', '-pix_fmt', 'rgb24',
                                 '-f', 'rawvideo', '-', text=False)
    size = WIDTH * HEIGHT * 3
    check(status == 0 and len(data) == frames * size, 'ffmpeg: status %d, %d bytes: %s' % (status, len(data), problems))
    lines = [line for line in problems.decode().splitlines() if not re.search(HARMLESS, line)]
    check(not lines, 'ffmpeg: %s' % lines)
    return numpy.frombuffer(data, numpy.uint8).reshape(frames, HEIGHT, WIDTH, 3).astype(float)


def watched(url, frames, transport='tcp'):
    return decode(url, frames, '-rtsp_transport', transport)


def picture(url, frames=1, transport='tcp'):
    """The last of some frames: mean red, green, blue."""
    return watched(url, frames, transport)[-1].mean((0, 1))


def set_style(server, style):
    wanted = 'style-image is now ' + re.escape(style)
    before = server.count(wanted)
    server.say('style ' + style)
    server.expect(wanted, before + 1)


def only_with_password(server):
    for user in ('', 'painter:wrong', 'nobody:secret'):
        status, _, problems = run('ffprobe', '-v', 'error', '-rtsp_transport', 'tcp', server.url(user))
        check(status != 0 and '401' in problems, '%r was let in: %s' % (user, problems))
    status, said, problems = run('gst-launch-1.0', 'rtspsrc', 'location=' + server.url('painter:wrong'), '!',
                                 'fakesink')
    check(status != 0 and 'Unauthorized' in said + problems, said + problems)
    status, said, problems = run('ffprobe', '-v', 'error', '-rtsp_transport', 'tcp', '-select_streams', 'v',
                                 '-show_entries',
                                 'stream=codec_name,width,height', '-of', 'csv=p=0', server.url('painter:secret'))
    check(said.strip() == 'h264,%d,%d' % (WIDTH, HEIGHT), said + problems)


def whole_pictures(folder, styles):
    """What arrives is what the element draws of the same file, every frame of it, at and after key frames too."""
    clip, drawn = os.path.join(folder, 'pattern.avi'), os.path.join(folder, 'drawn.avi')
    status, _, said = run('gst-launch-1.0', '-q', 'videotestsrc', 'num-buffers=1', 'pattern=smpte75', '!',
                          'imagefreeze',
                          'num-buffers=20', '!', 'video/x-raw,format=I420,width=%d,height=%d,framerate=20/1' % (WIDTH,
                              HEIGHT), '!',
                          'avimux', '!',
                          'filesink', 'location="%s"' % clip)
    check(status == 0, said)
    status, _, said = run('gst-launch-1.0', '-q', 'filesrc', 'location="%s"' % clip, '!', 'decodebin', '!',
                          'videoconvert', '!',
                          'stylerwkv', 'style-image="%s"' % styles[0], '!', 'videoconvert', '!', 'avimux', '!',
                          'filesink',
                          'location="%s"' % drawn)
    check(status == 0, said)
    wanted = decode(drawn, 20)[-1]
    server = Server('--style', styles[0], clip)
    got = watched(server.url(), 130)        # more than two key frames
    error = ((got - wanted) ** 2).mean((1, 2, 3))
    check(error.max() < 255 ** 2 / 10 ** 2.8, 'a frame is only %.1f dB like the one that was drawn' % (
        10 * numpy.log10(255 ** 2 / error.max())))
    check(server.stop() == 0, server.output())


def even_times(server):
    """Frames of the test picture, 30 a second: one or more periods from one to the next, and no fraction, but where
    the machine is late by more than the server has in hand."""
    status, said, problems = run('ffprobe', '-v', 'error', '-rtsp_transport', 'tcp', '-read_intervals', '%+4',
                                 '-show_entries',
                                 'packet=pts_time', '-of', 'csv=p=0', server.url('painter:secret'))
    times = [float(n) for n in re.findall(r'\d+\.\d+', said)]
    check(status == 0 and len(times) > 20, '%d frames in four seconds: %s' % (len(times), problems))
    periods = numpy.diff(times[5:]) * 30
    check(numpy.percentile(abs(periods - periods.round()), 75) < 0.05, 'periods from frame to frame: %s' % periods)


def set_up_at_once(server):
    """A client that asks for a part of the stream without a word before: the answer's first line."""
    host, port = server.address.split('/')[0].split(':')
    with socket.create_connection((host, int(port)), 30) as connection:
        connection.sendall(('SETUP %s/stream=0 RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic %s\r\n'
                            'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n' % (
                                server.url(), base64.b64encode(b'painter:secret').decode())).encode())
        return connection.recv(4096).decode().splitlines()[0]


def other_addresses(server, url, client):
    """The same stream by another spelling of its address; nobody loses it."""
    for suffix in ('?x=1', '/', '/?y'):
        other = watch(url + suffix)
        goes_on(client)
        goes_on(other)
        other.stop(signal.SIGKILL)
        goes_on(client)
    answer = set_up_at_once(server)
    check(answer == 'RTSP/1.0 200 OK', answer)
    goes_on(client)
    picture(url)


def changes_while_watched(server, url, client, styles):
    red = picture(url)
    set_style(server, styles[1])
    blue = picture(url, transport='udp')
    check(red[0] - red[2] > blue[0] - blue[2] + 5, 'red style: %s, blue style: %s' % (red, blue))
    server.say('style /nonexistent.jpg')
    server.expect('warning from .*nonexistent')
    server.say('strength 2')
    server.expect('takes a number from 0 to 1')
    server.say('strength 0.5')
    server.expect('strength is now 0.5')
    server.say('style-2 ' + styles[0])
    server.expect('style-image-2 is now ')
    server.say('mix 0.5')
    server.expect('style-mix is now 0.5')
    server.say('style-2\t"%s"' % styles[1])
    server.expect('style-image-2 is now ' + re.escape(styles[1]))
    server.say('style-2')
    server.expect('style-image-2 is now none')
    server.say("style '" + styles[0])
    server.expect('(?i)unmatched quotation')
    server.say('style ' + 100000 * 'x')
    server.expect('more than 8192 bytes')
    server.say('help')
    server.expect('amount of style')
    goes_on(client)


def vanishing(server, url, client):
    """Killed clients say no TEARDOWN; the other one does not notice, and they are forgotten."""
    for transport in ('udp', 'tcp'):
        server.wait_for_sessions(1)
        other = watch(url, transport)
        check(server.sessions() == 2, '%d sessions instead of 2' % server.sessions())
        other.stop(signal.SIGKILL)
        goes_on(client)
        picture(url)                        # and late ones are let in
    server.wait_for_sessions(1)
    goes_on(client)


def nobody_watches(server, url):
    """Nothing is drawn then, and the next client is served all the same."""
    server.wait_for_sessions(0)
    picture(url, 3)
    server.wait_for_sessions(0)


def several_clients(styles):
    server = Server('--user', 'painter', '--password', 'secret', '--style', styles[0])
    url = server.url('painter:secret')
    only_with_password(server)
    even_times(server)
    client = watch(url)
    other_addresses(server, url, client)
    changes_while_watched(server, url, client, styles)
    vanishing(server, url, client)
    client.stop()
    nobody_watches(server, url)
    server.say('quit')
    check(server.wait() == 0, server.output())


def a_file_and_its_relay(folder, styles):
    """A file goes on after its end, and a second server shows what the first one serves."""
    clip = os.path.join(folder, 'a clip.avi')
    write_clip(clip, 15)
    server = Server('--input', clip, '--style', styles[0])
    picture(server.url(), 40)
    relay = Server('--input', server.url(), '--strength', '0')
    client = watch(relay.url())
    # the second server outlives the first one, and goes on when that is there again
    port = server.address.split(':')[1].split('/')[0]
    check(server.stop() == 0, server.output())
    server = Server('--input', clip, '--rtsp-port', port)
    goes_on(client, 30)
    check(client.process.poll() is None, client.output())
    check(relay.stop(signal.SIGTERM) == 0, relay.output())
    check(server.stop() == 0, server.output())


def an_input_that_is_away(folder, styles):
    """A server whose input is not there yet waits for it; when it goes, who comes still gets an answer and the
    last picture."""
    first = Server('--style', styles[0])
    port = first.address.split(':')[1].split('/')[0]
    check(first.stop() == 0, first.output())
    relay = Program(sys.argv[1], '--rtsp-port', '0', '--web-port', 'off', '--size', '%dx%d' % (WIDTH, HEIGHT),
                    '--strength', '0', '--input', 'rtsp://127.0.0.1:%s/painting' % port)
    relay.expect('trying again every 2 s')
    first = Server('--style', styles[0], '--rtsp-port', port)
    url = 'rtsp://' + relay.expect(r'listening at rtsp://(\S+)').group(1)
    check((watched(url, 3)[-1].std((0, 1)) > 5).any(), 'no picture came through')
    check(first.stop() == 0, first.output())
    check((watched(url, 3)[-1].std((0, 1)) > 5).any(), 'the last picture was not kept')
    check(relay.stop() == 0, relay.output())


def upright(folder):
    clip = os.path.join(folder, 'portrait.mp4')
    write_portrait(clip, 96, 128)
    server = Server('--strength', '0', clip)
    got = watched(server.url(), 2)[-1]
    top, bottom = got[10:30, 54:74].mean((0, 1)), got[-30:-10, 54:74].mean((0, 1))
    check(top[0] > top[2] + 100 and bottom[2] > bottom[0] + 100, 'top %s, bottom %s' % (top, bottom))
    check(server.stop() == 0, server.output())


def addresses():
    for given in ('::1', '[::1]'):
        server = Server('--address', given)
        check(server.address.startswith('[::1]:'), server.address)
        check('everybody' not in server.output(), server.output())
        check(server.stop() == 0, server.output())


def a_file_whose_name_looks_live(folder):
    """It is no network's stream: it goes on at its end at once, at its own pace."""
    os.rename(os.path.join(folder, 'a clip.avi'), os.path.join(folder, 'rtsp_x.avi'))
    server = Server('--input', os.path.join(folder, 'rtsp_x.avi'), '--strength', '0')
    watched(server.url(), 60)               # four times its length
    check(server.stop() == 0, server.output())


def a_file_that_ends_before_the_first_frame(folder):
    """It is read again, and not all started again, for ever."""
    clip = os.path.join(folder, 'short.avi')
    write_clip(clip, 2)
    server = Server(clip)
    check(server.stop() == 0, server.output())


def without_an_encoder(folder):
    """Seen at the start, and not by the first client."""
    plugins = os.path.join(folder, 'plugins')
    os.mkdir(plugins)
    status, directory, _ = run('pkg-config', '--variable=pluginsdir', 'gstreamer-1.0')
    check(status == 0, 'pkg-config does not know where plug-ins are')
    for path in glob.glob(os.path.join(directory.strip(), '*.so')):
        if 'x264' not in path:
            os.symlink(path, os.path.join(plugins, os.path.basename(path)))
    status, said, problems = run(sys.argv[1], '--rtsp-port', '0', '--web-port', 'off', environment=dict(
        GST_PLUGIN_SYSTEM_PATH=plugins, GST_REGISTRY=os.path.join(folder, 'no-encoder.bin')))
    check(status == 1 and 'x264enc' in problems and 'gstreamer1.0-plugins-ugly' in problems, said + problems)


def tells_what_is_wrong(folder):
    none = os.path.join(folder, 'none.avi')
    for bad, what, wanted in ((['--size', '5x5'], '--size', 2), (['--user', 'me'], 'belong together', 2),
                              (['--mount', 'x'], '--mount', 2), (['--strength', '2'], '--strength', 2),
                              (['--nothing'], '--nothing', 2), (['one.avi', 'other.avi'], 'other.avi', 2),
                              (['--input', none], 'none.avi', 1), ([none], 'none.avi', 1),
                              (['--rtsp-port', '70000'], '--rtsp-port', 2), (['--output', 'x.avi'], 'x.avi', 2),
                              (['--address', '192.0.2.1'], 'Cannot assign requested address', 1)):
        status, said, problems = run(sys.argv[1], '--rtsp-port', '0', '--web-port', 'off', *bad)
        check(status == wanted and what in problems, '%s: %d, %s%s' % (bad, status, said, problems))
    status, said, problems = run(sys.argv[1], environment=dict(STYLERWKV_PASSWORD='secret'))
    check(status == 2 and 'belong together' in problems, said + problems)
    status, said, problems = run(sys.argv[1], '--version')
    check(status == 0 and re.fullmatch(r'stylerwkv-live \(gst-stylerwkv\) [\d.]+\n', said), said + problems)


def test(folder):
    os.environ.pop('STYLERWKV_PASSWORD', None)
    styles = write_styles(folder)
    tells_what_is_wrong(folder)
    without_an_encoder(folder)
    a_file_that_ends_before_the_first_frame(folder)
    whole_pictures(folder, styles)
    upright(folder)
    addresses()
    an_input_that_is_away(folder, styles)
    several_clients(styles)
    a_file_and_its_relay(folder, styles)
    a_file_whose_name_looks_live(folder)


main(test)
