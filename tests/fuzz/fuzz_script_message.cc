// What a deployment script says: the first byte chooses the word and the type of its content, the rest is the
// payload. It is refused, or is something that the rollout can take and the ledger can keep.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/check.h"
#include "deployment-scripts/script_message.h"
#include "host/script_message.h"

namespace exo {
namespace {

void exercise(std::uint8_t chooser, std::string_view payload) {
  constexpr std::array<std::string_view, 6> kWords{"done",       "failed", "progress",
                                                   "checkpoint", "start",  "none"};
  const rollout::AttemptKey attempt{.version = {"todo", "1.0.0"}, .phase = Phase::kOffline, .id = {}};
  MessageToExo message;
  message.name = "deployment-todo-1.0.0-offline-" + std::string(kWords.at(chooser % kWords.size()));
  message.content_type = static_cast<ContentType>(chooser / 8U % 3U);
  message.payload = Payload(payload);
  const auto input = read_script_message(message, attempt);
  if (!input) EXO_CHECK(!input.error().code.empty() && !input.error().message.empty());
  const auto json = payload_to_json(message.payload, message.content_type);
  if (json) EXO_CHECK(payload_to_json(json_to_payload(json.value()), ContentType::kMsgpack).ok());
}

}  // namespace
}  // namespace exo

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) exo::exercise(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
