#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the tests of kernels and engine, of both families, with Intel's OpenCL runtime for processors: another compiler
# than PoCL's, and other rules of where work-items run. It comes from PyPI (some 800 MB when it is unpacked) and lies in
# the build folder; nothing of the system changes. Where it cannot be had the script says so and ends with status 77.
#
#   tests/intel.sh [MESON TEST ARGUMENT…]      BUILD=DIR builds elsewhere than in build-intel
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

build=${BUILD:-$root/build-intel}
runtime=$build/runtime
# the second has the mathematics that the first is linked with and does not ask for
RUNTIME_PACKAGES=(intel-opencl-rt intel-cmplr-lib-rt)

install_runtime() {
  [ ! -f "$runtime/lib/libintelocl.so" ] || return 0
  say "installing ${RUNTIME_PACKAGES[*]} from PyPI"
  /usr/bin/python3 -m venv "$runtime" && "$runtime/bin/pip" install --quiet "${RUNTIME_PACKAGES[@]}" >&2
}

skip() { say "skipped: $*"; exit 77; }

install_missing "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" python3-venv
build_project "$build" -Dtests=enabled
isolate "$build"
install_runtime || skip "Intel's runtime could not be installed"
# The only platform there is, then. It finds its own libraries by the path alone.
mkdir -p "$runtime/vendors"
echo "$runtime/lib/libintelocl.so" >"$runtime/vendors/intel.icd"
export OCL_ICD_VENDORS=$runtime/vendors LD_LIBRARY_PATH=$runtime/lib
devices=$("$build/engine/stylerwkv-bench" --list)
grep -q 'Intel(R) OpenCL' <<<"$devices" || skip "Intel's runtime has no device on this processor: $devices"
say "$devices"

[ $# -gt 0 ] || set -- --suite kernels --suite engine --no-suite slow
meson test -C "$build" --print-errorlogs --timeout-multiplier 4 "$@"
