// A version's attempts: how they begin, go on and end, each when the ledger holds it.
#include "base/check.h"
#include "deployment-scripts/announcements.h"
#include "deployment-scripts/rollout_events.h"
#include "deployment-scripts/version_rollout.h"

namespace exo {
namespace {

VersionCause cause_of(Phase phase) {
  switch (phase) {
    case Phase::kOffline:
      return VersionCause::kOfflineStarted;
    case Phase::kOnline:
      return VersionCause::kOnlineStarted;
    case Phase::kUndo:
      return VersionCause::kUndoStarted;
    case Phase::kVerify:
      break;
  }
  EXO_CHECK(false);
}

}  // namespace

rollout::Announce VersionRollout::attempt_began(const LedgerEvent& event, const RecordedVersion& record) {
  EXO_CHECK(!attempt_ && version_.script);
  const Phase phase = *parse_phase(event.phase);
  move(cause_of(phase));
  attempt_.emplace(rollout::AttemptKey{.version = key(),
                                       .phase = phase,
                                       .generation = event.generation,
                                       .id = {.run = event.run, .attempt = event.attempt}},
                   *version_.script, record.of(phase).checkpoint);
  if (phase == Phase::kOffline) follow_.attempt_began();
  if (phase == Phase::kOffline && record.follow.active()) attempt_->follows();
  if (record.of(phase).is_paused()) attempt_->pause();  // its start was found in the ledger, and it was
  if (doom_) attempt_->fail("instance", instance_reason());
  return phase == Phase::kUndo ? undo_started(*attempt_, record) : script_started(*attempt_);
}

rollout::Announce VersionRollout::verification_began(const LedgerEvent& event) {
  EXO_CHECK(!verification_ && version_.script);
  verification_.emplace(rollout::AttemptKey{.version = key(),
                                            .phase = Phase::kVerify,
                                            .generation = 0,
                                            .id = {.run = event.run, .attempt = event.attempt}},
                        attempt_ ? attempt_->script() : *version_.script, std::nullopt);
  if (doom_) verification_->fail("instance", instance_reason());
  return verification_started(*verification_);
}

rollout::Announce VersionRollout::verification_recorded(const LedgerEvent& event) {
  const std::string fault = fault_found(event);
  verification_->end_recorded();
  if (attempt_ && fault.empty()) attempt_->verified();
  if (attempt_ && !fault.empty()) attempt_->not_verified("its effect was looked for: " + fault);
  return verification_ended(*verification_, fault);
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
  if (event.type == event_type::kDryRunEnded) return dry_run_recorded(record);
  if (event.type == "attempt-done") {
    if (attempt_->key().phase == Phase::kUndo) forget_trials();
    return {script_done(*attempt_)};
  }
  const bool is_no_undo = event.type == event_type::kPhaseAbsent && attempt_->key().phase == Phase::kUndo;
  if (is_no_undo) return {nothing_undone(*attempt_)};
  if (event.type == "attempt-interrupted") return {script_interrupted(*attempt_)};
  if (event.type != "attempt-failed") return {};
  const Phase phase = attempt_->key().phase;
  const unsigned failures = ++trial(phase).failures;
  const bool is_last = failures >= settings(phase).attempts || doom_ || record.of(phase).held_back;
  if (is_last) return {script_failed(*attempt_)};
  return {script_tries_again(*attempt_, failures, settings(phase).pause_after(failures))};
}

std::vector<rollout::Announce> VersionRollout::dry_run_recorded(const RecordedVersion& record) const {
  std::vector<rollout::Announce> told{dry_run_ended(*attempt_)};
  const bool waits_for_offline = purpose_ == rollout::Purpose::kDryRun &&
                                 attempt_->key().phase == Phase::kOffline && !record.online.settled() &&
                                 attempt_->verdict() != Attempt::Verdict::kAbsent &&
                                 attempt_->handles_phase(Phase::kOnline);
  if (waits_for_offline) {
    told.push_back(dry_run_not_made(key(), Phase::kOnline, "its offline phase has not been run for real"));
  }
  return told;
}

// What any attempt asks for, whatever it is for.
void VersionRollout::drive(Attempt& attempt, const RolloutView& view, NextMove& into) const {
  if (attempt.key().is_trial() && attempt.checkpoint_waits()) {
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
  if (attempt.take_lock_notice()) into.actions.emplace_back(script_waits_for_lock(attempt));
  tell_of_load(attempt, into);
}

// One that began with a signal that cannot be told has said so.
void VersionRollout::tell_of_load(Attempt& attempt, NextMove& into) {
  const std::string trouble = attempt.take_load_trouble();
  switch (attempt.take_load_change()) {
    case Slowdown::Change::kBegan:
      into.actions.emplace_back(script_slowed(attempt));
      return;
    case Slowdown::Change::kEnded:
      into.actions.emplace_back(script_at_full_rate(attempt));
      return;
    case Slowdown::Change::kNone:
      if (!trouble.empty()) into.actions.emplace_back(script_signal_unknown(attempt, trouble));
      return;
  }
}

void VersionRollout::drive_attempt(const RolloutView& view, NextMove& into) {
  Attempt& attempt = *attempt_;
  drive(attempt, view, into);
  for (const std::string& id :
       attempt.key().is_trial() ? follow_.take_asked() : follow_.take_acknowledgements(view.record.follow)) {
    into.actions.emplace_back(rollout::AcknowledgeFollow{attempt.key().id, id});
  }
  into.event = attempt_event(view.record);
  if (!into.event && attempt.over()) bury_attempt(view.now);
}

void VersionRollout::drive_verification(const RolloutView& view, NextMove& into) {
  drive(*verification_, view, into);
  if (verification_->end_waits()) into.event = verify_ended_event(*verification_);
  if (!into.event && verification_->over()) verification_.reset();
}

std::optional<LedgerEvent> VersionRollout::attempt_event(const RecordedVersion& record) const {
  if (attempt_->key().is_trial()) {
    return attempt_->end_waits() ? std::optional(dry_run_ended_event(*attempt_)) : std::nullopt;
  }
  if (attempt_->checkpoint_waits()) return checkpoint_saved_event(*attempt_);
  if (auto event = follow_event(record)) return event;
  if (attempt_->can_be_verified() && !verification_) {
    return verify_started_event(attempt_->script(), record.verify, attempt_->key().id);
  }
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
  const bool is_trial = attempt_->key().is_trial();
  if (!is_trial && attempt_->verdict() == Attempt::Verdict::kFailed) {
    trial(phase).next_attempt_at = now + settings(phase).pause_after(trial(phase).failures);
  }
  attempt_.reset();
}

}  // namespace exo
