// Any bytes may be a pack: its messages lie within it, in their order, and what is written of them is read
// the same.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "bus/wire/pack.h"

namespace {

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> pack(reinterpret_cast<const std::byte*>(data), size);
  exo::PackReader reader(pack);
  exo::PackWriter writer;
  while (true) {
    const auto next = reader.next();
    if (!next.ok()) {
      EXO_CHECK(next.error().code == "malformed" && !next.error().message.empty());
      EXO_CHECK(reader.next().ok() && !reader.next().value());
      break;
    }
    if (!next.value()) {
      EXO_CHECK(writer.bytes() == text_of(pack));
      break;
    }
    writer.add(text_of(next.value()->header), next.value()->payload);
  }
  EXO_CHECK(writer.count() <= exo::kPackReadMessages);
  EXO_CHECK(text_of(pack).substr(0, writer.bytes().size()) == writer.bytes());
  return 0;
}
