#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a GPU makes of a build: tests of kernels and engine on it, frames a second of the engine and of a pipeline, and
# the time to the first frame, as a table for README.md. Nothing is installed and nothing is built: a machine that has
# a GPU and its driver is enough.
#
#   tests/gpu/measure.sh BUILD [--device NAME] [--sizes "WxH …"] [--frames N] [--no-tests]
#   tests/gpu/measure.sh BUILD --pack FOLDER    copies what that takes, with every library but the C library's; on
#                                               the other machine: FOLDER/measure.sh FOLDER
set -uo pipefail

die() { printf '%s\n' "error: $*" >&2; exit 1; }
usage() { sed -n 's/^#   //p' "$0" >&2; exit 2; }

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -gt 0 ] && [ -x "$1/engine/stylerwkv-bench" ] || usage
build=$(cd "$1" && pwd)
shift
device=gpu sizes="1920x1080 3840x2160" frames=100 with_tests=yes pack=
while [ $# -gt 0 ]; do
  case $1 in
    --no-tests) with_tests=no ;;
    --device | --sizes | --frames | --pack)
      [ $# -gt 1 ] || usage
      case $1 in
        --device) device=$2 ;;
        --sizes) sizes=$2 ;;
        --frames) frames=$2 ;;
        --pack) pack=$2 ;;
      esac
      shift ;;
    *) usage ;;
  esac
  shift
done
[ "$frames" -gt 0 ] 2>/dev/null || die "--frames takes a number from 1 on, not $frames"

KERNEL_TESTS=(product map wkv temporal upscale framing)
ENGINE_TESTS=(plan stylizer video)
VECTORS=tests/data/network-48x32.safetensors

# ---- pack ----

# Every file goes where a build has it.
put() { mkdir -p "$(dirname "$pack/$2")" && cp -L "$1" "$pack/$2" || die "$1 could not be copied"; }

pack_everything() {
  local test plugins libraries library

  put "$here/measure.sh" measure.sh
  put "$here/../data/$(basename $VECTORS)" $VECTORS
  put "$build/engine/stylerwkv-bench" engine/stylerwkv-bench
  put "$build/gst/libgststylerwkv.so" gst/libgststylerwkv.so
  for test in "${KERNEL_TESTS[@]/#/kernels/test-}" "${ENGINE_TESTS[@]/#/engine/test-}" engine/test-network; do
    put "$build/tests/$test" "tests/$test"
  done
  plugins=$(pkg-config --variable=pluginsdir gstreamer-1.0) || die "GStreamer's development files are needed to pack"
  put "$(command -v gst-launch-1.0)" gst/gst-launch-1.0
  put "$(pkg-config --variable=pluginscannerdir gstreamer-1.0)/gst-plugin-scanner" gst/gst-plugin-scanner
  put "$plugins/libgstcoreelements.so" gst/libgstcoreelements.so
  put "$plugins/libgstvideotestsrc.so" gst/libgstvideotestsrc.so
  libraries=$(find "$pack" -type f -perm /111 -exec ldd {} + 2>/dev/null | awk '$2 == "=>" && $3 ~ "^/" { print $3 }' |
    sort -u | grep -vE '/(lib(c|m|dl|rt|pthread|resolv)\.so|ld-)')
  for library in $libraries; do
    put "$library" "lib/$(basename "$library")"
  done
  echo "$pack: $(du -sh "$pack" | cut -f 1)"
}

if [ -n "$pack" ]; then
  pack_everything
  exit
fi

# ---- measure ----

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME=$scratch XDG_CACHE_HOME=$scratch/cache GST_REGISTRY=$scratch/registry.bin GST_PLUGIN_PATH=$build/gst
export SRW_DEVICE=$device
launch=gst-launch-1.0
vectors=$here/../data/$(basename $VECTORS)
if [ -d "$build/lib" ]; then       # packed
  export LD_LIBRARY_PATH=$build/lib GST_PLUGIN_SYSTEM_PATH='' GST_PLUGIN_SCANNER=$build/gst/gst-plugin-scanner
  launch=$build/gst/gst-launch-1.0 vectors=$build/$VECTORS
