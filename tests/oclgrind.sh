#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs every kernel of both families in oclgrind, which is a device that watches each read and write of each work-item.
# Fails when one is outside its buffer, when work-items race for a place, in local memory too, or when a call of OpenCL
# is wrong. tests/oclgrind/frames.c draws a few frames, as small as they get.
#
#   tests/oclgrind.sh [FAMILY-MAPS…]     of cpu-float, gpu-float, gpu-half; all if none is named
#                                        BUILD=DIR builds elsewhere than in build-oclgrind
#
# What is left out: --uninitialized. oclgrind 21.10 takes vectors that are halved (v.lo of a float16) for values never
# written, and ends with a segmentation fault; in what is optimised it does not know LLVM's "freeze", and ends as well.
# What nobody wrote is a number that is none in the tests of kernels, and valgrind watches PoCL's work-items.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

build=${BUILD:-$root/build-oclgrind}
install_missing "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" oclgrind
build_project "$build" -Dtests=enabled
isolate "$build"
# the project's own product: measuring which is fastest tells nothing here
export SRW_GEMM=tile

failed=()

# check FAMILY-MAPS
check() {
  local log=$build/oclgrind-$1.log status=0

  say "the kernels for ${1/-/, maps of } in oclgrind"
  rm -f "$log"
  SRW_KERNELS=${1%-*} SRW_MAPS=${1#*-} oclgrind --check-api --data-races --max-errors 100 --log "$log" \
    "$build/tests/oclgrind/frames" >"$log.output" 2>&1 || status=$?
  # oclgrind tells what it found in its log alone
  if [ $status != 0 ] || [ -s "$log" ]; then
    tail -n 20 "$log.output"
    head -n 60 "$log" 2>/dev/null
    failed+=("$1")
  fi
}

[ $# -gt 0 ] || set -- cpu-float gpu-float gpu-half
for kind in "$@"; do
  case $kind in
    cpu-float | gpu-float | gpu-half) check "$kind" ;;
    *) die_usage "no such kernels: $kind" ;;
  esac
done
[ ${#failed[@]} = 0 ] || die "oclgrind found fault with ${failed[*]}"
say "oclgrind found nothing"
