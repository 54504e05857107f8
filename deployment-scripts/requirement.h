// What a version waits for outside of itself, as things are at this moment.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/mistake.h"
#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/script_order.h"
#include "deployment-scripts/version_key.h"

namespace exo {

class VersionRollout;

// Whether what a version needs before it is started is there: versions that it requires, roles that it
// depends on.
struct Requirement {
  enum class State { kMet, kWaiting, kHopeless };
  State state = State::kMet;
  const char* stage = "";  // of the ledger's version-failed; set exactly when hopeless
  std::string reason;      // why it is hopeless, or what is waited for; empty when met
};

// Why a phase of a script is not started yet, though its version is there: "its offline script runs after
// that of accounts@2.0.0"; empty where nothing is waited for.
struct PhaseOrder {
  std::string offline;
  std::string online;

  // An undo waits for nobody.
  std::string of(Phase phase) const {
    return phase == Phase::kOffline ? offline : phase == Phase::kOnline ? online : "";
  }
};

// The versions of one rollout and what is recorded of them; refers to all of it.
struct AllVersions {
  const std::vector<VersionRollout>& versions;
  const std::map<VersionKey, std::size_t>& places;             // of each in `versions`
  const std::set<std::pair<VersionKey, VersionKey>>& circles;  // see circles_of
  const RolloutRecord& record;

  const VersionRollout* find(const VersionKey& key) const;  // null: the application does not hold it
};

// The worst of all that it needs.
Requirement requirement_of(const VersionRollout& version, const AllVersions& all);

// What is required, by a version that is not live yet, and will never come: the application holds no such
// version, and the ledger does not say that what was required of it is there. A mistake for each, at its
// place. Roles that a script's settings name and nobody is of are left to wrong_order().
std::vector<Mistake> missing_requirements(const std::vector<rollout::VersionToBringIn>& versions,
                                          const RolloutRecord& record, const std::string& environment);

// A script that will not run any more, since it is done, given up or not there, is not waited for; nor is one
// that waits for this one in turn, which whoever read the settings has refused.
PhaseOrder order_of(const VersionRollout& version, const AllVersions& all);

}  // namespace exo
