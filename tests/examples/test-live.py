# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""stylerwkv-live: the web page in a browser, its requests by hand, by friend and foe; and what it writes.

  test-live.py PROGRAM SAVED-STYLE UNIT"""
import base64
import io
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from helper import LIMIT, Failure, Program, check, main, run, write_styles

WIDTH, HEIGHT = 128, 96
JPEG = b'\xff\xd8\xff'


class Live(Program):
    """On a port that the system chooses."""

    OPTIONS = ('--web-port', '0', '--rtsp-port', 'off', '--size', '%dx%d' % (WIDTH, HEIGHT))

    def __init__(self, *arguments, command=None, **how):
        super().__init__(*(command or (sys.argv[1], *self.OPTIONS)), *arguments, **how)
        self.url = self.expect(r'web page at (\S+)/\n').group(1)
        self.port = int(self.url.rpartition(':')[2])

    def ask(self, path, body=None, method=None, headers=(), limit=LIMIT):
        """Status, headers and body of the answer."""
        request = urllib.request.Request(self.url + path, body, dict(headers), method=method)
        try:
            with urllib.request.urlopen(request, timeout=limit) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def state(self):
        return json.loads(self.ask('/state')[2])

    def raw(self, request, size=1 << 16):
        """The first bytes of the answer to what no client would send."""
        with socket.create_connection(('127.0.0.1', self.port), LIMIT) as connection:
            connection.sendall(request)
            return connection.recv(size)


def until(what, test):
    """Waits until the test says something, and returns that."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        found = test()
        if found:
            return found
        time.sleep(0.1)
    raise Failure(what + ' did not happen')


def refused(live, status, *request, **how):
    got, _, said = live.ask(*request, **how)
    check(got == status, '%s: %d, %s' % (request[0], got, said))
    return said.decode()


# ---- requests ----

def commands(live):
    said = live.ask('/command', b'strength 0.5')
    check(said[0] == 200 and said[2] == b'strength is now 0.5\n', said)
    said = live.ask('/mix', b'0.25', 'PUT')
    check(said[0] == 200 and said[2] == b'style-mix is now 0.25\n', said)
    state = live.state()
    check(state['strength'] == 0.5 and state['mix'] == 0.25, state)
    for path, body, method in (('/command', b'strength 2', 'POST'), ('/command', b'strength nan', 'POST'),
                               ('/command', b'quit', 'POST'), ('/quit', b'', 'PUT'), ('/nothing', b'', 'PUT'),
                               ('/command', b'{"strength": 0.1', 'POST'), ('/command', b'style a\0b', 'POST'),
                               ('/command', b'style \xff\xfe', 'POST'), ('/command', b"style 'x", 'POST'),
                               ('/strength', b'', 'PUT'), ('/fade', b'-1', 'PUT'), ('/pick', b'4', 'PUT')):
        refused(live, 400, path, body, method)
    refused(live, 413, '/command', b'x' * 9000)
    refused(live, 405, '/state', b'', 'POST')
    refused(live, 404, '/nothing')
    state = live.state()
    check(state['strength'] == 0.5 and state['style'] is None, state)


def nothing_outside_the_folder(live, folder):
    """By whatever spelling. A picture lies beside the folder."""
    for name in ('../beside.jpg', '..%2fbeside.jpg', '%2e%2e/beside.jpg', '%2e%2e%2fbeside.jpg', 'x/../../beside.jpg',
                 folder + '/beside.jpg', '%2fetc%2fpasswd', '.', '..', ''):
        line = live.raw(('GET /thumbnails/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' % name).encode())
        check(b'Content-Type: image' not in line and b'root:' not in line, '%s: %s' % (name, line[:200]))
        if name:
            refused(live, 400, '/style', name.encode(), 'PUT')


