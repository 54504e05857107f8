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
  "$@" >"$log" 2>&1 </dev/null && return 0
  local code=$?
  tail --lines 60 "$log" >&2
  say "failed: $* (the whole log: $log)"
  return "$code"
}
