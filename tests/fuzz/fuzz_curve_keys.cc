// Any text may be in the place of a file of keys, or of the list of people's: it is refused with a sentence
// that names the file, or means what it would be written as.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "bus/wire/curve_keys.h"
#include "host/bus_keys.h"

namespace exo {
namespace {

template <typename Read>
void check_refusal(const Read& read) {
  if (!read) EXO_CHECK(!read.error().code.empty() && read.error().message.find("the file") == 0);
}

void exercise_operators(std::string_view text) {
  const auto read = parse_operator_keys("the file", text);
  check_refusal(read);
  if (!read) return;
  for (const OperatorKey& key : read.value()) {
    EXO_CHECK(is_operator_name(key.who) && is_curve_key(key.public_key));
  }
}

void exercise_keys(std::string_view text) {
  const auto server = parse_server_keys("the file", text);
  check_refusal(server);
  if (server) EXO_CHECK(parse_server_keys("the file", format(server.value())).ok());
  const auto identity = parse_curve_identity("the file", text);
  check_refusal(identity);
  if (identity) EXO_CHECK(parse_curve_identity("the file", format(identity.value())).ok());
}

}  // namespace
}  // namespace exo

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  exo::exercise_operators(text);
  exo::exercise_keys(text);
  return 0;
}
