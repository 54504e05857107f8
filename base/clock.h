// Time as values: what decides takes a time as an argument, and only the shells ask what time it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

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

}  // namespace exo
