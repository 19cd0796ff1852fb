#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Trains `small`, then `base`, on a GPU that is to be had for some minutes at a time. Each call goes on where the last
# one ended, trains for one slice and leaves a checkpoint and, of what was trained, a weights file; when `small` has had
# its time the next calls train `base`. Started again when both are done it says so and does nothing.
#
#   training/on-gpu.sh CONTENTS STYLES LOSS_NETWORKS RUNS [--minutes 9] [--small-minutes 120] [--base-minutes 360]
#                      [--device cuda] [-- TRAIN.PY'S ARGUMENTS…]
#
# The folders are those of train.py; RUNS/small and RUNS/base are the runs. What follows -- comes last and counts:
# --batch and --crop for another GPU, say. PYTHON names the Python that has PyTorch.
set -euo pipefail

usage() { sed -n 's/^#   //p' "$0" >&2; exit 2; }
die() { printf '%s\n' "error: $*" >&2; exit 1; }

[ $# -ge 4 ] || usage
contents=$1 styles=$2 loss_networks=$3 runs=$4
shift 4
slice=9 small_minutes=120 base_minutes=360 device=cuda
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  [ $# -gt 1 ] || usage
  case $1 in
    --minutes) slice=$2 ;;
    --small-minutes) small_minutes=$2 ;;
    --base-minutes) base_minutes=$2 ;;
    --device) device=$2 ;;
    *) usage ;;
  esac
  shift 2
done
[ $# = 0 ] || shift
for folder in "$contents" "$styles" "$loss_networks"; do
  [ -d "$folder" ] || die "no such folder: $folder"
done
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}
"$python" -c 'import torch, sys; torch.zeros(1, device=sys.argv[1])' "$device" ||
  die "$python has no PyTorch that can use $device"

# minutes_of RUN: what its checkpoint has been trained for
minutes_of() {
  [ -f "$1/checkpoint.pt" ] || { echo 0; return; }
  "$python" -c 'import sys, torch; print(torch.load(sys.argv[1], map_location="cpu")["stage"]["seconds"] / 60)' \
    "$1/checkpoint.pt"
}

less() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a < b) }'; }

# slice_of PRESET MINUTES [ARGUMENT…]: the cosine runs over all the minutes, SIGTERM ends the slice with a checkpoint
slice_of() {
  local preset=$1 minutes=$2 run=$runs/$1 status=0
  shift 2

  mkdir -p "$run"
  timeout --signal=TERM "${slice}m" "$python" "$here/train.py" --content "$contents" --style "$styles" \
    --loss-dir "$loss_networks" --out "$run" --preset "$preset" --device "$device" --minutes "$minutes" \
    --optimizer muon --schedule cosine --checkpoint-minutes 2 --w-content 2 --w-structure 2 --w-style 170 --w-gram 60 \
    --w-swd 8 --w-video 800 --w-weave 4000 --w-rim 400 --w-even 5000 "$@" || status=$?
  [ $status = 0 ] || [ $status = 124 ] || die "training $preset failed with status $status"
  [ -f "$run/checkpoint.pt" ] || die "a slice of $slice minutes is too short: it ended before the first iteration"
  "$python" "$here/export.py" weights "$run/checkpoint.pt" "$run/$preset.safetensors"
  echo "== $run/$preset.safetensors: $(minutes_of "$run") of $minutes minutes"
}

if less "$(minutes_of "$runs/small")" "$small_minutes"; then
  slice_of small "$small_minutes" --crop 192 --batch 32 --lr 1.5e-3 "$@"
elif less "$(minutes_of "$runs/base")" "$base_minutes"; then
  slice_of base "$base_minutes" --crop 192 --batch 16 --lr 1e-3 "$@"
else
  echo "== both are done: $runs/small/small.safetensors, $runs/base/base.safetensors"
fi
