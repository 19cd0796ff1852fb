#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs tests of engine and element with valgrind; fails when it sees a read or a write where there is no memory, or one
# of what was never written. They are those of frames so small that it ends in minutes: valgrind is some thirty times
# slower, and also when the OpenCL runtime compiles, so what that has compiled is kept in the build folder.
#
#   tests/valgrind.sh       BUILD=DIR builds elsewhere than in build-valgrind
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

build=${BUILD:-$root/build-valgrind}
install_missing "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${LONG_PACKAGES[@]}"
build_project "$build" -Dtests=enabled -Dbuildtype=debugoptimized
isolate "$build"
export GST_PLUGIN_PATH=$build/gst GST_REGISTRY=$build/test-cache/registry.bin GST_REGISTRY_FORK=no
# tests of GStreamer's library: in one process, and with patience
export CK_FORK=no CK_TIMEOUT_MULTIPLIER=100
# GLib's own allocator would hide what is wrong with buffers and messages.
export G_SLICE=always-malloc
# a style that is small, too
export SRW_TEST_PROPERTIES=style-image=$build/tests/fuzz/seeds/picture/png
# The project's own product, since measuring which is fastest tells nothing here, and kernels as they are written:
# valgrind watches the runtime's compiler too, which takes longest to optimise them.
export SRW_GEMM=tile POCL_EXTRA_BUILD_FLAGS=-cl-opt-disable

failed=()

# check PROGRAM [ARGUMENT…]
check() {
  say "$*"
  valgrind --quiet --error-exitcode=9 --suppressions="$root/tests/valgrind.supp" "$build/tests/$1" "${@:2}" ||
    failed+=("$1")
}

for target in safetensors style picture mask control; do
  check "fuzz/fuzz-$target" "$build/tests/fuzz/seeds/$target"
done
check engine/test-style
check engine/test-video -p /video/off -p /video/restart -p /video/scene
GST_CHECKS=test_async_order,test_async_stop,test_qos_policies check element/test-live
GST_CHECKS=test_shared_buffers,test_flush_while_starting check element/test-stream
GST_CHECKS=test_mask_sink check element/test-fade

[ ${#failed[@]} = 0 ] || die "valgrind found fault with ${failed[*]}"
say "valgrind found nothing"
