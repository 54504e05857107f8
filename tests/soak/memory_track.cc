#include "tests/soak/memory_track.h"

#include <algorithm>

namespace exo::soak {

void MemoryTrack::add(std::size_t bytes) {
  samples_.push_back(bytes);
  peak_ = std::max(peak_, bytes);
}

std::size_t MemoryTrack::median(std::size_t begin) const {
  if (!is_long_enough()) return 0;
  const auto first = samples_.begin() + static_cast<std::ptrdiff_t>(begin);
  std::vector<std::size_t> quarter(first, first + static_cast<std::ptrdiff_t>(samples_.size() / 4));
  const auto middle = quarter.begin() + static_cast<std::ptrdiff_t>(quarter.size() / 2);
  std::nth_element(quarter.begin(), middle, quarter.end());
  return *middle;
}

}  // namespace exo::soak
