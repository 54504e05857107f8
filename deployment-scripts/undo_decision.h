// Whether what a version's phases did may be taken back, and whether it may be looked if it is there.
//
// An undo leaves the version held, and what builds on it without what it built on. So it is refused while
// anything of the version runs, when nothing was done, or is undone already; when the application does not
// hold the version, or no script of it, so that it would wait for ever; when its script has no handler for
// it; when a version that is live requires this one, or a script that is done requires its script; and,
// unless that is meant and said with --force, when nobody else of the role serves.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "deployment-scripts/decision.h"
#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/rollout_record.h"

namespace exo {

// Whether it fits, but for --force.
bool can_be_undone(const DecisionView& view);

// As decide() of decision.h.
Result<std::vector<LedgerEvent>> decide_undo(const Decision& decision, const DecisionView& view);
Result<std::vector<LedgerEvent>> decide_verification(const Decision& decision, const DecisionView& view);

// The parts of DecisionView that are about other versions. `versions` are those of the application.
bool serves_alone(const VersionKey& version, const RolloutRecord& record);
std::string needed_by(const VersionKey& version, const std::vector<rollout::VersionToBringIn>& versions,
                      const RolloutRecord& record);

}  // namespace exo
