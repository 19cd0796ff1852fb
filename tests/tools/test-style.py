# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""stylerwkv-style saves styles that the element draws with exactly as with their pictures, and says what is wrong.

  test-style.py stylerwkv-style WEIGHTS stylerwkv-bench BUILT-IN-PICTURE"""
import os
import re
import sys

from helper import check, main, run, write_styles

TOOL, WEIGHTS, BENCH, BUILTIN = sys.argv[1:]


def save(*arguments):
    status, said, problems = run(TOOL, *arguments)
    check(status == 0 and not problems, '%s: status %d: %s' % (arguments, status, problems))
    return said


def refused(*arguments, status, saying):
    got, said, problems = run(TOOL, *arguments)
    check(got == status and not said, '%s: status %d: %s%s' % (arguments, got, said, problems))
    for text in saying:
        check(text in problems, '%s: no word of %r: %s' % (arguments, text, problems))


def play(folder, *properties):
    """Status, frames and error messages of four frames drawn with these properties."""
    frames = os.path.join(folder, 'frames')
    status, _, problems = run('gst-launch-1.0', '-q', 'videotestsrc', 'pattern=ball', 'num-buffers=4', '!',
                              'video/x-raw,format=I420,width=80,height=48', '!', 'stylerwkv', *properties, '!',
                              'filesink', 'location=' + frames)
    with open(frames, 'rb') as file:
        return status, file.read(), problems


def draw(folder, *properties):
    status, frames, problems = play(folder, *properties)
    check(status == 0 and len(frames) == 4 * 80 * 48 * 3 // 2, problems)
    return frames


def image(path, number=''):
    return 'style-image%s="%s"' % (number, path)


def draws_the_same(folder, red, blue):
    """Beside the picture, where -o says, and two at once."""
    red_style, blue_style = (path.replace('.ppm', '.srwstyle') for path in (red, blue))
    named = os.path.join(folder, 'named.srwstyle')
    save(red, blue)
    save(blue, '-o', named)
    by_red, by_blue = draw(folder, image(red)), draw(folder, image(blue))
    check(by_red != by_blue, 'two styles that look the same test nothing')
    check(draw(folder, image(red_style)) == by_red, 'red.srwstyle does not draw as its picture')
    check(draw(folder, image(blue_style)) == by_blue, 'blue.srwstyle does not draw as its picture')
    check(draw(folder, image(named)) == by_blue, '-o: the file does not draw as the picture')
    check(has_preview(red_style) and has_preview(named), 'no preview')
    return red_style, blue_style


def has_preview(path):
    """As docs/guide.md says where it lies."""
    with open(path, 'rb') as file:
        data = file.read()
    size = int.from_bytes(data[44:48], 'little')
    return data[:8] == b'SRWSTYL2' and size > 0 and data[-size:].startswith(b'\xff\xd8\xff')


def mixes(folder, red, blue):
    """As the element does, from pictures and from what was saved."""
    mixed = os.path.join(folder, 'mixed.srwstyle')
    want = draw(folder, image(red), image(blue, '-2'), 'style-mix=0.25')
    for first, second in ((red, blue), (red.replace('.ppm', '.srwstyle'), blue)):
        save('--mix', '0.25', first, second, '-o', mixed)
        check(draw(folder, image(mixed)) == want, 'a mix does not draw as style-mix')
        check(has_preview(mixed), 'a mix without a preview')


def scales(folder):
    """As style-scale does; the built-in picture is larger than that."""
    small = os.path.join(folder, 'small.srwstyle')
    save('--scale', '128', BUILTIN, '-o', small)
    want = draw(folder, 'style-scale=128', image(BUILTIN))
    check(draw(folder, image(small)) == want, '--scale does not draw as style-scale')
    check(draw(folder, image(BUILTIN)) != want, 'the scale makes no difference')


def tells_version():
    for tool in (TOOL, BENCH):
        status, said, problems = run(tool, '--version')
        check(status == 0 and re.fullmatch(r'stylerwkv-\w+ \(gst-stylerwkv\) [\d.]+\n', said), said + problems)
        status, _, problems = run(tool, '--nonsense')
        check(status == 2 and '--nonsense' in problems, problems)
    status, _, problems = run(BENCH, '--size', '640')
    check(status == 2 and '--size' in problems, problems)


def tells_times(folder, red):
    said = save('--verbose', '-o', os.path.join(folder, 'timed.srwstyle'), red)
    found = re.fullmatch(r'\S.*timed\.srwstyle: made in ([\d.]+) ms, loads in ([\d.]+) ms\n', said)
    check(found and float(found[1]) > 0, said)
    print(said, end='')


def refuses_nonsense(folder, red, blue, red_style):
    out = os.path.join(folder, 'refused.srwstyle')
    for arguments, saying in (
            ([], ['no picture']),
            ([red, '-o', os.path.join(folder, 'red.jpg')], ['red.jpg', 'srwstyle']),
            ([red, blue, '-o', out], [out, 'several pictures']),
            ([red_style], [red_style, '-o']),
            ([red, red.replace('.ppm', '.png')], [red_style, 'one at a time']),
            (['--mix', '0.5', red, '-o', out], ['--mix 0.5', 'two pictures']),
            (['--mix', '0.5', red, blue], ['--mix 0.5', '-o']),
            (['--mix', '1.5', red, blue, '-o', out], ['1.5', '0 to 1']),
            (['--mix', 'half', red, blue, '-o', out], ['half', '0 to 1']),
            (['--mix', 'nan', red, blue, '-o', out], ['nan', '0 to 1']),
            (['--scale', '64', red, '-o', out], ['64', '128 to 2048']),
            (['--no-such-option', red], ['--no-such-option'])):
        refused(*arguments, status=2, saying=saying)
    check(not os.path.exists(out), 'a refused command line wrote a file')


def survives_failure(folder, red):
    """What cannot be done is told, the rest is done, and a file that was there stays as it was."""
    other, text = os.path.join(folder, 'other.ppm'), os.path.join(folder, 'text.ppm')
    kept = os.path.join(folder, 'kept.srwstyle')
    os.link(red, other)
    with open(text, 'w') as file:
        file.write('not a picture')
    missing = os.path.join(folder, 'missing.ppm')
    refused(missing, text, other, status=1, saying=[missing + ': no such file', text + ': not a picture'])
    check(os.path.exists(other.replace('.ppm', '.srwstyle')), 'one bad picture kept the others from being done')
    check(not os.path.exists(missing.replace('.ppm', '.srwstyle')), 'a style of no picture')
    with open(kept, 'w') as file:
        file.write('as it was')
    refused(text, '-o', kept, status=1, saying=[text])
    with open(kept) as file:
        check(file.read() == 'as it was', 'a failure wrote over a file')
    nowhere = os.path.join(folder, 'nowhere', 'red.srwstyle')
    refused(red, '-o', nowhere, status=1, saying=[nowhere])
    refused(red, '-o', kept, '--device', 'no such device', status=1, saying=['no such device'])
    refused(red, '-o', kept, '--model-file', text, status=1, saying=[text])
    check(not [name for name in os.listdir(folder) if name.startswith('kept.srwstyle.')], 'a temporary file was left')


def knows_its_weights(folder, red, red_style):
    """A style of other weights, be it of the same numbers of everything, is refused by the element, and by the tool."""
    with open(WEIGHTS, 'rb') as file:
        weights = bytearray(file.read())
    weights[-4] ^= 1                                # the last bit of the last number
    model, style = os.path.join(folder, 'other.safetensors'), os.path.join(folder, 'of other weights.srwstyle')
    with open(model, 'wb') as file:
        file.write(weights)
    save('--model-file', model, red, '-o', style)
    draw(folder, image(style), 'model-file=' + model)
    status, frames, problems = play(folder, image(style))
    check(status != 0 and not frames and style in problems and 'other weights' in problems, problems)
    status, frames, problems = play(folder, image(red_style), 'model-file=' + model)
    check(status != 0 and not frames and red_style in problems and 'other weights' in problems, problems)
    refused('--mix', '0.5', red_style, style, '-o', os.path.join(folder, 'x.srwstyle'), status=1,
            saying=[style, 'other weights'])


def tells_of_the_cache(folder, red):
    """PoCL cannot compile where another user owns its cache; nobody can write where root can."""
    os.chmod(folder, 0o755)
    as_nobody = ['setpriv', '--reuid=65534', '--clear-groups', 'env', 'SRW_CACHE_DIR=/nonexistent']
    if os.getuid() != 0 or run(*as_nobody, 'test', '-r', red, '-a', '-x', TOOL)[0] != 0:
        print('not root, or the build folder is for root alone: nobody cannot run %s' % TOOL)
        return
    cache = os.path.join(folder, 'of root')
    os.mkdir(cache)
    status, _, problems = run(*as_nobody, 'POCL_CACHE_DIR=' + cache, TOOL, red, '-o', '/nonexistent.srwstyle')
    check(status == 1 and cache in problems and 'cannot write its cache folder' in problems, problems)


def test(folder):
    red, blue = write_styles(folder)
    red_style, _ = draws_the_same(folder, red, blue)
    mixes(folder, red, blue)
    scales(folder)
    tells_version()
    tells_times(folder, red)
    refuses_nonsense(folder, red, blue, red_style)
    survives_failure(folder, red)
    knows_its_weights(folder, red, red_style)
    tells_of_the_cache(folder, red)


main(test)
