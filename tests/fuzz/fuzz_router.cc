// libFuzzer's entry to the routing core.
#include <cstdint>

#include "tests/fuzz/router_frames.h"

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  exo::exercise_router({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
