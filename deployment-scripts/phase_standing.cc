#include "deployment-scripts/phase_standing.h"

#include <algorithm>

#include "base/check.h"

namespace exo {
namespace {

using Verb = DecisionVerb;

struct Row {
  Standing standing;
  std::string_view words;  // "the online phase …"
  std::vector<Verb> fits;
};

// The whole of what fits. What is not listed is refused.
const std::vector<Row>& rows() {
  static const std::vector<Row> kRows{
      {Standing::kNone, "has nothing to run", {}},
      {Standing::kAbsent, "is none that its script handles", {Verb::kRerun}},
      {Standing::kPending, "is pending", {Verb::kSkip, Verb::kMarkDone, Verb::kBaseline, Verb::kDryRun}},
      {Standing::kRetryDecided,
       "is to be tried again already",
       {Verb::kSkip, Verb::kMarkDone, Verb::kDryRun}},
      {Standing::kRunning, "is running", {Verb::kCancel}},
      {Standing::kEnding, "is just ending; look again in a moment", {}},
      {Standing::kDryRun,
       "is not free while a dry run is made; look again when that has ended",
       {Verb::kCancel}},
      {Standing::kVerification,
       "is not free while it is verified; look again when that has ended",
       {Verb::kCancel}},
      {Standing::kUndoing, "is being undone", {}},
      {Standing::kUndone, "is undone", {Verb::kRetry, Verb::kMarkDone, Verb::kDryRun}},
      {Standing::kWaiting,
       "waits for its next attempt",
       {Verb::kRetry, Verb::kSkip, Verb::kMarkDone, Verb::kCancel, Verb::kDryRun, Verb::kUndo}},
      {Standing::kFailed,
       "has failed",
       {Verb::kRetry, Verb::kSkip, Verb::kMarkDone, Verb::kDryRun, Verb::kUndo}},
      {Standing::kInterrupted,
       "was interrupted",
       {Verb::kRetry, Verb::kSkip, Verb::kMarkDone, Verb::kDryRun, Verb::kUndo}},
      {Standing::kDone, "is done", {Verb::kRerun, Verb::kDryRun, Verb::kUndo}},
      {Standing::kSkipped, "is skipped", {Verb::kRetry, Verb::kMarkDone, Verb::kDryRun}},
  };
  return kRows;
}

const Row& row_of(Standing standing) {
  const auto found =
      std::find_if(rows().begin(), rows().end(), [&](const Row& row) { return row.standing == standing; });
  EXO_CHECK(found != rows().end());
  return *found;
}

Standing recorded_standing(const RecordedPhase& record, const DecisionView& view) {
  switch (record.outcome) {
    case PhaseOutcome::kNothing:
      if (record.retry_decided) return Standing::kRetryDecided;
      return view.script == nullptr && !view.record.has_script ? Standing::kNone : Standing::kPending;
    case PhaseOutcome::kAbsent:
      return Standing::kAbsent;
    case PhaseOutcome::kDone:
      return Standing::kDone;
    case PhaseOutcome::kSkipped:
      return Standing::kSkipped;
    case PhaseOutcome::kFailed:
      return record.retry_decided ? Standing::kRetryDecided : Standing::kFailed;
    case PhaseOutcome::kUnderWay:
    case PhaseOutcome::kInterrupted:
      return record.retry_decided ? Standing::kRetryDecided : Standing::kInterrupted;
  }
  EXO_CHECK(false);
}

}  // namespace

Standing phase_standing(Phase phase, const DecisionView& view) {
  switch (view.of(phase)) {
    case PhaseActivity::kRunning:
      return Standing::kRunning;
    case PhaseActivity::kEnding:
      return Standing::kEnding;
    case PhaseActivity::kDryRun:
      return Standing::kDryRun;
    case PhaseActivity::kVerification:
      return Standing::kVerification;
    case PhaseActivity::kWaiting:
    case PhaseActivity::kIdle:
      break;
  }
  if (phase == Phase::kUndo && !view.record.undo_open) return Standing::kNone;
  if (phase != Phase::kUndo && view.record.undo_open) return Standing::kUndoing;
  const bool is_held_back =
      phase == Phase::kOffline && view.record.waits_undone() && !view.record.offline.retry_decided;
  if (is_held_back) return Standing::kUndone;
  if (view.of(phase) == PhaseActivity::kWaiting) return Standing::kWaiting;
  return recorded_standing(view.record.of(phase), view);
}

std::string_view words_of(Standing standing) {
  return row_of(standing).words;
}

bool is_listed(DecisionVerb verb, Standing standing) {
  if (verb == Verb::kResume) return true;
  if (verb == Verb::kPause || verb == Verb::kThrottle) return is_left(standing);
  const std::vector<Verb>& listed = row_of(standing).fits;
  return std::find(listed.begin(), listed.end(), verb) != listed.end();
}

bool is_left(Standing standing) {
  switch (standing) {
    case Standing::kPending:
    case Standing::kRetryDecided:
    case Standing::kRunning:
    case Standing::kWaiting:
    case Standing::kFailed:
    case Standing::kInterrupted:
      return true;
    case Standing::kNone:
    case Standing::kAbsent:
    case Standing::kEnding:
    case Standing::kDryRun:
    case Standing::kVerification:
    case Standing::kUndoing:
    case Standing::kUndone:
    case Standing::kDone:
    case Standing::kSkipped:
      return false;
  }
  EXO_CHECK(false);
}

bool is_busy(PhaseActivity activity) {
  switch (activity) {
    case PhaseActivity::kRunning:
    case PhaseActivity::kEnding:
    case PhaseActivity::kDryRun:
    case PhaseActivity::kVerification:
      return true;
    case PhaseActivity::kWaiting:
    case PhaseActivity::kIdle:
      return false;
  }
  EXO_CHECK(false);
}

}  // namespace exo
