#!/bin/sh
# Builds the service when something has changed, and becomes it. What is built is beside the service's data, so
# that nothing appears in this folder.
set -e
exo="$(dirname "$EXO_BIN")"
build="$EXO_DATA/build-$EXO_VERSION"
if ! [ -e "$exo/cmake_install.cmake" ]; then
  echo "'$exo' is not the folder that exo was built in, from which its relay is taken" >&2
  exit 1
fi
cmake --install "$exo" --component relay --prefix "$build/exo" >"$build.log"
cmake --log-level=WARNING -G Ninja -S . -B "$build" -D CMAKE_BUILD_TYPE=Release -D CMAKE_PREFIX_PATH="$build/exo"
cmake --build "$build"
exec "$build/greeter"