def other_sites(live):
    """DNS rebinding, and forms on other pages."""
    for host in ('evil.example', 'evil.example:%d' % live.port, '127.0.0.1.evil.example', ''):
        said = live.raw(('GET /state HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' % host).encode())
        check(re.match(rb'HTTP/1.1 40[03] ', said) and b'strength' not in said, '%s: %s' % (host, said))
    for host in ('localhost', '127.0.0.1:%d' % live.port, '[::1]'):
        said = live.raw(('GET /state HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' % host).encode())
        check(said.startswith(b'HTTP/1.1 200 '), '%s: %s' % (host, said))
    for headers in ({'Origin': 'http://evil.example'}, {'Origin': 'null'}, {'Origin': 'http://127.0.0.1:1'},
                    {'Sec-Fetch-Site': 'cross-site'}, {'Sec-Fetch-Site': 'same-site'}):
        refused(live, 403, '/command', b'strength 1', headers=headers)
    check(live.ask('/command', b'strength 0.5', headers={'Origin': live.url})[0] == 200, 'the own page was refused')


def encoded(picture, kind, **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def uploads(live, styles):
    """What is kept is the picture, under a plain name, and nothing else of the file."""
    picture = Image.new('RGB', (300, 200), (40, 160, 60))
    exif = Image.Exif()
    exif[0x010e] = 'where it was taken'
    data = encoded(picture, 'JPEG', exif=exif)
    for path, name in (('/styles/my%20green.jpeg', 'my-green.jpg'), ('/styles/my%20green.jpg', 'my-green-2.jpg'),
                       ('/styles/a%2fescaped.jpg', 'escaped.jpg'), ('/styles/.jpg', 'picture.jpg')):
        status, _, said = live.ask(path, data, 'PUT')
        check((status, said.decode()) == (201, name + '\n'), '%s: %d, %s' % (path, status, said))
        with open(os.path.join(styles, name), 'rb') as kept:
            data_kept = kept.read()
        check(b'where it was taken' not in data_kept, name)
        check(Image.open(io.BytesIO(data_kept)).size == (300, 200), name)
    check('my-green.jpg' in live.state()['styles'], live.state())
    status, _, thumbnail = live.ask('/thumbnails/my-green.jpg')
    check(status == 200 and Image.open(io.BytesIO(thumbnail)).size == (240, 160), 'the thumbnail: %d' % status)
    refused(live, 400, '/styles/%2e%2e%2fescaped.jpg', data, 'PUT')
    before = sorted(os.listdir(styles))
    for bad in (b'', b'<svg xmlns="http://www.w3.org/2000/svg"/>', b'GIF89a' + bytes(100), data[:len(data) // 2],
                encoded(picture, 'PNG')[:200], JPEG + bytes(1000)):
        refused(live, 415, '/styles/bad.jpg', bad, 'PUT')
    check(sorted(os.listdir(styles)) == before, os.listdir(styles))


def saved_styles(live, styles):
    """Have a picture in them; those that were saved before there were any go on without."""
    def size_of(path):
        status, headers, picture = live.ask(path)
        check(status == 200 and headers['Content-Type'] == 'image/jpeg', '%s: %d' % (path, status))
        return Image.open(io.BytesIO(picture)).size
    check(size_of('/thumbnails/saved.srwstyle') == (128, 128), 'the size of a preview')
    check(min(size_of('/built-in.jpg')) == 160, 'the size of the built-in picture')
    with open(os.path.join(styles, 'saved.srwstyle'), 'rb') as saved:
        data = saved.read()
    width = int.from_bytes(data[8:12], 'little')
    old = os.path.join(styles, 'old.srwstyle')
    with open(old, 'wb') as out:
        out.write(b'SRWSTYL1' + data[8:44] + data[48:48 + 240 * width])
    until('the old one is seen', lambda: 'old.srwstyle' in live.state()['styles'])
    check('without a preview' in refused(live, 404, '/thumbnails/old.srwstyle'), 'it is not told why')
    check(live.ask('/style', b'old.srwstyle', 'PUT')[0] == 200, 'an old style was refused')
    os.remove(old)
    live.ask('/style', b'', 'PUT')
    until('it is gone', lambda: 'old.srwstyle' not in live.state()['styles'])


def too_large_uploads(live, styles):
    """Whether their size is told before or not. Who asks first is told; who goes on sending is cut off."""
    head = 'PUT /styles/x.jpg HTTP/1.1\r\nHost: 127.0.0.1\r\n'
    said = live.raw((head + 'Content-Length: 400000000\r\nExpect: 100-continue\r\n\r\n').encode())
    check(said.startswith(b'HTTP/1.1 413 '), said)
    for length, before, after in (('Content-Length: 400000000', b'', b''),
                                  ('Transfer-Encoding: chunked', b'100000\r\n', b'\r\n')):
        sent = 0
        try:
            with socket.create_connection(('127.0.0.1', live.port), LIMIT) as connection:
                connection.sendall((head + length + '\r\n\r\n').encode())
                for sent in range(200):     # of 1 MiB
                    connection.sendall(before + bytes(1 << 20) + after)
        except OSError:
            pass
        check(sent < 40, '%s: %d MiB were taken' % (length, sent))
    check(live.state()['styles'] is not None and 'x.jpg' not in os.listdir(styles), 'something was kept')


# ---- connections ----

def is_closed(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1) == b''
    except BlockingIOError:
        return False
    except OSError:
        return True


def too_many_connections(live):
    """Those that were there first stay."""
    opened = [socket.create_connection(('127.0.0.1', live.port), LIMIT) for _ in range(130)]
    until('30 are closed', lambda: sum(map(is_closed, opened)) >= 30)
    check(not any(map(is_closed, opened[:50])), 'the first ones are closed, too')
    for connection in opened:
        connection.close()

    def answers():
        try:
            return live.ask('/state')[0] == 200
        except OSError:
            return False
    until('it answers again', answers)


def slow_connections():
    """That say nothing, or say it by drops, or send a body that never ends."""
    live = Live('--session-timeout', '2')
    silent, drops, body = (socket.create_connection(('127.0.0.1', live.port), LIMIT) for _ in range(3))
    body.sendall(b'PUT /strength HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n0')

    def all_closed():
        for connection in (drops, body):
            try:
                connection.sendall(b'x')
            except OSError:
                pass
        return all(map(is_closed, (silent, drops, body)))
    until('all are closed', all_closed)
    check(live.ask('/state')[0] == 200, 'it does not answer')
    check(live.stop() == 0, live.output())


def requests(live, folder, styles):
    commands(live)
    nothing_outside_the_folder(live, folder)
    other_sites(live)
    uploads(live, styles)
    saved_styles(live, styles)
    too_large_uploads(live, styles)
    too_many_connections(live)


# ---- playlist ----

def style_of(live, name):
    until(name, lambda: live.state()['style'] == name)


def playlist(live):
    for bad in (b'red.jpg', b'red.jpg x', b'red.jpg 0', b'nothing.jpg 5', b"'red.jpg 5", b'../beside.jpg 5'):
        refused(live, 400, '/playlist', bad, 'PUT')
    check(live.ask('/command', b"playlist 'red.jpg' 1 blue.jpg 86400")[0] == 200, 'the playlist was refused')
    check(live.ask('/play', b'on', 'PUT')[0] == 200, 'play')
    style_of(live, 'blue.jpg')              # by itself, after red for a second
    check(live.ask('/next', b'', 'PUT')[0] == 200, 'next')
    style_of(live, 'blue.jpg')              # over red again
    shown = live.state()['playlist']
    check(shown['at'] == 1 and 80000 < shown['left'] <= 86400, shown)
    live.ask('/playlist', b"blue.jpg 86400 saved.srwstyle 86400 red.jpg 86400", 'PUT')
    shown = live.state()['playlist']        # what is shown stays, and its time goes on
    check(shown['at'] == 0 and 80000 < shown['left'] <= 86400, shown)
    live.ask('/next', b'', 'PUT')
    style_of(live, 'saved.srwstyle')
    live.ask('/play', b'off', 'PUT')
    live.ask('/playlist', b'', 'PUT')
    live.ask('/style', b'blue.jpg', 'PUT')
    style_of(live, 'blue.jpg')
    names = live.state()['styles']
    for command, by in (('next', 1), ('next', 2), ('previous', 1), ('next', 2)):
        live.ask('/' + command, b'', 'PUT')
        style_of(live, names[(names.index('blue.jpg') + by) % len(names)])
    for number in (1, len(names)):
        live.ask('/pick', b'%d' % number, 'PUT')
        style_of(live, names[number - 1])
    refused(live, 400, '/pick', b'%d' % (len(names) + 1), 'PUT')


# ---- Open Sound Control ----

def osc_by_a_client(live, port):
    """That is not ours; and what is no packet does no harm."""
    def send(address, *arguments):
        status, _, said = run('oscsend', '127.0.0.1', str(port), address, *arguments)
        check(status == 0, said)
    send('/stylerwkv/strength', 'f', '0.25')
    until('strength', lambda: live.state()['strength'] == 0.25)
    send('/stylerwkv/mix', 'd', '0.125')
    until('mix', lambda: live.state()['mix'] == 0.125)
    send('/stylerwkv/style', 's', 'red.jpg')
    style_of(live, 'red.jpg')
    send('/stylerwkv/pick', 'i', '1')
    names = live.state()['styles']
    style_of(live, names[0])
    send('/stylerwkv/play', 'T')
    until('play', lambda: live.state()['playlist']['play'])
    send('/stylerwkv/play', 'F')
    until('no play', lambda: not live.state()['playlist']['play'])
    live.ask('/pick', b'1', 'PUT')
    live.ask('/style', b'blue.jpg', 'PUT')
    style_of(live, 'blue.jpg')
    send('/stylerwkv/next', 'f', '1')       # a button that is pressed,
    until('next', lambda: live.state()['style'] != 'blue.jpg')
    shown = live.state()['style']
    send('/stylerwkv/next', 'f', '0')       # and let go of
    for address, *arguments in (('/stylerwkv/quit',), ('/stylerwkv/style', 's', '../beside.jpg'),
                                ('/elsewhere', 'f', '1'), ('/stylerwkv/strength', 's', 'nan'),
                                ('/stylerwkv/strength', 'f', '7')):
        send(address, *arguments)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for bad in (b'', b'/', b'/stylerwkv/strength', b'/a\0\0,f\0', b'#bundle\0' + bytes(8) + b'\xff\xff\xff\xff',
                    40 * (b'#bundle\0' + bytes(8) + b'\0\0\0\x7f'), os.urandom(1000), b'\xff' * 65000):
            sender.sendto(bad, ('127.0.0.1', port))
    send('/stylerwkv/strength', 'f', '0.5')
    until('it goes on', lambda: live.state()['strength'] == 0.5)
    check(live.state()['style'] == shown, live.state())


# ---- what is saved ----

def power_cut(folder, styles):
    """What was asked for is there again. A picture that is gone meanwhile is told of, and nothing else is lost."""
    file = os.path.join(folder, 'state')
    options = ('--styles', styles, '--state', file)
    live = Live(*options)
    until('a frame', lambda: live.state()['done'] or live.ask('/live.jpg')[0] == 200)
    for line in (b'style blue.jpg', b'strength 0.25', b'fade 3', b"playlist red.jpg 5 'blue.jpg' 7",
                 b'preserve-color on'):
        check(live.ask('/command', line)[0] == 200, line)

    def saved():
        with open(file) as text:
            return 'preserve-color on' in text.read()
    until('it is saved', lambda: os.path.exists(file) and saved())
    live.stop(signal.SIGKILL)
    live = Live(*options)
    until('it is as it was', lambda: live.state()['strength'] == 0.25 and live.state()['style'] == 'blue.jpg')
    state = live.state()
    check(state['fade'] == 3 and [it['seconds'] for it in state['playlist']['entries']] == [5, 7], state)
    check(live.stop() == 0, live.output())
    os.rename(os.path.join(styles, 'blue.jpg'), os.path.join(styles, 'other.jpg'))
    live = Live(*options)
    until('the rest is as it was', lambda: live.state()['strength'] == 0.25)
    live.expect('warning: .*state: playlist .*blue.jpg')
    check(live.stop() == 0, live.output())
    os.rename(os.path.join(styles, 'other.jpg'), os.path.join(styles, 'blue.jpg'))


# ---- as a service ----

class Unit:
    """What a unit says of how its program is run, with folders of the test's."""

    def __init__(self, path, folder):
        with open(path) as file:
            self.settings = re.findall(r'^(\w+)=(.*)$', file.read(), re.MULTILINE)
        self.folders = {'%S': os.path.join(folder, 'lib'), '%C': os.path.join(folder, 'cache')}
        self.state = os.path.join(self.folders['%S'], self.one('StateDirectory'))
        self.cache = os.path.join(self.folders['%C'], self.one('CacheDirectory'))
        for made in (self.state, self.cache):
            os.makedirs(made, mode=0o755)
        # what OpenCL and the plug-in need in a build directory, and what systemd gives
        self.environment = {name: value for name, value in os.environ.items() if re.match(
            'PATH$|GST_PLUGIN_PATH$|SRW_|POCL_', name)}
        self.environment.update(STATE_DIRECTORY=self.state, CACHE_DIRECTORY=self.cache,
                                STYLERWKV_OPTIONS=' '.join(('test',) + Live.OPTIONS))
        self.environment.update(word.split('=', 1) for word in self.specified(self.one('Environment')).split())

    def one(self, name):
        values = [value for found, value in self.settings if found == name]
        check(len(values) == 1, '%s: %s' % (name, values))
        return values[0]

    def specified(self, text):
        for specifier, folder in self.folders.items():
            text = text.replace(specifier, folder)
        check('%' not in text, text)
        return text

    def command(self, name):
        """${NAME} is one word or part of it, $NAME words, as in systemd.service(5)."""
        words = []
        for word in shlex.split(self.specified(self.one(name))):
            if word.startswith('$') and word[1:] in self.environment:
                words += self.environment[word[1:]].split()
            else:
                words.append(re.sub(r'\$\{(\w+)\}', lambda found: self.environment[found[1]], word))
        return words

    def how(self):
        check(self.one('StandardInput') == 'null', 'the standard input')
        return {'env': self.environment, 'cwd': self.specified(self.one('WorkingDirectory')),
                'umask': int(self.one('UMask'), 8)}

    def start(self):
        subprocess.run(self.command('ExecStartPre'), check=True, **self.how())
        program, *arguments = self.command('ExecStart')
        check(os.path.basename(program) == os.path.basename(sys.argv[1]), program)
        return Live(command=(os.path.abspath(sys.argv[1]), *arguments), stdin=subprocess.DEVNULL, **self.how())


def service(folder):
    """Run as its unit says; it ends with SIGTERM, a power cut as SIGKILL does, in the middle of writing, too."""
    unit = Unit(sys.argv[3], os.path.join(folder, 'service'))
    state = os.path.join(unit.state, 'state')
    live = unit.start()
    check(live.state()['styles'] == [] and os.path.isdir(os.path.join(unit.state, 'styles')), live.state())
    until('a frame', lambda: live.state()['done'] or live.ask('/live.jpg')[0] == 200)
    check(live.ask('/strength', b'0.125', 'PUT')[0] == 200, 'strength')
    check(live.stop(signal.SIGTERM) == 0, live.output())
    with open(state) as saved:
        lines = saved.read()
    check('strength 0.125\n' in lines and os.stat(state).st_mode & 0o077 == 0, lines)
    for wait in (0.5, 0.501, 0.503, 0.51):      # a change is written half a second later
        live = unit.start()
        live.ask('/fade', b'9', 'PUT')          # before the state is read: nothing is written over it
        until('it is as it was', lambda: live.state()['strength'] == 0.125)
        live.ask('/fade', b'%g' % wait, 'PUT')
        time.sleep(wait)
        live.stop(signal.SIGKILL)
        with open(state) as saved:
            now = saved.read()
        check(re.sub('fade .*', '', now) == re.sub('fade .*', '', lines), now)


# ---- the page ----

def browser(folder):
    options = Options()
    for argument in ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
                     '--user-data-dir=' + os.path.join(folder, 'browser')):
        options.add_argument(argument)
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
    return webdriver.Chrome(service=Service('/usr/bin/chromedriver'), options=options)


MEAN = '''const canvas = document.createElement('canvas'), live = document.getElementById('live');
if (!live.complete && !live.naturalWidth) return null;
canvas.width = live.naturalWidth; canvas.height = live.naturalHeight;
const context = canvas.getContext('2d');
context.drawImage(live, 0, 0);
const data = context.getImageData(0, 0, canvas.width, canvas.height).data, mean = [0, 0, 0];
for (let i = 0; i < data.length; i++) if (i % 4 < 3) mean[i % 4] += data[i] / (data.length / 4);
return [canvas.width, canvas.height, ...mean];'''


def reddish(page):
    """How much more red than blue the live picture is; None while there is none."""
    found = page.execute_script(MEAN)
    if not found or found[:2] != [WIDTH, HEIGHT]:
        return None
    return found[2] - found[4]


def click(page, name):
    until('a tile ' + name, lambda: page.execute_script(
        'const tile = [...document.querySelectorAll(".tile")].find((t) => t.dataset.name === arguments[0]);'
        'if (tile) tile.click(); return Boolean(tile)', name))


def slide(page, name, value):
    page.execute_script('const slider = document.getElementById(arguments[0]); slider.value = arguments[1];'
                        'slider.dispatchEvent(new Event("input"))', name, value)


def sees(page, what, test):
    def look():
        found = reddish(page)
        return found is not None and test(found)
    until(what, look)


def styles_by_clicks(live, page):
    sees(page, 'a picture', lambda _: True)
    click(page, 'red.jpg')
    sees(page, 'red', lambda much: much > 15)
    click(page, 'blue.jpg')
    sees(page, 'blue', lambda much: much < -15)
    page.execute_script('document.getElementById("second").click()')
    click(page, 'red.jpg')
    until('the second style', lambda: live.state()['style-2'] == 'red.jpg' and live.state()['style'] == 'blue.jpg')
    slide(page, 'mix', 1)
    sees(page, 'red again, by the second style', lambda much: much > 15)


def sliders(live, page):
    for name, value in (('strength', 0.25), ('smoothing', 0.5), ('fade', 2.5), ('mix', 0.75)):
        slide(page, name, value)
        until(name, lambda: live.state()[name] == value)
    live.ask('/strength', b'0.75', 'PUT')
    until('the slider follows', lambda: page.execute_script('return document.getElementById("strength").value') ==
          '0.75')


def tiles_have_pictures(page):
    """All of them, the built-in style's and that of a saved one among them."""
    until('a picture in each tile', lambda: page.execute_script(
        'const tiles = [...document.querySelectorAll(".tile")];'
        'tiles.forEach((tile) => tile.scrollIntoView());'
        'return tiles.some((tile) => tile.dataset.name === "saved.srwstyle") &&'
        '  tiles.every((tile) => tile.querySelector("img")?.naturalWidth > 0)'))


def upload_by_hand(live, page, folder):
    path = os.path.join(folder, 'from my phone.png')
    Image.new('RGB', (2000, 1000), (250, 230, 20)).save(path)
    page.execute_script('document.getElementById("first").click()')
    page.find_element('id', 'file').send_keys(path)
    until('the picture is the style', lambda: live.state()['style'] == 'from-my-phone.jpg')
    until('its thumbnail', lambda: page.execute_script(
        'const tile = [...document.querySelectorAll(".tile")].find((t) => t.dataset.name === "from-my-phone.jpg");'
        'return tile && tile.querySelector("img").naturalWidth > 0'))


def playlist_by_hand(live, page):
    def listed(*names):
        until(', '.join(names) + ' in the list', lambda: tuple(it['name'] for it in live.state()['playlist']['entries'])
              == names)
        until('its rows', lambda: page.execute_script('return document.querySelectorAll("#entries li").length') ==
              len(names))

    def press(row, sign):
        until(sign, lambda: page.execute_script(
            'const row = document.querySelectorAll("#entries li")[arguments[0]];'
            'const button = row && [...row.querySelectorAll("button")].find((it) => it.textContent === arguments[1]);'
            'if (button) button.click(); return Boolean(button)', row, sign))

    for names in (('saved.srwstyle',), ('saved.srwstyle', 'red.jpg')):
        click(page, names[-1])
        style_of(live, names[-1])
        page.execute_script('document.getElementById("append").click()')
        listed(*names)
    press(1, '↑')
    listed('red.jpg', 'saved.srwstyle')
    press(0, '↓')
    listed('saved.srwstyle', 'red.jpg')
    press(0, '✕')
    listed('red.jpg')
    page.execute_script('document.getElementById("clear").click()')
    listed()
    page.execute_script('document.getElementById("previous").click()')
    until('the one before', lambda: live.state()['style'] == 'picture.jpg')


def the_page(live, folder):
    page = browser(folder)
    try:
        page.get(live.url + '/')
        styles_by_clicks(live, page)
        tiles_have_pictures(page)
        sliders(live, page)
        upload_by_hand(live, page, folder)
        playlist_by_hand(live, page)
        numbers = page.find_element('id', 'numbers').text
        check('fps' in numbers and 'test' in numbers, numbers)
        log = [entry for entry in page.get_log('browser') if entry['level'] == 'SEVERE']
        check(not log, log)
    finally:
        page.quit()


# ---- outputs ----

def frames_of(source, *options):
    status, said, problems = run('ffprobe', '-v', 'error', *options, '-count_packets', '-select_streams', 'v',
                                 '-show_entries', 'stream=width,height,nb_read_packets', '-of', 'csv=p=0', source)
    check(status == 0, '%s: %s' % (source, problems))
    width, height, packets = said.split()[0].rstrip(',').split(',')
    check((int(width), int(height)) == (WIDTH, HEIGHT), said)
    return int(packets)


def multipart(live):
    status, _, problems = run('ffmpeg', '-v', 'error', '-f', 'mpjpeg', '-i', live.url + '/live.mjpg', '-frames:v', '4',
                              '-f', 'null', '-')
    check(status == 0, problems)
    status, headers, picture = live.ask('/live.jpg')
    check(status == 200 and headers['Content-Type'] == 'image/jpeg' and picture.startswith(JPEG), headers)


def metrics(live):
    text = live.ask('/metrics')[2].decode()
    for line in text.splitlines():
        check(re.fullmatch(r'# (HELP|TYPE) stylerwkv_\w+ .+|stylerwkv_\w+(\{output="[^"]+"\})? [0-9.e+-]+', line), line)
    found = dict(re.findall(r'^(stylerwkv_\w+)\S* (\S+)$', text, re.MULTILINE))
    check(float(found['stylerwkv_frames_painted_total']) > 0 and found['stylerwkv_input_up'] == '1', text)
    check(found['stylerwkv_output_up'] == '1', text)


def hls(live, folder):
    """By the page's server: a player sees it, and nothing else of the folder is seen."""
    status, _, problems = run('ffmpeg', '-v', 'error', '-i', live.url + '/hls/live.m3u8', '-frames:v', '20', '-f',
                              'null', '-')
    check(status == 0, problems)
    status, headers, text = live.ask('/hls/live.m3u8')
    check(status == 200 and headers['Content-Type'] == 'application/vnd.apple.mpegurl', headers)
    segment = re.findall(r'^live-\d{5}\.ts$', text.decode(), re.MULTILINE)[-1]
    status, headers, data = live.ask('/hls/' + segment)
    check(status == 200 and headers['Content-Type'] == 'video/mp2t' and data.startswith(b'G'), headers)
    status, headers, part = live.ask('/hls/' + segment, headers={'Range': 'bytes=188-375'})
    check(status == 206 and part == data[188:376], 'a part: %d' % status)
    for name in ('secret.txt', 'live-secret.ts', 'live-00000.ts.txt', 'live.mkv'):
        with open(os.path.join(folder, name), 'w') as out:
            out.write('secret')
    for name in ('secret.txt', 'live-secret.ts', 'live-00000.ts.txt', 'live.mkv', 'live', 'live-.ts', '', '.', '..',
                 '../beside.jpg', '%2e%2e%2fbeside.jpg', 'x/../live.m3u8', '..%2flater%2flive.m3u8', '%2fetc%2fpasswd',
                 'live-99999.ts'):
        line = live.raw(('GET /hls/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' % name).encode())
        # .. may lead to the page, or the list
        check(re.match(rb'HTTP/1.1 40[04] ', line) or '..' in name and not re.search(
            rb'secret|root:|Content-Type: image', line), '%s: %s' % (name, line[:300]))
    refused(live, 405, '/hls/live.m3u8', b'', 'POST')


def folder_comes_later(folder):
    """An output that cannot be written does nothing to the rest, and works once it can be."""
    later = os.path.join(folder, 'later')
    live = Live('-o', os.path.join(later, 'live.m3u8'))
    live.expect('error of output .*live.m3u8: nothing can be written to its folder')
    until('it waits', lambda: [it['state'] for it in live.state()['outputs']] == ['waiting'])
    os.mkdir(later)
    until('a list', lambda: os.path.exists(os.path.join(later, 'live.m3u8')))
    hls(live, later)
    check(live.stop() == 0 and 'CRITICAL' not in live.output(), live.output())


def written_files(folder):
    """What was recorded can be read after the end, and after a power cut; nothing is written over."""
    asked = [os.path.join(folder, 'show.' + kind) for kind in ('mkv', 'mp4', 'm3u8')]
    for how, stem in ((signal.SIGKILL, 'show'), (signal.SIGINT, 'show-2')):
        written = [os.path.join(folder, stem + '.mkv'), os.path.join(folder, stem + '.mp4')]
        live = Live(*[argument for name in asked for argument in ('-o', name)])
        for name in written:
            until(name, lambda: os.path.exists(name) and os.path.getsize(name) > 20000)
        until('a list of segments', lambda: os.path.exists(asked[2]))
        status = live.stop(how)
        check(status == (0 if how == signal.SIGINT else -how), live.output())
        for name in written:
            check(frames_of(name) > 5, name)
    check(frames_of(os.path.join(folder, 'show-00000.ts')) > 0, 'an empty segment')
    with open(asked[2]) as segments:
        check(re.search(r'^show-\d{5}\.ts$(.*\n)*#EXT-X-ENDLIST$', segments.read(), re.MULTILINE), 'a list without end')


def with_password(styles):
    live = Live('--styles', styles, '--user', 'me', '--password', 'secret', '-o', 'screen')
    for path in ('/', '/state', '/live.mjpg', '/hls/x.m3u8', '/metrics', '/nothing'):
        status, headers, _ = live.ask(path)
        check(status == 401 and 'Digest' in ' '.join(headers.get_all('WWW-Authenticate')), '%s: %d' % (path, status))
    refused(live, 401, '/command', b'strength 0.5')
    wrong, right = ({'Authorization': 'Basic ' + base64.b64encode(b'me:' + word).decode()}
                    for word in (b'wrong', b'secret'))
    refused(live, 401, '/state', headers=wrong)
    check(live.ask('/command', b'strength 0.5', headers=right)[0] == 200, 'basic was refused')
    refused(live, 403, '/command', b'strength 0.6', headers=dict(right, Origin='http://evil.example'))
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, live.url, 'me', 'secret')
    opener = urllib.request.build_opener(urllib.request.HTTPDigestAuthHandler(passwords))
    with opener.open(live.url + '/state', timeout=LIMIT) as answer:
        check(json.loads(answer.read())['strength'] == 0.5, 'digest')
    # on whatever has no screen that output fails, and nothing else does
    until('a picture', lambda: json.loads(live.ask('/state', headers=right)[2])['fps'] > 0)
    check(live.stop() == 0, live.output())


