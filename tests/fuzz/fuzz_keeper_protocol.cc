// Any line may come from the other end of the keeper's socket: it is refused with a sentence, or is a
// request.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "services/keeper/protocol.h"

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto request = exo::parse_request(line);
  if (!request) EXO_CHECK(!request.error().message.empty());
  if (request) {
    const auto encoded = exo::encode(request.value());
    EXO_CHECK(exo::parse_request(encoded).ok());
  }
  [[maybe_unused]] const auto event = exo::parse_event(line);
  return 0;
}
