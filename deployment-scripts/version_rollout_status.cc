// What others may know of a version: for people, for tables, for decisions.
#include <utility>

#include "deployment-scripts/rollout_events.h"
#include "deployment-scripts/version_rollout.h"

namespace exo {
namespace {

bool went_wrong(const RecordedPhase& phase) {
  return phase.outcome == PhaseOutcome::kFailed || phase.outcome == PhaseOutcome::kInterrupted;
}

// A phase that never ran before an undo is pending as it was: it is run when the others are run again.
std::optional<ScriptState> undone_state(const RecordedPhase& phase, const RecordedVersion& version) {
  if (!version.stays_undone() || phase.outcome != PhaseOutcome::kNothing || !phase.undone)
    return std::nullopt;
  if (phase.taken_back) return ScriptState::kUndone;
  return phase.was_absent ? std::optional(ScriptState::kNone) : std::nullopt;
}

// Until what it did is taken back, or is not; and until it is recorded that an earlier host's attempt was
// interrupted, before which nobody knows whether another is made by itself.
bool stays_as_recorded(Phase phase, const RecordedVersion& version) {
  const PhaseOutcome outcome = version.of(phase).outcome;
  if (outcome == PhaseOutcome::kUnderWay) return true;
  return version.undo_open && phase != Phase::kUndo && outcome != PhaseOutcome::kNothing;
}

// Of two bounds, each of which may be none.
std::optional<Rate> slower(const std::optional<Rate>& one, const std::optional<Rate>& other) {
  if (!one || !other) return one ? one : other;
  return slower_of(*one, *other);
}

}  // namespace

GateState VersionRollout::gate(const RecordedVersion& record) const {
  return must_hold(record) ? GateState::kHeld : record.gate;
}

bool VersionRollout::starting(const RecordedVersion& record) const {
  return !doom_ && !record.undo_open &&
         (state_ == VersionState::kStaged || state_ == VersionState::kStarting ||
          state_ == VersionState::kPreparing || state_ == VersionState::kShifting);
}

std::optional<rollout::WantedFollow> VersionRollout::wanted_follow(const RecordedVersion& record) const {
  const bool waits = attempt_ && attempt_->waits_for_replay();
  return follow_.wanted(key(), record.follow, waits ? std::optional(attempt_->key().id) : std::nullopt);
}

VersionStatus VersionRollout::status(const RecordedVersion& record) const {
  VersionStatus status;
  status.key = key();
  const bool is_undoing = record.undo_open && state_ != VersionState::kFailed;
  status.state = is_undoing ? VersionState::kUndoing : state_;
  status.gate = gate(record);
  status.starting = starting(record);
  status.flagged = state_ == VersionState::kLive && went_wrong(record.online);
  if (state_ == VersionState::kFailed) status.reason = doom_ ? doom_->reason : record.reason;
  if (state_ != VersionState::kFailed) status.reason = waits_for_;
  status.offline = phase_status(Phase::kOffline, record);
  status.online = phase_status(Phase::kOnline, record);
  if (record.undo_position > 0) status.undo = phase_status(Phase::kUndo, record);
  status.verify = recorded_phase_status(record.verify);
  if (verification_) {
    status.verify.state = ScriptState::kRunning;
    status.verify.reason.clear();
    status.verify.progress = verification_->progress();
  }
  return status;
}

std::optional<rollout::AttemptKey> VersionRollout::running() const {
  if (verification_is_on()) return verification_->key();
  return attempt_ ? std::optional(attempt_->key()) : std::nullopt;
}

PhaseStatus VersionRollout::phase_status(Phase phase, const RecordedVersion& record) const {
  PhaseStatus status = recorded_phase_status(record.of(phase));
  if (attempt_ && attempt_->key().phase == phase && record.of(phase).outcome == PhaseOutcome::kUnderWay) {
    status.state = ScriptState::kRunning;
    status.reason.clear();
    status.progress = attempt_->progress();
    status.heard_at = attempt_->heard_at();
    status.at_most = slower(status.at_most, attempt_->slowdown().at_most());
    status.slowed = attempt_->slowdown().because();
  } else if (const auto undone = undone_state(record.of(phase), record)) {
    status.state = *undone;
  } else if (!stays_as_recorded(phase, record) && left(phase, record) == PhaseLeft::kToRun) {
    status.state = ScriptState::kPending;
  }
  return status;
}

PhaseActivity VersionRollout::activity(Phase phase, const RecordedVersion& record) const {
  if (attempt_ && attempt_->key().is_trial()) return PhaseActivity::kDryRun;
  if (!attempt_ && verification_) return PhaseActivity::kVerification;
  if (attempt_ && attempt_->key().phase == phase) {
    return attempt_->verdict() == Attempt::Verdict::kNone ? PhaseActivity::kRunning : PhaseActivity::kEnding;
  }
  return waits_for_attempt(phase, record) ? PhaseActivity::kWaiting : PhaseActivity::kIdle;
}

// It was tried, and is tried again without anybody's word.
bool VersionRollout::waits_for_attempt(Phase phase, const RecordedVersion& record) const {
  return went_wrong(record.of(phase)) && left(phase, record) == PhaseLeft::kToRun && !settled();
}

DecisionView VersionRollout::decision_view(const RecordedVersion& record) const {
  return {.record = record,
          .script = version_.script ? &*version_.script : nullptr,
          .environment = environment_,
          .offline = activity(Phase::kOffline, record),
          .online = activity(Phase::kOnline, record),
          .undo = activity(Phase::kUndo, record),
          .is_replaying = attempt_ && attempt_->waits_for_replay(),
          .is_being_verified = attempt_ && attempt_->waits_for_verification(),
          .is_ready = ready_,
          .trial = trial_under_way(),
          .waiting = waiting_phases(record)};
}

std::vector<Phase> VersionRollout::waiting_phases(const RecordedVersion& record) const {
  std::vector<Phase> found;
  for (const Phase phase : kTriedPhases) {
    if (waits_for_attempt(phase, record)) found.push_back(phase);
  }
  return found;
}

// One that a person may end: whose fate is not decided, and for which no attempt waits.
std::optional<Phase> VersionRollout::trial_under_way() const {
  const bool is_dry_run = attempt_ && attempt_->key().is_trial();
  const std::optional<Attempt>& trial = is_dry_run ? attempt_ : verification_;
  if (!trial || (attempt_ && !is_dry_run) || trial->verdict() != Attempt::Verdict::kNone) return std::nullopt;
  return trial->key().phase;
}

bool VersionRollout::is_paused(const RecordedVersion& record) const {
  if (!ready_) return false;
  if (is_only_tried(record)) return true;
  for (const Phase phase : {Phase::kUndo, Phase::kOffline, Phase::kOnline}) {
    const bool is_under_way = record.of(phase).outcome == PhaseOutcome::kUnderWay;
    if (is_under_way || left(phase, record) == PhaseLeft::kToRun) return record.of(phase).is_paused();
  }
  return false;
}

std::optional<Rate> VersionRollout::at_most(const RecordedVersion& record) const {
  if (!attempt_ || verification_is_on()) return std::nullopt;
  const RecordedPhase& phase = record.of(attempt_->key().phase);
  // A pause is about attempts that count; a dry run is made in spite of it.
  if (attempt_->key().is_trial()) return slower(phase.rate, attempt_->slowdown().at_most());
  return phase.is_paused() ? Rate{} : slower(phase.rate, attempt_->slowdown().at_most());
}

std::optional<rollout::WantedSignal> VersionRollout::wanted_signal() const {
  if (!attempt_ || verification_is_on() || !attempt_->wants_signal()) return std::nullopt;
  return rollout::WantedSignal{.key = &attempt_->key(),
                               .script = &attempt_->script(),
                               .signal = &*attempt_->slowdown().settings()->when};
}

PhaseStatus recorded_phase_status(const RecordedPhase& record) {
  PhaseStatus status;
  status.run = record.run;
  status.attempt = record.attempt;
  status.reason = record.reason;
  status.log = record.log;
  status.decision = record.decision;
  status.paused = record.paused;
  if (record.rate && !record.settled()) {
    status.at_most = status.throttled_to = record.rate;
    status.throttled = record.throttled;
  }
  switch (record.outcome) {
    case PhaseOutcome::kNothing:
    case PhaseOutcome::kAbsent:
      status.state = ScriptState::kNone;
      break;
    case PhaseOutcome::kUnderWay:
      status.state = ScriptState::kInterrupted;
      status.reason = kHostEnded;
      break;
    case PhaseOutcome::kInterrupted:
      status.state = ScriptState::kInterrupted;
      break;
    case PhaseOutcome::kDone:
      status.state = ScriptState::kDone;
      break;
    case PhaseOutcome::kSkipped:
      status.state = ScriptState::kSkipped;
      break;
    case PhaseOutcome::kFailed:
      status.state = ScriptState::kFailed;
      break;
  }
  return status;
}

PhaseStatus recorded_phase_status(const RecordedVersion& version, Phase phase) {
  PhaseStatus status = recorded_phase_status(version.of(phase));
  if (const auto undone = undone_state(version.of(phase), version)) {
    status.state = *undone;
    return status;
  }
  const bool is_new = version.has_script && version.of(phase).outcome == PhaseOutcome::kNothing;
  if (is_new || (version.of(phase).retry_decided && !version.of(phase).settled())) {
    status.state = ScriptState::kPending;
  }
  return status;
}

std::optional<MonotonicTime> VersionRollout::wake_at(MonotonicTime now) const {
  std::optional<MonotonicTime> earliest;
  const auto consider = [&](const std::optional<MonotonicTime>& time) {
    if (time && *time > now && (!earliest || *time < *earliest)) earliest = time;
  };
  if (attempt_) consider(attempt_->deadline());
  if (verification_) consider(verification_->deadline());
  consider(offline_.next_attempt_at);
  consider(online_.next_attempt_at);
  consider(undo_.next_attempt_at);
  return earliest;
}

}  // namespace exo
