# The words of bin/fuzz, and one fuzzer at a time. Uses common.sh.

known=()
for source in tests/fuzz/fuzz_*.cc; do
  source="${source#tests/fuzz/fuzz_}"
  known+=("${source%.cc}")
done

# The decoders of the relays, which have seeded mutations of the same corpus instead of libFuzzer.
relays=(javascript python)
known+=("${relays[@]}")

is_relay() { [[ " ${relays[*]} " == *" $1 "* ]]; }

# Sets `names` and, in libFuzzer's words, the `bound` of each; of relays it is a number of `mutations`, which a machine
# that is not busy makes in about that time.
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
          --seconds) bound="-max_total_time=$2" mutations=$(($2 * 3000)) ;;
          --runs) bound="-runs=$2" mutations="$2" ;;
        esac
        shift
        ;;
      -*) say "there is no option $1; see bin/fuzz --help"; exit 2 ;;
      *)
        [[ " ${known[*]} " == *" $1 "* ]] || { say "there is no fuzzer $1; there are: ${known[*]}"; exit 2; }
        names+=("$1")
        ;;
    esac
    shift
  done
  bound="${bound:--max_total_time=60}"
  mutations="${mutations:-180000}"
  [ ${#names[@]} -gt 0 ] || names=("${known[@]}")
}

# Each time with another seed, which is in the log, unless EXO_FUZZ_SEED says which.
run_relay() { # name
  export EXO_FUZZ_RUNS="$mutations" EXO_FUZZ_SEED="${EXO_FUZZ_SEED:-$((RANDOM * 32768 + RANDOM))}"
  case "$1" in
    javascript) node --test --test-reporter=tap bus/relays/javascript/test/mutations.test.js ;;
    python) PYTHONPATH=bus/relays/python/tests bus/relays/python/bin/exo-python -m unittest test_mutations ;;
  esac >"build/fuzz/$1.log" 2>&1
}

# Whole conversations touch so much of the code that keeping account of how rare each part is (what "entropic" does)
# costs as much as they do; more than 2000 bytes of them teach nothing that fewer do not.
choose_pace() { # name
  case "$1" in
    conversation | router) pace=(-max_len=2000 -entropic=0) ;;
    *) pace=(-max_len=20000) ;;
  esac
}

# An input on which it hangs counts as a fault. Where memory came from is told when the input is tried again.
run_fuzzer() { # name
  local name="$1" learned="build/fuzz/learned/$1" seeds=()
  mkdir -p "$learned" build/fuzz/found
  [ -d "tests/fuzz/corpus/$name" ] && seeds=("tests/fuzz/corpus/$name")
  choose_pace "$name"
  ASAN_OPTIONS=malloc_context_size=0:quarantine_size_mb=32 "build/fuzz/fuzzers/fuzz_$name" "$learned" "${seeds[@]}" "$bound" -timeout=10 \
    -rss_limit_mb=2048 "${pace[@]}" -print_final_stats=1 -artifact_prefix="build/fuzz/found/$name-" >"build/fuzz/$name.log" 2>&1
}

inputs_of() { # name
  sed --quiet --regexp-extended 's/^stat::number_of_executed_units: *(.*)/\1 inputs/p; s/^[^0-9]*([0-9]+ mutations of seed [0-9]+)$/\1/p' \
    "build/fuzz/$1.log" | tail --lines 1
}

# Counts in `passed` and `failed`.
report_fuzzer() { # name
  local run=run_fuzzer
  is_relay "$1" && run=run_relay
  if "$run" "$1"; then
    passed=$((passed + 1))
    printf 'ok      %s: %s\n' "$1" "$(inputs_of "$1")"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s (the whole log: build/fuzz/%s.log)\n' "$1" "$1"
    tail --lines 30 "build/fuzz/$1.log"
  fi
}
