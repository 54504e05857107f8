#include "deployment-scripts/undo_decision.h"

#include <algorithm>

#include "deployment-scripts/rollout_events.h"
#include "deployment-scripts/script_message.h"
#include "deployment-scripts/script_order.h"

namespace exo {
namespace {

std::string lacks_handler(const Script& script, Phase phase) {
  return script.name + " has no handler of " +
         script_message_name(script.brings_in, phase, ScriptWord::kStart);
}

Error does_not_fit(const Decision& decision, const std::string& why) {
  return Error{"does-not-fit", std::string(to_text(decision.verb)) + " does not fit " +
                                   to_text(decision.version) + ": " + why};
}

std::string why_not_verified(const VersionKey& version, const DecisionView& view) {
  if (const std::string why = why_it_cannot_run(version, view.presence); !why.empty()) return why;
  if (view.script == nullptr) return "its script is not in the application; put it back";
  if (!view.script->may_verify) return lacks_handler(*view.script, Phase::kVerify) + "; write one";
  if (is_busy(view)) return standing_of(view);
  return view.is_ready ? "" : "it has no ready instance that the script could talk to";
}

bool names(const std::vector<NamedVersion>& all, const VersionKey& version) {
  return std::any_of(all.begin(), all.end(),
                     [&](const NamedVersion& each) { return each.version == version; });
}

// Empty when it fits, but for --force.
std::string why_not_undone(const VersionKey& version, const DecisionView& view) {
  const RecordedVersion& record = view.record;
  if (is_busy(view) || record.undo_open || record.waits_undone()) return standing_of(view);
  if (!record.offline.did_something() && !record.online.did_something()) {
    return "nothing of its script was done here that could be taken back";
  }
  if (const std::string why = why_it_cannot_run(version, view.presence); !why.empty()) return why;
  if (view.script == nullptr) return "its script is not in the application; put it back";
  if (!view.script->may_undo) {
    return lacks_handler(*view.script, Phase::kUndo) + "; write one, or take back by hand what it did";
  }
  if (!view.needed_by.empty()) return view.needed_by + "; undo that one first";
  return "";
}

}  // namespace

bool can_be_undone(const DecisionView& view) {
  const RecordedVersion& record = view.record;
  const bool is_free = !is_busy(view) && !record.undo_open && !record.waits_undone();
  return is_free && (record.offline.did_something() || record.online.did_something()) &&
         view.presence == VersionPresence::kInApplication && view.script != nullptr &&
         view.script->may_undo && view.needed_by.empty();
}

Result<std::vector<LedgerEvent>> decide_undo(const Decision& decision, const DecisionView& view) {
  if (const std::string why = why_not_undone(decision.version, view); !why.empty())
    return does_not_fit(decision, why);
  if (view.serves_alone && !decision.is_forced) {
    return does_not_fit(decision, "no other version of " + decision.version.role +
                                      " serves, so that nobody would while this one is undone; when that is "
                                      "meant, say so with --force");
  }
  std::vector<LedgerEvent> events;
  for (const Phase phase : {Phase::kOffline, Phase::kOnline}) {
    const RecordedPhase& record = view.record.of(phase);
    if (record.outcome != PhaseOutcome::kUnderWay) continue;
    events.push_back(attempt_left_event(decision.version, phase, record, view.exits));
  }
  events.push_back(undo_decided_event(decision, view.record, *view.script));
  return events;
}

Result<std::vector<LedgerEvent>> decide_verification(const Decision& decision, const DecisionView& view) {
  if (const std::string why = why_not_verified(decision.version, view); !why.empty())
    return does_not_fit(decision, why);
  return std::vector<LedgerEvent>{verify_started_event(*view.script, view.record.verify, decision)};
}

bool serves_alone(const VersionKey& version, const RolloutRecord& record) {
  if (record.of(version).gate != GateState::kOpen) return false;
  return std::none_of(record.versions().begin(), record.versions().end(), [&](const auto& other) {
    return other.first.role == version.role && other.first != version &&
           other.second.gate == GateState::kOpen;
  });
}

std::string needed_by(const VersionKey& version, const std::vector<rollout::VersionToBringIn>& versions,
                      const RolloutRecord& record) {
  for (const rollout::VersionToBringIn& other : versions) {
    const RecordedVersion& known = record.of(other.key);
    const bool wants_version = names(other.required_versions, version);
    const bool wants_script = other.script && names(other.script->settings.required, version);
    const bool is_done =
        known.offline.outcome == PhaseOutcome::kDone || known.online.outcome == PhaseOutcome::kDone;
    // What it requires is looked at before it comes in, and not again.
    const bool is_coming_in = known.introduced && !known.live && !known.failed && !known.waits_undone();
    if (wants_version && known.live) return to_text(other.key) + ", which is live, requires it";
    if (wants_script && is_done)
      return "the script of " + to_text(other.key) + ", which is done, requires it";
    if ((wants_version || wants_script) && is_coming_in)
      return to_text(other.key) + ", which is being brought in, requires it";
  }
  return "";
}

}  // namespace exo
