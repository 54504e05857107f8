// How fast the scripts of one host may go, as the simulation sees it: by what their signals of load have
// shown, by their settings and by what people have decided. Written anew from what docs and headers promise,
// since the checks must not trust the code that they check.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/slowdown.h"
#include "deployment-scripts/throttle_settings.h"
#include "tests/simulation/truth.h"

namespace exo {

class LoadTruth {
 public:
  // A running attempt whose settings are these hears of a sample.
  void take(const rollout::AttemptKey& key, const ThrottleSettings& settings, const LoadSample& sample,
            MonotonicTime now);
  // People have heard something.
  void told(const rollout::Announce& announce) { untold_.erase({announce.version, announce.kind}); }

  // Whether its settings let the attempt send nothing now.
  bool stands_still(const rollout::AttemptId& id, const std::optional<ThrottleSettings>& settings) const;
  // nullopt: as many commands as there is room for.
  std::optional<Rate> at_most(const rollout::AttemptId& id, const std::optional<ThrottleSettings>& settings,
                              const PhaseTruth& phase) const;
  // Some version's script was slowed down, or is so no more, and nobody was told.
  bool owes_people_a_word() const { return !untold_.empty(); }

 private:
  struct State {
    bool is_slowed = false;
    std::optional<MonotonicTime> good_since;
  };
  bool is_slowed(const rollout::AttemptId& id) const;

  std::map<rollout::AttemptId, State> states_;
  std::set<std::pair<VersionKey, rollout::AnnouncementKind>> untold_;
};

}  // namespace exo
