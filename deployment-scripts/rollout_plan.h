// What the next rollout would do, step by step, if all went well.
//
// The rollout core itself is asked: it runs on what the ledger holds, in a world where every instance gets
// ready, every script succeeds at once, and the ledger takes everything. So nothing is planned that would not
// be done. Nothing is started and nothing is written.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/version_key.h"
#include "ledger/event.h"

namespace exo {

enum class PlanStepKind {
  kIntroduce,   // a version comes into the environment
  kHold,        // its gate is closed
  kFollow,      // what production sends of these commands is recorded from then on
  kRunPhase,    // a phase of its script is run
  kVerify,      // it is looked whether the offline phase's effect is there
  kOpenGate,    // traffic reaches it
  kLive,        // it serves
  kComesBack,   // it serves as before
  kSkipScript,  // the script of a version that is not there
  kFail,        // it does not come in
  kPause,       // a phase is left as it is, since a person has paused it
  kUndoWaits,   // what was to be taken back is not, since the version is not in the application
  kInterrupt,   // an attempt without an end is recorded as interrupted, or as failed where it was seen to be
};

struct PlanStep {
  PlanStepKind kind = PlanStepKind::kLive;
  VersionKey version;
  std::optional<Phase> phase;
  std::string what;  // "run the offline phase of deployment-scripts/todo-search-0.0.2.js"
  std::string why;   // may be empty where there is nothing to say

  bool operator==(const PlanStep&) const = default;
};

// The word for machines: "run-phase".
std::string_view to_text(PlanStepKind kind);

// Whether a script may have a handler for the phase, as far as anybody can know who does not run it.
using MayHandle = std::function<bool(const Script&, Phase)>;

// In the order in which they would be done. `ledger` is the whole of it; `begin` names any host.
std::vector<PlanStep> plan_rollout(const std::vector<LedgerEvent>& ledger, const rollout::Begin& begin,
                                   const MayHandle& may_handle);

}  // namespace exo
