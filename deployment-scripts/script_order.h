// Which scripts run before which, as their settings say (script_settings.h), and what a version requires.
//
//     after: [accounts@2.0.0]      its phases wait for the same phase of that one's script, where that will
//     run requires: [accounts@2.0.0]   it is not introduced before that one's script is done
//
// What waits for itself in the end, by `after`, by `requires` of either kind or by the roles that versions
// depend on, would wait for ever: it is a mistake, and nothing is started.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/mistake.h"
#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/version_key.h"

namespace exo {

// Another version that one needs before it is introduced.
struct RequiredVersion {
  enum class Until {
    kLive,        // service.yml says so
    kScriptDone,  // the settings of its script do: live is enough where that one has no script
  };
  VersionKey version;
  Until until = Until::kLive;
  Place place = {};  // where that is written

  bool operator==(const RequiredVersion&) const = default;
};

// Those of service.yml first.
std::vector<RequiredVersion> required_by(const rollout::VersionToBringIn& version);

// What the script of `version` runs after.
std::vector<VersionKey> runs_after(const rollout::VersionToBringIn& version);

// Each version and one that it requires, or whose script its own runs after, which waits for it in turn.
std::set<std::pair<VersionKey, VersionKey>> circles_of(
    const std::vector<rollout::VersionToBringIn>& versions);

// What is wrong with the order that versions and their scripts want: names of no role in a script's settings,
// a script that waits for itself, circles. A version that is not among `versions` is no mistake here: see
// missing_requirements().
std::vector<Mistake> wrong_order(const std::vector<rollout::VersionToBringIn>& versions);

}  // namespace exo
