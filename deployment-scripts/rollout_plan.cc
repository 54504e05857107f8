#include "deployment-scripts/rollout_plan.h"

#include <algorithm>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/overloaded.h"
#include "base/text.h"
#include "deployment-scripts/decision.h"
#include "deployment-scripts/rollout.h"
#include "deployment-scripts/rollout_events.h"
#include "deployment-scripts/script_message.h"
#include "deployment-scripts/script_order.h"
#include "deployment-scripts/version_presence.h"

namespace exo {
namespace {

std::string detail_of(const LedgerEvent& event, const char* key) {
  const auto details = nlohmann::json::parse(event.details, nullptr, false);
  if (!details.is_object()) return "";
  const auto found = details.find(key);
  return found != details.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// "todo-search.add and todo-search.remove", of follow-started.
std::string commands_of(const LedgerEvent& event) {
  const auto details = nlohmann::json::parse(event.details, nullptr, false);
  std::vector<std::string> names;
  for (const auto& command :
       details.is_object() ? details.value("commands", nlohmann::json::array()) : details) {
    if (command.is_string()) names.push_back(command.get<std::string>());
  }
  return join_for_people(names);
}

// Why a phase is run that stands so.
std::string why_run(const RecordedPhase& record) {
  std::string why = "it never ran here";
  if (record.outcome == PhaseOutcome::kFailed) why = "attempt " + std::to_string(record.attempt) + " failed";
  if (record.outcome == PhaseOutcome::kInterrupted) {
    why = "attempt " + std::to_string(record.attempt) + " was interrupted";
  }
  if (!record.decision.empty()) why = record.decision;
  return record.checkpoint ? why + "; from its last checkpoint" : why;
}

std::string why_open(const RecordedVersion& record) {
  if (record.offline.marked_done) return "its offline phase is " + record.offline.decision;
  return record.offline.outcome == PhaseOutcome::kDone ? "its offline phase is done then"
                                                       : "it has no offline phase";
}

// The world around the core, and what the core does in it.
class Rehearsal {
 public:
  Rehearsal(const std::vector<LedgerEvent>& ledger, const rollout::Begin& begin, const MayHandle& may_handle)
      : may_handle_(may_handle) {
    for (const LedgerEvent& event : ledger) rollout_.apply(event);
    for (const rollout::VersionToBringIn& version : begin.versions) versions_.emplace(version.key, version);
    inputs_.emplace_back(begin);
  }

  std::vector<PlanStep> run() && {
    while (true) {
      if (inputs_.empty()) {
        // Only a pause is waited for: the one before a first attempt may be none, and none fails here.
        const auto wake_at = rollout_.wake_at();
        if (!wake_at) break;
        now_ = *wake_at;
        inputs_.emplace_back(rollout::Tick{});
      }
      const rollout::Input input = std::move(inputs_.front());
      inputs_.pop_front();
      const auto actions = rollout_.step(input, now_);
      if (!actions.empty()) inputs_.push_front(rollout::Tick{});
      for (const rollout::Action& action : actions) carry_out(action);
    }
    return std::move(steps_);
  }

 private:
  void carry_out(const rollout::Action& action) {
    std::visit(
        Overloaded{[&](const rollout::Append& append) { take(append.event); },
                   [&](const rollout::StartInstances& start) {
                     inputs_.emplace_back(rollout::InstanceStarted{start.version});
                     inputs_.emplace_back(rollout::InstanceReady{start.version});
                   },
                   [&](const rollout::StartScript& start) { registers(start); },
                   [&](const rollout::SendStart& start) {
                     inputs_.emplace_back(rollout::ScriptSaidDone{start.key.id});
                   },
                   [&](const rollout::EndScript& end) {
                     inputs_.emplace_back(rollout::ScriptExited{end.key.id, "exit code 0", {}, ""});
                   },
                   [&](const rollout::PublishTable&) {
                     inputs_.emplace_back(rollout::TableInEffect{rollout_.position()});
                     follow();
                   },
                   [&](const rollout::Announce& announcement) { note(announcement); },
                   [](const rollout::AcknowledgeCheckpoint&) {}, [](const rollout::AcknowledgeFollow&) {},
                   [](const rollout::Decided&) {}, [](const rollout::Ready&) {}},
        action);
  }

  void registers(const rollout::StartScript& start) {
    std::vector<std::string> handles;
    for (const Phase phase : {Phase::kOffline, Phase::kOnline, Phase::kUndo, Phase::kVerify}) {
      if (!has_handler(start, phase)) continue;
      handles.push_back(script_message_name(start.key.version, phase, ScriptWord::kStart));
    }
    inputs_.emplace_back(rollout::ScriptRegistered{start.key.id, std::move(handles)});
  }

  // That a script can look what it has done is told where it is known, not where it only may be so.
  bool has_handler(const rollout::StartScript& start, Phase phase) const {
    if (phase == Phase::kUndo) return start.script.may_undo;
    if (phase == start.key.phase && phase == Phase::kVerify) return true;
    if (phase == Phase::kVerify) return start.script.may_verify && start.script.kind == ScriptKind::kLoader;
    return may_handle_(start.script, phase);
  }

  // Nothing comes while it copies, so that there is nothing to replay.
  void follow() {
    for (const rollout::WantedFollow& follow : rollout_.follows()) {
      inputs_.emplace_back(rollout::FollowBegun{follow.run, follow.began_at});
      if (!follow.replays_for) continue;
      inputs_.emplace_back(rollout::FollowShort{follow.run, follow.replay});
      inputs_.emplace_back(rollout::FollowDone{follow.run, follow.replay, {}});
    }
  }

  void take(LedgerEvent event) {
    add_step(event);
    event.sequence = rollout_.position() + 1;
    rollout_.apply(event);
  }

  void add_step(const LedgerEvent& event) {
    const VersionKey key{event.role, event.version};
    const std::string name = to_text(key);
    const RecordedVersion& record = rollout_.record().of(key);
    const auto phase = parse_phase(event.phase);
    if (event.type == "phase-absent") {
      // Its script is started to see whether it has one; that is nothing to tell.
      const bool is_told = !steps_.empty() && steps_.back().kind == PlanStepKind::kRunPhase &&
                           steps_.back().version == key && steps_.back().phase == phase;
      if (is_told) steps_.pop_back();
    } else if (event.type == "version-introduced") {
      add(PlanStepKind::kIntroduce, key, phase, "introduce " + name,
          "it was never here" + required(key) + in_which_order(event));
    } else if (event.type == event_type::kFollowStarted) {
      add(PlanStepKind::kFollow, key, phase, "record what production sends of " + commands_of(event),
          "its script follows that");
    } else if (event.type == "attempt-started") {
      add(PlanStepKind::kRunPhase, key, phase,
          "run the " + name_of(*phase) + " of " + detail_of(event, "script"),
          (phase == Phase::kUndo ? why_undone(key, record) : why_run(record.of(*phase))) +
              others_before(key, *phase) + pace_of(key, *phase));
    } else if (event.type == event_type::kVerifyStarted) {
      add(PlanStepKind::kVerify, key, phase, "look whether what " + name + " needs is there",
          "its script can do that");
    } else if (event.type == "attempt-interrupted") {
      add(PlanStepKind::kInterrupt, key, phase,
          "record attempt " + std::to_string(event.attempt) + " at the " + event.phase + " phase of " + name +
              " as interrupted",
          "its host ended while it ran");
    } else if (event.type == event_type::kAttemptFailed) {
      add(PlanStepKind::kInterrupt, key, phase,
          "record attempt " + std::to_string(event.attempt) + " at the " + event.phase + " phase of " + name +
              " as failed",
          detail_of(event, "reason"));
    } else if (event.type == "gate-opened") {
      add(PlanStepKind::kOpenGate, key, phase, "open the gate of " + name, why_open(record));
    } else if (event.type == "gate-held") {
      add(PlanStepKind::kHold, key, phase, "hold " + name, detail_of(event, "reason"));
    } else if (event.type == "version-live") {
      add(PlanStepKind::kLive, key, phase, name + " is live", "");
    } else if (event.type == "version-failed") {
      add(PlanStepKind::kFail, key, phase, "leave " + name + " held", detail_of(event, "reason"));
    } else if (event.type == "script-skipped") {
      add(PlanStepKind::kSkipScript, key, phase, "skip the script of " + name,
          "the application has no such version");
    }
  }

  std::string why_undone(const VersionKey& key, const RecordedVersion& record) const {
    const auto& script = versions_.at(key).script;
    const bool differs = script && done_by_another(*script, record) != nullptr;
    return "it is " + record.undo_decision +
           (differs ? "; with another content of its script than the one that did it" : "");
  }

  // "; it requires accounts@2.0.0", of all that has come before it for that.
  std::string required(const VersionKey& key) const {
    std::vector<std::string> names;
    for (const RequiredVersion& each : required_by(versions_.at(key))) names.push_back(to_text(each.version));
    return names.empty() ? "" : "; it requires " + join_for_people(names);
  }

  // "; out of order: accounts@3.0.0 was introduced before it".
  static std::string in_which_order(const LedgerEvent& event) {
    const std::string reason = detail_of(event, "reason");
    return reason.empty() ? "" : "; " + reason;
  }

  // "; throttled to 500/s by its settings".
  std::string pace_of(const VersionKey& key, Phase phase) const {
    const auto& script = versions_.at(key).script;
    if (!script || !script->settings.of(phase).throttle) return "";
    return "; " + describe(*script->settings.of(phase).throttle);
  }

  // "; after that of accounts@2.0.0", of the scripts that are run before this one because it says so.
  std::string others_before(const VersionKey& key, Phase phase) const {
    std::vector<std::string> names;
    for (const VersionKey& other : runs_after(versions_.at(key))) {
      const bool is_run = std::any_of(steps_.begin(), steps_.end(), [&](const PlanStep& step) {
        return step.kind == PlanStepKind::kRunPhase && step.version == other && step.phase == phase;
      });
      if (is_run) names.push_back(to_text(other));
    }
    return names.empty() ? "" : "; after that of " + join_for_people(names);
  }

  // What the ledger needs no word for: a version that was live before serves again.
  void note(const rollout::Announce& announcement) {
    if (announcement.kind == rollout::AnnouncementKind::kPaused) return note_pause(announcement);
    if (announcement.kind == rollout::AnnouncementKind::kUndoWaits) return note_undo(announcement.version);
    const bool is_live = announcement.kind == rollout::AnnouncementKind::kLive ||
                         announcement.kind == rollout::AnnouncementKind::kLiveFlagged;
    if (!is_live) return;
    const bool is_told = !steps_.empty() && steps_.back().kind == PlanStepKind::kLive &&
                         steps_.back().version == announcement.version;
    if (is_told) return;
    add(PlanStepKind::kComesBack, announcement.version, std::nullopt,
        "start " + to_text(announcement.version), "it was live before");
  }

  void note_undo(const VersionKey& version) {
    add(PlanStepKind::kUndoWaits, version, Phase::kUndo, "leave the undo of " + to_text(version) + " waiting",
        why_undo_waits(version, rollout_.record().of(version), VersionPresence::kMissing));
  }

  void note_pause(const rollout::Announce& announcement) {
    const RecordedPhase& phase = rollout_.record().of(announcement.version).of(*announcement.phase);
    add(PlanStepKind::kPause, announcement.version, announcement.phase,
        "leave the " + std::string(to_string(*announcement.phase)) + " phase of " +
            to_text(announcement.version) + " paused",
        "paused " + phase.paused);
  }

  void add(PlanStepKind kind, const VersionKey& version, std::optional<Phase> phase, std::string what,
           std::string why) {
    steps_.push_back({kind, version, phase, std::move(what), std::move(why)});
  }

  const MayHandle& may_handle_;
  std::map<VersionKey, rollout::VersionToBringIn> versions_;
  Rollout rollout_;
  MonotonicTime now_;
  std::deque<rollout::Input> inputs_;
  std::vector<PlanStep> steps_;
};

}  // namespace

std::string_view to_text(PlanStepKind kind) {
  switch (kind) {
    case PlanStepKind::kIntroduce:
      return "introduce";
    case PlanStepKind::kHold:
      return "hold";
    case PlanStepKind::kFollow:
      return "follow";
    case PlanStepKind::kRunPhase:
      return "run-phase";
    case PlanStepKind::kVerify:
      return "verify";
    case PlanStepKind::kOpenGate:
      return "open-gate";
    case PlanStepKind::kLive:
      return "live";
    case PlanStepKind::kComesBack:
      return "comes-back";
    case PlanStepKind::kSkipScript:
      return "skip-script";
    case PlanStepKind::kFail:
      return "fail";
    case PlanStepKind::kPause:
      return "pause";
    case PlanStepKind::kInterrupt:
      return "interrupt";
    case PlanStepKind::kUndoWaits:
      return "undo-waits";
  }
  EXO_CHECK(false);
}

std::vector<PlanStep> plan_rollout(const std::vector<LedgerEvent>& ledger, const rollout::Begin& begin,
                                   const MayHandle& may_handle) {
  return Rehearsal(ledger, begin, may_handle).run();
}

}  // namespace exo
