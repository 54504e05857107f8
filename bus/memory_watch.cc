#include "bus/memory_watch.h"

#include <unistd.h>

#include <fstream>

namespace exo::routing {

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  file >> size >> resident;
  return file ? resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

bool MemoryWatch::grows(std::size_t resident) {
  if (calm_ == 0 || resident < calm_) calm_ = resident;
  if (resident - calm_ < kGrowthBytes) {
    looks_ = 0;
    return false;
  }
  if (++looks_ <= kLooks) return true;
  looks_ = 0;
  calm_ = resident;
  return false;
}

}  // namespace exo::routing
