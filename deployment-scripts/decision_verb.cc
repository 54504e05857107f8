#include "deployment-scripts/decision_verb.h"

#include "base/check.h"
#include "deployment-scripts/rollout_events.h"

namespace exo {
namespace {
using Verb = DecisionVerb;
}  // namespace

std::string name_of(Phase phase) {
  if (phase == Phase::kUndo) return "undo";
  if (phase == Phase::kVerify) return "verification";
  return std::string(to_string(phase)) + " phase";
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

bool decides_nothing(Verb verb) {
  return verb == Verb::kDryRun || verb == Verb::kVerify;
}

bool concerns_the_script(DecisionVerb verb) {
  return verb != DecisionVerb::kCancel && verb != DecisionVerb::kSkip && verb != DecisionVerb::kPause &&
         verb != DecisionVerb::kResume && verb != DecisionVerb::kThrottle;
}

bool is_decision(std::string_view event_type) {
  if (event_type == event_type::kTrialCancelled) return true;
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
