// From what the rollout core knows to what the data plane needs: a pure function, so that no table is ever
// made from anything but the recorded state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bus/routing_table.h"
#include "deployment-scripts/follow.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_status.h"
#include "services/application.h"

namespace exo {

// Everything that one attempt of a script causes has this activity.
std::string activity_of(const rollout::AttemptId& attempt);

// A script that is running, with what it may send (its `sends`; nullopt: whatever some role receives) and how
// much.
struct RunningScript {
  rollout::AttemptKey key;
  std::optional<std::vector<std::string>> sends;
  std::optional<Rate> at_most = {};  // of its commands; none: it is paused
};

struct RoutingPlanInput {
  const Application& application;
  const std::vector<VersionStatus>& versions;  // of the rollout core
  const std::vector<RunningScript>& scripts;
  const std::vector<rollout::WantedFollow>& follows;
  std::uint64_t position = 0;  // the ledger position that `versions` reflects
  bool operator_may_send = false;
};

// Versions that the application does not hold are left out: nothing of them runs. Unpinned traffic goes to
// the newest open version of each role.
RoutingPlan make_routing_plan(const RoutingPlanInput& input);

}  // namespace exo
