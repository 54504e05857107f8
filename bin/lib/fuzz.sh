# The words of bin/fuzz, and one fuzzer at a time. Uses common.sh.

known=()
for source in tests/fuzz/fuzz_*.cc; do
  source="${source#tests/fuzz/fuzz_}"
  known+=("${source%.cc}")
done

# Sets `names` and, in libFuzzer's words, the `bound` of each.
parse_arguments() {
  bound=
  names=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) usage; exit 0 ;;
      --seconds | --runs)
        [[ "${2:-}" =~ ^[1-9][0-9]*$ ]] || { say "$1 takes a number above 0, such as: $1 60"; exit 2; }
        [ -z "$bound" ] || { say "--seconds and --runs: one of them, once"; exit 2; }
        case "$1" in
          --seconds) bound="-max_total_time=$2" ;;
          --runs) bound="-runs=$2" ;;
        esac
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
  bound="${bound:--max_total_time=60}"
  [ ${#names[@]} -gt 0 ] || names=("${known[@]}")
}

# An input on which it hangs counts as a fault.
run_fuzzer() { # name
  local name="$1" learned="build/fuzz/learned/$1" seeds=()
  mkdir -p "$learned" build/fuzz/found
  [ -d "tests/fuzz/corpus/$name" ] && seeds=("tests/fuzz/corpus/$name")
  "build/fuzz/fuzzers/fuzz_$name" "$learned" "${seeds[@]}" "$bound" -timeout=10 -rss_limit_mb=2048 \
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
