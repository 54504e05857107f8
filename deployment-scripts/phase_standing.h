// How a phase stands as far as decisions are concerned, and which verbs its standing admits: the table of
// decision.h, without what else a verb asks for (fitting_verbs.h). Pure.
#pragma once

#include <string_view>
#include <vector>

#include "deployment-scripts/decision.h"
#include "deployment-scripts/decision_verb.h"

namespace exo {

enum class Standing {
  kNone,  // there is nothing to run
  kAbsent,
  kPending,
  kRetryDecided,
  kRunning,
  kEnding,
  kDryRun,
  kVerification,
  kUndoing,  // what it did is being taken back
  kUndone,
  kWaiting,
  kFailed,
  kInterrupted,
  kDone,
  kSkipped,
};

Standing phase_standing(Phase phase, const DecisionView& view);

// "is running": what follows "the offline phase".
std::string_view words_of(Standing standing);

// Whether the table lists the verb for it.
bool is_listed(DecisionVerb verb, Standing standing);

// Left to run, or running: its pace matters, whatever else fits.
bool is_left(Standing standing);

// An attempt, a dry run or a verification is under way, or just ending.
bool is_busy(PhaseActivity activity);

}  // namespace exo
