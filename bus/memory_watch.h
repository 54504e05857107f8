// Whether this process's memory grows more than messages under way explain.
#pragma once

#include <cstddef>

namespace exo::routing {

// The resident memory of this process; 0 where the system does not tell.
std::size_t resident_bytes();

// Told the memory now and then, says whether it has grown by a lot since it was calm. Growth for which nobody
// was found in a while counts as calm: the process needs it. One thread.
class MemoryWatch {
 public:
  static constexpr std::size_t kGrowthBytes = 256 * 1024 * 1024;  // 16 of the largest messages
  static constexpr int kLooks = 8;

  bool grows(std::size_t resident);

 private:
  std::size_t calm_ = 0;  // 0: not told yet
  int looks_ = 0;         // since it has grown
};

}  // namespace exo::routing
