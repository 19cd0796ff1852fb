#!/bin/sh
# The whole network against PyTorch on frames of several sizes. Needs a Python that can import torch: SRW_PYTHON, else python3.
# Exit status 77 says that there is none.
#
#   against-pytorch.sh TEST-NETWORK VECTORS.PY
set -eu

driver=$1
script=$2
python=${SRW_PYTHON:-python3}

if ! "$python" -c 'import torch' 2>/dev/null; then
  echo "skipped: $python cannot import torch; set SRW_PYTHON to one that can"
  exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# size, size of the style picture, C:N:h:q:p
while read -r size style config; do
  echo "$size, style $style, network $config"
  "$python" "$script" --size "$size" --style-size "$style" --config "$config" --no-taps "$work/vectors"
  "$driver" "$work/vectors" | grep -E 'max \|error\||^not ok|^ok|Bail out' | tee "$work/log"
  grep -q '^ok' "$work/log"
done <<EOF
256x256 256x256 8:1,1,1,1:2:2:2
333x217 200x150 8:1,1,1,1:2:2:2
640x360 512x512 8:1,1,1,1:2:2:2
1280x720 300x400 8:1,1,1,1:2:2:2
97x130 64x64 24:1,1,2,2:4:2:2
EOF
