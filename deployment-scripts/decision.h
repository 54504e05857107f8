// What a person decides about a deployment script, and whether it fits what is recorded.
//
//   verb       fits a phase that                                    what the ledger holds then
//   retry      failed, was interrupted or skipped, or waits         retry-decided: more attempts of its run
//   skip       is an online one that is not done and does not run   phase-skipped
//   mark-done  is not done and does not run                         phase-marked-done
//   cancel     runs, or waits for its next attempt                  cancel-decided: no attempt before a retry
//              is dry-run, or verified as a person has asked        trial-cancelled: that is ended, no more
//   rerun      is done, in `local` and in tests                     rerun-decided: a new generation
//   baseline   was never begun                                      phase-marked-done, with `baseline`
//   undo       was done or begun, while nothing of it runs          undo-decided: see undo_decision.h
//   dry-run    does not run, of a version with a ready instance     dry-run-started: decides nothing
//   pause      is left to run or runs, and is not paused            pause-decided: no attempt starts or sends
//   resume     is paused                                            resume-decided: it goes on where it was
//   throttle   is left to run or runs                               throttle-decided: so many commands, `off`
//
// While what an offline phase follows is recorded, neither mark-done nor baseline fits it: see follow.h.
// The last three change how a phase goes on, and nothing of where it stands: a retry does not lift a pause.
// An offline phase is never skipped: its gate opens on a success, or on a person's word that there is one.
// Pure: a decision becomes events, and takes effect where those are applied.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/rate.h"
#include "base/result.h"
#include "deployment-scripts/decision_verb.h"
#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/script.h"
#include "deployment-scripts/script_input.h"
#include "deployment-scripts/version_key.h"
#include "deployment-scripts/version_presence.h"
#include "ledger/event.h"

namespace exo {

// A value.
struct Decision {
  DecisionVerb verb = DecisionVerb::kRetry;
  VersionKey version;
  std::optional<Phase> phase;  // not named: the one that it fits; of rerun and baseline all that it fits
  std::string reason;          // not empty
  std::string who;             // not empty: as the ledger records them
  std::optional<Rate> rate{};  // of a throttle; not there: off. Others have none
  // Of the version, as it is on the disk now: what runs from then on. Not there: the one that is known.
  std::optional<Script> script;
  bool is_forced = false;  // an undo that leaves its role without a version that serves

  bool operator==(const Decision&) const = default;
};

// What becomes of a phase at this moment, besides what the ledger holds of it.
enum class PhaseActivity {
  kIdle,          // nothing: a record of an attempt without an end is one of a host that died
  kRunning,       // an attempt is under way
  kEnding,        // it is decided how it ends, and that is about to be recorded
  kWaiting,       // for its next attempt, which is made without anybody's word
  kDryRun,        // a dry run is under way
  kVerification,  // it is looked whether its effect is there
};

// What a decision is judged by.
struct DecisionView {
  const RecordedVersion& record;
  const Script* script = nullptr;  // null: the application has none for the version
  std::string environment;
  PhaseActivity offline = PhaseActivity::kIdle;
  PhaseActivity online = PhaseActivity::kIdle;
  PhaseActivity undo = PhaseActivity::kIdle;
  bool is_replaying = false;       // what the offline script follows, since that is done
  bool is_being_verified = false;  // what the offline script did, since that is done
  bool is_ready = false;           // the version has a ready instance, so that a dry run finds one
  bool is_withheld = true;         // by the table in effect, since its undo was decided
  // The phase of a dry run that is under way, or kVerify when that is a verification which a person has
  // begun. Empty also when it is decided how that ends.
  std::optional<Phase> trial = {};
  // Those that wait for their next attempt, whatever is tried meanwhile.
  std::vector<Phase> waiting = {};
  // Of attempts that the record may hold as under way, though no host has them.
  std::vector<rollout::SeenExit> exits = {};
  bool serves_alone = false;   // its gate is open, and that of no other version of its role
  std::string needed_by = {};  // who keeps it from being undone: "web@2.0.0, which is live, requires it"
  VersionPresence presence = VersionPresence::kInApplication;

  PhaseActivity of(Phase phase) const {
    return phase == Phase::kUndo ? undo : phase == Phase::kOffline ? offline : online;
  }
};

// The events that the decision makes, at least one, to be appended in this order; `host` is still empty.
// Error `does-not-fit` says how the phases stand and which verbs fit them; `usage` where the phase must be
// named, or the reason.
Result<std::vector<LedgerEvent>> decide(const Decision& decision, const DecisionView& view);

// "its offline phase has failed (what fits: retry, mark-done)", and the same of the online phase, or of its
// undo alone while that is decided and not done.
std::string standing_of(const DecisionView& view);

// An attempt, a dry run or a verification of the version is under way.
bool is_busy(const DecisionView& view);

// The verbs that fit, in the order of the table.
std::vector<DecisionVerb> fitting_verbs(Phase phase, const DecisionView& view);

}  // namespace exo
