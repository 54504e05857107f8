// So many a time, as people write and read it: "100/s".
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace exo {

// A value.
struct Rate {
  std::uint32_t count = 0;  // 0: none at all
  std::chrono::milliseconds per = std::chrono::seconds{1};

  bool is_none() const { return count == 0; }
  // The time that each one takes, rounded up; not of a rate that is none.
  std::chrono::nanoseconds each() const;

  bool operator==(const Rate&) const = default;
};

inline constexpr std::uint32_t kMaxRateCount = 1'000'000;

// Reads a whole number from 1 to kMaxRateCount a second, minute or hour: "100/s", "30/m", "5/h". Anything
// else is an error with the code "bad-rate" that shows how to write one.
Result<Rate> parse_rate(std::string_view text);

// As parse_rate() reads it; "none" of a rate that is none.
std::string to_string(const Rate& rate);

// The one that allows less.
Rate slower_of(const Rate& one, const Rate& other);

}  // namespace exo
