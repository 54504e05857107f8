// Any text may be a payload that says it is JSON: it is refused, or means a value that is written and read
// back.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "bus/relays/cpp/value_json.h"

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = exo::value_from_json(text);
  if (!value) {
    EXO_CHECK(value.error().code == "malformed" && !value.error().message.empty());
  } else {
    const std::string once = exo::value_to_json(value.value());
    const auto again = exo::value_from_json(once);
    EXO_CHECK(again.ok() && exo::value_to_json(again.value()) == once);
  }
  const auto packed = exo::Value::decode(text);
  if (packed) EXO_CHECK(exo::value_from_json(exo::value_to_json(packed.value())).ok());
  return 0;
}
