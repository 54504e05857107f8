// What the hosts of one schedule share: the disk and what is known to be on it, the application, the
// processes that scripts run in, the time, and the only source of chance.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/random.h"
#include "tests/simulation/simulated_data.h"
#include "tests/simulation/simulated_follow_disk.h"
#include "tests/simulation/simulated_keeper.h"
#include "tests/simulation/simulated_ledger.h"
#include "tests/simulation/simulated_script.h"
#include "tests/simulation/simulation.h"
#include "tests/simulation/truth.h"

namespace exo {

// Wild: everything may fail. Calm: nothing does any more, so that everything must come to its end.
enum class Weather { kWild, kCalm };

class SimulatedEnvironment {
 public:
  explicit SimulatedEnvironment(const SimulationOptions& chosen);

  bool is_wild() const { return weather_ == Weather::kWild; }
  void set_weather(Weather weather);
  // In wild weather only.
  bool strikes(std::size_t times, std::size_t of) { return is_wild() && random.chance(times, of); }

  // Until the first violation. What is "" violates nothing.
  bool sound() const { return report.violation.empty(); }
  void violate(const std::string& what);
  bool is_traced() const { return options.trace == SimulationOptions::Trace::kYes; }
  void note(const std::string& text);

  // The disk is known to hold everything up to `position`.
  void know_ledger(std::uint64_t position) { violate(truth.catch_up(disk.events(), position)); }
  // The clock on the wall jumps, by up to a day either way; `now` never does.
  void jump_wall_clock();
  UnixTime wall_clock() const { return wall_clock_; }

  // What a look at production shows. It changes now and then.
  enum class Production { kWell, kSuffers, kUnknown };
  Production production();

  // Whether the offline phase has succeeded, or there is none.
  bool may_serve(const VersionKey& key);
  bool any_is_paused();
  // All versions of a role that it depends on have failed.
  bool lacks_a_role(const PlannedVersion& version);

  const SimulationOptions options;
  Random random;
  SimulationReport report;
  Plan plan;
  SimulatedDisk disk;
  SimulatedFollowDisk follow_disk;
  SimulatedData data;
  SimulatedKeeper keeper;
  Truth truth;
  std::vector<SimulatedScript> scripts;
  MonotonicTime now;

 private:
  Weather weather_ = Weather::kWild;
  Production production_ = Production::kWell;
  UnixTime wall_clock_;
};

}  // namespace exo
