#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds with a sanitizer and runs tests that show what it sees; fails when it sees anything.
#
#   tests/sanitize.sh address [MESON TEST ARGUMENT…]   every test with AddressSanitizer, LeakSanitizer and
#                                                      UndefinedBehaviorSanitizer
#   tests/sanitize.sh thread [MESON TEST ARGUMENT…]    the element's live tests with ThreadSanitizer
#
# BUILD=DIR builds elsewhere than in build-address or build-thread.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() { echo "usage: tests/sanitize.sh address|thread [MESON TEST ARGUMENT…]" >&2; exit 2; }
kind=${1:-}
case $kind in
  address) sanitizers=address,undefined runtime=libasan.so ;;
  thread) sanitizers=thread runtime=libtsan.so ;;
  *) usage ;;
esac
shift
build=${BUILD:-$root/build-$kind}

install_missing "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${BATCH_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
build_project "$build" -Dtests=enabled -Db_sanitize=$sanitizers -Db_lundef=false -Dbuildtype=debugoptimized
isolate "$build"
# Programs that are not built with a sanitizer have to load its library first.
runtime=$(gcc -print-file-name=$runtime)
# One of them is what reads plug-ins for GStreamer; other people's plug-ins leak.
export GST_PLUGIN_SCANNER=$build/plugin-scanner
printf '#!/bin/sh\nASAN_OPTIONS=detect_leaks=0 LD_PRELOAD=%s exec "%s/gst-plugin-scanner" "$@"\n' "$runtime" \
  "$(pkg-config --variable=pluginscannerdir gstreamer-1.0)" >"$GST_PLUGIN_SCANNER"
chmod +x "$GST_PLUGIN_SCANNER"
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

# tests ARGUMENT…: all programs take several times as long
tests() { meson test -C "$build" --print-errorlogs --timeout-multiplier 10 --num-processes 2 "$@"; }

if [ "$kind" = thread ]; then
  [ $# -gt 0 ] || set -- element-live element-stream element-fade element-device soak
  # Only what this project was compiled to is watched: GStreamer, GLib and the OpenCL runtime are not built for it,
  # and order their memory by means that it does not see. locks.c tells it of those that the element uses.
  export TSAN_OPTIONS=ignore_noninstrumented_modules=1:history_size=7:exitcode=66
  tests --wrapper "env CK_FORK=no LD_PRELOAD=$build/tests/tsan/libtsan-locks.so" "$@"
  exit
fi

export LSAN_OPTIONS=suppressions=$root/tests/lsan.supp:print_suppressions=0
# Where libraries are loaded while threads run, LeakSanitizer's own list of what they have for each thread ends it.
export ASAN_OPTIONS=fast_unwind_on_malloc=0:malloc_context_size=20:intercept_tls_get_addr=0
SRW_TEST_CLIP=$(fetch_clips "$build/clips")/cockatoo.mp4 || die "the test clips could not be fetched"
export SRW_TEST_CLIP
# GLib's own allocator would hide what is wrong with buffers and messages.
export G_SLICE=always-malloc
if [ $# -gt 0 ]; then
  tests "$@"
  exit
fi
status=0
# What measures real time would measure the sanitizer.
tests --suite kernels --suite engine --suite element --suite fuzz --suite soak --no-suite slow \
  --no-suite timing --no-suite tools || status=1
# Python and GStreamer's tools leak, and the library has to find C++'s exceptions when it is loaded.
cpp_runtime=$(gcc -print-file-name=libstdc++.so)
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 tests --wrapper "env LD_PRELOAD=$runtime:$cpp_runtime" \
  --suite examples --suite tools --suite validate || status=1
exit $status
