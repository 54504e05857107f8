#!/bin/sh
# Builds the service when something has changed, and becomes it. What is built is beside the service's data, so
# that nothing appears in this folder.
set -e
exo="$(dirname "$EXO_BIN")"
build="$EXO_DATA/build-$EXO_VERSION"
if ! [ -e "$exo/exoConfig.cmake" ]; then
  echo "'$exo' is not the folder that exo was built in, from which its relay is taken" >&2
  exit 1
fi
cmake -G Ninja -S . -B "$build" -D CMAKE_BUILD_TYPE=Release -D exo_DIR="$exo" >"$build.log"
cmake --build "$build" -- --quiet
exec "$build/greeter"
