# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""run.py finds what is wrong in a page, and goes on.

  test-run.py run.py SOURCE BUILD"""
import pathlib
import re
import subprocess
import sys
import tempfile

program, source, build = sys.argv[1:]

PAGE = '''
```sh
gst-launch-1.0 videotestsrc ! stylerwkv strength=0.5 ! videoconvert ! autovideosink
gst-launch-1.0 videotestsrc ! stylerwkv strenght=0.5 ! videoconvert ! autovideosink
gst-launch-1.0 videotestsrc ! stylerwkv style-image=nothing.jpg ! videoconvert ! autovideosink
gst-launch-1.0 filesrc location=clip.mp4 ! decodebin ! videoconvert ! \\
    stylerwkv ! videoconvert ! autovideosink
for number in 1 2; do
  test $number = 3
done
build/examples/nothing
```

<!-- not run: a reason -->
```sh
false
```

```sh
missing
```

```c
static gint property_of (GstElement *element) { return element->nothing; }
```

```python
raise SystemExit(0)
```

```python
raise SystemExit(1)
```
'''
EXPECTED = ['ok', 'not ok', 'not ok', 'ok', 'not ok', 'not ok', 'ok # SKIP a reason', 'ok # SKIP missing is not there',
            'not ok', 'ok', 'not ok']

with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    (folder / 'README.md').write_text(PAGE)
    (folder / 'models').symlink_to(pathlib.Path(source).resolve() / 'models')
    done = subprocess.run([sys.executable, program, name, build, 'missing'], capture_output=True, text=True)
verdicts = [' '.join(filter(None, found)) for found in
            re.findall(r'^((?:not )?ok) \d+ .*?(# SKIP .*)?$', done.stdout, re.MULTILINE)]
if verdicts != EXPECTED or done.returncode != 1:
    sys.exit('status %d, %s\n%s%s' % (done.returncode, verdicts, done.stdout, done.stderr))
