#include "deployment-scripts/version_state.h"

#include "base/check.h"

namespace exo {
namespace {

using State = VersionState;
using Cause = VersionCause;

struct Edge {
  State from;
  Cause cause;
  State to;
};

// The whole of what may happen to a version. What is not listed is refused.
constexpr Edge kEdges[] = {
    {State::kStaged, Cause::kIntroduced, State::kStarting},
    {State::kStaged, Cause::kFailed, State::kFailed},  // what it requires or depends on will not come

    {State::kStarting, Cause::kOfflineStarted, State::kPreparing},
    {State::kStarting, Cause::kGateOpened, State::kShifting},      // no offline phase is left
    {State::kStarting, Cause::kOnlineStarted, State::kFinishing},  // its gate was open before
    {State::kStarting, Cause::kWentLive, State::kLive},  // its gate was open before, the online phase settled
    {State::kStarting, Cause::kCameBack, State::kLive},
    {State::kStarting, Cause::kFailed, State::kFailed},

    {State::kPreparing, Cause::kOfflineStarted, State::kPreparing},  // another attempt
    {State::kPreparing, Cause::kGateOpened, State::kShifting},
    {State::kPreparing, Cause::kFailed, State::kFailed},

    {State::kStarting, Cause::kUndoStarted, State::kUndoing},
    {State::kPreparing, Cause::kUndoStarted, State::kUndoing},
    {State::kUndoing, Cause::kUndoStarted, State::kUndoing},       // another attempt
    {State::kUndoing, Cause::kOfflineStarted, State::kPreparing},  // there was nothing to undo it with
    {State::kUndoing, Cause::kGateOpened, State::kShifting},       // likewise
    {State::kUndoing, Cause::kFailed, State::kFailed},             // it is undone, or could not be

    {State::kShifting, Cause::kOnlineStarted, State::kFinishing},
    {State::kShifting, Cause::kWentLive, State::kLive},
    {State::kShifting, Cause::kFailed, State::kFailed},
    {State::kShifting, Cause::kDecided, State::kStarting},

    {State::kFinishing, Cause::kOnlineStarted, State::kFinishing},  // another attempt
    {State::kFinishing, Cause::kWentLive, State::kLive},
    {State::kFinishing, Cause::kCameBack, State::kLive},
    {State::kFinishing, Cause::kFailed, State::kFailed},
    {State::kFinishing, Cause::kDecided, State::kStarting},

    {State::kLive, Cause::kOnlineStarted, State::kFinishing},  // tried again, by a person's decision
    {State::kLive, Cause::kFailed, State::kFailed},
    {State::kLive, Cause::kDecided, State::kStarting},

    {State::kFailed, Cause::kInstancesBack, State::kStarting},
    {State::kFailed, Cause::kDependencyBack, State::kStaged},
    {State::kFailed, Cause::kDecided, State::kStarting},
};

}  // namespace

std::optional<VersionState> next_state(VersionState from, VersionCause cause) {
  for (const Edge& edge : kEdges) {
    if (edge.from == from && edge.cause == cause) return edge.to;
  }
  return std::nullopt;
}

std::string_view to_text(VersionState state) {
  switch (state) {
    case VersionState::kStaged:
      return "staged";
    case VersionState::kStarting:
      return "starting";
    case VersionState::kPreparing:
      return "preparing";
    case VersionState::kMirroring:
      return "mirroring";
    case VersionState::kShifting:
      return "shifting";
    case VersionState::kFinishing:
      return "finishing";
    case VersionState::kUndoing:
      return "undoing";
    case VersionState::kLive:
      return "live";
    case VersionState::kDraining:
      return "draining";
    case VersionState::kRetired:
      return "retired";
    case VersionState::kWithdrawn:
      return "withdrawn";
    case VersionState::kFailed:
      return "failed";
  }
  EXO_CHECK(false);
}

std::string_view to_text(GateState gate) {
  switch (gate) {
    case GateState::kHeld:
      return "held";
    case GateState::kOpen:
      return "open";
    case GateState::kDraining:
      return "draining";
  }
  EXO_CHECK(false);
}

std::string_view to_text(ScriptState state) {
  switch (state) {
    case ScriptState::kNone:
      return "none";
    case ScriptState::kPending:
      return "pending";
    case ScriptState::kRunning:
      return "running";
    case ScriptState::kDone:
      return "done";
    case ScriptState::kFailed:
      return "failed";
    case ScriptState::kInterrupted:
      return "interrupted";
    case ScriptState::kSkipped:
      return "skipped";
    case ScriptState::kUndone:
      return "undone";
  }
  EXO_CHECK(false);
}

std::string_view to_text(VersionCause cause) {
  switch (cause) {
    case VersionCause::kIntroduced:
      return "introduced";
    case VersionCause::kOfflineStarted:
      return "offline-started";
    case VersionCause::kGateOpened:
      return "gate-opened";
    case VersionCause::kOnlineStarted:
      return "online-started";
    case VersionCause::kUndoStarted:
      return "undo-started";
    case VersionCause::kWentLive:
      return "went-live";
    case VersionCause::kCameBack:
      return "came-back";
    case VersionCause::kFailed:
      return "failed";
    case VersionCause::kInstancesBack:
      return "instances-back";
    case VersionCause::kDependencyBack:
      return "dependency-back";
    case VersionCause::kDecided:
      return "decided";
  }
  EXO_CHECK(false);
}

}  // namespace exo
