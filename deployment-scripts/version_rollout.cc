#include "deployment-scripts/version_rollout.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "deployment-scripts/announcements.h"
#include "deployment-scripts/rollout_events.h"
#include "deployment-scripts/script_message.h"

namespace exo {
namespace {

// The environment where trying again is the default: what is there is the developer's own.
constexpr char kLocalEnvironment[] = "local";

bool names(const LedgerEvent& event, const rollout::AttemptId& id) {
  return event.run == id.run && event.attempt == id.attempt;
}

std::optional<Phase> under_way(const RecordedVersion& record) {
  if (record.offline.outcome == PhaseOutcome::kUnderWay) return Phase::kOffline;
  if (record.online.outcome == PhaseOutcome::kUnderWay) return Phase::kOnline;
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

VersionRollout::VersionRollout(rollout::VersionToBringIn version, std::string environment)
    : version_(std::move(version)), environment_(std::move(environment)) {}

bool VersionRollout::script_pending(const RecordedVersion& record) const {
  return version_.script && !(record.offline.settled() && record.online.settled());
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
}

Attempt* VersionRollout::find_attempt(const rollout::AttemptId& id) {
  return attempt_ && attempt_->key().id == id ? &*attempt_ : nullptr;
}

void VersionRollout::follow_failed(const std::string& reason) {
  if (attempt_ && attempt_->waits_for_replay()) attempt_->fail(kStageFollow, reason);
}

void VersionRollout::follow_lost(const std::string& reason) {
  follow_.lost(reason);
  const bool follows = attempt_ && attempt_->key().phase == Phase::kOffline && !attempt_->key().is_dry_run();
  if (follows) attempt_->fail(kStageFollow, reason);
}

void VersionRollout::tick(MonotonicTime now) {
  if (attempt_) attempt_->tick(now);
}

void VersionRollout::stop() {
  if (attempt_) attempt_->interrupt("the host was stopped");
}

// --- what the ledger holds -------------------------------------------------------------------------------

std::vector<rollout::Announce> VersionRollout::applied(const LedgerEvent& event,
                                                       const RecordedVersion& record) {
  if (event.type == "version-introduced") {
    move(VersionCause::kIntroduced);
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
  } else if (attempt_ && names(event, attempt_->key().id)) {
    return attempt_recorded(event, record);
  } else if (event.type == "attempt-interrupted" || event.type == "attempt-failed") {
    const Phase phase = *parse_phase(event.phase);
    const Script* script = version_.script ? &*version_.script : nullptr;
    return {interruption_found(script, key(), phase, record.of(phase))};
  }
  return {};
}

rollout::Announce VersionRollout::attempt_began(const LedgerEvent& event, const RecordedVersion& record) {
  EXO_CHECK(!attempt_ && version_.script);
  const Phase phase = *parse_phase(event.phase);
  move(phase == Phase::kOffline ? VersionCause::kOfflineStarted : VersionCause::kOnlineStarted);
  attempt_.emplace(rollout::AttemptKey{.version = key(),
                                       .phase = phase,
                                       .generation = event.generation,
                                       .id = {.run = event.run, .attempt = event.attempt}},
                   *version_.script, record.of(phase).checkpoint);
  if (phase == Phase::kOffline) follow_.attempt_began();
  if (phase == Phase::kOffline && record.follow.active()) attempt_->follows();
  if (record.of(phase).is_paused()) attempt_->pause();  // its start was found in the ledger, and it was
  if (doom_) attempt_->fail("instance", instance_reason());
  return script_started(*attempt_);
}

rollout::Announce VersionRollout::dry_run_began(const LedgerEvent& event, const RecordedVersion& record) {
  EXO_CHECK(!attempt_ && version_.script);
  const Phase phase = *parse_phase(event.phase);
  attempt_.emplace(rollout::AttemptKey{.version = key(),
                                       .phase = phase,
                                       .generation = 0,
                                       .id = {.run = event.run, .attempt = event.attempt}},
                   *version_.script, record.of(phase).checkpoint);
  return dry_run_started(*attempt_);
}

// What was tried so far counts no more. An offline phase that is left to run now, or is there after all,
// brings the version in anew.
void VersionRollout::decision_recorded(const LedgerEvent& event, const RecordedVersion& record) {
  if (event.type == event_type::kCancelDecided) {
    if (attempt_ && names(event, attempt_->key().id))
      attempt_->fail(kStageCancelled, record.of(attempt_->key().phase).decision);
    return;
  }
  const Phase phase = *parse_phase(event.phase);
  if (is_about_pace(event.type)) return pace_recorded(phase, record);
  trial(phase) = {};
  const bool begins_again = phase == Phase::kOffline && !record.failed;
  if (begins_again && next_state(state_, VersionCause::kDecided)) move(VersionCause::kDecided);
}

void VersionRollout::pace_recorded(Phase phase, const RecordedVersion& record) {
  if (!attempt_ || attempt_->key().phase != phase) return;
  record.of(phase).is_paused() ? attempt_->pause() : attempt_->resume();
}

std::vector<rollout::Announce> VersionRollout::attempt_recorded(const LedgerEvent& event,
                                                                const RecordedVersion& record) {
  if (event.type == "checkpoint-saved") {
    attempt_->checkpoint_recorded(record.of(attempt_->key().phase).checkpoint_number);
    return {};
  }
  if (event.type == event_type::kAttemptExited) {
    attempt_->exit_recorded();
    return {};
  }
  attempt_->end_recorded();
  if (event.type == event_type::kDryRunEnded) return {dry_run_ended(*attempt_)};
  if (event.type == "attempt-done") return {script_done(*attempt_)};
  if (event.type == "attempt-interrupted") return {script_interrupted(*attempt_)};
  if (event.type != "attempt-failed") return {};
  const Phase phase = attempt_->key().phase;
  const unsigned failures = ++trial(phase).failures;
  const bool is_last = failures >= settings(phase).attempts || doom_ || record.of(phase).held_back;
  if (is_last) return {script_failed(*attempt_)};
  return {script_tries_again(*attempt_, failures, settings(phase).pause_after(failures))};
}

// --- what to do next -------------------------------------------------------------------------------------

NextMove VersionRollout::next(const RolloutView& view) {
  NextMove move;
  if (attempt_) drive_attempt(view, move);
  if (attempt_) return move;
  if (const auto phase = under_way(view.record)) {
    move.event = attempt_left_event(key(), *phase, view.record.of(*phase), view.exits);
    return move;
  }
  for (const Phase phase : {Phase::kOffline, Phase::kOnline}) {
    if (!view.record.of(phase).dry_run_open) continue;
    move.event = dry_run_interrupted_event(key(), phase, view.record.of(phase));
    return move;
  }
  if (view.stopping) return move;
  switch (state_) {
    case VersionState::kStaged:
      from_staged(view, move);
      break;
    case VersionState::kStarting:
    case VersionState::kPreparing:
    case VersionState::kShifting:
    case VersionState::kFinishing:
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

void VersionRollout::drive_attempt(const RolloutView& view, NextMove& into) {
  Attempt& attempt = *attempt_;
  const bool is_dry_run = attempt.key().is_dry_run();
  if (is_dry_run && attempt.checkpoint_waits()) {
    attempt.checkpoint_recorded(attempt.unsaved_number());  // it is only shown that there would be one
  }
  if (attempt.take_end()) into.actions.emplace_back(rollout::EndScript{attempt.key()});
  if (attempt.take_start(view.now)) {
    into.actions.emplace_back(rollout::StartScript{attempt.key(), attempt.script()});
  }
  if (attempt.take_start_message(view.now)) {
    into.actions.emplace_back(rollout::SendStart{attempt.key(), environment_, attempt.checkpoint()});
  }
  for (const std::string& id : attempt.take_acknowledgements()) {
    into.actions.emplace_back(rollout::AcknowledgeCheckpoint{attempt.key().id, id});
  }
  for (const std::string& id :
       is_dry_run ? follow_.take_asked() : follow_.take_acknowledgements(view.record.follow)) {
    into.actions.emplace_back(rollout::AcknowledgeFollow{attempt.key().id, id});
  }
  if (attempt.take_lock_notice()) into.actions.emplace_back(script_waits_for_lock(attempt));
  into.event = attempt_event(view.record);
  if (!into.event && attempt.over()) bury_attempt(view.now);
}

std::optional<LedgerEvent> VersionRollout::attempt_event(const RecordedVersion& record) const {
  if (attempt_->key().is_dry_run()) {
    return attempt_->end_waits() ? std::optional(dry_run_ended_event(*attempt_)) : std::nullopt;
  }
  if (attempt_->checkpoint_waits()) return checkpoint_saved_event(*attempt_);
  if (auto event = follow_event(record)) return event;
  if (attempt_->end_waits()) return attempt_ended_event(*attempt_);
  // A process is not started only to see that it has nothing to do: the offline attempt has shown it.
  const bool nothing_online =
      record.offline.outcome == PhaseOutcome::kDone && attempt_->key().phase == Phase::kOffline &&
      record.online.outcome == PhaseOutcome::kNothing && !attempt_->handles_phase(Phase::kOnline);
  if (nothing_online) return phase_absent_event(attempt_->script(), Phase::kOnline, record.online);
  if (attempt_->exit_waits()) return attempt_exited_event(*attempt_);
  return std::nullopt;
}

std::optional<LedgerEvent> VersionRollout::follow_event(const RecordedVersion& record) const {
  if (attempt_->key().phase != Phase::kOffline) return std::nullopt;
  return follow_.during(attempt_->key(), attempt_->waits_for_replay(), record.follow);
}

void VersionRollout::bury_attempt(MonotonicTime now) {
  const Phase phase = attempt_->key().phase;
  const bool is_dry_run = attempt_->key().is_dry_run();
  if (!is_dry_run && attempt_->verdict() == Attempt::Verdict::kFailed) {
    trial(phase).next_attempt_at = now + settings(phase).pause_after(trial(phase).failures);
  }
  attempt_.reset();
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
  if (!view.record.introduced) {
    into.event = version_introduced_event(version_);
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

void VersionRollout::keep_live(const RolloutView& view, NextMove& into) {
  if (doom_) return give_up(view.record, into);
  // Only where a person has decided so, since live leaves nothing to run.
  if (ready_ && left(Phase::kOnline, view.record) == PhaseLeft::kToRun) try_phase(Phase::kOnline, view, into);
}

// Closes the gate, then fails: the table holds the version as soon as there is a reason to.
void VersionRollout::give_up(const RecordedVersion& record, NextMove& into) const {
  const Doom doom = doom_ ? *doom_ : Doom{kStageOffline, offline_reason(record)};
  if (record.gate == GateState::kOpen) {
    into.event = gate_held_event(key(), doom.reason);
  } else if (record.follow.active()) {
    into.event = follow_abandoned_event(key(), record.offline, doom.reason);
  } else {
    into.event = version_failed_event(key(), doom.stage, doom.reason);
  }
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

std::string VersionRollout::offline_reason(const RecordedVersion& record) const {
  if (!version_.script) {
    return "its offline phase was begun and never done, and its script is not there any more";
  }
  return record.offline.reason.empty() ? "its offline phase did not succeed" : record.offline.reason;
}

// True while scripts of other versions come before this one's; people are told once.
bool VersionRollout::waits_for_others(Phase phase, const RolloutView& view, NextMove& into) {
  const std::string& reason = view.order.of(phase);
  if (std::exchange(waits_for_, reason) != reason && !reason.empty()) {
    into.actions.emplace_back(script_waits_for_others(key(), phase, reason));
  }
  return !reason.empty();
}

void VersionRollout::try_phase(Phase phase, const RolloutView& view, NextMove& into) {
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
  const std::string& stage = view.record.stage;
  const bool instances_back = stage == kStageReadiness && ready_;
  const bool waited = stage == kStageDependsOn || stage == kStageRequires;
  const bool dependency_back = waited && view.requirement.state == Requirement::State::kMet;
  if (!instances_back && !dependency_back) return;
  offline_ = {};
  online_ = {};
  move(instances_back ? VersionCause::kInstancesBack : VersionCause::kDependencyBack);
}

void VersionRollout::move(VersionCause cause) {
  const auto next = next_state(state_, cause);
  EXO_CHECK(next.has_value());
  state_ = *next;
}

VersionRollout::PhaseLeft VersionRollout::left(Phase phase, const RecordedVersion& record) const {
  const RecordedPhase& recorded = record.of(phase);
  if (recorded.settled()) return PhaseLeft::kNothing;
  if (!version_.script) {
    // Half of an offline phase is worse than none: without its script nobody can say that it is done.
    const bool begun = phase == Phase::kOffline && recorded.outcome != PhaseOutcome::kNothing;
    return begun ? PhaseLeft::kGivenUp : PhaseLeft::kNothing;
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
  return doom_.has_value() || left(Phase::kOffline, record) != PhaseLeft::kNothing;
}

}  // namespace exo
