#include "deployment-scripts/version_rollout.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "deployment-scripts/announcements.h"
#include "deployment-scripts/rollout_events.h"
#include "deployment-scripts/script_message.h"
#include "deployment-scripts/version_presence.h"

namespace exo {
namespace {

// The environment where trying again is the default: what is there is the developer's own.
constexpr char kLocalEnvironment[] = "local";

bool names(const LedgerEvent& event, const rollout::AttemptId& id) {
  return event.run == id.run && event.attempt == id.attempt;
}

std::optional<Phase> under_way(const RecordedVersion& record) {
  for (const Phase phase : kTriedPhases) {
    if (record.of(phase).outcome == PhaseOutcome::kUnderWay) return phase;
  }
  return std::nullopt;
}

// The end of a trial whose host died.
std::optional<LedgerEvent> trial_left(const VersionKey& key, const RecordedVersion& record) {
  for (const Phase phase : {Phase::kOffline, Phase::kOnline}) {
    if (record.of(phase).dry_run_open) return dry_run_interrupted_event(key, phase, record.of(phase));
  }
  if (record.verify.dry_run_open) return verify_interrupted_event(key, record.verify);
  return std::nullopt;
}

// What it has copied up to its checkpoint may be older than the record of what it follows from now on.
void follow_in(Attempt& attempt) {
  attempt.follows();
  if (!attempt.checkpoint()) return;
  attempt.fail(kStageFollow,
               "it went on from a checkpoint, and then asked to follow what was not followed when that was "
               "saved; the next attempt follows it from its start, and begins anew");
}

}  // namespace

VersionRollout::VersionRollout(rollout::VersionToBringIn version, std::string environment,
                               rollout::Purpose purpose)
    : version_(std::move(version)), environment_(std::move(environment)), purpose_(purpose) {}

bool VersionRollout::script_pending(const RecordedVersion& record) const {
  const bool is_settled = record.offline.settled() && record.online.settled() && !record.undo_open;
  return version_.script && !is_settled;
}

bool VersionRollout::runs_again(Phase phase, const RecordedVersion& record) const {
  return version_.script && state_ != VersionState::kFailed && left(phase, record) == PhaseLeft::kToRun;
}

bool VersionRollout::meets(rollout::Dependency::Until until) const {
  switch (until) {
    case rollout::Dependency::Until::kStarted:
      return started_;
    case rollout::Dependency::Until::kReady:
      return ready_;
    case rollout::Dependency::Until::kLive:
      return state_ == VersionState::kLive;
  }
  EXO_CHECK(false);
}

// --- facts ---------------------------------------------------------------------------------------------

void VersionRollout::instances_gone(const std::string& reason) {
  if (state_ == VersionState::kStaged || state_ == VersionState::kFailed) return;
  ready_ = false;
  doom_ = Doom{kStageReadiness, reason.empty() ? "no instance is ready" : reason};
  if (attempt_) attempt_->fail("instance", instance_reason());
  if (verification_) verification_->fail("instance", instance_reason());
}

Attempt* VersionRollout::find_attempt(const rollout::AttemptId& id) {
  if (verification_ && verification_->key().id == id) return &*verification_;
  return attempt_ && attempt_->key().id == id ? &*attempt_ : nullptr;
}

void VersionRollout::follow_failed(const rollout::FollowFailed& failure) {
  if (!attempt_ || !attempt_->waits_for_replay() || !follow_.is_replay(failure.replay)) return;
  attempt_->fail(kStageFollow, failure.reason);
}

void VersionRollout::follow_lost(const std::string& reason) {
  follow_.lost(reason);
  const bool follows = attempt_ && attempt_->key().phase == Phase::kOffline && !attempt_->key().is_trial();
  if (follows) attempt_->fail(kStageFollow, reason);
}

void VersionRollout::tick(MonotonicTime now) {
  if (attempt_) attempt_->tick(now);
  if (verification_) verification_->tick(now);
}

void VersionRollout::stop() {
  if (attempt_) attempt_->interrupt("the host was stopped");
  if (verification_) verification_->interrupt("the host was stopped");
}

// --- what the ledger holds -------------------------------------------------------------------------------

std::vector<rollout::Announce> VersionRollout::applied(const LedgerEvent& event,
                                                       const RecordedVersion& record) {
  if (event.type == "version-introduced") {
    move(VersionCause::kIntroduced);
    if (auto told = version_out_of_order(event)) return {std::move(*told)};
  } else if (event.type == "gate-opened") {
    move(VersionCause::kGateOpened);
    follow_.ended();
  } else if (event.type == "version-live") {
    move(VersionCause::kWentLive);
    return {version_live(version_, record, environment_)};
  } else if (event.type == event_type::kFollowStarted) {
    if (attempt_) follow_in(*attempt_);
    return {follow_started(key(), record.follow)};
  } else if (event.type == event_type::kFollowDone) {
    if (attempt_) attempt_->caught_up();
    return {follow_done(event)};
  } else if (event.type == event_type::kFollowAbandoned) {
    follow_.ended();
    return {follow_abandoned(event)};
  } else if (event.type == "version-failed") {
    move(VersionCause::kFailed);
    doom_.reset();
    return {version_held(version_, record, environment_)};
  } else if (event.type == "attempt-started") {
    return {attempt_began(event, record)};
  } else if (is_decision(event.type)) {
    decision_recorded(event, record);
  } else if (event.type == event_type::kDryRunStarted) {
    return {dry_run_began(event, record)};
  } else if (event.type == event_type::kVerifyStarted) {
    return {verification_began(event)};
  } else if (verification_ && names(event, verification_->key().id)) {
    return {verification_recorded(event)};
  } else if (attempt_ && names(event, attempt_->key().id)) {
    return attempt_recorded(event, record);
  } else if (event.type == "attempt-interrupted" || event.type == "attempt-failed") {
    const Phase phase = *parse_phase(event.phase);
    const Script* script = version_.script ? &*version_.script : nullptr;
    return {interruption_found(script, key(), phase, record.of(phase))};
  }
  return {};
}

// What was tried so far counts no more. An offline phase that is left to run now, or is there after all,
// brings the version in anew.
void VersionRollout::decision_recorded(const LedgerEvent& event, const RecordedVersion& record) {
  const bool is_cancel = event.type == event_type::kCancelDecided || cancels_trial(event);
  if (is_cancel) return cancel_recorded(event);
  const Phase phase = *parse_phase(event.phase);
  if (is_about_pace(event.type)) return pace_recorded(phase, record);
  trial(phase) = {};
  if (record.waits_undone()) forget_trials();
  // The ledger holds that it has failed until it is live again; it is on its way there by then. One that was
  // only tried has failed here alone, for what no decision is about.
  const bool stays_failed = state_ == VersionState::kFailed && (record.failed || doom_);
  const bool begins_again = (phase == Phase::kOffline || phase == Phase::kUndo) && !stays_failed;
  if (begins_again && next_state(state_, VersionCause::kDecided)) move(VersionCause::kDecided);
}

// What it names, which may be a dry run, or a verification that nothing waits for.
void VersionRollout::cancel_recorded(const LedgerEvent& event) {
  const std::string decision = cancellation_of(event);
  const bool ends_attempt = attempt_ && names(event, attempt_->key().id);
  if (ends_attempt) attempt_->fail(kStageCancelled, decision);
  // An attempt that waits for a verification waits for its end.
  const bool ends_verification = verification_ && (ends_attempt || names(event, verification_->key().id));
  if (ends_verification) verification_->fail(kStageCancelled, decision);
}

// What was tried before counts no more.
void VersionRollout::forget_trials() {
  offline_ = {};
  online_ = {};
  undo_ = {};
}

void VersionRollout::pace_recorded(Phase phase, const RecordedVersion& record) {
  if (!attempt_ || attempt_->key().is_trial() || attempt_->key().phase != phase) return;
  if (record.of(phase).is_paused() == attempt_->is_paused()) return;
  record.of(phase).is_paused() ? attempt_->pause() : attempt_->resume();
  if (phase == Phase::kOffline) follow_.attempt_paused_or_resumed();
}

// --- what to do next -------------------------------------------------------------------------------------

NextMove VersionRollout::next(const RolloutView& view) {
  NextMove move;
  if (verification_is_on()) drive_verification(view, move);
  if (attempt_ && !verification_is_on()) {
    NextMove of_attempt;
    drive_attempt(view, of_attempt);
    for (rollout::Action& action : of_attempt.actions) move.actions.push_back(std::move(action));
    move.event = std::move(of_attempt.event);
  }
  if (attempt_ || verification_ || move.event) return move;
  if (const auto phase = under_way(view.record)) {
    move.event = attempt_left_event(key(), *phase, view.record.of(*phase), view.exits);
    return move;
  }
  move.event = trial_left(key(), view.record);
  if (move.event || view.stopping) return move;
  switch (state_) {
    case VersionState::kStaged:
      from_staged(view, move);
      break;
    case VersionState::kStarting:
    case VersionState::kPreparing:
    case VersionState::kShifting:
    case VersionState::kFinishing:
    case VersionState::kUndoing:
      towards_live(view, move);
      break;
    case VersionState::kLive:
      keep_live(view, move);
      break;
    case VersionState::kFailed:
      begin_again(view);
      break;
    case VersionState::kMirroring:
    case VersionState::kDraining:
    case VersionState::kRetired:
    case VersionState::kWithdrawn:
      EXO_CHECK(false);
  }
  return move;
}

void VersionRollout::from_staged(const RolloutView& view, NextMove& into) {
  doom_.reset();  // what was hopeless when the ledger could not take it may have come since
  switch (view.requirement.state) {
    case Requirement::State::kWaiting:
      if (std::exchange(waits_for_, view.requirement.reason) != view.requirement.reason) {
        into.actions.emplace_back(version_waits(key(), waits_for_));
      }
      return;
    case Requirement::State::kHopeless:
      doom_ = Doom{view.requirement.stage, view.requirement.reason};
      return give_up(view.record, into);
    case Requirement::State::kMet:
      break;
  }
  waits_for_.clear();
  // One that is only tried may be mended afterwards, as nothing may that was brought in.
  if (!view.record.introduced && !is_only_tried(view.record)) {
    into.event = version_introduced_event(version_, view.out_of_order);
    return;
  }
  move(VersionCause::kIntroduced);
  towards_live(view, into);
}

// The one path to an open gate, for every way in.
void VersionRollout::towards_live(const RolloutView& view, NextMove& into) {
  if (!instances_started_) {
    instances_started_ = true;
    into.actions.emplace_back(rollout::StartInstances{key()});
  }
  if (is_only_tried(view.record)) {
    if (doom_) give_up(view.record, into);
    return;
  }
  if (view.record.undo_open) return take_back(view, into);
  const PhaseLeft offline = left(Phase::kOffline, view.record);
  const std::string* trouble = follow_.trouble(view.record.follow);
  if (!doom_ && trouble != nullptr) doom_ = Doom{kStageFollow, *trouble};
  if (doom_ || offline == PhaseLeft::kGivenUp) return give_up(view.record, into);
  if (must_hold(view.record) && view.record.gate == GateState::kOpen) {
    into.event = gate_held_event(key(), "its offline phase is pending");
    return;
  }
  if (!ready_) return;
  if (offline == PhaseLeft::kToRun) {
    try_phase(Phase::kOffline, view, into);
  } else if (view.record.gate != GateState::kOpen) {
    open_gate(view.record, into);
  } else if (view.table_in_effect < view.record.gate_position) {
    return;
  } else if (left(Phase::kOnline, view.record) == PhaseLeft::kToRun) {
    try_phase(Phase::kOnline, view, into);
  } else {
    arrive(view.record, into);
  }
}

// Its gate is closed, in the table and then in the ledger, before anything is taken back.
void VersionRollout::take_back(const RolloutView& view, NextMove& into) {
  if (doom_ || left(Phase::kUndo, view.record) == PhaseLeft::kGivenUp) return give_up(view.record, into);
  if (view.table_in_effect < view.record.undo_position) return;
  if (view.record.gate == GateState::kOpen) {
    into.event = gate_held_event(key(), "it is " + view.record.undo_decision);
  } else if (view.record.follow.active()) {
    into.event = follow_abandoned_event(key(), view.record.offline, "the version is undone");
  } else if (ready_) {
    try_phase(Phase::kUndo, view, into);
  }
}

void VersionRollout::keep_live(const RolloutView& view, NextMove& into) {
  if (doom_) return give_up(view.record, into);
  // Only where a person has decided so, since live leaves nothing to run.
  if (ready_ && left(Phase::kOnline, view.record) == PhaseLeft::kToRun) try_phase(Phase::kOnline, view, into);
}

// Closes the gate, then fails: the table holds the version as soon as there is a reason to.
void VersionRollout::give_up(const RecordedVersion& record, NextMove& into) {
  if (is_only_tried(record)) return fail_unrecorded(into);
  const Doom doom = doom_ ? *doom_ : why_given_up(record);
  if (record.gate == GateState::kOpen) {
    into.event = gate_held_event(key(), doom.reason);
  } else if (record.follow.active()) {
    into.event = follow_abandoned_event(key(), record.offline, doom.reason);
  } else {
    into.event = version_failed_event(key(), doom.stage, doom.reason);
  }
}

// The ledger holds nothing of a version that is only tried, so nothing of its failure: that is this host's to
// know, as `doom_`, until what was missing has come.
void VersionRollout::fail_unrecorded(NextMove& into) {
  EXO_CHECK(doom_.has_value());
  move(VersionCause::kFailed);
  into.actions.emplace_back(trial_held(key(), doom_->stage, doom_->reason));
}

// A gate that opens past what was recorded and not replayed loses it, so that is said first.
void VersionRollout::open_gate(const RecordedVersion& record, NextMove& into) const {
  into.event = record.follow.state == RecordedFollow::State::kUnderWay
                   ? follow_abandoned_event(key(), record.offline, "its offline phase was settled without it")
                   : gate_opened_event(key(), record);
}

std::string VersionRollout::instance_reason() const {
  return "the version has no ready instance: " + doom_->reason;
}

VersionRollout::Doom VersionRollout::why_given_up(const RecordedVersion& record) const {
  if (record.undo_open && !version_.script) {
    return {kStageUndo, why_undo_waits(key(), record, VersionPresence::kWithoutScript)};
  }
  if (record.undo_open) {
    return {kStageUndo,
            record.undo.reason.empty() ? "what it did could not be taken back" : record.undo.reason};
  }
  if (record.waits_undone()) return {kStageUndone, "it is " + record.undo_decision};
  return {kStageOffline, offline_reason(record)};
}

std::string VersionRollout::offline_reason(const RecordedVersion& record) const {
  if (!version_.script) {
    return "its offline phase was begun and never done, and its script is not there any more";
  }
  return record.offline.reason.empty() ? "its offline phase did not succeed" : record.offline.reason;
}

// True while scripts of other versions come before this one's; people are told once.
bool VersionRollout::waits_for_others(Phase phase, const RolloutView& view, NextMove& into) {
  const std::string reason = view.order.of(phase);
  if (std::exchange(waits_for_, reason) != reason && !reason.empty()) {
    into.actions.emplace_back(script_waits_for_others(key(), phase, reason));
  }
  return !reason.empty();
}

void VersionRollout::try_phase(Phase phase, const RolloutView& view, NextMove& into) {
  if (purpose_ == rollout::Purpose::kDryRun) return;
  if (!view.scripts_may_start || view.record.of(phase).is_paused()) return;
  if (waits_for_others(phase, view, into)) return;
  const auto not_before = trial(phase).next_attempt_at;
  if (not_before && view.now < *not_before) return;
  if (phase == Phase::kOffline) {
    into.event = follow_.before_attempt(*version_.script, view.record);
    if (into.event || !follow_.in_effect(view.record.follow)) return;
  }
  into.event = attempt_started_event(*version_.script, phase, view.record.of(phase));
}

void VersionRollout::arrive(const RecordedVersion& record, NextMove& into) {
  if (!record.live) {
    into.event = version_live_event(key(), record);
    return;
  }
  move(VersionCause::kCameBack);
  into.actions.emplace_back(version_live(version_, record, environment_));
}

void VersionRollout::begin_again(const RolloutView& view) {
  const std::string stage = doom_ ? doom_->stage : view.record.stage;
  const bool instances_back = stage == kStageReadiness && ready_;
  const bool waited = stage == kStageDependsOn || stage == kStageRequires;
  const bool dependency_back = waited && view.requirement.state == Requirement::State::kMet;
  if (!instances_back && !dependency_back) return;
  doom_.reset();
  forget_trials();
  move(instances_back ? VersionCause::kInstancesBack : VersionCause::kDependencyBack);
}

void VersionRollout::move(VersionCause cause) {
  const auto next = next_state(state_, cause);
  EXO_CHECK(next.has_value());
  state_ = *next;
}

VersionRollout::PhaseLeft VersionRollout::left(Phase phase, const RecordedVersion& record) const {
  const RecordedPhase& recorded = record.of(phase);
  if (phase == Phase::kUndo ? !record.undo_open : recorded.settled()) return PhaseLeft::kNothing;
  if (!version_.script) {
    // Half of an offline phase, or of an undo, is worse than none: without its script nobody can say that it
    // is done.
    // What an earlier generation did stands no more: it is to be done again, or was taken back.
    const bool begun = recorded.outcome != PhaseOutcome::kNothing || recorded.generation > 1;
    const bool is_needed = phase == Phase::kUndo || (phase == Phase::kOffline && begun);
    return is_needed ? PhaseLeft::kGivenUp : PhaseLeft::kNothing;
  }
  if (recorded.held_back || trial(phase).failures >= settings(phase).attempts) return PhaseLeft::kGivenUp;
  const bool asks = recorded.outcome == PhaseOutcome::kInterrupted && !recorded.checkpoint &&
                    !recorded.retry_decided && !retries_interrupted(phase);
  return asks ? PhaseLeft::kGivenUp : PhaseLeft::kToRun;
}

bool VersionRollout::retries_interrupted(Phase phase) const {
  const auto stated = settings(phase).on_interrupted;
  return stated ? *stated == OnInterrupted::kRetry : environment_ == kLocalEnvironment;
}

bool VersionRollout::must_hold(const RecordedVersion& record) const {
  return doom_.has_value() || record.undo_open || left(Phase::kOffline, record) != PhaseLeft::kNothing;
}

}  // namespace exo
