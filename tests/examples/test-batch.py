# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""batch.sh draws every frame once and in its place, keeps the sound, works over ssh, and says what is wrong.

  test-batch.py batch.sh BUILD quickstart.sh"""
import os
import re
import sys

from helper import check, main, run, write_portrait, write_styles

BATCH, BUILD, QUICKSTART = sys.argv[1:]
WIDTH, HEIGHT, FRAMES, BITS = 128, 96, 90, 7
# Stands in for ssh: the command runs here, in a home of the host's own and with a SHELL, as sshd sets them, and who
# was asked is noted.
FAKE_SSH = '''#!/bin/sh
while case "$1" in -[lopFS]) shift 2 ;; -*) shift ;; *) false ;; esac; do :; done
echo "$1" >>"$HOME/hosts asked"
home="$HOME/host $1"
shift
[ "$1" != -- ] || shift
mkdir -p "$home" && cd "$home" && HOME=$home SHELL=/bin/sh exec sh -c "$*"
'''


def write_numbered_clip(folder):
    """Each frame says its number in stripes, black or white a bit; the picture begins two frames after the sound."""
    raw, clip = os.path.join(folder, 'raw'), os.path.join(folder, "a clip's name.mp4")
    with open(raw, 'wb') as file:
        for number in range(FRAMES):
            stripes = b''.join((b'\xd0' if number >> bit & 1 else b'\x30') * (WIDTH // 8) for bit in range(8))
            file.write(stripes * HEIGHT)
    status, _, problems = run(
        'ffmpeg', '-v', 'error', '-itsoffset', '0.08', '-f', 'rawvideo', '-pix_fmt', 'gray', '-video_size',
        '%dx%d' % (WIDTH, HEIGHT), '-framerate', '30000/1001', '-i', raw, '-f', 'lavfi', '-i', 'sine=duration=3',
        '-c:v', 'libx264', '-fps_mode', 'passthrough', '-pix_fmt', 'yuv420p', '-g', '30',
        '-bf', '2', '-c:a', 'aac', clip)
    check(status == 0, problems)
    return clip


def numbers_of(clip):
    """The numbers that the frames of a clip say."""
    status, pixels, problems = run('ffmpeg', '-v', 'error', '-i', clip, '-map', '0:v', '-fps_mode', 'passthrough', '-f',
                                   'rawvideo', '-pix_fmt', 'gray', '-', text=False)
    check(status == 0, problems)
    middle = HEIGHT // 2 * WIDTH + WIDTH // 16
    return [sum((pixels[at + middle + bit * WIDTH // 8] > 128) << bit for bit in range(BITS))
            for at in range(0, len(pixels), WIDTH * HEIGHT)]


def packets_of(clip, stream, *entries):
    status, said, problems = run('ffprobe', '-v', 'error', '-select_streams', stream, '-show_data_hash', 'md5',
                                 '-show_entries', 'packet=' + ','.join(entries), '-of', 'csv=p=0', clip)
    check(status == 0, problems)
    return sorted(line.rstrip(',') for line in said.splitlines())


def batch(*arguments):
    return run(BATCH, *arguments)


def check_output(clip, output, status, said):
    check(status == 0, said)
    check('drawing 3 parts' in said, said)
    check(packets_of(output, 'v', 'pts_time') == packets_of(clip, 'v', 'pts_time'), 'the frames have other times')
    check(packets_of(output, 'a', 'pts_time', 'duration_time', 'data_hash') ==
          packets_of(clip, 'a', 'pts_time', 'duration_time', 'data_hash'), 'the sound is another one')


def draws_every_frame(folder, clip, style):
    output = os.path.join(folder, 'an output.mp4')
    for element, same in (('strength=0', True), ('strength=1 device="auto"', False)):
        status, said, problems = batch('-j', '2', '--seconds', '1', '--element', element, clip, style, output)
        check_output(clip, output, status, said + problems)
        check((numbers_of(output) == list(range(FRAMES))) == same, 'frames with %s: %s' % (element, numbers_of(output)))
    check(sorted(os.listdir(os.environ['TMPDIR'])) == [], 'something was left in the temporary folder')


def works_over_ssh(folder, clip, style):
    bin_folder, output = os.path.join(folder, 'bin'), os.path.join(folder, 'from hosts.mkv')
    os.mkdir(bin_folder)
    with open(os.path.join(bin_folder, 'ssh'), 'w') as file:
        file.write(FAKE_SSH)
    os.chmod(file.name, 0o755)
    os.environ['PATH'] = bin_folder + ':' + os.environ['PATH']
    for hosts in ('one,two', ':', 'one,:'):
        status, said, problems = batch('--hosts', hosts, '--seconds', '1', '--element', 'strength=0', clip, style,
                                       output)
        check(status == 0 and numbers_of(output) == list(range(FRAMES)), '%s: %s%s' % (hosts, said, problems))
        os.remove(output)
    with open(os.path.join(folder, 'hosts asked')) as file:
        check(set(file.read().split()) == {'one', 'two'}, 'not every host was asked')
    # files of properties are named from here, and go along
    mask = os.path.join(folder, 'black.pgm')
    with open(mask, 'wb') as file:
        file.write(b'P5\n1 1\n255\n\0')
    os.chdir(folder)
    for hosts in (':', 'one,two'):
        status, said, problems = batch('--hosts', hosts, '--seconds', '1', '--element', 'mask=black.pgm', clip, style,
                                       output)
        check(status == 0 and numbers_of(output) == list(range(FRAMES)), '%s: %s%s' % (hosts, said, problems))
        os.remove(output)
    left = [name for host in ('one', 'two') for _, _, names in os.walk(os.path.join(folder, 'host ' + host))
            for name in names if name.startswith('part')]
    check(not left, 'left on a host: %s' % left)


def size_of(clip):
    status, said, problems = run('ffprobe', '-v', 'error', '-select_streams', 'v', '-show_entries',
                                 'stream=width,height', '-of',
                                 'csv=p=0', clip)
    check(status == 0, problems)
    return said.strip()


def draws_clips_as_they_are_found(folder, style):
    """One of a phone that was held upright, one whose size changes, and one of the web."""
    portrait, changing, web = (os.path.join(folder, name) for name in ('portrait.mp4', 'changing.ts', 'web.webm'))
    write_portrait(portrait, 96, 128)
    write_changing(changing)
    status, _, problems = run('ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=10:duration=1',
                              '-c:v',
                              'libvpx', web)
    check(status == 0, problems)
    for clip, size, frames in ((portrait, '96,128', 15), (changing, '128,96', 20), (web, '64,48', 10)):
        for script in (BATCH, QUICKSTART):
            output = os.path.join(folder, 'of a found clip.mp4')
            status, said, problems = run(script, clip, style, output, environment=dict(HEIGHT='0'))
            check(status == 0, '%s %s: %s%s' % (script, clip, said, problems))
            check(size_of(output) == size, '%s %s: %s instead of %s' % (script, clip, size_of(output), size))
            check(len(packets_of(output, 'v', 'pts_time')) == frames, '%s %s: frames are missing' % (script, clip))
            os.remove(output)


def write_changing(path):
    """Twice ten frames, of another size from the eleventh on."""
    with open(path, 'wb') as out:
        for number, size in enumerate(('128x96', '64x48')):
            part = '%s.%d.ts' % (path, number)
            status, _, problems = run('ffmpeg', '-v', 'error', '-f', 'lavfi', '-i',
                                      'testsrc=size=%s:rate=10:duration=1' % size,
                                      '-c:v', 'libx264', '-bf', '0', '-output_ts_offset', str(number), part)
            check(status == 0, problems)
            with open(part, 'rb') as file:
                out.write(file.read())


def tells_versions():
    for script in (BATCH, QUICKSTART):
        status, said, problems = run(script, '--version')
        check(status == 0 and re.fullmatch(r'\w+\.sh \(gst-stylerwkv\) [\d.]+\n', said), said + problems)


def says_what_is_wrong(folder, clip, style):
    output, sound = os.path.join(folder, 'none.mp4'), os.path.join(folder, 'sound.mp4')
    text = os.path.join(folder, 'text.mp4')
    run('ffmpeg', '-v', 'error', '-i', clip, '-vn', '-c', 'copy', sound)
    with open(text, 'w') as file:
        file.write('not a video')
    for arguments, saying, wanted in (
            ([clip, style], 'VIDEO, STYLE and OUTPUT', 2),
            (['-j', '0', clip, style, output], '-j takes', 2),
            (['--seconds', 'x', clip, style, output], '--seconds takes', 2),
            (['--no-such-option', clip, style, output], 'no such option', 2),
            ([folder + '/none', style, output], 'no such video', 1),
            ([clip, folder + '/none', output], 'no such style', 1),
            ([clip, style, folder + '/out.avi'], 'must end in', 2),
            ([clip, style, clip], 'would overwrite', 1),
            ([text, style, output], 'no video that can be cut', 1),
            ([sound, style, output], 'no video that can be cut', 1),
            (['--element', 'no-such-property=1', clip, style, output], 'a part could not be drawn', 1),
            (['--element', 'mask=nowhere.png', clip, style, output], 'no such file: nowhere.png', 1),
            ([clip, text, output], 'not a picture', 1)):
        status, said, problems = batch(*arguments)
        check(status == wanted and saying in problems, '%s: status %d: %s%s' % (arguments, status, said, problems))
        check(not os.path.exists(output), '%s: an output of a failure' % arguments)


def test(folder):
    os.mkdir(os.path.join(folder, 'tmp'))
    os.environ.update(HOME=folder, TMPDIR=os.path.join(folder, 'tmp'), BUILD=BUILD)
    clip = write_numbered_clip(folder)
    check(numbers_of(clip) == list(range(FRAMES)), 'the numbers cannot be read')
    style, _ = write_styles(folder)
    draws_every_frame(folder, clip, style)
    draws_clips_as_they_are_found(folder, style)
    tells_versions()
    works_over_ssh(folder, clip, style)
    says_what_is_wrong(folder, clip, style)


main(test)