def tells_what_is_wrong():
    for bad, what, wanted in ((['--web-port', 'x'], '--web-port', 2), (['--styles', '/nonexistent'], '/nonexistent', 1),
                              (['-o', 'x.avi'], 'x.avi', 2), (['-o', 'window'], 'no desktop', 1),
                              (['--fade', '-1'], '--fade', 2), (['--address', '192.0.2.1'], '192.0.2.1', 1)):
        status, said, problems = run(sys.argv[1], '--web-port', '0', '--rtsp-port', 'off', *bad)
        check(status == wanted and what in problems, '%s: %d, %s%s' % (bad, status, said, problems))


def test(folder):
    os.environ.pop('STYLERWKV_PASSWORD', None)
    os.environ.pop('DISPLAY', None)
    os.environ.pop('WAYLAND_DISPLAY', None)
    tells_what_is_wrong()
    styles = os.path.join(folder, 'styles')
    os.mkdir(styles)
    for path in write_styles(folder):
        Image.open(path).save(os.path.join(styles, os.path.basename(path).split()[0] + '.jpg'), quality=95)
    shutil.copy(sys.argv[2], os.path.join(styles, 'saved.srwstyle'))
    Image.new('RGB', (64, 64)).save(os.path.join(folder, 'beside.jpg'))
    live = Live('--styles', styles, '--fade', '0', '--osc-port', '0', '-o', os.path.join(folder, 'all.mkv'))
    requests(live, folder, styles)
    playlist(live)
    osc_by_a_client(live, int(live.expect(r'OSC at \S+ port (\d+)').group(1)))
    multipart(live)
    metrics(live)
    for command in (b'strength 1', b'mix 0', b'style'):
        live.ask('/command', command)
    the_page(live, folder)
    live.say('quit')
    check(live.wait() == 0, live.output())
    slow_connections()
    power_cut(folder, styles)
    service(folder)
    folder_comes_later(folder)
    written_files(folder)
    with_password(styles)


main(test)
