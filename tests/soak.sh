#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Changes whatever can be changed of an element that plays a live source, and fails when memory, threads or file
# descriptors grow, when the stream stalls or when anything is said that should not be (tests/soak/soak.c).
#
#   tests/soak.sh [MINUTES [SEED]]     30 minutes; BUILD=DIR builds elsewhere than in build-tests
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

build=${BUILD:-$root/build-tests}
install_missing "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}"
build_project "$build" -Dwerror=true -Dtests=enabled
isolate "$build"
# what a thread has freed counts as free, not as kept for its next need
export GLIBC_TUNABLES=glibc.malloc.tcache_count=0
GST_PLUGIN_PATH=$build/gst exec "$build/tests/soak/soak" "${1:-30}" "${2:-1}"
