#!/usr/bin/env python3
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What every text file of the project keeps to, whoever's editor wrote it. Fails with file and line.

    format.py [--fix]

No tabs, no blanks at the end of a line, one newline at the end of the file. Sources have lines of at most 120 columns
and begin with the copyright and the licence, which --fix adds where they are missing, as it mends what else it can.
"""
import argparse
import os
import re
import subprocess
import sys

COLUMNS = 120
OWNER = "Copyright © 2026 the gst-stylerwkv authors"
LICENCE = "SPDX-License-Identifier: LGPL-2.1-or-later"
MAKEFILE = "debian/rules"       # which has to have tabs
SKIPPED = 77                    # as Meson takes it
HEAD = 40                       # lines in which both stand
SOURCES = re.compile(r"(\.(c|h|cl|cpp|py|sh|build|yml)|meson_options\.txt|meson\.options|\.ci/run)$")
# bytes that fuzzing found, pictures, weights and the like are no text; what others wrote stays as it is
OTHERS = re.compile(r"(^LICENSE|^COPYING|^tests/fuzz/found/|\.(png|jpg|jpeg|gif|ppm|pgm|safetensors|srwstyle|bin)$)")


def tracked(root):
    names = subprocess.run(["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z"], capture_output=True)
    if names.returncode:
        print("not a checkout: nothing to look at")
        sys.exit(SKIPPED)
    names = names.stdout.decode().split("\0")
    return [n for n in names if n and not OTHERS.search(n) and os.path.isfile(os.path.join(root, n))]


def is_script(text):
    return text.startswith("#!")


def is_source(name, text):
    return bool(SOURCES.search(name)) or is_script(text)


def has_licence(text):
    """Whether both lines stand in its head, each by itself."""
    head = "\n".join(text.split("\n")[:HEAD])
    return all(re.search(rf"^\W*{re.escape(line)}(?: \*/)?$", head, re.MULTILINE) for line in (OWNER, LICENCE))


def with_licence(name, text):
    """The text with both lines in its head."""
    if re.search(r"\.(c|h|cl|cpp)$", name):
        lines = f" * {OWNER}\n * {LICENCE} */"
        if not text.startswith("/*"):
            return f"/* {OWNER}\n * {LICENCE} */\n{text}"
        end = text.index("*/")
        head = re.sub(r"\n? \*\s*$", "", text[:end].rstrip())
        head = re.sub(rf"\n \*\n \* {LICENCE}$", "", head)
        return f"{head}\n *\n{lines}{text[end + 2:]}"
    first, rest = text.split("\n", 1) if is_script(text) else ("", text)
    return (first + "\n" if first else "") + f"# {OWNER}\n# {LICENCE}\n{rest}"


def fixed(name, text):
    text = "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n") + "\n"
    if is_source(name, text) and not has_licence(text):
        text = with_licence(name, text)
    return text


def faults(name, text):
    """Line and what is wrong with it."""
    lines = text.split("\n")
    source = is_source(name, text)
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield len(lines), "the file ends with one newline"
    for number, line in enumerate(lines, 1):
        if "\t" in line and name != MAKEFILE:
            yield number, "a tab"
        if line != line.rstrip():
            yield number, "blanks at the end"
        if source and len(line) > COLUMNS:
            yield number, f"{len(line)} columns, more than {COLUMNS}"
    if source and not has_licence(text):
        yield 1, f"no '{OWNER}' and '{LICENCE}' in the first {HEAD} lines (--fix adds them)"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fix", action="store_true")
    args = parser.parse_args()
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    names, bad = tracked(root), 0
    for name in names:
        path = os.path.join(root, name)
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        if args.fix and text and fixed(name, text) != text:
            text = fixed(name, text)
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(text)
        for number, what in faults(name, text) if text else ():
            print(f"{name}:{number}: {what}")
            bad += 1
    print(f"{len(names)} files, {bad} faults")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
