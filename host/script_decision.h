// Takes a person's decisions about deployment scripts to where they are recorded: to the host that runs, or
// into the ledger where none does.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "deployment-scripts/decision.h"
#include "host/host_line.h"
#include "host/state_folder.h"

namespace exo {

// What came of several: they are recorded one after the other, up to the first that was refused.
struct DecisionOutcome {
  std::vector<std::string> lines;  // of what was recorded, as exo history --json prints it
  Result<void> outcome;
  bool by_host = true;  // false: no host runs, and the next one goes on from there
};

// Errors: those of the rollout core, of HostLine and of host/offline_decision.h.
DecisionOutcome record_decisions(const StateFolder& state, const std::vector<Decision>& decisions);
DecisionOutcome record_decisions(const RemoteBus& bus, const std::vector<Decision>& decisions);

}  // namespace exo
