# What every verb in bin/ starts with: the clone's root as working directory, and two words.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
EXO_ROOT="$PWD"
export EXO_ROOT
verb="$(basename "$0")"

say() { printf '%s: %s\n' "$verb" "$*" >&2; }

# run_logged LOG COMMAND…: quiet while it works, the log's end when it does not.
run_logged() {
  local log="$1"
  shift
  mkdir -p "$(dirname "$log")"
  local code=0
  if [ -t 2 ]; then
    "$@" 2>&1 </dev/null | tee "$log" | show_steps || code=${PIPESTATUS[0]}
  else
    "$@" >"$log" 2>&1 </dev/null || code=$?
  fi
  [ "$code" = 0 ] && return 0
  tail --lines 60 "$log" >&2
  say "failed: $* (the whole log: $log)"
  return "$code"
}

# "[12/196] …", as ninja counts its steps, becomes one line that is written over; it is gone at the end.
show_steps() {
  local line shown=no
  while IFS= read -r line; do
    [[ "$line" =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    printf '\r%s: step %s of %s ' "$verb" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" >&2
    shown=yes
  done
  [ "$shown" = no ] || printf '\r\033[K' >&2
}
