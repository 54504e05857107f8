#include "deployment-scripts/decision.h"

#include <algorithm>

#include "base/check.h"
#include "deployment-scripts/decision_refusal.h"
#include "deployment-scripts/fitting_verbs.h"
#include "deployment-scripts/phase_standing.h"
#include "deployment-scripts/rollout_events.h"
#include "deployment-scripts/undo_decision.h"

namespace exo {
namespace {

using Verb = DecisionVerb;

// A rerun takes along what was tried behind the phase that was done: all of the script is run again.
bool goes_along(const Decision& decision, Phase phase, const DecisionView& view) {
  return decision.verb == Verb::kRerun && view.record.of(phase).outcome != PhaseOutcome::kNothing;
}

bool is_about_all_phases(Verb verb) {
  return verb == Verb::kRerun || verb == Verb::kBaseline;
}

Result<std::vector<Phase>> phases_of(const Decision& decision, const DecisionView& view) {
  std::vector<Phase> found = fitting_phases(decision, view);
  if (found.empty()) return does_not_fit(decision, view);
  if (is_about_all_phases(decision.verb)) {
    if (decision.phase) return found;
    for (const Phase phase : {Phase::kOffline, Phase::kOnline}) {
      const bool is_new = std::find(found.begin(), found.end(), phase) == found.end();
      if (is_new && goes_along(decision, phase, view)) found.push_back(phase);
    }
    return found;
  }
  if (found.size() == 1) return found;
  return Error{"usage", std::string(to_text(decision.verb)) + " fits both phases of " +
                            to_text(decision.version) +
                            ": say which, with --phase offline or --phase online"};
}

void add_events(const Decision& decision, Phase phase, const DecisionView& view,
                std::vector<LedgerEvent>& into) {
  const RecordedPhase& record = view.record.of(phase);
  if (record.outcome == PhaseOutcome::kUnderWay && view.of(phase) == PhaseActivity::kIdle) {
    into.push_back(attempt_left_event(decision.version, phase, record, view.exits));
  }
  if (decision.verb == Verb::kDryRun) {
    into.push_back(dry_run_started_event(decision, phase, record, *view.script));
    return;
  }
  into.push_back(decision_event(event_of(decision.verb), decision, phase, record, view.script));
}

// "the dry run of its offline phase", "a verification".
std::string name_of_trial(Phase phase) {
  return phase == Phase::kVerify ? "a verification" : "the dry run of its " + name_of(phase);
}

Result<std::vector<LedgerEvent>> cancel_trial(const Decision& decision, const DecisionView& view) {
  if (decision.phase && *decision.phase != *view.trial) {
    return Error{"does-not-fit", "cancel does not fit " + to_text(decision.version) +
                                     ": what is under way is " + name_of_trial(*view.trial) +
                                     "; to end that leave --phase out"};
  }
  return std::vector<LedgerEvent>{trial_cancelled_event(decision, *view.trial, view.record.of(*view.trial))};
}

// A phase that waits for its next attempt behind a trial is cancelled as it would be without that.
bool is_about_what_waits(const Decision& decision, const DecisionView& view) {
  if (!decision.phase || decision.phase == view.trial) return false;
  return std::find(view.waiting.begin(), view.waiting.end(), *decision.phase) != view.waiting.end();
}

void look_behind_the_trial(Phase phase, DecisionView& view) {
  PhaseActivity& activity = phase == Phase::kUndo      ? view.undo
                            : phase == Phase::kOffline ? view.offline
                                                       : view.online;
  activity = PhaseActivity::kWaiting;
}

}  // namespace

bool is_busy(const DecisionView& view) {
  return is_busy(view.offline) || is_busy(view.online) || is_busy(view.undo);
}

Result<std::vector<LedgerEvent>> decide(const Decision& decision, const DecisionView& view) {
  EXO_CHECK(!decision.who.empty());
  if (decision.reason.empty()) {
    return Error{"usage", std::string(to_text(decision.verb)) +
                              " is kept in the history with a reason: say why, with --reason"};
  }
  DecisionView now = view;
  if (decision.script) now.script = &*decision.script;
  if (decision.verb == Verb::kUndo) return decide_undo(decision, now);
  if (decision.verb == Verb::kVerify) return decide_verification(decision, now);
  if (decision.verb == Verb::kCancel && now.trial) {
    if (!is_about_what_waits(decision, now)) return cancel_trial(decision, now);
    look_behind_the_trial(*decision.phase, now);
  }
  const auto phases = phases_of(decision, now);
  if (!phases) return phases.error();
  std::vector<LedgerEvent> events;
  for (const Phase phase : phases.value()) add_events(decision, phase, now, events);
  return events;
}

}  // namespace exo
