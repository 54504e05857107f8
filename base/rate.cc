#include "base/rate.h"

#include <array>
#include <charconv>

#include "base/check.h"
#include "base/text.h"

namespace exo {
namespace {

struct Unit {
  std::string_view word;
  std::chrono::milliseconds per;
};

constexpr std::array<Unit, 3> kUnits{
    {{"s", std::chrono::seconds{1}}, {"m", std::chrono::minutes{1}}, {"h", std::chrono::hours{1}}}};

Error bad_rate(std::string_view text) {
  return Error{"bad-rate", in_quotes(text, 40) +
                               " is not a rate: write a whole number from 1 to 1000000 a second, minute or "
                               "hour, as in 100/s, 30/m or 5/h"};
}

}  // namespace

std::chrono::nanoseconds Rate::each() const {
  EXO_CHECK(count > 0);
  const std::chrono::nanoseconds whole(per);
  return (whole + std::chrono::nanoseconds(count - 1)) / count;
}

Result<Rate> parse_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return bad_rate(text);
  const std::string_view digits = text.substr(0, slash);
  Rate rate;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rate.count);
  const bool is_whole = error == std::errc{} && end == digits.data() + digits.size();
  if (!is_whole || rate.count == 0 || rate.count > kMaxRateCount) return bad_rate(text);
  for (const Unit& unit : kUnits) {
    if (text.substr(slash + 1) != unit.word) continue;
    rate.per = unit.per;
    return rate;
  }
  return bad_rate(text);
}

std::string to_string(const Rate& rate) {
  if (rate.is_none()) return "none";
  std::string text = std::to_string(rate.count) + "/";
  for (const Unit& unit : kUnits) {
    if (rate.per == unit.per) return text + std::string(unit.word);
  }
  return text + std::to_string(rate.per.count()) + "ms";
}

Rate slower_of(const Rate& one, const Rate& other) {
  if (one.is_none() || other.is_none()) return one.is_none() ? one : other;
  return one.each() >= other.each() ? one : other;
}

}  // namespace exo
