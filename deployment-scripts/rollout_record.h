// What the ledger says about every service version: the durable half of the rollout core.
//
// A fold over the ledger's events and nothing else, so that replaying the ledger from its beginning gives the
// same value. Events of a type that this program does not know (a newer one wrote them) only move the
// position.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/content_digest.h"
#include "base/rate.h"
#include "deployment-scripts/version_key.h"
#include "deployment-scripts/version_state.h"
#include "ledger/event.h"

namespace exo {

// Where a version failed: its offline phase, its instances, or another version that it requires.
inline constexpr char kStageOffline[] = "offline";
inline constexpr char kStageReadiness[] = "readiness";
inline constexpr char kStageUndo[] = "undo";  // what was to be taken back is not
inline constexpr char kStageUndone[] =
    "undone";  // it is taken back; nothing is run before a person decides so
inline constexpr char kStageRequires[] = "requires";
inline constexpr char kStageDependsOn[] = "depends-on";

// Where an attempt failed that a person has cancelled, or whose effect is not there as its script has found.
inline constexpr char kStageCancelled[] = "cancelled";
inline constexpr char kStageVerify[] = "verify";

// How the last attempt at a phase stands.
enum class PhaseOutcome {
  kNothing,   // no attempt was started
  kUnderWay,  // attempt-started without an end: running, or its host died
  kDone,      // final in its generation
  kAbsent,    // the script has no such phase; final in its generation
  kSkipped,   // a person has decided that it is not run; until one decides otherwise
  kFailed,
  kInterrupted,
};

// Whether `event` is a person's decision that a trial (a dry run, a verification) is ended: trial-cancelled,
// or cancel-decided of generation 0, which is how ledgers say it that were written before that word.
bool cancels_trial(const LedgerEvent& event);
// "cancelled by kim: it hangs", of a cancel-decided or trial-cancelled.
std::string cancellation_of(const LedgerEvent& event);

struct RecordedPhase {
  std::uint64_t generation = 1;
  PhaseOutcome outcome = PhaseOutcome::kNothing;
  std::string run;            // empty when no attempt was started
  std::uint64_t attempt = 0;  // the last one started
  std::string stage;          // where the last attempt failed: "exit", "stall", …
  std::string reason;         // why it failed or was interrupted
  std::string log;
  std::string digest;                     // of the script that the last attempt ran
  std::uint64_t digest_position = 0;      // of the last event that named it; 0 when none did
  std::optional<std::string> checkpoint;  // JSON text; the last one saved in this generation
  std::uint64_t checkpoint_number = 0;    // how many its attempt had said with it; 0 when there is none
  // No attempt is made before a person has decided so: the last one was cancelled, or said so itself.
  bool held_back = false;
  bool retry_decided = false;  // a person has, since the last attempt
  bool marked_done = false;    // done by a person's word; then `outcome` is kDone
  std::uint64_t dry_runs = 0;  // started in any generation
  bool dry_run_open = false;   // the last of them has no end
  bool undone = false;         // what an earlier generation of the version did was taken back
  bool was_absent = false;     // undone, and in the generation before its script had no such phase
  bool taken_back = false;     // undone, and something of this phase was there
  std::string decision;        // the last one since the last attempt: "marked done by kim: it is all there"

  // It stands still: no attempt is started, and one under way waits. "by kim: it slows the shop down"; empty
  // exactly when it does not. Until a person decides otherwise, or nothing is left to run.
  std::string paused;
  // How many commands the script may send, by a person's decision that holds until another; and whose, as
  // above.
  std::optional<Rate> rate;
  std::string throttled;  // empty exactly when there is no rate

  bool is_paused() const { return !paused.empty(); }
  // Something of it may be there: it is done, or an attempt was made.
  bool did_something() const;
  // Not to be started in this generation, as things are.
  bool settled() const {
    return outcome == PhaseOutcome::kDone || outcome == PhaseOutcome::kAbsent ||
           outcome == PhaseOutcome::kSkipped;
  }
  bool operator==(const RecordedPhase&) const = default;
};

// Nothing is known of the new generation yet, but for what people have decided about how the phase goes on.
// Changes nothing where the phase is as far already.
void move_to_generation(RecordedPhase& phase, std::uint64_t generation);

// The commands that its offline phase follows: see follow.h.
struct RecordedFollow {
  enum class State { kNone, kUnderWay, kReplayed };
  State state = State::kNone;
  std::string run;                    // empty exactly when there is none
  std::vector<std::string> commands;  // public names, likewise
  std::uint64_t since = 0;            // the position of the first follow-started since there was none
  std::uint64_t began_at = 0;         // of the newest one, which names more commands
  // What was recorded is needed: an attempt was started, or has saved where it is, since it began, and it is
  // not all replayed.
  bool is_relied_on = false;

  bool active() const { return state != State::kNone; }
  bool operator==(const RecordedFollow&) const = default;
};

struct RecordedVersion {
  bool introduced = false;
  bool has_script = false;      // when it was introduced, or when an attempt was started since
  bool script_skipped = false;  // script-skipped was recorded, and the version was not introduced since
  GateState gate = GateState::kHeld;
  std::uint64_t gate_position = 0;  // of the last event that changed the gate; 0 when none did
  bool live = false;                // at most one of live and failed
  bool failed = false;
  std::string stage;       // of the failure
  std::string reason;      // of the failure
  ContentDigests sources;  // of its folder when it was introduced
  std::string artifact;    // digest of the one that it was introduced from; empty: the working tree
  RecordedPhase offline;
  RecordedPhase online;
  RecordedPhase undo{.generation = 0};    // each time that a person decides it is a generation, from 1
  RecordedPhase verify{.generation = 0};  // the outcome is that of the last verification
  bool undo_open = false;           // a person has decided it, and it is neither done nor found to be absent
  std::uint64_t undo_position = 0;  // of the last such decision; 0 when there was none
  std::string undo_decision;        // "undone by kim: the addresses are wrong"; the last one
  RecordedFollow follow;

  // Undone, and its offline phase was not run again.
  bool waits_undone() const { return offline.undone && offline.outcome == PhaseOutcome::kNothing; }
  // Undone, and nobody has decided that it is run again.
  bool stays_undone() const { return waits_undone() && !offline.retry_decided; }
  const RecordedPhase& of(Phase phase) const;
  RecordedPhase& of(Phase phase);
  bool operator==(const RecordedVersion&) const = default;
};

// A value; used by one thread at a time.
class RolloutRecord {
 public:
  // Takes the next event; its sequence is above position(). Text that is not as this program writes it (the
  // details of an older or newer format) counts as absent.
  void apply(const LedgerEvent& event);

  // The sequence of the last event applied.
  std::uint64_t position() const { return position_; }
  // What is known of a version: all defaults when nothing is.
  const RecordedVersion& of(const VersionKey& key) const;
  const std::map<VersionKey, RecordedVersion>& versions() const { return versions_; }

  bool operator==(const RolloutRecord&) const = default;

 private:
  std::uint64_t position_ = 0;
  std::map<VersionKey, RecordedVersion> versions_;
};

}  // namespace exo
