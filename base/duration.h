// Durations as people write and read them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace exo {

// Reads a whole number with its unit ("500ms", "10s", "5m", "1h", "2d"), or several from the largest unit to
// the smallest ("1h30m"). A number without a unit, a negative one, and what is longer than 10,000 days are
// errors with the code "bad-duration" that show how to write one.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// The two largest units that matter, rounded down: "340 ms", "4.2 s", "40 s", "3 min 20 s", "1 h 5 min", "2 d
// 3 h". A negative duration is written as 0.
std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace exo
