// The dry runs of a host that runs no script for real: one of each version whose script has a phase left to
// run.
//
// They begin when nobody else comes in any more, and are made side by side, whatever order `after` states,
// since none of them writes anything:
//
// clang-format off
//     to start ──dry-run-started──▶ under way ──dry-run-ended──▶ succeeded, failed, cancelled, interrupted
//        │   ▲                          │
//        │   └── the script has no offline phase: its online phase is next
//        └── it does not fit ──▶ not made: its script has not declared that it can, or its version is not there
// clang-format on
//
// It is that of the offline phase while there is one left. The online phase of such a version is not tried:
// what it is to find comes from an offline phase that was run for real.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "deployment-scripts/decision.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/version_key.h"
#include "deployment-scripts/version_rollout.h"
#include "ledger/event.h"

namespace exo {

struct DryRun {
  enum class State { kToStart, kUnderWay, kSucceeded, kFailed, kCancelled, kInterrupted, kNotMade };
  VersionKey version;
  Phase phase = Phase::kOffline;
  State state = State::kToStart;
  std::uint64_t attempt = 0;  // once it was started
  std::string reason = {};    // of one that has not succeeded

  bool operator==(const DryRun&) const = default;
};

// Part of one Rollout, with its thread rules.
class DryRuns {
 public:
  // Judges a decision; gives its events.
  using Judge = std::function<Result<std::vector<LedgerEvent>>(const Decision&)>;
  // Whether nothing of the version's script runs.
  using IsFree = std::function<bool(const VersionKey&)>;

  // Once, when nothing comes in any more. `who` starts them.
  void begin(const std::vector<VersionRollout>& versions, const RolloutRecord& record,
             const std::string& who);
  bool begun() const { return begun_; }

  // The event that starts the next one, again and again until it is applied; empty when none is to be started
  // now. One that does not fit is not made.
  std::optional<LedgerEvent> next(const Judge& judge, const IsFree& is_free);
  // The ledger holds `event`; `record` reflects it.
  void applied(const LedgerEvent& event, const RolloutRecord& record);

  // What people are to be told of those that are not made; said once.
  std::vector<rollout::Announce> take_announcements();
  // All have ended, or are not made.
  bool over() const;
  const std::vector<DryRun>& all() const { return all_; }

 private:
  void ended(DryRun& run, const LedgerEvent& event, const RolloutRecord& record);
  void is_not_made(DryRun& run, const std::string& reason);

  bool begun_ = false;
  std::string who_;
  std::vector<DryRun> all_;
  std::vector<rollout::Announce> announcements_;
};

}  // namespace exo
