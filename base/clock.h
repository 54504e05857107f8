// Time as values: what decides takes a time as an argument, and only the shells ask what time it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace exo {

// For durations and deadlines: never jumps.
using MonotonicTime = std::chrono::steady_clock::time_point;

// For people and records: nanoseconds since 1970-01-01T00:00:00Z, may jump.
struct UnixTime {
  std::uint64_t nanoseconds = 0;
  bool operator==(const UnixTime&) const = default;
};

MonotonicTime monotonic_now();
UnixTime unix_now();

// RFC 3339 in UTC with milliseconds: "2026-11-20T21:02:59.407Z".
std::string to_rfc3339(UnixTime time);

// Reads a date with or without a time as people and RFC 3339 write it: "2026-11-20", "2026-11-20 21:02",
// "2026-11-20T21:02:59.407Z", "2026-11-20T22:02:59+01:00". Without a zone it is UTC, as exo prints it. What
// is no such text, or before 1970, is an error with the code "bad-time" that shows how to write one.
Result<UnixTime> parse_time(std::string_view text);

}  // namespace exo
