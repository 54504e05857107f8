// The only source of chance in a simulation: the same seed gives the same schedule, on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace exo {

// SplitMix64: small, fast, and good enough to choose schedules.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t value = state_;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
  }

  // From 0 to limit - 1.
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(next() % limit); }
  // True `times` out of `of` times.
  bool chance(std::size_t times, std::size_t of) { return below(of) < times; }

  template <typename Value>
  const Value& one_of(const std::vector<Value>& values) {
    return values[below(values.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace exo
