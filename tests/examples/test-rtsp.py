"""rtsp-server and clients that are not ours, over loopback: several at once, one late, one that vanishes, one with a wrong
password; the style changed meanwhile.

  test-rtsp.py PROGRAM"""
import os
import re
import signal
import sys
import time

from helper import Failure, Program, check, main, run, write_clip, write_styles

WIDTH, HEIGHT = 128, 96
FRAME = 'last-message = chain'


class Server(Program):
    """On a port that the system chooses."""

    def __init__(self, *arguments):
        super().__init__(sys.argv[1], '--port', '0', '--size', '%dx%d' % (WIDTH, HEIGHT), '--session-timeout', '20', *arguments)
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
                     'rtph264depay', '!', 'h264parse', '!', 'video/x-h264,alignment=au', '!', 'fakesink', 'silent=false')
    client.expect(FRAME, 3)
    return client


def goes_on(client, frames=5):
    client.expect(FRAME, client.count(FRAME) + frames)


def picture(url, frames=1, transport='tcp'):
    """The last of some decoded frames, by FFmpeg: mean red, green, blue."""
    status, data, problems = run('ffmpeg', '-v', 'error', '-rtsp_transport', transport, '-i', url, '-frames:v', str(frames),
                                 '-vsync', 'passthrough', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-', text=False)
    size = WIDTH * HEIGHT * 3
    check(status == 0 and len(data) == frames * size, 'ffmpeg: status %d, %d bytes: %s' % (status, len(data), problems))
    return [sum(data[-size + i::3]) / (size / 3) for i in range(3)]


def set_style(server, style):
    wanted = 'style-image is now ' + re.escape(style)
    before = server.count(wanted)
    server.say('style ' + style)
    server.expect(wanted, before + 1)


def only_with_password(server):
    for user in ('', 'painter:wrong', 'nobody:secret'):
        status, _, problems = run('ffprobe', '-v', 'error', '-rtsp_transport', 'tcp', server.url(user))
        check(status != 0 and '401' in problems, '%r was let in: %s' % (user, problems))
    status, said, problems = run('gst-launch-1.0', 'rtspsrc', 'location=' + server.url('painter:wrong'), '!', 'fakesink')
    check(status != 0 and 'Unauthorized' in said + problems, said + problems)
    status, said, problems = run('ffprobe', '-v', 'error', '-rtsp_transport', 'tcp', '-select_streams', 'v', '-show_entries',
                                 'stream=codec_name,width,height', '-of', 'csv=p=0', server.url('painter:secret'))
    check(said.strip() == 'h264,%d,%d' % (WIDTH, HEIGHT), said + problems)


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
    client = watch(url)
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
    server = Server('--input', clip, '--port', port)
    goes_on(client, 30)
    check(client.process.poll() is None, client.output())
    check(relay.stop(signal.SIGTERM) == 0, relay.output())
    check(server.stop() == 0, server.output())


def tells_what_is_wrong(folder):
    for bad, what in ((['--size', '5x5'], '--size'), (['--user', 'me'], 'belong together'), (['--mount', 'x'], '--mount'),
                      (['--input', os.path.join(folder, 'none.avi')], 'none.avi'), (['--strength', '2'], '--strength')):
        status, said, problems = run(sys.argv[1], '--port', '0', *bad)
        check(status == 1 and what in problems, '%s: %s%s' % (bad, said, problems))


def test(folder):
    os.environ.pop('RTSP_PASSWORD', None)
    styles = write_styles(folder)
    tells_what_is_wrong(folder)
    several_clients(styles)
    a_file_and_its_relay(folder, styles)


main(test)
