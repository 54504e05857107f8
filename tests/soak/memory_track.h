// The memory of one process over time, and whether it stays flat.
#pragma once

#include <cstddef>
#include <vector>

namespace exo::soak {

// Takes samples from the end of the warm-up on. For one thread.
//
// Flat means that the median of the last quarter of the samples is at most `bound` above that of the first: a
// queue that is long at one moment moves no median, and what is never freed moves it for good.
class MemoryTrack {
 public:
  void add(std::size_t bytes);

  // Fewer samples tell nothing.
  static constexpr std::size_t kFewest = 40;
  bool is_long_enough() const { return samples_.size() >= kFewest; }
  // Both 0 where there are too few samples.
  std::size_t at_first() const { return median(0); }
  std::size_t at_last() const { return median(samples_.size() - samples_.size() / 4); }
  std::size_t peak() const { return peak_; }
  bool is_flat(std::size_t bound) const { return at_last() <= at_first() + bound; }

 private:
  // Of the quarter that begins there.
  std::size_t median(std::size_t begin) const;

  std::vector<std::size_t> samples_;
  std::size_t peak_ = 0;
};

}  // namespace exo::soak
