#include "deployment-scripts/fitting_verbs.h"

#include <algorithm>
#include <functional>

#include "base/check.h"
#include "deployment-scripts/phase_standing.h"
#include "deployment-scripts/undo_decision.h"

namespace exo {
namespace {

using Verb = DecisionVerb;

// Nothing was ever run here, nor is about to be.
bool never_began(const RecordedPhase& record) {
  const bool is_open = record.outcome == PhaseOutcome::kNothing || record.marked_done;
  return is_open && record.generation == 1 && record.attempt == 0;
}

bool is_trial(PhaseActivity activity) {
  return activity == PhaseActivity::kDryRun || activity == PhaseActivity::kVerification;
}

// What the table does not say: where a verb has no place at all.
bool has_a_place(Verb verb, Phase phase, const DecisionView& view) {
  switch (verb) {
    case Verb::kSkip:
      return phase == Phase::kOnline;
    case Verb::kRetry:
      return view.script != nullptr && view.presence == VersionPresence::kInApplication;
    case Verb::kRerun:
      return phase != Phase::kUndo && view.script != nullptr && may_rerun_in(view.environment) &&
             view.presence == VersionPresence::kInApplication && !is_busy(view);
    case Verb::kDryRun:
      return phase != Phase::kUndo && can_dry_run(phase, view) && view.is_ready && !is_busy(view);
    case Verb::kUndo:
      return phase != Phase::kUndo && can_be_undone(view);
    case Verb::kVerify:
      return false;  // it decides nothing, and is about no phase
    case Verb::kBaseline:
      return phase != Phase::kUndo && never_began(view.record.offline) && never_began(view.record.online) &&
             !has_a_record(phase, view);
    case Verb::kMarkDone:
      // What is taken back is behind a held gate, whoever has done it.
      if (phase == Phase::kUndo) return view.is_withheld && view.record.gate != GateState::kOpen;
      return !has_a_record(phase, view);
    case Verb::kCancel:
      return !is_trial(view.of(phase)) || view.trial.has_value();
    case Verb::kThrottle:
      return !has_done_its_part(phase, view);
    case Verb::kPause:
      return !view.record.of(phase).is_paused() && !has_done_its_part(phase, view);
    case Verb::kResume:
      return view.record.of(phase).is_paused();
  }
  EXO_CHECK(false);
}

// One that runs is the one that is meant, where both would do: who slows a script down has seen it run.
void prefer_what_runs(const Decision& decision, const DecisionView& view, std::vector<Phase>& found) {
  if (decision.verb != Verb::kPause && decision.verb != Verb::kThrottle) return;
  const auto runs = [&](Phase phase) { return view.of(phase) == PhaseActivity::kRunning; };
  if (std::any_of(found.begin(), found.end(), runs)) std::erase_if(found, std::not_fn(runs));
}

// What would be run next is what is to be tried, where both would do.
void prefer_what_is_next(const Decision& decision, const DecisionView& view, std::vector<Phase>& found) {
  if (decision.verb != Verb::kDryRun) return;
  const auto next =
      std::find_if(found.begin(), found.end(), [&](Phase phase) { return !view.record.of(phase).settled(); });
  if (next != found.end()) found = {*next};
}

}  // namespace

bool can_dry_run(Phase phase, const DecisionView& view) {
  return view.script != nullptr && view.script->settings.of(phase).can_dry_run;
}

bool has_a_record(Phase phase, const DecisionView& view) {
  return phase == Phase::kOffline && view.record.follow.active();
}

bool has_done_its_part(Phase phase, const DecisionView& view) {
  return phase == Phase::kOffline && (view.is_replaying || view.is_being_verified);
}

bool fits(Verb verb, Phase phase, const DecisionView& view) {
  return is_listed(verb, phase_standing(phase, view)) && has_a_place(verb, phase, view);
}

std::vector<Phase> fitting_phases(const Decision& decision, const DecisionView& view) {
  std::vector<Phase> found;
  for (const Phase phase : kTriedPhases) {
    if (decision.phase && *decision.phase != phase) continue;
    const bool is_off = decision.verb == Verb::kThrottle && !decision.rate;
    if (is_off && !view.record.of(phase).rate) continue;
    if (fits(decision.verb, phase, view)) found.push_back(phase);
  }
  if (!decision.phase) prefer_what_runs(decision, view, found);
  if (!decision.phase) prefer_what_is_next(decision, view, found);
  return found;
}

std::vector<DecisionVerb> fitting_verbs(Phase phase, const DecisionView& view) {
  std::vector<Verb> found;
  for (const Verb verb : kAllDecisionVerbs) {
    if (fits(verb, phase, view)) found.push_back(verb);
  }
  return found;
}

}  // namespace exo
