#include "base/duration.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "base/text.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view word;
  std::int64_t milliseconds;
};

// Largest first, which is also the order in which they may be written.
constexpr std::array<Unit, 5> kUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::int64_t kMaxMilliseconds = 10'000 * kUnits[0].milliseconds;

Error bad_duration(std::string_view text, const std::string& why) {
  return Error{"bad-duration", in_quotes(text, 40) + " is not a duration: " + why +
                                   "; write a number with its unit, as in 500ms, 10s, 5m, 1h or 1h30m"};
}

// The index of the unit in kUnits, or their number when there is no such unit.
std::size_t unit_index(std::string_view word) {
  std::size_t index = 0;
  while (index < kUnits.size() && kUnits[index].word != word) ++index;
  return index;
}

std::string two_units(std::int64_t large, const char* large_word, std::int64_t small,
                      const char* small_word) {
  std::string text = std::to_string(large) + " " + large_word;
  if (small > 0) text += " " + std::to_string(small) + " " + small_word;
  return text;
}

}  // namespace

Result<milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return bad_duration(text, "it is empty");
  std::int64_t total = 0;
  std::size_t first_unit_allowed = 0;
  for (std::string_view rest = text; !rest.empty();) {
    std::int64_t number = 0;
    const std::string_view digits = rest.substr(0, rest.find_first_not_of("0123456789"));
    if (digits.empty()) return bad_duration(text, "a whole number is missing");
    rest.remove_prefix(digits.size());
    const std::string_view word = rest.substr(0, rest.find_first_of("0123456789"));
    if (word.empty()) return bad_duration(text, "the unit is missing");
    const std::size_t index = unit_index(word);
    if (index == kUnits.size()) return bad_duration(text, in_quotes(word, 20) + " is no unit");
    if (index < first_unit_allowed) return bad_duration(text, "larger units come first, and each once");
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || number > kMaxMilliseconds / kUnits[index].milliseconds) {
      return bad_duration(text, "it is longer than 10000 days");
    }
    total += number * kUnits[index].milliseconds;
    first_unit_allowed = index + 1;
    rest.remove_prefix(word.size());
  }
  if (total > kMaxMilliseconds) return bad_duration(text, "it is longer than 10000 days");
  return milliseconds(total);
}

std::string format_duration(std::chrono::nanoseconds duration) {
  const std::int64_t ms =
      std::max<std::int64_t>(0, std::chrono::duration_cast<milliseconds>(duration).count());
  const std::int64_t seconds = ms / 1000;
  if (seconds == 0) return std::to_string(ms) + " ms";
  if (seconds < 10) return std::to_string(seconds) + "." + std::to_string(ms % 1000 / 100) + " s";
  if (seconds < 60) return std::to_string(seconds) + " s";
  const std::int64_t minutes = seconds / 60;
  if (minutes < 60) return two_units(minutes, "min", seconds % 60, "s");
  const std::int64_t hours = minutes / 60;
  if (hours < 24) return two_units(hours, "h", minutes % 60, "min");
  return two_units(hours / 24, "d", hours % 24, "h");
}

}  // namespace exo
