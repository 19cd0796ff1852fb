#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What takes too long for every change: fuzzing, the sanitizers, valgrind, the soak, and the Debian packages in a root
# of their own, one after another. Goes on after a failure, and closes with the names of what failed.
#
#   tests/nightly.sh
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

failed=()

# step COMMAND…
step() {
  local start=$SECONDS result=passed

  say "$*"
  "$root"/tests/"$@" || { result=failed; failed+=("$*"); }
  say "$*: $result after $((SECONDS - start)) s"
}

step fuzz.sh --seconds 60
step sanitize.sh address
step sanitize.sh thread
step valgrind.sh
step soak.sh 30
step install/test-package.sh "$root" --clean

echo
[ ${#failed[@]} = 0 ] || die "failed: $(IFS=, && echo "${failed[*]}")"
say "nothing failed"
