# Commands under a time limit, which nothing that they have started can outlast: each has a process group of its own,
# which ends with it, and writes into a file, which nothing can hold open as it could a pipe.

limited_pid=""

# As if the command had been started without all this.
end_limited() {
  [ -n "$limited_pid" ] && kill -TERM "$limited_pid" 2>/dev/null
  exit 130
}
trap end_limited INT TERM HUP

start_limited() { # SECONDS LOG COMMAND…
  local seconds="$1" log="$2"
  shift 2
  timeout --kill-after 20 "$seconds" "$@" >"$log" 2>&1 </dev/null &
  limited_pid=$!
}

# The command's code; 124 or 137 when the limit struck, which it says.
wait_limited() { # SECONDS COMMAND…
  local code=0 seconds="$1"
  shift
  wait "$limited_pid" || code=$?
  kill -KILL -- "-$limited_pid" 2>/dev/null || true # what it has left behind
  limited_pid=""
  case "$code" in
    124 | 137) printf '%s: ended after %s s, in which it had not ended by itself: %s\n' "$(basename "$0")" "$seconds" "${*:1:6}" >&2 ;;
  esac
  return "$code"
}

limited() { # SECONDS LOG COMMAND…
  local seconds="$1"
  start_limited "$@"
  shift 2
  wait_limited "$seconds" "$@"
}

# Shows what is written into the log meanwhile, too.
limited_shown() { # SECONDS LOG COMMAND…
  local seconds="$1" log="$2" code=0 tail_pid
  : >"$log"
  start_limited "$@"
  shift 2
  tail --follow --lines +1 --pid "$limited_pid" "$log" &
  tail_pid=$!
  wait_limited "$seconds" "$@" || code=$?
  wait "$tail_pid"
  return "$code"
}
