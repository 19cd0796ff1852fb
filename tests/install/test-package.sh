#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the Debian packages from a copy of the tree, has lintian look at them, installs them, and tries what is
# installed (debian/tests/installed).
#
#   test-package.sh SOURCE          over this system, as only this test sees it; then removes them without a trace
#   test-package.sh SOURCE --clean  in a root of its own, with nothing but what the packages ask for (tests/nightly.sh)
set -euo pipefail
source=$(cd "$1" && pwd) how=${2:-}
. "$source/examples/setup.sh"

if [ "$how" = --clean ]; then
  install_missing "${BUILD_PACKAGES[@]}" "${PACKAGE_PACKAGES[@]}" mmdebstrap
fi
# 77: skipped
if [ "${3:-}" != inside ]; then
  for tool in dpkg-buildpackage dh lintian; do
    command -v $tool >/dev/null || { echo "$tool is not there"; exit 77; }
  done
  unshare -m true 2>/dev/null || { echo "mount namespaces are not allowed here"; exit 77; }
  exec unshare -m "$0" "$source" "$how" inside
fi

work=$(mktemp -d)
trap 'cd /; umount -R "$work"; rmdir "$work"' EXIT
mount -t tmpfs none "$work"

fail() { echo "FAILED: $*" >&2; exit 1; }
loudly() { "$@" >"$work/log" 2>&1 || { tail -n 60 "$work/log"; fail "$*"; }; }

build_packages() {
  mkdir "$work/tree"
  tar -C "$source" --exclude=./.git --exclude='./build*' -c . | tar -C "$work/tree" -x
  cd "$work/tree"
  DEB_BUILD_OPTIONS='noautodbgsym nocheck' loudly dpkg-buildpackage -us -uc
  cd "$work"
  lintian --allow-root --fail-on error ./*.changes || fail "lintian has found an error"
}

# ---- over this system ----

# cover FOLDER: what is written there from now on is gone with this test
cover() {
  mkdir -p "$work/cover$1/upper" "$work/cover$1/work"
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$work/cover$1/upper,workdir=$work/cover$1/work" "$1"
}

traces() { find /usr /etc -newer "$work/before" -path '*stylerwkv*' ! -type d; }

install_here() {
  export GST_REGISTRY=$work/registry.bin
  unset GST_PLUGIN_PATH GST_PLUGIN_SYSTEM_PATH
  touch "$work/before"
  cover /usr
  cover /etc
  cover /var
  loudly dpkg -i ./*.deb
  loudly "$work/tree/debian/tests/installed"
  loudly dpkg --purge $(sed -n 's/^Package: //p' "$work/tree/debian/control")
  [ -z "$(traces)" ] || fail "this stays after a purge: $(traces)"
}

# ---- in a root of its own ----

install_in_clean_root() {
  local tries=$work/tree/debian/tests

  # what the tests need besides, whoever else may ask for it; the packages are those that were built
  sed -n 's/^Depends: //p' "$tries/control" | tr -d ' ' | tr , '\n' | grep -v stylerwkv >"$work/needed"
  loudly mmdebstrap --variant=apt --format=null --aptopt='APT::Sandbox::User "root"' \
    --dpkgopt='path-include=/usr/share/man/*' \
    --customize-hook="mkdir \"\$1/packages\" && cp $work/*.deb $tries/installed \"\$1/packages\"" \
    --customize-hook="chroot \"\$1\" apt-get install -y --no-install-recommends $(paste -sd ' ' "$work/needed") \
      \$(cd $work && ls ./*.deb | sed 's|^\.|/packages|' | paste -sd ' ')" \
    --customize-hook='chroot "$1" env HOME=/root /packages/installed' bookworm -
}

build_packages
if [ "$how" = --clean ]; then install_in_clean_root; else install_here; fi
