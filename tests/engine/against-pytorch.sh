#!/bin/sh
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The whole network against PyTorch on frames of several sizes, with the weights that ship and with others. Needs a
# Python that can import torch: SRW_PYTHON, else python3. Exit status 77 says that there is none.
#
#   against-pytorch.sh TEST-NETWORK VECTORS.PY WEIGHTS
set -eu

driver=$1
script=$2
weights=$3
python=${SRW_PYTHON:-python3}

if ! "$python" -c 'import torch' 2>/dev/null; then
  echo "skipped: $python cannot import torch; set SRW_PYTHON to one that can"
  exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# compare SIZE STYLE-SIZE --weights FILE|--config … (as vectors.py says)
compare() {
  echo "$*"
  "$python" "$script" --size "$1" --style-size "$2" --no-taps "$3" "$4" "$work/vectors"
  if [ "$3" = --config ]; then set -- ; else set -- "$3" "$4"; fi
  "$driver" "$@" "$work/vectors" | grep -E 'max \|error\||^not ok|^ok|Bail out' | tee "$work/log"
  grep -q '^ok' "$work/log"
}

compare 256x256 256x256 --weights "$weights"
compare 333x217 200x150 --weights "$weights"
compare 640x360 512x512 --weights "$weights"
compare 1280x720 300x400 --weights "$weights"
compare 333x217 64x64 --config 16,32,64,128:32,48,64,64:1,1,1,1:2,2,2,2:2:2:0
compare 333x217 64x64 --config 16,32,64,128:16,32,64,64:1,1,1,1:2,2,2,2:2:2:1.5
compare 97x130 64x64 --config 48,96,192,384:48,96,192,192:1,1,2,2:2,2,4,4:2:2:4
