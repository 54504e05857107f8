// A person's decision in an environment where no host runs: recorded in the ledger by the command itself.
//
// It owns the ledger for that moment, as a host does, so that nothing can come between. Nothing is started:
// the next host finds what was decided, and goes on from there. An attempt whose host died under it is
// recorded as interrupted first, as that host would do.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "deployment-scripts/decision.h"
#include "host/state_folder.h"
#include "ledger/event.h"

namespace exo {

// Records them one after the other and stops at the first that is refused or fails; `error` then says why,
// and `events` holds what was recorded before it.
struct RecordedDecisions {
  std::vector<LedgerEvent> events;
  Result<void> outcome;
};

// Errors: `no-host` for a cancel and a dry run, since nothing runs; `owned` when a host has come up
// meanwhile; `not-allowed` where the state is another user's; those of decide() and of the ledger.
RecordedDecisions decide_without_host(const StateFolder& state, const std::vector<Decision>& decisions);

}  // namespace exo
