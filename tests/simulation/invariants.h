// The five invariants of the design, as one simulated environment can see them, and a sixth, which is what
// the design says of follows: nothing is missing, and all is in order. Each check returns what is violated,
// beginning with the invariant's name; "" when nothing is.
#pragma once

#include <set>
#include <string>

#include "bus/routing_table.h"
#include "deployment-scripts/rollout_action.h"
#include "ledger/event.h"
#include "tests/simulation/environment.h"
#include "tests/simulation/simulated_broker.h"

namespace exo {

// What the checks must know of the host that does something.
struct HostFacts {
  std::size_t life = 0;
  bool is_stale = false;  // its environment was taken over
  const SimulatedBroker& broker;
  const std::set<VersionKey>& started;   // StartInstances was asked for
  const std::set<VersionKey>& let_down;  // had no ready instance once
};

// Before the ledger is asked to take the event.
std::string check_append(SimulatedEnvironment& environment, const HostFacts& host, const LedgerEvent& event);
// Before the process is started: whatever else runs holds the run lock.
std::string check_start(SimulatedEnvironment& environment, const HostFacts& host,
                        const rollout::AttemptKey& key);
std::string check_start_message(SimulatedEnvironment& environment, const HostFacts& host,
                                const rollout::SendStart& start);
std::string check_acknowledgement(SimulatedEnvironment& environment,
                                  const rollout::AcknowledgeCheckpoint& acknowledged);
std::string check_follow_acknowledgement(SimulatedEnvironment& environment, const HostFacts& host,
                                         const rollout::AcknowledgeFollow& acknowledged);
// When a table has come into effect: a version whose gate opens by it has everything that it followed.
std::string check_filled(SimulatedEnvironment& environment, const SimulatedBroker& broker);
// Before the broker gets it.
std::string check_table(SimulatedEnvironment& environment, const HostFacts& host, const RoutingTable& table);
std::string check_announcement(SimulatedEnvironment& environment, const HostFacts& host,
                               const rollout::Announce& announcement);
std::string check_ready(SimulatedEnvironment& environment);

// A message of production that is handed to a version.
std::string check_delivery(SimulatedEnvironment& environment, const HostFacts& host,
                           const RoutingTable::Version& receiver);

// What must be so after every step.
std::string check_step(SimulatedEnvironment& environment, const HostFacts& host);

// What must have become of a version when a calm host is ready.
std::string check_outcome(SimulatedEnvironment& environment, const VersionStatus& status);

}  // namespace exo
