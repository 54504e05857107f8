// What the verbs that decide something about deployment scripts share.
#pragma once

#include <string>
#include <vector>

#include "cli/verb.h"
#include "deployment-scripts/decision.h"
#include "host/script_decision.h"

namespace exo {

struct DecisionOptions {
  ApplicationOptions application;
  BusOptions bus;
  std::string reason;
  bool json = false;
};

// "ROLE@VERSION". Error `usage` where it is none.
Result<VersionKey> named_script(const std::string& text);

// `--reason`, `--json` and where.
void add_decision_options(CLI::App& verb, DecisionOptions& options);

// Has them recorded, as decided by who types this and for the reason of the options, and prints what was.
// Returns the exit code.
int take_decisions(const DecisionOptions& options, std::vector<Decision> decisions);

}  // namespace exo
