#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes the styles of this folder anew from the pictures that origins.md lists, with the weights that are built in, and
# docs/images/styles.jpg, which shows them. Installs what is missing on Debian 12, as root, and fetches the packages
# with the pictures (50 MB).
#
#   models/styles/make.sh              BUILD=DIR in the environment builds elsewhere than in build
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../examples/setup.sh"
build=${BUILD:-$root/build}
python=/usr/bin/python3

install_missing "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" python3-pil
build_project "$build" -Dtests=disabled

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/pictures" "$work/photographs" "$work/results"
for package in $("$python" "$here/pictures.py" packages) python3-imageio; do
  fetch_package "$package" "$build/packages" || die "$package could not be fetched"
done
"$python" "$here/pictures.py" write "$build/packages" "$work/pictures"

say "measuring $(ls "$work/pictures" | wc -l) pictures"
"$build/engine/stylerwkv-style" "$work"/pictures/*.png
rm -f "$here"/*.srwstyle
mv "$work"/pictures/*.srwstyle "$here"

say "drawing docs/images/styles.jpg"
ln -s "$build/packages/$CLIPS/astronaut.png" "$work/photographs"
GST_PLUGIN_PATH=$build/gst GST_REGISTRY=$build/gst-registry.bin "$python" "$root/examples/gallery.py" \
  --content "$work/photographs" --style "$work/pictures" --output "$work/results" --columns 6 \
  --sheet "$root/docs/images/styles.jpg"
