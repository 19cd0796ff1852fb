#!/usr/bin/env bash
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Stylises a long video in parts, side by side here or on other machines, and joins them again:
#
#   examples/batch.sh [OPTION…] VIDEO STYLE OUTPUT
#
# -j N                parts at a time, on each machine         default: 1, since one already uses a whole device
# --hosts HOST,HOST   machines to work on, by ssh              default: this one
# --seconds S         length of a part, at least               default: 60
# --element "P=V …"   properties of stylerwkv, such as "strength=0.7 preserve-color=true"
#
# OUTPUT is *.mp4, *.mov or *.mkv. The sound is that of VIDEO, not encoded again. The exit status is 0, 1 when it
# could not be done, or 2 when the command line was wrong. docs/batch.md tells more.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

usage() { sed -n '4,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

jobs=1
hosts=
seconds=60
element=
arguments=()
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --version) print_version; exit 0 ;;
    -j | --hosts | --seconds | --element)
      [ $# -ge 2 ] || die_usage "$1 needs a value"
      case "$1" in -j) jobs=$2 ;; --hosts) hosts=$2 ;; --seconds) seconds=$2 ;; --element) element=$2 ;; esac
      shift ;;
    -*) usage >&2; die_usage "no such option: $1" ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
[ ${#arguments[@]} = 3 ] || { usage >&2; die_usage "VIDEO, STYLE and OUTPUT are needed (quote names with spaces)"; }
video=${arguments[0]} style=${arguments[1]} output=${arguments[2]}
build=${BUILD:-$root/build}

[[ $jobs =~ ^[1-9][0-9]*$ ]] || die_usage "-j takes a number of parts, 1 or more, not: $jobs"
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die_usage "--seconds takes a whole number, 1 or more, not: $seconds"
[ -f "$video" ] || die "no such video: $video"
[ -f "$style" ] || die "no such style picture: $style"
extension=${output##*.}
case "$extension" in mp4 | mov | mkv) ;; *) die_usage "the output must end in .mp4, .mov or .mkv: $output" ;; esac
[ -d "$(dirname "$output")" ] && [ -w "$(dirname "$output")" ] || die "cannot write in the folder of $output"
! [ "$video" -ef "$output" ] || die "the output would overwrite the video: $output"
properties=()
[ -z "$element" ] || mapfile -t properties < <(xargs printf '%s\n' <<<"$element")

if [ -n "${BUILD:-}" ] && [ -f "$build/gst/libgststylerwkv.so" ]; then
  say "using the plug-in in $build"
else
  install_missing "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${BATCH_PACKAGES[@]}"
  build_project "$build" -Dtests=disabled
fi
export GST_PLUGIN_PATH=$build/gst GST_REGISTRY=${GST_REGISTRY:-$build/gst-registry.bin}

# Everything happens in a folder of its own and under plain names, which no file name can confuse.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
input=$(realpath "$video")
output=$(realpath "$output")
case "$style" in *.srwstyle) style_name=style.srwstyle ;; *) style_name=style ;; esac
cp "$style" "$work/$style_name"
ln -s "$input" "$work/video"

# Files among the properties are named from where the user stands; they go along under names of their own.
carried=("$style_name")
for i in "${!properties[@]}"; do
  case "${properties[i]}" in
    mask=* | style-image-2=* | model-file=*)
      property=${properties[i]%%=*} file=${properties[i]#*=}
      [ -f "$file" ] || die "no such file: $file (of --element $property)"
      name=$property
      case "$file" in *.srwstyle) name=$property.srwstyle ;; esac
      cp "$file" "$work/$name"
      carried+=("$name")
      properties[i]=$property=$name ;;
  esac
done
cd "$work"
export PARALLEL_HOME=$work/parallel
mkdir "$PARALLEL_HOME"

# ---- cut ----

