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
  if (const auto packed = exo::Value::decode(text); packed) {
    const auto read = exo::value_from_json(exo::value_to_json(packed.value()));
    // Bytes are an object in JSON, so those in the deepest list that msgpack may have are one too deep there.
    EXO_CHECK(read.ok() || read.error().message.find("nested more than 64 deep") != std::string::npos);
  }
  return 0;
}
