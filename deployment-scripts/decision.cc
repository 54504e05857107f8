#include "deployment-scripts/decision.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "deployment-scripts/rollout_events.h"
#include "deployment-scripts/script_message.h"
#include "deployment-scripts/undo_decision.h"

namespace exo {
namespace {

using Verb = DecisionVerb;

// How a phase stands, as far as decisions are concerned.
enum class Standing {
  kNone,  // there is nothing to run
  kAbsent,
  kPending,
  kRetryDecided,
  kRunning,
  kEnding,
  kDryRun,
  kVerification,
  kUndoing,  // what it did is being taken back
  kUndone,
  kWaiting,
  kFailed,
  kInterrupted,
  kDone,
  kSkipped,
};

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
      {Standing::kDryRun, "is not free while a dry run is made; look again when that has ended", {}},
      {Standing::kVerification, "is not free while it is verified; look again when that has ended", {}},
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

// Left to run, or running: its pace matters, whatever else fits.
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

Standing standing_of(Phase phase, const DecisionView& view) {
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

// Nothing was ever run here, nor is about to be.
bool never_began(const RecordedPhase& record) {
  const bool is_open = record.outcome == PhaseOutcome::kNothing || record.marked_done;
  return is_open && record.generation == 1 && record.attempt == 0;
}

bool can_dry_run(Phase phase, const DecisionView& view) {
  return view.script != nullptr && view.script->settings.of(phase).can_dry_run;
}

// What production has written since is recorded, and would never reach the version if its gate opened on a
// person's word. A version that has failed has no such record.
bool has_a_record(Phase phase, const DecisionView& view) {
  return phase == Phase::kOffline && view.record.follow.active();
}

// Its script has done its part: what is left is exo's, and the script sends nothing any more.
bool has_done_its_part(Phase phase, const DecisionView& view) {
  return phase == Phase::kOffline && (view.is_replaying || view.is_being_verified);
}

// What the table does not say: where a verb has no place at all.
bool has_a_place(Verb verb, Phase phase, const DecisionView& view) {
  switch (verb) {
    case Verb::kSkip:
      return phase == Phase::kOnline;
    case Verb::kRetry:
      return view.script != nullptr;
    case Verb::kRerun:
      return phase != Phase::kUndo && view.script != nullptr && may_rerun_in(view.environment) &&
             !is_busy(view);
    case Verb::kDryRun:
      return phase != Phase::kUndo && can_dry_run(phase, view) && view.is_ready && !is_busy(view) &&
             !view.record.of(phase).is_paused();
    case Verb::kUndo:
      return phase != Phase::kUndo && can_be_undone(view);
    case Verb::kVerify:
      return false;  // it decides nothing, and is about no phase
    case Verb::kBaseline:
      return phase != Phase::kUndo && never_began(view.record.offline) && never_began(view.record.online) &&
             !has_a_record(phase, view);
    case Verb::kMarkDone:
      // What is taken back is behind a held gate, whoever has done it.
      return !has_a_record(phase, view) && (phase != Phase::kUndo || view.record.gate != GateState::kOpen);
    case Verb::kCancel:
      return true;
    case Verb::kThrottle:
      return !has_done_its_part(phase, view);
    case Verb::kPause:
      return !view.record.of(phase).is_paused() && !has_done_its_part(phase, view);
    case Verb::kResume:
      return view.record.of(phase).is_paused();
  }
  EXO_CHECK(false);
}

bool is_listed(Verb verb, Phase phase, const DecisionView& view) {
  if (verb == Verb::kResume) return true;
  if (verb == Verb::kPause || verb == Verb::kThrottle) return is_left(standing_of(phase, view));
  const std::vector<Verb>& listed = row_of(standing_of(phase, view)).fits;
  return std::find(listed.begin(), listed.end(), verb) != listed.end();
}

bool fits(Verb verb, Phase phase, const DecisionView& view) {
  return is_listed(verb, phase, view) && has_a_place(verb, phase, view);
}

// "its offline phase has failed (retry or mark-done would fit)".
std::string state_of(Phase phase, const DecisionView& view) {
  std::string text = "its " + name_of(phase) + " " + std::string(row_of(standing_of(phase, view)).words);
  if (has_done_its_part(phase, view)) {
    text += " no more: its script is done, and what it ";
    text += view.is_replaying ? "follows is being replayed" : "did is being verified";
  }
  if (view.record.of(phase).is_paused()) text += ", and paused";
  std::vector<std::string> verbs;
  for (const Verb verb : fitting_verbs(phase, view)) verbs.emplace_back(to_text(verb));
  return text + (verbs.empty() ? " (no decision fits)" : " (what fits: " + join(verbs, ", ") + ")");
}

std::string why_no_dry_run(const Decision& decision, const DecisionView& view) {
  if (view.script == nullptr) return "its script is not in the application; put it back";
  const bool offline = decision.phase != Phase::kOnline && can_dry_run(Phase::kOffline, view);
  const bool online = decision.phase != Phase::kOffline && can_dry_run(Phase::kOnline, view);
  if (!offline && !online) {
    return view.script->name +
           " has not declared that it can; when it heeds dryRun of its start message and writes nothing "
           "then, "
           "write \"dry-run: true\" into " +
           view.script->settings_file;
  }
  if (!view.is_ready) return "it has no ready instance that the script could talk to";
  const bool is_paused = view.record.of(offline ? Phase::kOffline : Phase::kOnline).is_paused();
  return is_paused ? "it is paused, and no attempt starts before a resume" : "";
}

std::string why_no_word(const Decision& decision, const DecisionView& view) {
  if (decision.phase == Phase::kOnline || !has_a_record(Phase::kOffline, view)) return "";
  if (!is_listed(decision.verb, Phase::kOffline, view)) return "";
  return "its script follows " + join(view.record.follow.commands, ", ") +
         ", and what is recorded of that would never reach it; start exo and let the script go on, or cancel "
         "it while it runs or waits, after which nothing is followed any more";
}

// Of a phase that the decision may be about.
bool has_a_rate(const Decision& decision, const DecisionView& view) {
  const bool offline = decision.phase != Phase::kOnline && view.record.offline.rate.has_value();
  const bool online = decision.phase != Phase::kOffline && view.record.online.rate.has_value();
  return offline || online;
}

// Why a verb never fits here, whatever the state; empty where it may.
std::string why_out_of_place(const Decision& decision, const DecisionView& view) {
  if (decision.verb == Verb::kSkip && decision.phase == Phase::kOffline) {
    return "an offline phase cannot be skipped, since its gate opens on a success alone; when its effect is "
           "there, say so: " +
           command_for(Verb::kMarkDone, decision.version, Phase::kOffline, view.environment);
  }
  if (decision.verb == Verb::kRerun && !may_rerun_in(view.environment)) {
    return "what is done is run again in local and in tests only, and this is " + view.environment +
           "; give what is new a version of its own";
  }
  if (decision.verb == Verb::kDryRun) return why_no_dry_run(decision, view);
  const bool is_off = decision.verb == Verb::kThrottle && !decision.rate;
  if (is_off && !has_a_rate(decision, view)) {
    return "nobody has throttled it; what its settings say is changed there, or by another rate";
  }
  if (decision.verb == Verb::kMarkDone || decision.verb == Verb::kBaseline)
    return why_no_word(decision, view);
  const bool wants_script = decision.verb == Verb::kRetry || decision.verb == Verb::kRerun;
  if (wants_script && view.script == nullptr) return "its script is not in the application; put it back";
  return "";
}

Error does_not_fit(const Decision& decision, const DecisionView& view) {
  std::string text =
      std::string(to_text(decision.verb)) + " does not fit " + to_text(decision.version) + ": ";
  if (const std::string why = why_out_of_place(decision, view); !why.empty()) {
    return Error{"does-not-fit", text + why};
  }
  if (decision.phase) return Error{"does-not-fit", text + state_of(*decision.phase, view)};
  return Error{"does-not-fit", text + standing_of(view)};
}

// A rerun takes along what was tried behind the phase that was done: all of the script is run again.
bool goes_along(const Decision& decision, Phase phase, const DecisionView& view) {
  return decision.verb == Verb::kRerun && view.record.of(phase).outcome != PhaseOutcome::kNothing;
}

// One that runs is the one that is meant, where both would do: who slows a script down has seen it run.
void prefer_what_runs(const Decision& decision, const DecisionView& view, std::vector<Phase>& found) {
  if (decision.verb != Verb::kPause && decision.verb != Verb::kThrottle) return;
  const auto runs = [&](Phase phase) { return view.of(phase) == PhaseActivity::kRunning; };
  if (std::any_of(found.begin(), found.end(), runs)) std::erase_if(found, std::not_fn(runs));
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
  return found;
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

std::string_view event_of(Verb verb) {
  switch (verb) {
    case Verb::kRetry:
      return event_type::kRetryDecided;
    case Verb::kSkip:
      return event_type::kPhaseSkipped;
    case Verb::kCancel:
      return event_type::kCancelDecided;
    case Verb::kDryRun:
      return event_type::kDryRunStarted;
    case Verb::kRerun:
      return event_type::kRerunDecided;
    case Verb::kUndo:
      return event_type::kUndoDecided;
    case Verb::kVerify:
      return event_type::kVerifyStarted;
    case Verb::kMarkDone:
    case Verb::kBaseline:
      return event_type::kPhaseMarkedDone;
    case Verb::kPause:
      return event_type::kPauseDecided;
    case Verb::kResume:
      return event_type::kResumeDecided;
    case Verb::kThrottle:
      return event_type::kThrottleDecided;
  }
  EXO_CHECK(false);
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

// A trial is only tried: nobody must say why.
bool decides_nothing(Verb verb) {
  return verb == Verb::kDryRun || verb == Verb::kVerify;
}

}  // namespace

std::string name_of(Phase phase) {
  if (phase == Phase::kUndo) return "undo";
  if (phase == Phase::kVerify) return "verification";
  return std::string(to_string(phase)) + " phase";
}

std::string standing_of(const DecisionView& view) {
  if (view.record.undo_open) return state_of(Phase::kUndo, view);
  return state_of(Phase::kOffline, view) + ", " + state_of(Phase::kOnline, view);
}

bool is_busy(const DecisionView& view) {
  return is_busy(view.offline) || is_busy(view.online) || is_busy(view.undo);
}

std::string_view to_text(DecisionVerb verb) {
  switch (verb) {
    case Verb::kRetry:
      return "retry";
    case Verb::kSkip:
      return "skip";
    case Verb::kMarkDone:
      return "mark-done";
    case Verb::kCancel:
      return "cancel";
    case Verb::kRerun:
      return "rerun";
    case Verb::kBaseline:
      return "baseline";
    case Verb::kDryRun:
      return "dry-run";
    case Verb::kUndo:
      return "undo";
    case Verb::kVerify:
      return "verify";
    case Verb::kPause:
      return "pause";
    case Verb::kResume:
      return "resume";
    case Verb::kThrottle:
      return "throttle";
  }
  EXO_CHECK(false);
}

std::optional<DecisionVerb> parse_decision_verb(std::string_view text) {
  for (const Verb verb : kAllDecisionVerbs) {
    if (text == to_text(verb)) return verb;
  }
  return std::nullopt;
}

Result<std::vector<LedgerEvent>> decide(const Decision& decision, const DecisionView& view) {
  EXO_CHECK(!decision.who.empty());
  if (decision.reason.empty() && !decides_nothing(decision.verb)) {
    return Error{"usage", std::string(to_text(decision.verb)) + " decides something: say why, with --reason"};
  }
  DecisionView now = view;
  if (decision.script) now.script = &*decision.script;
  if (decision.verb == Verb::kUndo) return decide_undo(decision, now);
  if (decision.verb == Verb::kVerify) return decide_verification(decision, now);
  const auto phases = phases_of(decision, now);
  if (!phases) return phases.error();
  std::vector<LedgerEvent> events;
  for (const Phase phase : phases.value()) add_events(decision, phase, now, events);
  return events;
}

std::vector<DecisionVerb> fitting_verbs(Phase phase, const DecisionView& view) {
  std::vector<Verb> found;
  for (const Verb verb : kAllDecisionVerbs) {
    if (fits(verb, phase, view)) found.push_back(verb);
  }
  return found;
}

bool concerns_the_script(DecisionVerb verb) {
  return verb != DecisionVerb::kCancel && verb != DecisionVerb::kSkip && verb != DecisionVerb::kPause &&
         verb != DecisionVerb::kResume && verb != DecisionVerb::kThrottle;
}

bool is_decision(std::string_view event_type) {
  for (const Verb verb : kAllDecisionVerbs) {
    if (!decides_nothing(verb) && event_type == event_of(verb)) return true;
  }
  return false;
}

bool is_about_pace(std::string_view type) {
  return type == event_type::kPauseDecided || type == event_type::kResumeDecided ||
         type == event_type::kThrottleDecided;
}

bool may_rerun_in(std::string_view environment) {
  return environment == "local" || environment == "test";
}

std::string command_for(DecisionVerb verb, const VersionKey& version, std::optional<Phase> phase,
                        const std::string& environment) {
  std::string command = "exo ";
  if (verb != Verb::kBaseline) command += "script ";
  command += std::string(to_text(verb)) + " " + to_text(version);
  if (verb == Verb::kThrottle) command += " RATE";
  if (phase) command += " --phase " + std::string(to_string(*phase));
  command += " --reason TEXT";
  return environment == "local" ? command : command + " --environment " + environment;
}

}  // namespace exo
