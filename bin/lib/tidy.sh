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
  [ "${#chosen[@]}" -gt 0 ] || mapfile -t chosen < <(sources '*.cc')
  mkdir -p build/tidy
  ninja -C build/release -t deps >build/tidy/deps
  export -f tidy_one tidy_key
  printf '%s\n' "${chosen[@]}" | grep --fixed-strings --file <(compiled_sources) |
    xargs --no-run-if-empty --max-procs "$(nproc)" --max-args 1 bash -c 'tidy_one "$1"' tidy_one
}

compiled_sources() {
  sed -n "s|^ *\"file\": \"$EXO_ROOT/\(.*\)\",*$|\1|p" build/release/compile_commands.json | sort --unique
}

# What the outcome for one source depends on: the rules, the source, and those of our headers that it includes.
tidy_key() { # SOURCE
  local headers
  headers="$(awk -v source="$EXO_ROOT/$1" -v ours="$EXO_ROOT/" '
    /^[^ ]/ {first = 1; inside = 0} /^ / {if (first) {inside = $1 == source; first = 0}
    if (inside && index($1, ours) == 1) print $1}' build/tidy/deps | sort --unique)"
  # shellcheck disable=SC2086 # one word is one file
  cat .clang-tidy "$1" $headers | sha256sum | cut --characters 1-40
}

tidy_one() { # SOURCE
  local key output
  key="$(tidy_key "$1")"
  [ -e "build/tidy/$key" ] && return 0
  if output="$(clang-tidy --quiet --warnings-as-errors='*' -p build/release "$1" 2>/dev/null)"; then
    touch "build/tidy/$key"
  else
    printf '%s\n%s\n' "$1" "$output"
    return 1
  fi
}
