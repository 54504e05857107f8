# The checks of bin/tidy. Uses common.sh and build.sh.

check() { # WHAT COMMAND…
  local what="$1" started=$SECONDS
  shift
  if "$@"; then
    printf 'ok      %s (%s s)\n' "$what" "$((SECONDS - started))"
    passed=$((passed + 1))
  else
    printf 'FAILED  %s\n' "$what"
    failed=$((failed + 1))
  fi
}

sources() { git ls-files --cached --others --exclude-standard -- "$@"; }

formatted() {
  local wrong
  wrong="$(sources '*.h' '*.cc' | xargs --no-run-if-empty clang-format --dry-run 2>&1 |
    sed --quiet 's/:[0-9]*:[0-9]*: warning: .*-Wclang-format-violations.*//p' | sort | uniq --count)"
  [ -z "$wrong" ] && return 0
  printf '%s\n  places that clang-format would change; bin/tidy --fix changes them\n' "$wrong"
  return 1
}

# FOLDER: the folders that it may include from, besides itself.
may_include() {
  case "$1" in
    base) echo "" ;;
    bus | ledger) echo "base" ;;
    services | deployment-scripts) echo "base bus ledger" ;;
    host) echo "base bus ledger services deployment-scripts" ;;
    cli) echo "base bus ledger services deployment-scripts host" ;;
    examples) echo "base bus" ;;
    *) echo "base bus ledger services deployment-scripts host cli examples benchmarks" ;; # tests, benchmarks
  esac
}

arrows_point_down() {
  local folder allowed wrong=0
  for folder in base bus ledger services deployment-scripts host cli examples benchmarks tests; do
    allowed="$folder $(may_include "$folder")"
    sources "$folder/*.h" "$folder/*.cc" | xargs --no-run-if-empty grep --line-number --with-filename '^#include "' |
      awk -v allowed="${allowed// /|}" '
        {split($0, parts, "\""); path = parts[2]; top = path; sub(/\/.*/, "", top)}
        path !~ /\// {print $0 "   (write the path from the root)"; bad = 1; next}
        top !~ "^(" allowed ")$" {print $0 "   (allowed here: " allowed ")"; bad = 1}
        END {exit bad}' || wrong=1
  done
  return "$wrong"
}

headers_stand_alone() {
  build release all_verify_interface_header_sets
}

# A source is looked at again only when it, a header of ours that it includes, or the rules have changed.
clang_tidy_clean() {
  local chosen=("$@")
  build release || return 1 # generated sources, compile_commands.json and the list of each object's headers
  [ "${#chosen[@]}" -gt 0 ] || mapfile -t chosen < <(sources '*.cc' ':!bin')
  mkdir -p build/tidy
  build_own_sources || return 1
  rules | sha256sum >build/tidy/rules
  ninja -C build/release -t deps >build/tidy/deps
  compiled_sources >build/tidy/compiled
  say_what_is_not_compiled "${chosen[@]}"
  export -f tidy_one tidy_key
  printf '%s\n' "${chosen[@]}" | grep --line-regexp --fixed-strings --file build/tidy/compiled |
    xargs --no-run-if-empty --max-procs "$(nproc)" --max-args 1 bash -c 'tidy_one "$1"' tidy_one
}

# The plug-in that keeps clang-tidy to our own code; without it each source takes four times as long.
build_own_sources() {
  local source=bin/lib/own_sources.cc plugin=build/tidy/own_sources.so version
  [ "$plugin" -nt "$source" ] && return 0
  version="$(clang-tidy --version | sed --quiet 's/.*LLVM version \([0-9]*\).*/\1/p')"
  run_logged build/own_sources.log g++ -std=c++17 -O1 -shared -fPIC -fno-rtti \
    -isystem "/usr/lib/llvm-$version/include" "$source" -o "$plugin"
}

rules() {
  clang-tidy --version
  sources '.clang-tidy' '*/.clang-tidy' bin/lib/own_sources.cc | xargs cat
}

compiled_sources() {
  sed --quiet "s|^ *\"file\": \"$EXO_ROOT/\(.*\)\",*$|\1|p" build/release/compile_commands.json | sort --unique
}

say_what_is_not_compiled() { # SOURCE…
  local left_out
  left_out="$(printf '%s\n' "$@" | grep --invert-match --line-regexp --fixed-strings --file build/tidy/compiled |
    tr '\n' ' ')"
  [ -z "$left_out" ] || say "not in the release build, so not looked at: $left_out"
}

# What the outcome for one source depends on: the rules, the source, and those of our headers that it includes.
tidy_key() { # SOURCE
  local headers
  headers="$(awk -v source="$EXO_ROOT/$1" -v ours="$EXO_ROOT/" '
    /^[^ ]/ {first = 1; inside = 0} /^ / {if (first) {inside = $1 == source; first = 0}
    if (inside && index($1, ours) == 1) print $1}' build/tidy/deps | sort --unique)"
  # shellcheck disable=SC2086 # one word is one file
  cat build/tidy/rules "$1" $headers | sha256sum | cut --characters 1-40
}

tidy_one() { # SOURCE
  local key output
  key="$(tidy_key "$1")"
  [ -e "build/tidy/$key" ] && return 0
  if output="$(clang-tidy --quiet --load=build/tidy/own_sources.so --checks=exo-own-sources \
    --warnings-as-errors='*' -p build/release "$1" 2>&1)"; then
    touch "build/tidy/$key"
  else
    printf '%s\n%s\n' "$1" "$(grep --invert-match ' warnings* generated\.$' <<<"$output")"
    return 1
  fi
}
