#include "bus/settled_ranges.h"

#include <algorithm>

#include "base/check.h"

namespace exo::routing {

void SettledRanges::add(std::uint64_t ordinal) {
  EXO_CHECK(ordinal > 0);
  ++count_;
  if (!ranges_.empty() && ranges_.back().last + 1 == ordinal) {
    ranges_.back().last = ordinal;
    return;
  }
  const auto next =
      std::upper_bound(ranges_.begin(), ranges_.end(), ordinal,
                       [](std::uint64_t value, const OrdinalRange& range) { return value < range.first; });
  const bool joins_next = next != ranges_.end() && next->first == ordinal + 1;
  const bool joins_previous = next != ranges_.begin() && std::prev(next)->last + 1 == ordinal;
  EXO_CHECK(next == ranges_.begin() || std::prev(next)->last < ordinal);
  if (joins_previous) {
    std::prev(next)->last = joins_next ? next->last : ordinal;
    if (joins_next) ranges_.erase(next);
  } else if (joins_next) {
    next->first = ordinal;
  } else {
    ranges_.insert(next, {ordinal, ordinal});
  }
}

void SettledRanges::clear() {
  ranges_.clear();
  count_ = 0;
}

}  // namespace exo::routing
