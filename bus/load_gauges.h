// Times production's commands of a few names, for scripts that slow down when those take long.
#pragma once

#include <cstddef>
#include <vector>

#include "bus/command.h"
#include "bus/fleet.h"
#include "bus/load.h"

namespace exo::routing {

// Part of the Watch; one thread. While nobody asks, a message costs one look at an empty list; it never
// allocates.
class LoadGauges {
 public:
  // How many commands under way are looked at for one report, all senders together, the oldest of each first.
  static constexpr std::size_t kLooked = 10'000;

  // Times these names from now on, instead of those before, and tells what came since the last call. A name
  // that was not timed yet has nothing to tell but what waits.
  std::vector<LoadReport> measure(const std::vector<LoadQuestion>& questions, Fleet& fleet, const Now& now);

  bool any() const { return !gauges_.empty(); }
  // The command has been answered, or handled, or has failed, for the first time.
  void see(const Command& command, MonotonicTime now) {
    for (Gauge& gauge : gauges_) {
      if (gauge.name == command.name && is_of_production(command)) gauge.ended.add(now - command.taken);
    }
  }

 private:
  struct Gauge {
    const std::string* name;  // interned by the Fleet
    Histogram ended;
  };

  static bool is_of_production(const Command& command);
  static Histogram waiting(const LoadQuestion& question, const std::string* name, const Fleet& fleet,
                           const Now& now);

  std::vector<Gauge> gauges_;
};

}  // namespace exo::routing
