#include "deployment-scripts/rollout_events.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "deployment-scripts/limits.h"
#include "deployment-scripts/script_message.h"
#include "deployment-scripts/shortened.h"

namespace exo {
namespace {

using Json = nlohmann::json;

LedgerEvent make_event(const char* type, const VersionKey& version, const Json& details) {
  LedgerEvent event;
  event.type = type;
  event.role = version.role;
  event.version = version.version;
  event.details = details.dump(-1, ' ', false, Json::error_handler_t::replace);
  return event;
}

LedgerEvent make_phase_event(const char* type, const rollout::AttemptKey& key, const Json& details) {
  LedgerEvent event = make_event(type, key.version, details);
  event.phase = to_string(key.phase);
  event.generation = key.generation;
  event.run = key.id.run;
  event.attempt = key.id.attempt;
  return event;
}

Json describe_script(const Script& script) {
  return Json{{"script", script.name}, {"digest", script.digest}, {"algorithm", script.digest_algorithm}};
}

rollout::AttemptKey trial_key(const VersionKey& version, Phase phase, std::uint64_t number) {
  return {.version = version,
          .phase = phase,
          .generation = 0,
          .id = {.run = run_id(version, phase, 0), .attempt = number}};
}

void add_own_words(const rollout::ScriptSaidFailed& failed, Json& details) {
  if (failed.retry == rollout::ScriptSaidFailed::Retry::kNever) details["retry"] = false;
  if (failed.checkpoint == rollout::ScriptSaidFailed::Checkpoint::kVoid) details["voidsCheckpoint"] = true;
}

void add_use(const rollout::ProcessUse& use, Json& details) {
  if (use == rollout::ProcessUse{}) return;
  details["durationMs"] = use.duration_ms;
  details["peakMemoryKib"] = use.peak_memory_kib;
  details["userMs"] = use.user_ms;
  details["systemMs"] = use.system_ms;
}

// How the process ended and what it said last. The lines of a script's output are data: how many there are,
// and how long, is up to the script.
void add_exit(const rollout::ScriptExited& exit, Json& details) {
  if (!exit.status.empty()) details["status"] = exit.status;
  add_use(exit.use, details);
  if (!exit.log.empty()) details["log"] = exit.log;
  if (exit.last_lines.empty()) return;
  const std::size_t kept = std::min(exit.last_lines.size(), kMaxLastLines);
  Json lines = Json::array();
  for (std::size_t i = exit.last_lines.size() - kept; i < exit.last_lines.size(); ++i) {
    lines.push_back(shortened(exit.last_lines[i], kMaxLineBytes));
  }
  details["lines"] = std::move(lines);
  if (kept < exit.last_lines.size()) details["linesLeftOut"] = exit.last_lines.size() - kept;
}

// Why it took so long; one word for all the times, however many they were.
void add_slowdown(const Slowdown& slowdown, Json& details) {
  if (slowdown.times() == 0) return;
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(slowdown.total()).count();
  details["slowed"] = Json{{"times", slowdown.times()},
                           {"ms", ms},
                           {"because", shortened(slowdown.last_cause(), kMaxReasonBytes)}};
}

// "done", "failed", "absent" or "interrupted", and all that an attempt's end says.
LedgerEvent trial_ended_event(const char* type, const Attempt& attempt) {
  const LedgerEvent ended = attempt_ended_event(attempt);
  Json details = Json::parse(ended.details);
  details["outcome"] = ended.type.substr(ended.type.find('-') + 1);  // "attempt-done", "phase-absent"
  add_exit(attempt.last_words(), details);
  return make_phase_event(type, attempt.key(), details);
}

}  // namespace

LedgerEvent version_introduced_event(const rollout::VersionToBringIn& version,
                                     const std::string& out_of_order) {
  Json details = Json::object();
  if (version.script) details = describe_script(*version.script);
  if (!version.required_versions.empty())
    details["requires"] = names_of(version.required_versions, version.key.role);
  if (!version.sources.empty()) details["sources"] = version.sources;
  if (!out_of_order.empty()) details["reason"] = out_of_order;
  if (!version.artifact.empty()) details["artifact"] = "sha256:" + version.artifact;
  return make_event("version-introduced", version.key, details);
}

LedgerEvent version_live_event(const VersionKey& version, const RecordedVersion& record) {
  Json details = Json::object();
  const PhaseOutcome online = record.online.outcome;
  if (online == PhaseOutcome::kFailed || online == PhaseOutcome::kInterrupted) details["flagged"] = true;
  return make_event("version-live", version, details);
}

LedgerEvent version_failed_event(const VersionKey& version, const std::string& stage,
                                 const std::string& reason) {
  return make_event("version-failed", version,
                    Json{{"stage", stage}, {"reason", shortened(reason, kMaxReasonBytes)}});
}

// Says on the strength of what the gate opens.
LedgerEvent gate_opened_event(const VersionKey& version, const RecordedVersion& record) {
  Json details{{"because", "no offline phase"}};
  if (record.offline.marked_done) {
    details = Json{{"because", "offline phase " + record.offline.decision}};
  } else if (record.offline.outcome == PhaseOutcome::kDone) {
    details = Json{{"because", "offline phase done"},
                   {"run", record.offline.run},
                   {"attempt", record.offline.attempt},
                   {"digest", record.offline.digest}};
  }
  return make_event("gate-opened", version, details);
}

LedgerEvent gate_held_event(const VersionKey& version, const std::string& reason) {
  return make_event("gate-held", version, Json{{"reason", shortened(reason, kMaxReasonBytes)}});
}

LedgerEvent script_skipped_event(const Script& script) {
  Json details = describe_script(script);
  details["reason"] = "version not introduced";
  return make_event("script-skipped", script.brings_in, details);
}

LedgerEvent attempt_started_event(const Script& script, Phase phase, const RecordedPhase& record) {
  Json details = describe_script(script);
  if (record.outcome == PhaseOutcome::kInterrupted) details["after"] = "interrupted";
  if (record.outcome == PhaseOutcome::kFailed) details["after"] = "failed";
  if (record.checkpoint) details["resumes"] = true;
  const rollout::AttemptKey key{
      .version = script.brings_in,
      .phase = phase,
      .generation = record.generation,
      .id = {.run = run_id(script.brings_in, phase, record.generation), .attempt = record.attempt + 1}};
  return make_phase_event("attempt-started", key, details);
}

LedgerEvent checkpoint_saved_event(const Attempt& attempt) {
  Json value = Json::parse(attempt.unsaved_checkpoint(), nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) value = attempt.unsaved_checkpoint();
  return make_phase_event("checkpoint-saved", attempt.key(),
                          Json{{"number", attempt.unsaved_number()}, {"value", std::move(value)}});
}

LedgerEvent attempt_ended_event(const Attempt& attempt) {
  Json details = Json::object();
  add_slowdown(attempt.slowdown(), details);
  switch (attempt.verdict()) {
    case Attempt::Verdict::kDone:
      if (attempt.handled_errors() > 0) details["handledErrors"] = attempt.handled_errors();
      return make_phase_event("attempt-done", attempt.key(), details);
    case Attempt::Verdict::kAbsent:
      details["digest"] = attempt.script().digest;
      return make_phase_event("phase-absent", attempt.key(), details);
    case Attempt::Verdict::kFailed:
    case Attempt::Verdict::kInterrupted:
      details["stage"] = attempt.stage();
      details["reason"] = shortened(attempt.reason(), kMaxReasonBytes);
      if (attempt.own_words() != nullptr) add_own_words(*attempt.own_words(), details);
      add_exit(attempt.last_words(), details);
      return make_phase_event(
          attempt.verdict() == Attempt::Verdict::kFailed ? "attempt-failed" : "attempt-interrupted",
          attempt.key(), details);
    case Attempt::Verdict::kNone:
      break;
  }
  EXO_CHECK(false);
}

LedgerEvent attempt_exited_event(const Attempt& attempt) {
  Json details = Json::object();
  add_exit(attempt.last_words(), details);
  return make_phase_event("attempt-exited", attempt.key(), details);
}

LedgerEvent attempt_left_event(const VersionKey& version, Phase phase, const RecordedPhase& record,
                               const std::vector<rollout::SeenExit>& exits) {
  const rollout::AttemptKey key{.version = version,
                                .phase = phase,
                                .generation = record.generation,
                                .id = {.run = record.run, .attempt = record.attempt}};
  const auto seen = std::find_if(exits.begin(), exits.end(),
                                 [&key](const rollout::SeenExit& each) { return each.exit.id == key.id; });
  if (seen == exits.end())
    return make_phase_event("attempt-interrupted", key, Json{{"stage", "host"}, {"reason", kHostEnded}});
  const bool failed = seen->effect == rollout::SeenExit::Effect::kFailed;
  Json details{
      {"stage", failed ? "exit" : "host"},
      {"reason", failed ? "it ended (" + seen->exit.status + ") before its host heard that it was done"
                        : kHostEnded + (" (its process: " + seen->exit.status + ")")}};
  add_exit(seen->exit, details);
  return make_phase_event(failed ? "attempt-failed" : "attempt-interrupted", key, details);
}

LedgerEvent phase_absent_event(const Script& script, Phase phase, const RecordedPhase& record) {
  const rollout::AttemptKey key{
      .version = script.brings_in, .phase = phase, .generation = record.generation, .id = {}};
  return make_phase_event("phase-absent", key, Json{{"digest", script.digest}});
}

LedgerEvent decision_event(std::string_view type, const Decision& decision, Phase phase,
                           const RecordedPhase& record, const Script* script) {
  Json details = Json::object();
  if (type == event_type::kPhaseMarkedDone && script != nullptr) details = describe_script(*script);
  if (decision.verb == DecisionVerb::kBaseline) details["baseline"] = true;
  details["reason"] = shortened(decision.reason, kMaxReasonBytes);
  if (type == event_type::kThrottleDecided)
    details["rate"] = decision.rate ? to_string(*decision.rate) : "off";
  const bool is_new = type == event_type::kRerunDecided;
  rollout::AttemptKey key{.version = decision.version,
                          .phase = phase,
                          .generation = record.generation + (is_new ? 1 : 0),
                          .id = {}};
  if (!is_new) key.id = {.run = record.run, .attempt = record.attempt};
  LedgerEvent event = make_phase_event(std::string(type).c_str(), key, details);
  event.who = decision.who;
  return event;
}

LedgerEvent dry_run_started_event(const Decision& decision, Phase phase, const RecordedPhase& record,
                                  const Script& script) {
  Json details = describe_script(script);
  details["reason"] = shortened(decision.reason, kMaxReasonBytes);
  const rollout::AttemptKey key = trial_key(decision.version, phase, record.dry_runs + 1);
  LedgerEvent event = make_phase_event("dry-run-started", key, details);
  event.who = decision.who;
  return event;
}

LedgerEvent trial_cancelled_event(const Decision& decision, Phase phase, const RecordedPhase& record) {
  LedgerEvent event = make_phase_event("trial-cancelled", trial_key(decision.version, phase, record.dry_runs),
                                       Json{{"reason", shortened(decision.reason, kMaxReasonBytes)}});
  event.who = decision.who;
  return event;
}

LedgerEvent dry_run_ended_event(const Attempt& attempt) {
  return trial_ended_event("dry-run-ended", attempt);
}

LedgerEvent dry_run_interrupted_event(const VersionKey& version, Phase phase, const RecordedPhase& record) {
  return make_phase_event("dry-run-ended", trial_key(version, phase, record.dry_runs),
                          Json{{"outcome", "interrupted"}, {"reason", kHostEnded}});
}

const RecordedPhase* done_by_another(const Script& script, const RecordedVersion& record) {
  for (const RecordedPhase* phase : {&record.offline, &record.online}) {
    const bool names_one = !phase->digest.empty() && phase->outcome != PhaseOutcome::kAbsent;
    if (names_one && phase->digest != script.digest) return phase;
  }
  return nullptr;
}

LedgerEvent undo_decided_event(const Decision& decision, const RecordedVersion& record,
                               const Script& script) {
  Json details = describe_script(script);
  details["reason"] = shortened(decision.reason, kMaxReasonBytes);
  if (decision.is_forced) details["force"] = true;
  if (done_by_another(script, record) != nullptr) details["differs"] = true;
  const rollout::AttemptKey key{
      .version = decision.version, .phase = Phase::kUndo, .generation = record.undo.generation + 1, .id = {}};
  LedgerEvent event = make_phase_event("undo-decided", key, details);
  event.who = decision.who;
  return event;
}

LedgerEvent verify_started_event(const Script& script, const RecordedPhase& record,
                                 const rollout::AttemptId& for_attempt) {
  Json details = describe_script(script);
  details["verifies"] = for_attempt.run + "/" + std::to_string(for_attempt.attempt);
  return make_phase_event("verify-started", trial_key(script.brings_in, Phase::kVerify, record.dry_runs + 1),
                          details);
}

LedgerEvent verify_started_event(const Script& script, const RecordedPhase& record,
                                 const Decision& decision) {
  Json details = describe_script(script);
  details["reason"] = shortened(decision.reason, kMaxReasonBytes);
  LedgerEvent event = make_phase_event(
      "verify-started", trial_key(script.brings_in, Phase::kVerify, record.dry_runs + 1), details);
  event.who = decision.who;
  return event;
}

LedgerEvent verify_ended_event(const Attempt& verification) {
  return trial_ended_event("verify-ended", verification);
}

LedgerEvent verify_interrupted_event(const VersionKey& version, const RecordedPhase& record) {
  return make_phase_event("verify-ended", trial_key(version, Phase::kVerify, record.dry_runs),
                          Json{{"outcome", "interrupted"}, {"reason", kHostEnded}});
}

TrialEnd end_of_trial(const LedgerEvent& ended) {
  const Json details = Json::parse(ended.details, nullptr, /*allow_exceptions=*/false);
  if (!details.is_object()) return {};
  return {.outcome = details.value("outcome", std::string()),
          .stage = details.value("stage", std::string()),
          .reason = details.value("reason", std::string())};
}

std::string fault_found(const LedgerEvent& verify_ended) {
  const TrialEnd end = end_of_trial(verify_ended);
  if (end.outcome.empty()) return "nothing is known of its end";
  if (end.outcome == "done") return "";
  if (end.outcome == "absent") return "its script handles no verification, though it did before";
  return end.reason.empty() ? "it gave no reason" : end.reason;
}

std::string run_id(const VersionKey& version, Phase phase, std::uint64_t generation) {
  return version.role + "-" + version.version + "-" + std::string(to_string(phase)) + "-" +
         std::to_string(generation);
}

}  // namespace exo
