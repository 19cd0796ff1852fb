#!/bin/sh
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The plug-in and the element's interface as gst-inspect shows them, against what was agreed on. A change of it is a
# change for every user: when one is meant, SRW_UPDATE=1 in the environment writes it anew.
#
#   inspect.sh EXPECTED
set -eu

shown() { gst-inspect-1.0 --no-colors stylerwkv | sed '/^  Filename  /d; s/ *$//'; }

if [ "${SRW_UPDATE:-}" ]; then
  shown > "$1"
fi
shown | diff -u "$1" -
