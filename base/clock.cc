#include "base/clock.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <optional>

#include "base/text.h"

namespace exo {
namespace {

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr int kLastYear = 2500;  // nanoseconds since 1970 end not long after

Error bad_time(std::string_view text) {
  return Error{"bad-time", in_quotes(text, 40) +
                               " is no time; write it as 2026-11-20, 2026-11-20T21:02 (UTC) or "
                               "2026-11-20T21:02:59+01:00"};
}

// Takes parts off the front of a text; says no from the first one on that is not there.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  bool ended() const { return rest_.empty(); }
  bool take(std::string_view any_of) {
    if (ended() || any_of.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // A number of exactly so many digits.
  std::optional<int> number(std::size_t digits, int first, int last) {
    if (rest_.size() < digits) return std::nullopt;
    int value = 0;
    for (const char digit : rest_.substr(0, digits)) {
      if (digit < '0' || digit > '9') return std::nullopt;
      value = value * 10 + (digit - '0');
    }
    rest_.remove_prefix(digits);
    return value >= first && value <= last ? std::optional(value) : std::nullopt;
  }
  // Up to nine digits of a second's fraction, as nanoseconds.
  std::optional<std::uint64_t> fraction() {
    std::uint64_t value = 0;
    std::uint64_t unit = kNanosecondsPerSecond;
    while (unit > 1) {
      const auto digit = number(1, 0, 9);
      if (!digit) break;
      unit /= 10;
      value += static_cast<std::uint64_t>(*digit) * unit;
    }
    return unit < kNanosecondsPerSecond ? std::optional(value) : std::nullopt;
  }

 private:
  std::string_view rest_;
};

bool read_date(TimeReader& reader, std::tm& date) {
  const auto year = reader.number(4, 1970, kLastYear);
  if (!year || !reader.take("-")) return false;
  const auto month = reader.number(2, 1, 12);
  if (!month || !reader.take("-")) return false;
  const auto day = reader.number(2, 1, 31);
  if (!day) return false;
  date.tm_year = *year - 1900;
  date.tm_mon = *month - 1;
  date.tm_mday = *day;
  return true;
}

bool read_time_of_day(TimeReader& reader, std::tm& time, std::uint64_t& fraction) {
  const auto hour = reader.number(2, 0, 23);
  if (!hour || !reader.take(":")) return false;
  const auto minute = reader.number(2, 0, 59);
  if (!minute) return false;
  time.tm_hour = *hour;
  time.tm_min = *minute;
  if (!reader.take(":")) return true;
  const auto second = reader.number(2, 0, 59);
  if (!second) return false;
  time.tm_sec = *second;
  if (!reader.take(".")) return true;
  const auto part = reader.fraction();
  fraction = part.value_or(0);
  return part.has_value();
}

// The seconds that a zone is ahead of UTC.
std::optional<int> read_zone(TimeReader& reader) {
  if (reader.ended() || reader.take("Zz")) return 0;
  const bool ahead = reader.take("+");
  if (!ahead && !reader.take("-")) return std::nullopt;
  const auto hours = reader.number(2, 0, 23);
  if (!hours || !reader.take(":")) return std::nullopt;
  const auto minutes = reader.number(2, 0, 59);
  if (!minutes) return std::nullopt;
  const int seconds = (*hours * 60 + *minutes) * 60;
  return ahead ? seconds : -seconds;
}

}  // namespace

MonotonicTime monotonic_now() {
  return std::chrono::steady_clock::now();
}

UnixTime unix_now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count();
  return UnixTime{static_cast<std::uint64_t>(count)};
}

std::string to_rfc3339(UnixTime time) {
  constexpr std::uint64_t kNanosecondsPerMillisecond = 1'000'000;
  const auto seconds = static_cast<std::time_t>(time.nanoseconds / kNanosecondsPerSecond);
  const auto milliseconds =
      static_cast<unsigned>(time.nanoseconds % kNanosecondsPerSecond / kNanosecondsPerMillisecond);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 80> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", utc.tm_year + 1900,
                    utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, milliseconds);
  return std::string(text.data(), static_cast<std::size_t>(length));
}

Result<UnixTime> parse_time(std::string_view text) {
  TimeReader reader(text);
  std::tm utc{};
  std::uint64_t fraction = 0;
  if (!read_date(reader, utc)) return bad_time(text);
  const int day = utc.tm_mday;
  std::optional<int> zone = 0;
  if (reader.take("Tt ")) {
    if (!read_time_of_day(reader, utc, fraction)) return bad_time(text);
    zone = read_zone(reader);
  }
  const std::time_t seconds = ::timegm(&utc);  // turns a 31st of February into a day of March
  if (!zone || !reader.ended() || utc.tm_mday != day || seconds < *zone) return bad_time(text);
  return UnixTime{static_cast<std::uint64_t>(seconds - *zone) * kNanosecondsPerSecond + fraction};
}

}  // namespace exo
