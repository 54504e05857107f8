#include "deployment-scripts/rollout_record.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "deployment-scripts/decision.h"
#include "deployment-scripts/follow.h"
#include "deployment-scripts/script_message.h"

namespace exo {
namespace {

using Json = nlohmann::json;

Json parse_details(const std::string& text) {
  if (text == "{}") return Json::object();  // as of most events
  Json details = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return details.is_object() ? details : Json::object();
}

std::string text_of(const Json& details, const char* key) {
  const auto found = details.find(key);
  return found != details.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ContentDigests digests_of(const Json& details, const char* key) {
  ContentDigests digests;
  const auto found = details.find(key);
  if (found == details.end() || !found->is_object()) return digests;
  for (const auto& [algorithm, digest] : found->items()) {
    if (digest.is_string()) digests[algorithm] = digest.get<std::string>();
  }
  return digests;
}

// Without the algorithm before it.
std::string artifact_of(const Json& details) {
  constexpr std::string_view kAlgorithm = "sha256:";
  const auto found = details.find("artifact");
  const std::string digest =
      found != details.end() && found->is_string() ? found->get<std::string>() : std::string();
  return digest.starts_with(kAlgorithm) ? digest.substr(kAlgorithm.size()) : std::string();
}

bool flag_of(const Json& details, const char* key, bool absent) {
  const auto found = details.find(key);
  return found != details.end() && found->is_boolean() ? found->get<bool>() : absent;
}

void void_checkpoint(RecordedPhase& phase) {
  phase.checkpoint.reset();
  phase.checkpoint_number = 0;
}

void end_attempt(RecordedPhase& phase, PhaseOutcome outcome, const Json& details) {
  phase.outcome = outcome;
  phase.stage = text_of(details, "stage");
  phase.reason = text_of(details, "reason");
  phase.log = text_of(details, "log");
  if (phase.settled()) phase.paused.clear();  // nothing is left to stand still
}

void name_digest(RecordedPhase& phase, const LedgerEvent& event, const Json& details) {
  phase.digest = text_of(details, "digest");
  phase.digest_position = event.sequence;
}

void start_attempt(RecordedPhase& phase, const LedgerEvent& event, const Json& details) {
  end_attempt(phase, PhaseOutcome::kUnderWay, Json::object());
  phase.held_back = phase.retry_decided = false;
  phase.decision.clear();
  phase.run = event.run;
  phase.attempt = event.attempt;
  name_digest(phase, event, details);
}

void save_checkpoint(RecordedPhase& phase, const Json& details) {
  const auto value = details.find("value");
  if (value == details.end()) return;
  phase.checkpoint = value->dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto number = details.find("number");
  phase.checkpoint_number =
      number != details.end() && number->is_number_unsigned() ? number->get<std::uint64_t>() : 0;
}

// As this program writes it, {"number":3,"value":…}, which is worth not making a tree of: most events of a
// long ledger are checkpoints. False when it is written in another way.
bool save_plain_checkpoint(RecordedPhase& phase, std::string_view details) {
  constexpr std::string_view kBegin = R"({"number":)";
  constexpr std::string_view kMiddle = R"(,"value":)";
  if (!details.starts_with(kBegin) || !details.ends_with('}')) return false;
  std::uint64_t number = 0;
  const char* const last = details.data() + details.size() - 1;
  const auto [end, error] = std::from_chars(details.data() + kBegin.size(), last, number);
  const std::string_view rest(end, static_cast<std::size_t>(last - end));
  if (error != std::errc{} || !rest.starts_with(kMiddle)) return false;
  const std::string_view value = rest.substr(kMiddle.size());
  if (!Json::accept(value)) return false;
  phase.checkpoint = value;
  phase.checkpoint_number = number;
  return true;
}

void fail_attempt(RecordedPhase& phase, const Json& details) {
  end_attempt(phase, PhaseOutcome::kFailed, details);
  if (!flag_of(details, "retry", true)) phase.held_back = true;
  if (flag_of(details, "voidsCheckpoint", false)) void_checkpoint(phase);
}

void mark_done(RecordedPhase& phase, const LedgerEvent& event, const Json& details) {
  end_attempt(phase, PhaseOutcome::kDone, Json::object());
  phase.marked_done = true;
  name_digest(phase, event, details);
}

// "by kim: it is all there".
std::string by_whom(const LedgerEvent& event, const Json& details) {
  const std::string reason = text_of(details, "reason");
  return "by " + (event.who.empty() ? "somebody" : event.who) + (reason.empty() ? "" : ": " + reason);
}

// "marked done by kim: it is all there".
std::string told(const std::string& deed, const LedgerEvent& event, const Json& details) {
  const std::string reason = text_of(details, "reason");
  return deed + (event.who.empty() ? "" : " by " + event.who) + (reason.empty() ? "" : ": " + reason);
}

void throttle(RecordedPhase& phase, const LedgerEvent& event, const Json& details) {
  const auto rate = parse_rate(text_of(details, "rate"));
  phase.rate = rate ? std::optional(rate.value()) : std::nullopt;
  phase.throttled = rate ? by_whom(event, details) : "";
}

// How it goes on, which changes nothing of where it stands.
bool apply_pace(RecordedPhase& phase, const LedgerEvent& event, const Json& details) {
  if (!is_about_pace(event.type)) return false;
  if (event.type == event_type::kPauseDecided) {
    phase.paused = by_whom(event, details);
  } else if (event.type == event_type::kResumeDecided) {
    phase.paused.clear();
  } else {
    throttle(phase, event, details);
  }
  return true;
}

void apply_decision(RecordedPhase& phase, const LedgerEvent& event, const Json& details) {
  if (event.type == event_type::kRetryDecided) {
    if (phase.outcome == PhaseOutcome::kSkipped) phase.outcome = PhaseOutcome::kNothing;
    phase.held_back = false;
    phase.retry_decided = true;
    phase.decision = told("to be tried again, decided", event, details);
  } else if (event.type == event_type::kCancelDecided) {
    phase.held_back = true;
    phase.decision = told("cancelled", event, details);
  } else if (event.type == event_type::kRerunDecided) {
    phase.decision = told("to be run again, decided", event, details);
  } else if (event.type == event_type::kPhaseSkipped) {
    end_attempt(phase, PhaseOutcome::kSkipped, Json::object());
    phase.decision = told("skipped", event, details);
  } else if (event.type == event_type::kPhaseMarkedDone) {
    mark_done(phase, event, details);
    phase.decision = told("marked done", event, details);
  } else if (event.type == event_type::kUndoDecided) {
    phase.decision = told("undone", event, details);
  }
}

// What was done in a generation is taken back, so that there is a next one. Its offline phase waits for a
// person's word, and all that comes after waits for it.
void open_again(RecordedPhase& phase) {
  const bool was_absent = phase.outcome == PhaseOutcome::kAbsent;
  const bool did_something = phase.did_something();
  move_to_generation(phase, phase.generation + 1);
  phase.undone = true;
  phase.was_absent = was_absent;
  phase.taken_back = did_something;
}

void finish_undo(RecordedVersion& version) {
  version.undo_open = false;
  open_again(version.offline);
  open_again(version.online);
  version.offline.held_back = true;
  version.offline.decision = version.undo_decision;
}

void apply_to_undo(RecordedVersion& version, const LedgerEvent& event, const Json& details) {
  if (event.type == event_type::kUndoDecided) {
    version.undo_open = true;
    version.undo_position = event.sequence;
    version.undo_decision = told("undone", event, details);
  } else if (version.undo_open && version.undo.outcome == PhaseOutcome::kDone) {
    finish_undo(version);
  } else if (event.type == event_type::kPhaseAbsent) {
    version.undo_open = false;
  }
}

// One that a person has cancelled has found nothing, neither that the effect is there nor that it is not.
PhaseOutcome outcome_of_verification(const Json& details) {
  const std::string word = text_of(details, "outcome");
  if (word == "done") return PhaseOutcome::kDone;
  const bool was_cut_short = word == "interrupted" || text_of(details, "stage") == kStageCancelled;
  return was_cut_short ? PhaseOutcome::kInterrupted : PhaseOutcome::kFailed;
}

void apply_verification(RecordedPhase& phase, const LedgerEvent& event, const Json& details) {
  phase.dry_runs = event.attempt;
  phase.dry_run_open = event.type == event_type::kVerifyStarted;
  phase.run = event.run;
  phase.attempt = event.attempt;
  if (phase.dry_run_open) return end_attempt(phase, PhaseOutcome::kUnderWay, Json::object());
  end_attempt(phase, outcome_of_verification(details), details);
}

void apply_to_phase(RecordedPhase& phase, const LedgerEvent& event, const Json& details) {
  if (event.type == event_type::kVerifyStarted || event.type == event_type::kVerifyEnded) {
    return apply_verification(phase, event, details);
  }
  if (event.type == event_type::kDryRunStarted || event.type == event_type::kDryRunEnded) {
    phase.dry_runs = event.attempt;
    phase.dry_run_open = event.type == event_type::kDryRunStarted;
    return;
  }
  if (cancels_trial(event)) return;  // its end comes with dry-run-ended or verify-ended
  move_to_generation(phase, event.generation);
  if (apply_pace(phase, event, details)) return;
  if (event.type == "attempt-started") {
    start_attempt(phase, event, details);
  } else if (event.type == "attempt-done") {
    end_attempt(phase, PhaseOutcome::kDone, details);
  } else if (event.type == "attempt-failed") {
    fail_attempt(phase, details);
  } else if (event.type == "attempt-interrupted") {
    end_attempt(phase, PhaseOutcome::kInterrupted, details);
  } else if (event.type == "phase-absent") {
    end_attempt(phase, PhaseOutcome::kAbsent, Json::object());
    name_digest(phase, event, details);
  } else if (event.type == "checkpoint-saved") {
    save_checkpoint(phase, details);
  } else {
    apply_decision(phase, event, details);
  }
}

void set_gate(RecordedVersion& version, GateState gate, std::uint64_t position) {
  version.gate = gate;
  version.gate_position = position;
}

void forget_failure(RecordedVersion& version) {
  version.failed = false;
  version.stage.clear();
  version.reason.clear();
}

void apply_to_version(RecordedVersion& version, const LedgerEvent& event, const Json& details) {
  if (event.type == "version-introduced") {
    version.introduced = true;
    version.has_script = details.contains("script");
    version.sources = digests_of(details, "sources");
    version.artifact = artifact_of(details);
    version.script_skipped = false;
  } else if (event.type == "script-skipped") {
    version.script_skipped = true;
  } else if (event.type == "gate-opened") {
    set_gate(version, GateState::kOpen, event.sequence);
  } else if (event.type == "gate-held") {
    set_gate(version, GateState::kHeld, event.sequence);
    version.live = false;
  } else if (event.type == "version-live") {
    version.live = true;
    forget_failure(version);
  } else if (event.type == "version-failed") {
    version.live = false;
    version.failed = true;
    version.stage = text_of(details, "stage");
    version.reason = text_of(details, "reason");
  }
}

// Whether a decision about the phase is one about why the version failed.
bool is_about_failure(const std::string& stage, Phase phase) {
  const bool is_of_script =
      stage == kStageOffline || stage == kStageFollow || stage == kStageUndo || stage == kStageUndone;
  return is_of_script && (phase == Phase::kOffline || phase == Phase::kUndo);
}

}  // namespace

bool RecordedPhase::did_something() const {
  switch (outcome) {
    case PhaseOutcome::kNothing:
    case PhaseOutcome::kAbsent:
      return false;
    case PhaseOutcome::kSkipped:
      return attempt > 0;
    case PhaseOutcome::kDone:
    case PhaseOutcome::kFailed:
    case PhaseOutcome::kInterrupted:
    case PhaseOutcome::kUnderWay:
      return true;
  }
  EXO_CHECK(false);
}

bool cancels_trial(const LedgerEvent& event) {
  const bool is_older_word = event.type == event_type::kCancelDecided && event.generation == 0;
  return event.type == event_type::kTrialCancelled || is_older_word;
}

std::string cancellation_of(const LedgerEvent& event) {
  return told("cancelled", event, parse_details(event.details));
}

void move_to_generation(RecordedPhase& phase, std::uint64_t generation) {
  if (generation <= phase.generation) return;
  RecordedPhase next;
  next.generation = generation;
  next.dry_runs = phase.dry_runs;
  next.paused = std::move(phase.paused);
  next.rate = phase.rate;
  next.throttled = std::move(phase.throttled);
  phase = std::move(next);
}

const RecordedPhase& RecordedVersion::of(Phase phase) const {
  switch (phase) {
    case Phase::kOffline:
      return offline;
    case Phase::kOnline:
      return online;
    case Phase::kUndo:
      return undo;
    case Phase::kVerify:
      return verify;
  }
  EXO_CHECK(false);
}

RecordedPhase& RecordedVersion::of(Phase phase) {
  return const_cast<RecordedPhase&>(std::as_const(*this).of(phase));
}

void RolloutRecord::apply(const LedgerEvent& event) {
  EXO_CHECK(event.sequence > position_);
  position_ = event.sequence;
  if (event.role.empty()) return;
  RecordedVersion& version = versions_[VersionKey{event.role, event.version}];
  apply_to_follow(version, event);
  const auto phase = parse_phase(event.phase);
  if (phase && event.type == event_type::kCheckpointSaved) {
    move_to_generation(version.of(*phase), event.generation);
    if (save_plain_checkpoint(version.of(*phase), event.details)) return;
  }
  const Json details = parse_details(event.details);
  if (phase) {
    apply_to_phase(version.of(*phase), event, details);
    if (*phase == Phase::kUndo) apply_to_undo(version, event, details);
    const bool decides = is_decision(event.type) && !is_about_pace(event.type) && !cancels_trial(event);
    if (decides && is_about_failure(version.stage, *phase)) {
      forget_failure(version);  // it was decided otherwise
    }
    if (event.type != "attempt-started") return;
    version.has_script = true;
    forget_failure(version);  // it is tried again
  } else {
    apply_to_version(version, event, details);
  }
}

const RecordedVersion& RolloutRecord::of(const VersionKey& key) const {
  static const RecordedVersion kNothingKnown;
  const auto found = versions_.find(key);
  return found == versions_.end() ? kNothingKnown : found->second;
}

}  // namespace exo
