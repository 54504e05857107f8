// What people type where exo wants a word of a certain form: it is refused with a sentence, or means what it
// is written as.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/duration.h"
#include "deployment-scripts/script_message.h"
#include "host/metrics_server.h"

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto duration = exo::parse_duration(text);
  if (duration) EXO_CHECK(duration.value().count() >= 0);
  if (!duration) EXO_CHECK(duration.error().code == "bad-duration" && !duration.error().message.empty());
  const auto address = exo::MetricsAddress::parse(text);
  if (address) EXO_CHECK(exo::MetricsAddress::parse(to_string(address.value())).value() == address.value());
  if (!address) EXO_CHECK(address.error().code == "usage" && !address.error().message.empty());
  const exo::VersionKey key{"todo", "1.0.0"};
  const auto name = exo::parse_script_message_name(key, text);
  if (name) EXO_CHECK(exo::script_message_name(key, name->phase, name->word) == text);
  return 0;
}
