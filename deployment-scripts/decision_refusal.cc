#include "deployment-scripts/decision_refusal.h"

#include <string>
#include <vector>

#include "base/text.h"
#include "deployment-scripts/fitting_verbs.h"
#include "deployment-scripts/phase_standing.h"

namespace exo {
namespace {

using Verb = DecisionVerb;

// "its offline phase has failed (retry or mark-done would fit)".
std::string state_of(Phase phase, const DecisionView& view) {
  std::string text = "its " + name_of(phase) + " " + std::string(words_of(phase_standing(phase, view)));
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
  return view.is_ready ? "" : "it has no ready instance that the script could talk to";
}

std::string why_no_word(const Decision& decision, const DecisionView& view) {
  if (decision.phase == Phase::kOnline || !has_a_record(Phase::kOffline, view)) return "";
  if (!is_listed(decision.verb, phase_standing(Phase::kOffline, view))) return "";
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
  if (wants_script && view.presence != VersionPresence::kInApplication) {
    return why_it_cannot_run(decision.version, view.presence);
  }
  if (wants_script && view.script == nullptr) return "its script is not in the application; put it back";
  return "";
}

}  // namespace

Error does_not_fit(const Decision& decision, const DecisionView& view) {
  std::string text =
      std::string(to_text(decision.verb)) + " does not fit " + to_text(decision.version) + ": ";
  if (const std::string why = why_out_of_place(decision, view); !why.empty()) {
    return Error{"does-not-fit", text + why};
  }
  if (decision.phase) return Error{"does-not-fit", text + state_of(*decision.phase, view)};
  return Error{"does-not-fit", text + standing_of(view)};
}

std::string standing_of(const DecisionView& view) {
  if (view.record.undo_open) return state_of(Phase::kUndo, view);
  return state_of(Phase::kOffline, view) + ", " + state_of(Phase::kOnline, view);
}

}  // namespace exo
