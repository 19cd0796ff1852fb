#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Gives a clip the look of a painting:
#
#   examples/quickstart.sh [VIDEO] [STYLE] [OUTPUT]
#
# VIDEO   any file GStreamer can play            default: a clip of a cockatoo, from a Debian package
# STYLE   a picture (JPEG, PNG, …)               default: models/default-style.jpg
# OUTPUT  *.mp4 or *.mkv, made anew              default: stylised.mp4 in the current folder
#
# An empty argument ('') stands for the default. HEIGHT=720 in the environment keeps more of a large video's detail
# and takes longer; the default is 360, and 0 means the size as it is. DEVICE chooses an OpenCL device as the
# element's property does.
#
# Clips stand upright, whatever way the phone was held, and keep one size where theirs changes; interlaced ones are
# deinterlaced. The exit status is 0, 1 when it could not be done, or 2 when the command line was wrong.
#
# On a bare Debian 12, as root, what is missing is installed; elsewhere the missing packages are named.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

usage() { sed -n '4,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

case "${1:-}" in
  -h | --help) usage; exit 0 ;;
  --version) print_version; exit 0 ;;
  -*) usage >&2; die_usage "no such option: $1" ;;
esac
[ $# -le 3 ] || { usage >&2; die_usage "three arguments at most, $# given (quote names with spaces)"; }

video=${1:-}
style=${2:-$root/models/default-style.jpg}
output=${3:-stylised.mp4}
wanted_height=${HEIGHT:-360}
build=${BUILD:-$root/build}

[ -z "$video" ] || [ -f "$video" ] || die "no such video: $video"
[ -f "$style" ] || die "no such style picture: $style"
[[ $wanted_height =~ ^[0-9]+$ ]] || die_usage "HEIGHT must be a number of pixels, or 0, not: $wanted_height"
case "$output" in
  *.mp4 | *.MP4) container=mp4 ;;
  *.mkv | *.MKV) container=mkv ;;
  *) die_usage "the output must end in .mp4 or .mkv: $output" ;;
esac
[ -d "$(dirname "$output")" ] && [ -w "$(dirname "$output")" ] || die "cannot write in the folder of $output"
[ -z "$video" ] || ! [ "$video" -ef "$output" ] || die "the output would overwrite the video: $output"

if [ -n "${BUILD:-}" ] && [ -f "$build/gst/libgststylerwkv.so" ]; then
  say "using the plug-in in $build"
else
  install_missing "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" ffmpeg
  build_project "$build" -Dtests=disabled
fi
if [ -z "$video" ]; then
  clips=$(fetch_clips "$build/clips") || die "the default clip could not be fetched; give a video of your own"
  video=$clips/cockatoo.mp4
fi

export GST_PLUGIN_PATH=$build/gst GST_REGISTRY=$build/gst-registry.bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Links with plain names: no file name can then confuse the pipeline's syntax.
ln -s "$(realpath "$video")" "$work/video"
case "$style" in *.srwstyle) style_link=$work/style.srwstyle ;; *) style_link=$work/style ;; esac
ln -s "$(realpath "$style")" "$style_link"

# ---- what is in the file ----

found=$(gst-discoverer-1.0 "$work/video" 2>&1) || true
grep -q '^ *video #' <<<"$found" || die "no video that GStreamer can decode in $video:
$(sed '1,2d;/^$/d' <<<"$found")"
has_audio=no
! grep -q '^ *audio #' <<<"$found" || has_audio=yes
describe_video "$work/video" || die "no video that can be described in $video"
in_width=$width in_height=$height
[ "$wanted_height" != 0 ] && [ "$height" -gt "$wanted_height" ] && height=$wanted_height
# square pixels, and even numbers: that is what the usual video codecs take
width=$(((in_width * ${par%/*} * height / (in_height * ${par#*/}) + 1) / 2 * 2))
height=$(((height + 1) / 2 * 2))

# ---- encoders ----

first_of() {
  local element
  for element in "$@"; do
    if gst-inspect-1.0 --exists "${element%% *}"; then
      echo "$element"
      return 0
    fi
  done
  return 1
}

video_encoder=$(first_of 'x264enc pass=qual quantizer=21 speed-preset=veryfast' 'openh264enc bitrate=4000000' \
  'avenc_mpeg4') ||
  die "no video encoder found: install gstreamer1.0-plugins-ugly"
case "$video_encoder" in
  avenc_mpeg4) parser=mpeg4videoparse ;;
  *) parser=h264parse ;;
esac
audio_encoder=$(first_of 'avenc_aac bitrate=128000' 'voaacenc bitrate=128000' 'lamemp3enc') || has_audio=no
[ $container = mp4 ] && muxer=mp4mux || muxer=matroskamux

audio=()
if [ $has_audio = yes ]; then
  audio=(source. ! queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! audioconvert ! audioresample !
    $audio_encoder ! queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! mux.)
fi

# ---- go ----

say "video: $video ($in_width×$in_height, sound: $has_audio), drawn at $width×$height; HEIGHT=… asks for another size"
say "style: $style"
say "the very first run also compiles the kernels, for half a minute"
begin=$(date +%s)
gst-launch-1.0 -q filesrc location="$work/video" ! decodebin name=source \
  source. ! queue ! deinterlace ! videoconvert ! videoflip video-direction=auto ! videoscale ! \
  "video/x-raw,format=I420,width=$width,height=$height,pixel-aspect-ratio=1/1" ! \
  stylerwkv style-image="$style_link" device="${DEVICE:-auto}" ! progressreport name=progress update-freq=5 ! \
  queue ! videoconvert ! $video_encoder ! $parser ! mux. \
  "${audio[@]}" $muxer name=mux ! filesink location="$work/output" </dev/null ||
  die "the pipeline failed, see the message above (README.md, Troubleshooting)"
mv -f "$work/output" "$output"
say "done in $(($(date +%s) - begin)) s: $(realpath "$output")"
