#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Fuzzes what reads bytes that nobody vouches for, with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer:
# the targets of tests/fuzz/, or those named. Fails at the first finding and says where its bytes lie; put them into
# tests/fuzz/found/TARGET/ when the fault is fixed, so that the tests replay them. What is learnt is kept in
# BUILD/corpus for the next time.
#
#   tests/fuzz.sh [--seconds N | --runs N] [TARGET…]     a minute each; BUILD=DIR builds elsewhere than in build-fuzz
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

build=${BUILD:-$root/build-fuzz}
limit=-max_total_time=60
case ${1:-} in
  --seconds) limit=-max_total_time=${2:?} && shift 2 ;;
  --runs) limit=-runs=${2:?} && shift 2 ;;
  -*) die "usage: tests/fuzz.sh [--seconds N | --runs N] [TARGET…]" ;;
esac
[ $# -gt 0 ] || set -- safetensors style picture mask control osc

install_missing "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${LONG_PACKAGES[@]}"
CC=clang build_project "$build" -Dfuzzing=true -Dtests=enabled -Db_lundef=false -Dbuildtype=debugoptimized
isolate "$build"
# a failed assertion is a finding with a place
export ASAN_OPTIONS=handle_abort=1:quarantine_size_mb=16

for target; do
  folder=$build/tests/fuzz log=$build/fuzz-$target.log dictionary=$root/tests/fuzz/$target.dict
  # decoders ask for what a header claims, which costs nothing before it is used
  options=("$limit" -timeout=20 -rss_limit_mb=768 -malloc_limit_mb=2048 -print_final_stats=1
    -artifact_prefix="$build/found-$target-")
  [ ! -f "$dictionary" ] || options+=(-dict="$dictionary")
  mkdir -p "$build/corpus/$target"
  "$folder/fuzz-$target" "${options[@]}" "$build/corpus/$target" "$folder/seeds/$target" >"$log" 2>&1 ||
    { tail -n 60 "$log" >&2; die "a finding: $log"; }
  say "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") executions, no finding"
done
