// Any bytes may be in the place of a ledger.head: they are refused by name, or mean what they would be
// written as.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "ledger/ledger_head.h"

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace exo;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto decoded = decode_head(bytes);
  if (!decoded) {
    EXO_CHECK(decoded.error().code == "head-damaged" && !decoded.error().message.empty());
    return 0;
  }
  EXO_CHECK(size == kHeadFileBytes);
  const HeadContent& content = decoded.value();
  for (std::size_t index = 0; index < content.slots.size(); ++index) {
    const auto& slot = content.slots.at(index);
    if (!slot) continue;
    EXO_CHECK(content.newest_slot().counter >= slot->counter);
    EXO_CHECK(decode_head_slot(encode_head_slot(*slot)) == slot);
  }
  return 0;
}
