// What the ledger of a simulation holds, folded by the simulation itself: the checks must not trust the code
// that they check.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/version_key.h"
#include "ledger/event.h"
#include "tests/simulation/phase_truth.h"
#include "tests/simulation/simulated_data.h"

namespace exo {

// What its script follows.
struct FollowTruth {
  bool active = false;
  bool replayed = false;  // and the attempt that it was replayed for has not failed since
  std::string run;
  bool relied_on = false;  // its script reads what it copies from now on
  Stored wanted{};         // by key, the newest that the version that serves has stored since
  // The gate-opened after a whole follow; 0 once that is seen, or counts no more.
  std::uint64_t filled_at = 0;
};

struct VersionTruth {
  bool introduced = false;
  bool open = false;                                  // the last event about the gate opened it
  std::vector<std::pair<std::uint64_t, bool>> gates;  // each position at which the gate opened or closed
  bool live = false;
  bool failed = false;
  PhaseTruth offline;
  PhaseTruth online;
  FollowTruth follow;
  PhaseTruth undo;          // since it was decided last
  PhaseTruth verify;        // of verifications; none of them settles anything
  bool undo_open = false;   // it is decided, and neither done nor absent
  bool undo_begun = false;  // since then an attempt was started: what was done may be gone
  bool verified =
      false;  // the last verification has found what it looked for, since the last offline attempt

  PhaseTruth& of(const std::string& phase);
  // Whether it was open when the ledger ended at `position`.
  bool open_at(std::uint64_t position) const;
  // Of the last event about the gate; 0 when there is none.
  std::uint64_t gate_position() const { return gates.empty() ? 0 : gates.back().first; }
};

// Everything that is known to be in the ledger of one environment.
class Truth {
 public:
  // Folds what `events` holds beyond position(), up to `position`. Returns what is wrong with it, empty when
  // nothing is.
  std::string catch_up(const std::vector<LedgerEvent>& events, std::uint64_t position);

  std::uint64_t position() const { return position_; }
  VersionTruth& of(const VersionKey& key) { return versions_[key]; }
  // A host has read what the ledger holds, and with it every pause.
  void pauses_are_known();
  // A version has stored what production has sent it.
  void stored(const VersionKey& key, const Upsert& upsert);
  // A checkpoint with this value has come in from the script. What comes later takes the place of what came
  // before, in whatever order it was said.
  void checkpoint_arrived(const rollout::AttemptId& id, std::uint64_t value);
  // Whether the ledger holds this checkpoint of the attempt, or one that came after it.
  bool holds_checkpoint(const rollout::AttemptId& id, std::uint64_t value) const;
  // How many attempts failed or were interrupted.
  std::size_t failures() const { return failed_ + interrupted_; }
  std::size_t failed() const { return failed_; }
  std::size_t interrupted() const { return interrupted_; }
  std::size_t decided() const { return decided_; }

 private:
  std::string take(const LedgerEvent& event);

  std::uint64_t position_ = 0;
  std::uint64_t epoch_ = 0;
  std::map<VersionKey, VersionTruth> versions_;
  std::map<rollout::AttemptId, std::uint64_t> checkpoints_;           // saved last
  std::map<rollout::AttemptId, std::vector<std::uint64_t>> arrived_;  // each once, the first first
  std::size_t failed_ = 0;
  std::size_t interrupted_ = 0;
  std::size_t decided_ = 0;
};

}  // namespace exo
