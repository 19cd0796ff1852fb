#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What takes too long for every change: fuzzing, the sanitizers, valgrind, oclgrind, Intel's OpenCL runtime, the soak,
# and the Debian packages in a root of their own, one after another. Goes on after a failure, and closes with the names
# of what failed and of what was skipped.
#
#   tests/nightly.sh
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

failed=()
skipped=()

# step COMMAND…
step() {
  local start=$SECONDS result=passed status=0

  say "$*"
  "$root"/tests/"$@" || status=$?
  case $status in
    0) ;;
    77) result=skipped; skipped+=("$*") ;;
    *) result=failed; failed+=("$*") ;;
  esac
  say "$*: $result after $((SECONDS - start)) s"
}

step fuzz.sh --seconds 60
step sanitize.sh address
step sanitize.sh thread
step valgrind.sh
step oclgrind.sh
step intel.sh
step soak.sh 30
step install/test-package.sh "$root" --clean

echo
[ ${#skipped[@]} = 0 ] || say "skipped: $(IFS=, && echo "${skipped[*]}")"
[ ${#failed[@]} = 0 ] || die "failed: $(IFS=, && echo "${failed[*]}")"
say "nothing failed"
