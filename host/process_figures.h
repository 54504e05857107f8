// What this process takes of the machine.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace exo {

struct ProcessFigures {
  std::chrono::nanoseconds cpu{0};  // user and system
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_files = 0;
  std::uint64_t open_files_limit = 0;
  UnixTime began;
};

// Asks the system; what it does not tell is 0. `began` is the caller's knowledge.
ProcessFigures figures_of_this_process(UnixTime began);

}  // namespace exo
