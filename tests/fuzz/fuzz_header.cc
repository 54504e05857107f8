#include <cstdint>

#include "tests/fuzz/decoders.h"

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  exo::exercise_header(std::as_bytes(std::span(data, size)));
  return 0;
}
