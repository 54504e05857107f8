# The five kinds of test, each adding to `passed` and `failed`. Uses common.sh, build.sh and limit.sh.

passed=0
failed=0
preset=release
smoke=no
names=()

# Seconds that each kind may take, many times what it does: what hangs is ended, and has failed.
googletest_limit=1800
javascript_limit=900
python_limit=600
cases_limit=600
features_limit=1800
one_googletest_limit=900

parse_arguments() {
  while [ $# -gt 0 ]; do
    case "$1" in
      --preset) preset="${2:?a preset: release, debug, asan or tsan}"; shift ;;
      --preset=*) preset="${1#*=}" ;;
      --smoke) smoke=yes ;;
      --help) usage; exit 0 ;;
      -*) say "there is no option $1"; usage >&2; exit 2 ;;
      *) names+=("$1") ;;
    esac
    shift
  done
  # The names as one extended regular expression; empty means everything.
  pattern="$(IFS='|'; printf '%s' "${names[*]:-}")"
}

export_test_environment() {
  export EXO_BIN="$EXO_ROOT/build/$preset/bin"
  export EXO_BINARY="$EXO_BIN/exo"
  export ASAN_OPTIONS="detect_stack_use_after_return=1:strict_string_checks=1:abort_on_error=0"
  export UBSAN_OPTIONS="print_stacktrace=1"
  export TSAN_OPTIONS="suppressions=$EXO_ROOT/cmake/tsan.supp:second_deadlock_stack=1"
}

heading() { printf '\n== %s (%s)\n' "$1" "$preset"; }

# add PASSED FAILED CODE: a runner that failed without saying what has failed is one failure.
add() {
  local more_failed="$2"
  if [ "$3" != 0 ] && [ "$more_failed" = 0 ]; then more_failed=1; fi
  passed=$((passed + $1))
  failed=$((failed + more_failed))
}

# Root, in a clone that everybody may enter: only elsewhere may tests of other users be skipped.
others_can_be_started_as() {
  local folder="$EXO_ROOT"
  [ "$(id --user)" = 0 ] || return 1
  while [ "$folder" != / ]; do
    [ "$(($(stat --format %a "$folder") % 2))" = 1 ] || return 1
    folder="$(dirname "$folder")"
  done
}

# Each prints two numbers, passed and failed, read from the runner's own summary.
ctest_counts() {
  awk '/tests failed out of/ {sub(/.*tests passed, /, ""); failed = $1; all = $NF} END {print all - failed, failed + 0}' "$1"
}
node_counts() {
  awk '$1 == "#" && $2 == "pass" {passed = $3} $1 == "#" && ($2 == "fail" || $2 == "cancelled") {failed += $3}
    END {print passed + 0, failed + 0}' "$1"
}
python_counts() {
  awk '/^Ran [0-9]+ tests?/ {all = $2}
    /^FAILED/ {while (match($0, /(failures|errors|unexpected successes)=[0-9]+/)) {
      split(substr($0, RSTART, RLENGTH), parts, "="); failed += parts[2]; $0 = substr($0, RSTART + RLENGTH)}}
    END {print all - failed, failed + 0}' "$1"
}
cucumber_counts() {
  awk -v may_skip="$(others_can_be_started_as || echo yes)" '
    function count(word) {return match($0, "[0-9]+ " word) ? substr($0, RSTART) + 0 : 0}
    /^[0-9]+ scenarios?/ {all = $1; passed = count("passed"); skipped = may_skip ? count("skipped") : 0}
    END {print passed + 0, all - passed - skipped}' "$1"
}

# Of the last line, "N passed, N failed".
case_counts() { awk '/^[0-9]+ passed, [0-9]+ failed$/ {passed = $1; failed = $3} END {print passed + 0, failed + 0}' "$1"; }

run_googletests() {
  local log="build/$preset/googletest.log" code=0 numbers=()
  if [ -n "$pattern" ]; then
    mapfile -t numbers < <(ctest --test-dir "build/$preset" --show-only |
      grep --extended-regexp --ignore-case "Test +#[0-9]+: .*($pattern)" | sed 's/.*#\([0-9]*\):.*/\1/')
    [ "${#numbers[@]}" = 0 ] && return 0
    printf '%s\n' 0 0 0 "${numbers[@]}" | paste --serial --delimiters , >"build/$preset/chosen-tests"
  fi
  heading GoogleTest
  limited "$googletest_limit" "$log" "${wrapper[@]}" ctest --test-dir "build/$preset" --output-on-failure \
    --parallel "$(nproc)" --no-tests=ignore --timeout "$one_googletest_limit" \
    ${numbers:+--tests-information "$EXO_ROOT/build/$preset/chosen-tests"} || code=$?
  if [ "$code" = 0 ]; then
    tail --lines 3 "$log"
  else
    grep --invert-match --extended-regexp ' Passed +[0-9.]+ sec$| +Start +[0-9]+: ' "$log" || true
  fi
  # shellcheck disable=SC2046 # two numbers
  add $(ctest_counts "$log") "$code"
}

