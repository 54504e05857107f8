// Deliberate faults, to prove that the checks see what they are there for. Each breaks one promise at a seam
// of the simulation (the ledger that the host is given, what it tells the core, what it makes of the core's
// actions); the code of the product knows nothing of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_input.h"
#include "ledger/event.h"

namespace exo {

enum class Mutation {
  kNone,
  // The ledger.
  kPretendAppended,    // says of a refused event that it is durable
  kAppendTwice,        // does not recognise an event that it holds already when it is tried again
  kAcceptStaleEpoch,   // takes events of a host whose environment was taken over
  kForgetDone,         // shows a new host a phase that is done as interrupted
  kForgetInterrupted,  // does not show a new host the attempt that has no end
  kForgetCheckpoints,  // shows a new host no checkpoints
  // What the core is told.
  kIgnoreFailedMessages,  // a script's done counts though its messages were not delivered
  kReportExitTooEarly,    // the exit of a process that was only told to end
  kConfirmTableTooEarly,  // a table is in effect as soon as it is handed over
  kIgnorePolicy,          // an interrupted attempt is tried again though its script wants to be asked
  // What is made of the core's actions.
  kOpenGateBeforeAppend,
  kCloseGateAfterAppend,
  kOpenGateAfterFailure,  // where version-failed belongs
  kOpenGateDuringUndo,
  kUndoBeforeDecided,        // the process that takes back, then undo-decided
  kStartBeforeAppend,        // the process first, then its attempt-started
  kAnnounceBeforeAppend,     // done is announced, then written down
  kAcknowledgeBeforeAppend,  // a checkpoint, as soon as it is said
  kSwallowFailures,          // keeps announcements of failures to itself
  kCloseNeighbours,          // holds everything when one version has failed
  // Processes.
  kIgnoreRunLock,        // starts a script although another process of its phase still runs
  kStartWithStaleEpoch,  // starts one although the environment was taken over
  // What scripts follow.
  kEndReplayTooEarly,    // the gate opens before what is left is replayed
  kPassOnBeforeDurable,  // a command reaches the version that serves before its copy is recorded
  kForgetFollowed,       // shows a new host a log without its records
  kShareFollowLog,       // the logs of all hosts have the same name
  kWriteIntoFoundLog,    // a host goes on in the log that it finds, instead of a copy
  kLetHeldBackGo,        // what is held back goes to the version that serves
  kBeginFollowTooEarly,  // a follow begins while commands from before are at work
  kReplayOutOfOrder,
  // How fast scripts may go.
  kIgnoreLoad,           // the core is not told that production suffers
  kTakeNoAnswerForGood,  // nor that nobody can tell
  kSlowOnlyInWords,      // no table says how much a script may send
  kSlowInSilence,        // people are not told
  kClockGoesOnInPause,   // a stall ends what a person has paused
  kStallAtStandstill,    // and what its settings let stand still
  // The keeper's exits.
  kIgnoreExits,     // a new host takes what the keeper saw to end as if nobody had
  kBlameEveryExit,  // it takes every end for a failure, also where the host's was its cause
  kLetGoOfRunLock,  // the lock is free when the guard is told to end, and its script still runs
};

inline constexpr Mutation kAllMutations[] = {
    Mutation::kPretendAppended,      Mutation::kAppendTwice,
    Mutation::kAcceptStaleEpoch,     Mutation::kForgetDone,
    Mutation::kForgetInterrupted,    Mutation::kForgetCheckpoints,
    Mutation::kIgnoreFailedMessages, Mutation::kReportExitTooEarly,
    Mutation::kConfirmTableTooEarly, Mutation::kIgnorePolicy,
    Mutation::kOpenGateBeforeAppend, Mutation::kCloseGateAfterAppend,
    Mutation::kOpenGateAfterFailure, Mutation::kStartBeforeAppend,
    Mutation::kAnnounceBeforeAppend, Mutation::kAcknowledgeBeforeAppend,
    Mutation::kSwallowFailures,      Mutation::kCloseNeighbours,
    Mutation::kIgnoreRunLock,        Mutation::kStartWithStaleEpoch,
    Mutation::kOpenGateDuringUndo,   Mutation::kUndoBeforeDecided,
    Mutation::kEndReplayTooEarly,    Mutation::kPassOnBeforeDurable,
    Mutation::kForgetFollowed,       Mutation::kShareFollowLog,
    Mutation::kLetHeldBackGo,        Mutation::kBeginFollowTooEarly,
    Mutation::kReplayOutOfOrder,     Mutation::kIgnoreExits,
    Mutation::kBlameEveryExit,       Mutation::kLetGoOfRunLock,
    Mutation::kWriteIntoFoundLog,    Mutation::kIgnoreLoad,
    Mutation::kTakeNoAnswerForGood,  Mutation::kSlowOnlyInWords,
    Mutation::kSlowInSilence,        Mutation::kClockGoesOnInPause,
    Mutation::kStallAtStandstill,
};

// "open-gate-before-append".
std::string_view to_text(Mutation mutation);
std::optional<Mutation> parse_mutation(std::string_view text);

// What a new host reads of what the ledger holds.
void mutate_history(Mutation mutation, std::vector<LedgerEvent>& events);
// What the core is told; the truth where the mutation is not about it.
void mutate_input(Mutation mutation, rollout::Input& input);
// What the host makes of the actions that follow from `input`.
void mutate_actions(Mutation mutation, const rollout::Input& input, std::vector<rollout::Action>& actions);

}  // namespace exo
