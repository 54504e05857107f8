# The words of bin/fuzz, and one fuzzer at a time. Uses common.sh.

known=()
for source in tests/fuzz/fuzz_*.cc; do
  source="${source#tests/fuzz/fuzz_}"
  known+=("${source%.cc}")
done

# Sets `seconds` and `names`.
parse_arguments() {
  seconds=60
  names=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) usage; exit 0 ;;
      --seconds)
        [[ "${2:-}" =~ ^[1-9][0-9]*$ ]] || { say "--seconds takes a number of seconds, such as: --seconds 60"; exit 2; }
        seconds="$2"
        shift
        ;;
      -*) say "there is no option $1; see bin/fuzz --help"; exit 2 ;;
      *)
        [ -e "tests/fuzz/fuzz_$1.cc" ] || { say "there is no fuzzer $1; there are: ${known[*]}"; exit 2; }
        names+=("$1")
        ;;
    esac
    shift
  done
  [ ${#names[@]} -gt 0 ] || names=("${known[@]}")
}

# An input on which it hangs counts as a fault.
run_fuzzer() { # name
  local name="$1" learned="build/fuzz/learned/$1" seeds=()
  mkdir -p "$learned" build/fuzz/found
  [ -d "tests/fuzz/corpus/$name" ] && seeds=("tests/fuzz/corpus/$name")
  "build/fuzz/fuzzers/fuzz_$name" "$learned" "${seeds[@]}" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -max_len=20000 -print_final_stats=1 -artifact_prefix="build/fuzz/found/$name-" >"build/fuzz/$name.log" 2>&1
}

# Counts in `passed` and `failed`.
report_fuzzer() { # name
  if run_fuzzer "$1"; then
    passed=$((passed + 1))
    printf 'ok      %s: %s inputs\n' "$1" "$(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$1.log")"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s (the whole log: build/fuzz/%s.log)\n' "$1" "$1"
    tail --lines 30 "build/fuzz/$1.log"
  fi
}
