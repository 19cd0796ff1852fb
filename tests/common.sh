# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the scripts here share: sourced, not run. Afterwards: what examples/setup.sh defines, and isolate.
. "$(dirname "${BASH_SOURCE[0]}")/../examples/setup.sh"

# What the scripts that run for long need besides tests/run.sh's.
LONG_PACKAGES=(clang libclang-rt-14-dev valgrind)

# isolate BUILD: from here on nothing of the user's own is read or written.
isolate() {
  export HOME=$1/home XDG_CACHE_HOME=$1/test-cache
  export SRW_CACHE_DIR=$1/test-cache/stylerwkv POCL_CACHE_DIR=$1/test-cache/pocl
  mkdir -p "$HOME" "$XDG_CACHE_HOME"
}
