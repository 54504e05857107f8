// What a consumer has handled, as its test sees it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "bus/relays/cpp/relay.h"

namespace exo {

// In memory that the test shares with the consumer.
struct Tally {
  static constexpr std::size_t kNumbers = 1'100'000;
  std::atomic<std::uint64_t> handled;
  std::array<std::atomic<std::uint8_t>, kNumbers> times;  // by the number in the payload

  // Of the numbers below `count`: how many were not handled exactly once.
  std::size_t amiss(std::size_t count) const;
};

// Tallies what it gets, and answers what wants an answer; never returns.
[[noreturn]] void consume(RelayOptions options, Tally& tally);

}  // namespace exo
