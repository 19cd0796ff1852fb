#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs for real, into copies of the system's folders that only this test sees, and looks whether GStreamer finds the
# element with no help; and with a prefix of a user's own, whether the line that `meson setup` prints is enough.
#
#   test-install.sh SOURCE BUILD
set -euo pipefail
source=$1 build=$2

if [ "${3:-}" != inside ]; then
  # 77: skipped
  unshare -m true 2>/dev/null || { echo "mount namespaces are not allowed here"; exit 77; }
  exec unshare -m "$0" "$source" "$build" inside
fi

work=$(mktemp -d)
trap 'umount -R "$work"; rmdir "$work"' EXIT
mount -t tmpfs none "$work"
export GST_REGISTRY=$work/registry.bin
unset GST_PLUGIN_PATH GST_PLUGIN_SYSTEM_PATH

# cover FOLDER: what is written there from now on is gone with this test
cover() {
  local here=$work/cover${1//\//-}

  mkdir -p "$here/upper" "$here/work"
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$here/upper,workdir=$here/work" "$1"
}

fail() { echo "FAILED: $*" >&2; exit 1; }

plugins=$(pkg-config --variable=pluginsdir gstreamer-1.0)
cover /usr/local
cover "$plugins"
if gst-inspect-1.0 stylerwkv >/dev/null 2>&1; then fail "the plug-in is installed already"; fi

meson install -C "$build" --no-rebuild >"$work/log" 2>&1 || { cat "$work/log"; fail "ninja install"; }
gst-inspect-1.0 stylerwkv >/dev/null || fail "GStreamer does not see the installed plug-in"
for tool in stylerwkv-bench stylerwkv-live stylerwkv-style; do
  [ "$(command -v $tool)" = /usr/local/bin/$tool ] || fail "$tool is not where it is expected"
done
styles=/usr/local/share/gst-stylerwkv/styles
[ -f $styles/origins.md ] && [ ! -e $styles/make.sh ] || fail "the styles' origins are not where they are expected"
gst-launch-1.0 -q videotestsrc num-buffers=1 ! video/x-raw,width=64,height=48 ! \
  stylerwkv style-image=$styles/gogh-harvest.srwstyle ! fakesink || fail "the installed plug-in does not run"

# ---- the service ----

unit=/usr/local/lib/systemd/system/stylerwkv-live.service
if command -v systemd-analyze >/dev/null; then
  problems=$(systemd-analyze verify --man=no "$unit" 2>&1 | grep stylerwkv || true)
  [ -z "$problems" ] || fail "systemd says of $unit: $problems"
fi
grep -qx "ExecStart=/usr/local/bin/stylerwkv-live .*" "$unit" || fail "$unit starts something else"

# ---- a prefix of one's own ----

meson setup "$work/build" "$source" --prefix="$work/own" -Dtests=disabled >"$work/log" 2>&1 ||
  { cat "$work/log"; fail "meson setup"; }
line=$(sed -n 's/.*So that GStreamer finds it *: *//p' "$work/log")
case "$line" in "export GST_PLUGIN_PATH=$work/own/"*) ;;
  *) cat "$work/log"; fail "no line tells where the plug-in is: $line" ;; esac
[ "$(meson introspect "$work/build" --installed | grep -c "\"$plugins")" = 0 ] || fail "something leaves the prefix"
