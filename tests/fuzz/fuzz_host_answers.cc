// What the command line takes from a host, which may be elsewhere and anybody's: it is refused, or shown.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "host/activity_trace.h"
#include "host/history_line.h"
#include "host/status_report.h"
#include "host/tapped_message.h"

namespace exo {
namespace {

void exercise_texts(const std::string& text) {
  if (const auto status = status_from_json(text)) {
    EXO_CHECK(!to_table(status.value(), {.width = 80}).empty());
    EXO_CHECK(status_from_json(to_json(status.value())).ok());
  }
  if (const auto lines = history_lines_from_json(text)) {
    for (const std::string& line : lines.value()) EXO_CHECK(!history_lines_for_people(line, 80).empty());
  }
  EXO_CHECK(!history_lines_for_people(text, 80).empty());
}

void exercise_values(std::string_view bytes) {
  const auto value = Value::decode(bytes);
  if (!value) return;
  EXO_CHECK(!tapped_to_json_line(value.value()).empty());
  EXO_CHECK(!tapped_to_lines(value.value(), 80).empty());
  const auto trace = trace_from_value("a", value.value());
  if (!trace) {
    EXO_CHECK(trace.error().code == "malformed");
    return;
  }
  EXO_CHECK(!to_json(trace.value()).empty());
  EXO_CHECK(!to_tree(trace.value(), 1'000'000'000).empty());
}

}  // namespace
}  // namespace exo

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  exo::exercise_texts(text);
  exo::exercise_values(text);
  return 0;
}