run_javascript_tests() {
  local log="build/$preset/javascript.log" code=0 files=()
  mapfile -t files < <(git ls-files --cached --others --exclude-standard -- 'bus/relays/javascript/test/*.test.js' \
    'examples/*.test.js' 'features/*.test.js' 'specs/test/*.test.js' 'tests/crash/*.test.js' | grep --extended-regexp --ignore-case -- "${pattern:-.}")
  [ "${#files[@]}" = 0 ] && return 0
  heading "JavaScript tests"
  limited "$javascript_limit" "$log" node --test --test-reporter=tap "${files[@]}" || code=$?
  if [ "$code" = 0 ]; then
    grep --extended-regexp '^# (tests|pass) ' "$log" || true
  else
    cat "$log"
  fi
  # shellcheck disable=SC2046
  add $(node_counts "$log") "$code"
}

# With the interpreter that scripts and services get.
run_python_tests() {
  local log="build/$preset/python.log" code=0 files=() folders modules=()
  mapfile -t files < <(git ls-files --cached --others --exclude-standard -- 'bus/relays/python/tests/test_*.py' \
    'bus/conformance/tests/test_*.py' 'examples/*/test/test_*.py' | grep --extended-regexp --ignore-case -- "${pattern:-.}")
  [ "${#files[@]}" = 0 ] && return 0
  heading "Python tests"
  folders="$(dirname "${files[@]}" | sort --unique | paste --serial --delimiters :)"
  mapfile -t modules < <(basename --multiple --suffix .py "${files[@]}")
  PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$folders" limited "$python_limit" "$log" \
    bus/relays/python/bin/exo-python -m unittest "${modules[@]}" || code=$?
  if [ "$code" = 0 ]; then
    tail --lines 3 "$log"
  else
    cat "$log"
  fi
  # shellcheck disable=SC2046
  add $(python_counts "$log") "$code"
}

# The cases of the protocol that match, for a relay or the broker: what bus/conformance/run takes.
matching_cases() { # SUBJECT
  local files=("bus/conformance/$1"/*.cases)
  grep --files-with-matches '' "${files[@]}" | grep --extended-regexp --ignore-case -- "${pattern:-.}" && return 0
  grep --line-number --with-filename --extended-regexp --ignore-case -- "^case .*($pattern)" "${files[@]}" |
    cut --delimiter : --fields 1,2 || true
}

run_cases() { # SUBJECT WHO COMMAND…
  local subject="$1" who="$2" log="build/$preset/conformance-$2.log" code=0 chosen=()
  shift 2
  mapfile -t chosen < <(matching_cases "$subject")
  [ "${#chosen[@]}" = 0 ] && return 0
  heading "Protocol cases, $who"
  limited "$cases_limit" "$log" bus/conformance/run "${chosen[@]}" -- "$@" || code=$?
  if [ "$code" = 0 ]; then
    tail --lines 1 "$log"
  else
    grep --invert-match '^ok ' "$log" || true
  fi
  # shellcheck disable=SC2046
  add $(case_counts "$log") "$code"
}

run_conformance() {
  local drivers=bus/conformance/drivers programs="build/$preset/conformance"
  run_cases broker broker "$programs/conformance_broker"
  run_cases relay cpp "$programs/conformance_relay"
  run_cases relay javascript node "$drivers/relay.js"
  run_cases relay python bus/relays/python/bin/exo-python "$drivers/relay.py"
}

# The features, or their scenarios, that match: what cucumber takes as paths.
matching_features() {
  grep --files-with-matches '' features/*.feature | grep --extended-regexp --ignore-case -- "$pattern" || true
  grep --line-number --with-filename --extended-regexp --ignore-case -- "^ *Scenario( Outline)?:.*($pattern)" \
    features/*.feature | cut --delimiter : --fields 1,2 || true
}

run_features() {
  local log="build/$preset/features.log" events="build/$preset/features.ndjson" code=0 chosen=() tags=()
  if [ -n "$pattern" ]; then
    mapfile -t chosen < <(matching_features)
    [ "${#chosen[@]}" = 0 ] && return 0
  fi
  [ "$smoke" = yes ] && tags=(--tags @smoke)
  heading Features
  limited_shown "$features_limit" "$log" "${wrapper[@]}" node_modules/.bin/cucumber-js --config features/cucumber.js \
    --format "message:$events" "${tags[@]}" "${chosen[@]}" || code=$?
  [ "$code" = 0 ] || node bin/lib/under_way.js "$events"
  # shellcheck disable=SC2046
  add $(cucumber_counts "$log") "$code"
  grep --quiet --extended-regexp '^[0-9]+ scenarios?.* [0-9]+ skipped' "$log" && say "skipped: what needs other users (root, in a clone that everybody may enter)" || true
}
