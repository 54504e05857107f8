// What is asked, and told, of how long production's commands take just now.
#pragma once

#include <chrono>
#include <string>

#include "bus/histogram.h"

namespace exo {

// Which commands are to be timed.
struct LoadQuestion {
  std::string name;                     // public
  std::chrono::nanoseconds waits_over;  // of those that wait, who has waited for longer is told

  bool operator==(const LoadQuestion&) const = default;
};

// From when the bus had a command until its first reply came or, where none is wanted, its handler had
// completed; or until it failed. Those of deployment scripts, and what other services send on their behalf
// within what they bring in, do not count.
struct LoadReport {
  std::string name;
  Histogram ended;    // since the report before
  Histogram waiting;  // for longer than was asked, at this moment
};

}  // namespace exo
