// The states of a service version on its way into an environment.
//
//     staged → starting → preparing → shifting → finishing → live
//                  │           │          │           │        │
//                  └───────────┴──────────┴───────────┴────────┴──▶ failed
//     failed, live, … ── a person's decision about its offline phase, or to undo it ──▶ starting
//     starting ── its undo ──▶ undoing ──▶ failed
//     failed ── its instances are back ──▶ starting
//     failed ── what it depends on is back ──▶ staged
//
// staged      known; waits for the version that it requires, and for the roles that it depends on
// starting    its instances start; then it waits for the versions without a script, which go first
// preparing   its offline script runs; the gate is held
// shifting    the gate is open in the ledger; the broker has yet to confirm the table
// undoing     its script takes back what its phases did; the gate is held
// finishing   its online script runs while it serves
// live        serves; a failed online script leaves it live, and flagged
// failed      the gate is held; the next rollout tries again
//
// A version without a pending offline phase skips `preparing`, one without a pending online phase
// `finishing`, and one that was live before goes from `starting` to `live`. mirroring, draining, retired and
// withdrawn are words that people and --json will see; no edge leads to them yet.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace exo {

enum class VersionState {
  kStaged,
  kStarting,
  kPreparing,
  kMirroring,
  kShifting,
  kFinishing,
  kUndoing,
  kLive,
  kDraining,
  kRetired,
  kWithdrawn,
  kFailed,
};

// Whether traffic reaches a version. The ledger's view of it; the bus has its own type in its tables.
enum class GateState { kHeld, kOpen, kDraining };

// The state of one phase of a deployment script.
enum class ScriptState {
  kNone,
  kPending,
  kRunning,
  kDone,
  kFailed,
  kInterrupted,
  kSkipped,
  kUndone,  // what it did was taken back, and nobody has decided that it is run again
};

// What moves a version from one state to another. All but those that end in "Back" are the moment at
// which the ledger holds it.
enum class VersionCause {
  kIntroduced,      // version-introduced, now or in an earlier rollout
  kOfflineStarted,  // attempt-started of the offline phase
  kGateOpened,      // gate-opened
  kOnlineStarted,   // attempt-started of the online phase
  kUndoStarted,     // attempt-started of its undo
  kWentLive,        // version-live
  kCameBack,        // it was live before, its instances are ready, and nothing is left to run
  kFailed,          // version-failed
  kInstancesBack,   // it had failed for want of instances, and has them now
  kDependencyBack,  // it had failed for want of another role, which is there now
  kDecided,         // a person's decision: its offline phase is tried or run again, or is done, or is undone
};

// The state that a cause leads to; empty when the table does not list the pair, which is then refused.
std::optional<VersionState> next_state(VersionState from, VersionCause cause);

// The words for people and machines: "staged", "held", "pending".
std::string_view to_text(VersionState state);
std::string_view to_text(GateState gate);
std::string_view to_text(ScriptState state);
std::string_view to_text(VersionCause cause);

inline constexpr std::array kAllVersionStates = {
    VersionState::kStaged,   VersionState::kStarting,  VersionState::kPreparing, VersionState::kMirroring,
    VersionState::kShifting, VersionState::kFinishing, VersionState::kLive,      VersionState::kDraining,
    VersionState::kRetired,  VersionState::kWithdrawn, VersionState::kFailed,    VersionState::kUndoing,
};
inline constexpr std::array kAllVersionCauses = {
    VersionCause::kIntroduced,    VersionCause::kOfflineStarted, VersionCause::kGateOpened,
    VersionCause::kOnlineStarted, VersionCause::kWentLive,       VersionCause::kCameBack,
    VersionCause::kFailed,        VersionCause::kInstancesBack,  VersionCause::kDependencyBack,
    VersionCause::kDecided,       VersionCause::kUndoStarted,
};

}  // namespace exo
