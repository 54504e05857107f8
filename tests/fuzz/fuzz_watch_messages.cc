// Any payload may come with exo.tap and exo.trace: it is refused, or is a filter that can be asked.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "bus/watch_messages.h"

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace exo::routing;
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  const auto activity = decode_trace(payload);
  if (!activity) EXO_CHECK(activity.error().code == "malformed" && !activity.error().message.empty());
  const auto filter = decode_tap(payload);
  if (!filter) {
    EXO_CHECK(filter.error().code == "malformed" && !filter.error().message.empty());
    return 0;
  }
  SeenMessage message;
  message.sender = message.receiver = filter.value().role;
  message.sender_version = message.receiver_version = filter.value().version;
  message.name = message.receiver_name = filter.value().name;
  message.activity = filter.value().activity;
  EXO_CHECK(wants(filter.value(), message));
  EXO_CHECK(wants(TapFilter{}, message));
  return 0;
}
