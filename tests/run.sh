#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs what is missing (Debian 12, as root), builds with warnings as errors, and runs every test. Closes with
# 'N passed, N failed' and fails when a test did, or when none ran.
#
#   tests/run.sh            BUILD=DIR in the environment builds elsewhere than in build-tests
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

build=${BUILD:-$root/build-tests}
passed=0
failed=0

# count PASSED FAILED WHAT
count() {
  passed=$((passed + $1))
  failed=$((failed + $2))
  say "$3: $1 passed, $2 failed"
}

# Runs a command as one test.
one_test() {
  local name=$1
  shift
  if "$@"; then count 1 0 "$name"; else count 0 1 "$name"; fi
}

install_missing "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${BATCH_PACKAGES[@]}" "${TEST_PACKAGES[@]}" \
  "${PACKAGE_PACKAGES[@]}"
build_project "$build" -Dwerror=true -Dtests=enabled
clips=$(fetch_clips "$build/clips") || die "the test clips could not be fetched"

isolate "$build"
export TORCH_EXTENSIONS_DIR=$build/torch-extensions
export SRW_TEST_CLIP=$clips/cockatoo.mp4
# The distribution's Python, which has the packages; another one may be first in PATH.
python=/usr/bin/python3
if "$python" -c 'import torch' 2>/dev/null; then export SRW_PYTHON=$python; fi

# ---- C ----

summary() { awk -F: -v what="$1" '$1 == what { n = $2 } END { print n + 0 }' "$build/test-output.log"; }

meson test -C "$build" --print-errorlogs 2>&1 | tee "$build/test-output.log"
bad=0
for what in Fail 'Unexpected Pass' Timeout; do bad=$((bad + $(summary "$what"))); done
count "$(summary Ok)" "$bad" "meson test"
[ "$(summary Ok)" -gt 0 ] || one_test "meson test ran" false

# ---- quickstart ----

quickstart() {
  local out="$build/quick start's output.mp4" found

  rm -f "$out"
  BUILD=$build "$root/examples/quickstart.sh" "$clips/realshort.mp4" '' "$out" || return 1
  found=$(gst-discoverer-1.0 "$out") || return 1
  grep -q 'video #' <<<"$found" && grep -q 'audio #' <<<"$found" || { echo "$found"; return 1; }
  rm -f "$out"
  # what is wrong is said, and nothing is written
  ! BUILD=$build "$root/examples/quickstart.sh" /nonexistent.mp4 2>"$build/quickstart.log" &&
    grep -q 'no such video: /nonexistent.mp4' "$build/quickstart.log" &&
    ! BUILD=$build "$root/examples/quickstart.sh" "$root/LICENSE" '' "$out" 2>"$build/quickstart.log" &&
    grep -q 'no video that GStreamer can decode' "$build/quickstart.log" && [ ! -e "$out" ]
}
one_test quickstart quickstart

# ---- training ----

if [ -f "$root/training/test_training.py" ]; then
  (cd "$root/training" && "$python" -m pytest -q -p no:cacheprovider test_training.py) 2>&1 | tee "$build/pytest.log"
  status=${PIPESTATUS[0]}
  number() { grep -oE "[0-9]+ $1" "$build/pytest.log" | tail -n 1 | cut -d ' ' -f 1; }
  py_failed=$(($(number failed || echo 0) + $(number error || echo 0)))
  [ "$status" = 0 ] || [ $py_failed -gt 0 ] || py_failed=1
  count "$(number passed || echo 0)" "$py_failed" "training"
fi

echo
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
