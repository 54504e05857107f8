// libFuzzer's entry to the routing core, among peers that know the protocol.
#include <cstdint>

#include "tests/fuzz/conversation.h"

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  exo::exercise_conversation({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
