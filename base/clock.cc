#include "base/clock.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace exo {

MonotonicTime monotonic_now() {
  return std::chrono::steady_clock::now();
}

UnixTime unix_now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count();
  return UnixTime{static_cast<std::uint64_t>(count)};
}

std::string to_rfc3339(UnixTime time) {
  constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
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

}  // namespace exo
