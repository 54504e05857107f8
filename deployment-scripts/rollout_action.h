// What the rollout core asks the host to do. Values, carried out in the order of their list.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/script.h"
#include "deployment-scripts/version_key.h"
#include "ledger/event.h"

namespace exo::rollout {

// Append to the ledger (the host fills `at`, the ledger `sequence`). Always the last of its list. When it is
// durable, give the event with its sequence to Rollout::apply; when it is not, AppendFailed to step.
struct Append {
  LedgerEvent event;
};

// Start the version's instances and keep them running, whatever becomes of the rollout.
struct StartInstances {
  VersionKey version;
};

// Everything that names one attempt.
struct AttemptKey {
  VersionKey version;
  Phase phase = Phase::kOffline;
  std::uint64_t generation = 1;  // 0: a trial
  AttemptId id;

  // A dry run or a verification: nothing that it does is recorded of its phase.
  bool is_trial() const { return generation == 0; }
  bool is_dry_run() const { return is_trial() && phase != Phase::kVerify; }
  bool operator==(const AttemptKey&) const = default;
};

// Start the script's process, for this one attempt at one phase, under its run lock. Answered by
// ScriptRegistered, ScriptCouldNotStart or ScriptExited. Its routes are in the table that was published
// before.
struct StartScript {
  AttemptKey key;
  Script script;
};

// Send the start message: "deployment-<role>-<version>-<phase>-start" with {run, attempt, generation,
// environment, role, version, phase, checkpoint, dryRun}. Its failure is ScriptSaidFailed.
struct SendStart {
  AttemptKey key;
  std::string environment;
  std::optional<std::string> checkpoint;  // JSON text
};

// Reply `…-checkpointed`: the checkpoint is durable.
struct AcknowledgeCheckpoint {
  AttemptId id;
  std::string message_id;
};

// Reply `…-followed`: what the message asked to follow is followed.
struct AcknowledgeFollow {
  AttemptId id;
  std::string message_id;
};

// TERM, then KILL. Answered by ScriptExited; harmless when the process has gone.
struct EndScript {
  AttemptKey key;
};

// Make a routing table of Rollout::status(), running_scripts(), follows() and position() as they are now, and
// hand it to the broker. Answered by TableInEffect.
struct PublishTable {};

// What became of a person's decision: the ledger holds `events`, of which there is at least one; or it was
// refused, and `events` holds what was recorded before that, which is nothing unless the ledger failed.
struct Decided {
  std::string id;
  std::vector<LedgerEvent> events;
  std::optional<Error> refusal;
};

enum class AnnouncementKind {
  kScriptStarted,      // an attempt's process is being started
  kScriptDone,         // a phase is done
  kScriptTriesAgain,   // an attempt has failed, and there will be another
  kScriptFailed,       // the last attempt has failed
  kScriptInterrupted,  // an attempt without an end was found, or the host ended it
  kVersionWaits,       // the version is not started before another version or role is there
  kVersionOutOfOrder,  // a higher version of its role was introduced before it
  kScriptWaits,        // another process still holds the run lock, or other scripts come before
  kScriptSkipped,      // the script of a version that was never introduced
  kScriptChanged,      // the script is not the one that ran; nothing is run again
  kScriptMissing,      // the script that ran is not in the application any more; nothing is run again
  kVersionChanged,     // a version was introduced with other files than those that are there now
  kVersionMissing,     // a version that was introduced is not in the application any more
  kHeld,               // the version has failed, and its gate stays held
  kLive,               // the version serves
  kLiveFlagged,        // it serves, but its online phase has failed
  kFollowStarted,      // what production sends is recorded for the version that comes in
  kFollowDone,         // it has all that was recorded
  kFollowAbandoned,    // nothing is recorded for it any more
  kDryRun,             // a dry run began, or ended
  kVerification,       // a verification began, or ended
  kNothingUndone,      // the script handles no undo, so that all stays as it was
  kUndoWaits,          // it is decided, and the version is not there that it could be done with
  kPaused,             // a phase is paused since an earlier host, or by its settings
  kSlowed,             // a running script is slowed down, since production suffers
  kSlowedNoMore,       // it goes on at its full rate
  kDecided,            // a person has decided something about a phase, and the ledger holds it
  kLedgerBlocked,      // the ledger cannot be written; nothing goes on until it can
};

// Tell people. `text` is one sentence without a full stop; `lines` follow it, indented: reason, last output,
// log, what to do next.
struct Announce {
  AnnouncementKind kind = AnnouncementKind::kLive;
  VersionKey version;  // empty where it belongs to none
  std::optional<Phase> phase;
  std::string text;
  std::vector<std::string> lines;
};

// Every version is live or has failed, or a person has paused what it waits for: print `exo: ready`. Once. Of
// a host for dry runs: all of them are over.
struct Ready {};

using Action = std::variant<Append, StartInstances, StartScript, SendStart, AcknowledgeCheckpoint,
                            AcknowledgeFollow, EndScript, PublishTable, Announce, Decided, Ready>;

// One line for logs and transcripts, an Announce with one more for each of its lines.
std::string describe(const Action& action);

}  // namespace exo::rollout
