# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion for bash, of every tool: their options are those that they tell of themselves.
_stylerwkv() {
  local tool=$1 word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}

  COMPREPLY=()
  # bash takes --option=word for three words
  [ "$before" != = ] || before=${COMP_WORDS[COMP_CWORD - 2]}
  [ "$word" != = ] || word=
  case $before in
    -d | --device)
      mapfile -t COMPREPLY < <(compgen -W 'auto cpu gpu' -- "$word")
      return ;;
  esac
  case $word in
    -*) mapfile -t COMPREPLY < <(compgen -W "$("$tool" --help 2>/dev/null |
      sed -nE 's/^  (-., )?(--[a-z-]+).*/\2/p')" -- "$word") ;;
  esac
}
# whatever else is a file
complete -o bashdefault -o default -F _stylerwkv stylerwkv-bench stylerwkv-live stylerwkv-style
