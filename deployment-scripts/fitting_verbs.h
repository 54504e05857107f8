// Which verbs fit a phase, and which phases a decision is about. Pure.
#pragma once

#include <vector>

#include "deployment-scripts/decision.h"

namespace exo {

bool fits(DecisionVerb verb, Phase phase, const DecisionView& view);

// The phases that the decision fits, of those that it may be about: none, one, or more of which one has to be
// named (but for rerun and baseline, which are about all).
std::vector<Phase> fitting_phases(const Decision& decision, const DecisionView& view);

// The conditions that a refusal has words for.
bool can_dry_run(Phase phase, const DecisionView& view);
// What production has written since is recorded, and would never reach the version if its gate opened on a
// person's word. A version that has failed has no such record.
bool has_a_record(Phase phase, const DecisionView& view);
// Its script has done its part: what is left is exo's, and the script sends nothing any more.
bool has_done_its_part(Phase phase, const DecisionView& view);

}  // namespace exo
