#include "deployment-scripts/dry_runs.h"

#include <algorithm>
#include <utility>

#include "deployment-scripts/announcements.h"
#include "deployment-scripts/rollout_events.h"

namespace exo {
namespace {

constexpr char kReason[] = "exo run --dry-run";

Phase next_phase(const RecordedVersion& record) {
  if (record.undo_open) return Phase::kUndo;
  return record.offline.settled() ? Phase::kOnline : Phase::kOffline;
}

DryRun::State state_after(const TrialEnd& end) {
  if (end.outcome == "done" || end.outcome == "absent") return DryRun::State::kSucceeded;
  if (end.outcome == "interrupted") return DryRun::State::kInterrupted;
  return end.stage == kStageCancelled ? DryRun::State::kCancelled : DryRun::State::kFailed;
}

// Why no process of its script would find what it talks to; empty where one would.
std::string why_not_there(const VersionRollout& version, const RecordedVersion& record) {
  const VersionState state = version.state();
  if (state != VersionState::kStaged && state != VersionState::kFailed) return "";
  return version.status(record).reason;
}

}  // namespace

void DryRuns::begin(const std::vector<VersionRollout>& versions, const RolloutRecord& record,
                    const std::string& who) {
  begun_ = true;
  who_ = who;
  for (const VersionRollout& version : versions) {
    const RecordedVersion& recorded = record.of(version.key());
    if (!version.script_pending(recorded)) continue;
    all_.push_back({.version = version.key(), .phase = next_phase(recorded)});
    if (const std::string why = why_not_there(version, recorded); !why.empty()) is_not_made(all_.back(), why);
  }
}

std::optional<LedgerEvent> DryRuns::next(const Judge& judge, const IsFree& is_free) {
  for (DryRun& run : all_) {
    if (run.state != DryRun::State::kToStart || !is_free(run.version)) continue;
    const auto events = judge({.verb = DecisionVerb::kDryRun,
                               .version = run.version,
                               .phase = run.phase,
                               .reason = kReason,
                               .who = who_});
    if (events) return events.value().front();
    is_not_made(run, events.error().message);
  }
  return std::nullopt;
}

void DryRuns::applied(const LedgerEvent& event, const RolloutRecord& record) {
  const VersionKey version{event.role, event.version};
  for (DryRun& run : all_) {
    if (run.version != version || event.phase != to_string(run.phase)) continue;
    if (event.type == event_type::kDryRunStarted && run.state == DryRun::State::kToStart) {
      run.state = DryRun::State::kUnderWay;
      run.attempt = event.attempt;
    } else if (event.type == event_type::kDryRunEnded && run.state == DryRun::State::kUnderWay &&
               run.attempt == event.attempt) {
      ended(run, event, record);
    }
  }
}

void DryRuns::ended(DryRun& run, const LedgerEvent& event, const RolloutRecord& record) {
  const TrialEnd end = end_of_trial(event);
  if (end.outcome == "absent" && run.phase == Phase::kOffline && !record.of(run.version).online.settled()) {
    run.phase = Phase::kOnline;
    run.state = DryRun::State::kToStart;
    return;
  }
  run.state = state_after(end);
  run.reason = end.reason;
}

void DryRuns::is_not_made(DryRun& run, const std::string& reason) {
  run.state = DryRun::State::kNotMade;
  run.reason = reason;
  announcements_.push_back(dry_run_not_made(run.version, run.phase, reason));
}

std::vector<rollout::Announce> DryRuns::take_announcements() {
  return std::exchange(announcements_, {});
}

bool DryRuns::over() const {
  return begun_ && std::none_of(all_.begin(), all_.end(), [](const DryRun& run) {
           return run.state == DryRun::State::kToStart || run.state == DryRun::State::kUnderWay;
         });
}

}  // namespace exo
