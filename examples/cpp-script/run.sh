#!/bin/sh
# Builds the script when something has changed, and becomes it. What is built is beside the script's data, so that
# nothing appears in this folder.
set -e
exo="$(dirname "$EXO_BIN")"
build="$EXO_DATA/build"
cmake -G Ninja -S . -B "$build" -D CMAKE_BUILD_TYPE=Release -D exo_DIR="$exo" >"$build.log"
cmake --build "$build" -- --quiet
exec "$build/fill"
