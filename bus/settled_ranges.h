// Which of a sender's commands are settled and not yet told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bus/wire/control.h"

namespace exo::routing {

// Ordinals of one connection's commands, as few ranges: what is settled in the order in which it came is one.
// Each ordinal is added once. Keeps its capacity. One thread.
class SettledRanges {
 public:
  static constexpr std::size_t kLimit = 256;

  void add(std::uint64_t ordinal);
  // Disjoint, in order, no two adjacent.
  const std::vector<OrdinalRange>& ranges() const { return ranges_; }
  // So many ranges that another is dear to add: time to tell them.
  bool full() const { return ranges_.size() >= kLimit; }
  // How many ordinals.
  std::uint64_t count() const { return count_; }
  void clear();

 private:
  std::vector<OrdinalRange> ranges_;
  std::uint64_t count_ = 0;
};

}  // namespace exo::routing
