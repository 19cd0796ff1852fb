# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What quickstart.sh and tests/*.sh share: sourced, not run. Installs what is missing on Debian 12, and builds.
#
# Afterwards: $root is the source directory; say, die, install_missing, build_project are defined.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

BUILD_PACKAGES=(build-essential meson ninja-build pkg-config libglib2.0-dev libgstreamer1.0-dev
  libgstreamer-plugins-base1.0-dev libgdk-pixbuf-2.0-dev libjson-glib-dev opencl-headers ocl-icd-opencl-dev
  libclblast-dev libgstrtspserver-1.0-dev libsoup-3.0-dev)
RUN_PACKAGES=(pocl-opencl-icd gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-base-apps
  gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav)
TEST_PACKAGES=(python3 python3-dev python3-torch libtorch-dev pybind11-dev python3-pytest python3-numpy python3-pil
  python3-gi gir1.2-gstreamer-1.0 gir1.2-gst-plugins-base-1.0 gir1.2-gst-plugins-bad-1.0 gstreamer1.0-nice ges1.0-tools
  python3-selenium chromium chromium-driver liblo-tools curl ffmpeg git clang-15 libclc-15 rocm-device-libs)
# what Debian packages are built and looked at with
PACKAGE_PACKAGES=(debhelper dpkg-dev lintian man-db)
# what batch.sh needs besides
BATCH_PACKAGES=(parallel rsync openssh-client ffmpeg)

say() { printf '%s\n' "== $*"; }
# Exit statuses: 1, it could not be done; 2, the command line was wrong.
die() { printf '%s\n' "error: $*" >&2; exit 1; }
die_usage() { printf '%s\n' "error: $*" >&2; exit 2; }

print_version() {
  printf '%s (gst-stylerwkv) %s\n' "$(basename "$0")" "$(sed -n "s/^ *version : '\(.*\)',/\1/p" "$root/meson.build")"
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_missing PACKAGE…: asks apt only when something is missing.
install_missing() {
  local package missing=()

  command -v dpkg-query >/dev/null || {
    say "not a Debian system: going on with what is installed (needed: $*)"
    return 0
  }
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || die "these packages are missing; as root, run: apt-get install ${missing[*]}"
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -print -quit)" ] || apt_quietly update ||
    die "apt-get update failed, see above"
  apt_quietly install -y --no-install-recommends "${missing[@]}" || {
    say "trying again with fresh package lists"
    apt_quietly update && apt_quietly install -y --no-install-recommends "${missing[@]}" ||
      die "apt-get install failed, see above"
  }
}

# Shows what apt said only when it fails.
apt_quietly() {
  local log status=0

  log=$(mktemp)
  apt-get -qq -o APT::Sandbox::User=root "$@" >"$log" 2>&1 </dev/null || status=$?
  [ $status = 0 ] || tail -n 20 "$log" >&2
  rm -f "$log"
  return $status
}

# build_project DIRECTORY [MESON OPTION…]
build_project() {
  local build=$1 log
  shift

  log=$build/build.log
  mkdir -p "$build"
  if [ ! -f "$build/build.ninja" ]; then
    meson setup "$build" "$root" "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; die "meson setup failed, see above"; }
  fi
  say "building in $build"
  ninja -C "$build" >"$log" 2>&1 || { tail -n 60 "$log" >&2; die "the build failed, see above"; }
}

# describe_video FILE: sets codec, and the size of the upright picture as width, height and pixel aspect ratio (par,
# N/M). Fails where FILE holds no video.
describe_video() {
  local width_stored height_stored sar rotation

  IFS=, read -r codec width_stored height_stored sar < <(ffprobe -v error -select_streams v:0 -show_entries \
    stream=codec_name,width,height,sample_aspect_ratio -of csv=p=0 "$1") || return 1
  case "${sar:-}" in *[1-9]:*[1-9]*) par=${sar/:/\/} ;; *) par=1/1 ;; esac
  rotation=$(ffprobe -v error -select_streams v:0 -show_entries stream_side_data=rotation -of default=nk=1:nw=1 "$1" |
    head -n 1)
  width=$width_stored height=$height_stored
  case "$rotation" in
    90 | -90 | 270 | -270)
      width=$height_stored height=$width_stored
      par=${par#*/}/${par%/*} ;;
  esac
}

# fetch_package PACKAGE DIRECTORY: unpacks a Debian package there, without installing it, which would bring more along.
# Does nothing when it was there before.
fetch_package() {
  local package=$1 into=$2

  [ ! -f "$into/$package.list" ] || return 0
  mkdir -p "$into"
  (
    cd "$into" || exit 1
    apt_quietly download "$package" || { apt_quietly update && apt_quietly download "$package"; } || exit 1
    dpkg-deb -x "$package"_*.deb . && dpkg-deb -c "$package"_*.deb >"$package.list" && rm -f "$package"_*.deb
  )
}

# fetch_clips DIRECTORY: short real clips with sound, from Debian's package python3-imageio (BSD-2-Clause). Prints the
# folder they lie in.
CLIPS=usr/lib/python3/dist-packages/imageio/resources/images
fetch_clips() {
  local into=$1

  if [ -f "/$CLIPS/cockatoo.mp4" ]; then
    printf '%s\n' "/$CLIPS"
    return 0
  fi
  fetch_package python3-imageio "$into" || return 1
  printf '%s\n' "$into/$CLIPS"
}
