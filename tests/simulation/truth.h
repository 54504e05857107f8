// What the ledger of a simulation holds, folded by the simulation itself: the checks must not trust the code
// that they check.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "deployment-scripts/version_key.h"
#include "ledger/event.h"

namespace exo {

struct PhaseTruth {
  std::uint64_t attempts = 0;  // attempt-started so far
  bool open = false;           // the last one has no end
  bool begun = false;
  unsigned done = 0;  // how often: more than once is a violation
  bool absent = false;

  bool settled() const { return done > 0 || absent; }
};

struct VersionTruth {
  bool introduced = false;
  bool open = false;                // the last event about the gate opened it
  std::uint64_t gate_position = 0;  // of that event
  bool live = false;
  bool failed = false;
  PhaseTruth offline;
  PhaseTruth online;

  PhaseTruth& of(const std::string& phase) { return phase == "offline" ? offline : online; }
};

// The ledger of one environment, which outlives its hosts.
struct SimulatedLedger {
  std::vector<LedgerEvent> events;
  std::map<VersionKey, VersionTruth> versions;

  // Stores the event; returns what is wrong with it, empty when nothing is.
  std::string append(LedgerEvent event);
};

}  // namespace exo
