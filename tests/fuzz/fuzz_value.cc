// Any bytes may be a payload: they are refused, or mean a value that is written and read back as it was.
#include <cmath>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "bus/relays/cpp/value.h"

namespace {

// What holds a NaN differs from itself.
bool has_nan(const exo::Value& value) {
  if (const auto number = value.number()) return std::isnan(*number);
  if (const auto* list = value.list()) {
    for (const exo::Value& item : *list) {
      if (has_nan(item)) return true;
    }
  }
  if (const auto* map = value.map()) {
    for (const auto& [key, item] : *map) {
      if (has_nan(item)) return true;
    }
  }
  return false;
}

}  // namespace

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = exo::Value::decode({reinterpret_cast<const char*>(data), size});
  if (!value) {
    EXO_CHECK(value.error().code == "malformed" && !value.error().message.empty());
    return 0;
  }
  std::string once;
  value.value().encode(once);
  const auto again = exo::Value::decode(once);
  EXO_CHECK(again.ok());
  std::string twice;
  again.value().encode(twice);
  EXO_CHECK(once == twice);
  if (!has_nan(value.value())) EXO_CHECK(exo::Value::decode(twice).value() == again.value());
  return 0;
}