describe_video video || die "$video has no video that can be cut"
# in what takes the codec; Matroska, which knows of milliseconds only, where nothing else does
case "$codec" in
  vp8 | theora) format=matroska cut=mkv ;;
  vp9 | av1) format=mp4 cut=mp4 ;;
  *) format=mov cut=mov ;;
esac
say "cutting $video at key frames, into parts of $seconds s or more"
ffmpeg -v error -i video -map 0:v:0 -c copy -f segment -segment_time "$seconds" -segment_format $format \
  -reset_timestamps 1 part%05d.$cut </dev/null || die "$video has no video that can be cut, see the message above"
parts=(part?????.$cut)

# times_of FILE: when each frame is shown, in seconds, in that order.
times_of() { ffprobe -v error -select_streams v:0 -show_entries packet=pts_time -of default=nk=1:nw=1 "$1" | sort -g; }
times_of video >times
! grep -q '[^0-9.-]' times || die "$video does not tell when its frames are shown"

# ---- draw ----

machines=()
case "$hosts" in
  '' | :) ;;
  *)
    machines=(--sshlogin "$hosts" --workdir ... --transferfile "{}.$cut" --return '{}.done.mov' --cleanup)
    for name in "${carried[@]}"; do machines+=(--transferfile "$name"); done ;;
esac
[ -t 2 ] && machines+=(--bar)
say "drawing ${#parts[@]} parts, $jobs at a time${hosts:+ on each of $hosts}"
# A machine that is this one finds the files where they are. Every part becomes as large as the first frame: the
# encoder's file cannot change its size.
here='[ -e "$1" ] || cd "$2" || exit; shift 2; exec "$@"'
printf '%s\n' "${parts[@]%.$cut}" | parallel --will-cite -q -j "$jobs" --tag --halt now,fail=1 "${machines[@]}" \
  sh -c "$here" sh "{}.$cut" "$work" \
  gst-launch-1.0 -q filesrc location="{}.$cut" ! decodebin ! deinterlace fields=top ! videoconvert ! \
  videoflip video-direction=auto ! videoscale ! "video/x-raw,width=$width,height=$height,pixel-aspect-ratio=$par" ! \
  stylerwkv style-image="$style_name" "${properties[@]}" ! videoconvert ! \
  x264enc pass=qual quantizer=21 speed-preset=veryfast ! h264parse ! qtmux ! filesink location={}.done.mov ||
  die "a part could not be drawn, see the message above"

# ---- join ----

# A part is shown from the time of its first frame in the video until the next one begins.
total=0
for part in "${parts[@]%.$cut}"; do
  wanted=$(times_of "$part.$cut" | wc -l)
  got=$(times_of "$part.done.mov" | wc -l)
  [ "$wanted" = "$got" ] || die "$part has $wanted frames, and $got came back. Where key frames do \
not stand alone (open GOP), encode the video again first"
  begin=$(sed -n "$((total + 1))p" times)
  [ $total = 0 ] || awk -v begin="$begin" -v last="$last" 'BEGIN { printf "duration %.6f\n", begin - last }'
  echo "file $part.done.mov"
  last=$begin
  total=$((total + got))
done >list
[ "$total" = "$(wc -l <times)" ] || die "the parts have $total frames, and $video has $(wc -l <times)"

# What comes first, picture or sound, is at 0.
start=$(ffprobe -v error -show_entries format=start_time -of default=nk=1:nw=1 video)
offset=$(awk -v start="$start" 'NR == 1 { printf "%.6f", $1 - start }' times)
ffmpeg -v error -itsoffset "$offset" -f concat -i list -i video -map 0:v:0 -map '1:a?' -c copy \
  "joined.$extension" </dev/null ||
  die "the parts could not be joined; does a .$extension file take the sound of $video?"
joined=$(times_of "joined.$extension" | wc -l)
[ "$joined" = "$total" ] || die "$total frames were drawn, but $joined are left after joining the parts"
mv -f "joined.$extension" "$output"
say "done: $output, $total frames"
