#!/bin/sh
# Builds the service when something has changed, and becomes it. What is built is beside the service's data, so
# that nothing appears in this folder.
set -e
build="$EXO_DATA/build-$EXO_VERSION"
cmake --install "$(dirname "$EXO_BIN")" --component relay --prefix "$build/exo" >"$build.log"
cmake --log-level=WARNING -G Ninja -S . -B "$build" -D CMAKE_BUILD_TYPE=Release -D CMAKE_PREFIX_PATH="$build/exo"
cmake --build "$build"
exec "$build/greeter"
