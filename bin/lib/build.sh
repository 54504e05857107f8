# Building one preset, quietly and one build of it at a time. Uses common.sh.

# A clone elsewhere, or another preset of the same flags, finds what was compiled before.
export CCACHE_BASEDIR="$EXO_ROOT" CCACHE_NOHASHDIR=1

# ThreadSanitizer of g++ 12 cannot start where addresses are as random as newer kernels make them.
wrapper=()
choose_wrapper() { # preset
  wrapper=()
  if [ "$1" = tsan ] && setarch --addr-no-randomize true 2>/dev/null; then
    wrapper=(setarch --addr-no-randomize)
  fi
}

# build PRESET [TARGET…]: without targets everything. Failures go to standard error.
build() {
  local preset="$1" log="build/$1.log" build_lock code=0
  shift
  choose_wrapper "$preset"
  mkdir -p "build/$preset"
  exec {build_lock}>"build/.$preset.lock"
  flock "$build_lock"
  { configure "$preset" "$log" &&
    run_logged "$log" "${wrapper[@]}" cmake --build --preset "$preset" ${1:+--target "$@"}; } || code=$?
  exec {build_lock}>&-
  return "$code"
}

# Again, too, when bin/setup has installed something since: what is there decides what is built.
configure() { # preset log
  [ "build/$1/build.ninja" -nt build/.setup-tests ] && return 0
  say "configuring the $1 build"
  run_logged "$2" "${wrapper[@]}" cmake --preset "$1"
}

# Cheap enough for each call of bin/exo: the same commit, and nothing newer than the last build began. A folder
# is newer when something in it was made, renamed or removed.
needs_build() { # preset
  local stamp="build/$1/.built"
  [ "$(cat "$stamp" 2>/dev/null)" = "$(current_commit)" ] || return 0
  [ -n "$(find CMakeLists.txt CMakePresets.json cmake base bus cli deployment-scripts examples host ledger services \
    \( -name node_modules -o -name .exo \) -prune -o -newer "$stamp" \
    ! \( -type d -path 'examples/*' \) -print -quit)" ] # a run makes .exo in the folder of an example
}

# Also in a clone of somebody else, who need not have the same Git settings.
current_commit() { git -c "safe.directory=$EXO_ROOT" rev-parse HEAD 2>/dev/null || echo "no clone"; }

# What is saved while the compiler runs is newer than the stamp, and built the next time.
build_and_stamp() { # preset target…
  local commit
  commit="$(current_commit)"
  if ! [ -w "$EXO_ROOT" ]; then
    say "exo is not built from what is in $EXO_ROOT now, and you may not write there; let its owner type bin/exo once"
    return 1
  fi
  mkdir -p "build/$1"
  touch "build/$1/.building"
  build "$@" || return
  printf '%s\n' "$commit" >"build/$1/.built"
  touch --reference "build/$1/.building" "build/$1/.built"
}