fi
failed=()

# one_test NAME MAPS PROGRAM [ARGUMENT…]: a line, and what it said where it failed
one_test() {
  local name="$1, maps of $2" start=$SECONDS

  if SRW_KERNELS=gpu SRW_MAPS=$2 timeout 120 "$build/tests/${@:3}" >"$scratch/test.log" 2>&1; then
    echo "passed  $name, $((SECONDS - start)) s"
  else
    echo "FAILED  $name"
    grep -vE '^(# DEBUG|# Start|# End|ok )' "$scratch/test.log" | tail -n 20
    failed+=("$name")
  fi
}

run_tests() {
  local test maps

  for maps in half float; do
    one_test engine-network $maps engine/test-network "$vectors"
    for test in "${KERNEL_TESTS[@]}"; do
      one_test "kernels-$test" $maps "kernels/test-$test"
    done
  done
  for test in "${ENGINE_TESTS[@]}"; do
    one_test "engine-$test" half "engine/test-$test"
  done
}

bench() { "$build/engine/stylerwkv-bench" --device "$device" --frames "$frames" "$@"; }

# pipeline_seconds WIDTH HEIGHT FRAMES
pipeline_seconds() {
  local start end

  start=$(date +%s%N)
  "$launch" -q videotestsrc num-buffers="$3" pattern=blue ! video/x-raw,format=NV12,width="$1",height="$2" ! queue ! \
    stylerwkv device="$device" async-depth=2 ! fakesink >"$scratch/launch.log" 2>&1 || return 1
  end=$(date +%s%N)
  awk -v ns=$((end - start)) 'BEGIN { print ns / 1e9 }'
}

# Frames a second of a pipeline without its start: what the frames take that a longer run has more.
pipeline_rate() {
  local few many

  few=$(pipeline_seconds "$1" "$2" 10) && many=$(pipeline_seconds "$1" "$2" $((10 + frames))) || {
    echo "no pipeline: $(head -n 1 "$scratch/launch.log")" >&2
    echo "–"
    return
  }
  awk -v n="$frames" -v few="$few" -v many="$many" \
    'BEGIN { print (many > few ? sprintf("%.1f", n / (many - few)) : "–") }'
}

# measure WIDTHxHEIGHT: a row of the table; the operators go to stderr
measure() {
  local report=$scratch/$1 speed

  bench --size "$1" --no-start >"$report" || return 1
  sed -n '1,2p; /^operator/,$p' "$report" >&2
  speed=$(grep ^speed "$report")
  printf '| %s | %s | %s | %s | %s | %s |\n' "${1/x/×}" "$(sed -E 's/^speed +([^ ]+).*/\1/' <<<"$speed")" \
    "$(sed -E 's/.*median ([^,]+).*/\1/' <<<"$speed")" "$(sed -E 's/.*99 % ([^,]+).*/\1/' <<<"$speed")" \
    "$(pipeline_rate "${1%x*}" "${1#*x}")" "$(sed -nE 's/^frames.*, ([0-9.]+ MB) .*/\1/p' "$report")"
}

"$build/engine/stylerwkv-bench" --list
[ $with_tests = no ] || run_tests
rows=()
for size in $sizes; do
  row=$(measure "$size") || die "$size could not be measured"
  rows+=("$row")
done
starts=$(bench --size "${sizes%% *}" --frames 1 | grep start) || die "the start could not be measured"

echo
echo "| frames | frames a second | median, ms | 99 %, ms | in a pipeline, frames a second | device memory |"
echo "|---|---|---|---|---|---|"
printf '%s\n' "${rows[@]}"
echo
echo "$starts"
[ ${#failed[@]} = 0 ] || die "failed: $(IFS=, && echo "${failed[*]}")"
