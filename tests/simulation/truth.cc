#include "tests/simulation/truth.h"

namespace exo {
namespace {

// The simulation's scripts save numbers: {"number":3,"value":7}.
std::string value_of(const LedgerEvent& checkpoint) {
  const std::size_t begin = checkpoint.details.rfind(':') + 1;
  return checkpoint.details.substr(begin, checkpoint.details.size() - begin - 1);
}

std::string start_attempt(const LedgerEvent& event, PhaseTruth& phase) {
  if (phase.settled()) return "Once: an attempt is started at a phase that is done";
  if (phase.open) return "Once: an attempt is started before the one before has an end in the ledger";
  if (phase.held_back) return "Once: an attempt is started although a person has cancelled it";
  if (phase.paused) return "Once: an attempt is started although a person has paused it";
  if (event.attempt != phase.attempts + 1) return "Once: attempts are not numbered one by one";
  phase.attempts = event.attempt;
  phase.open = phase.begun = true;
  phase.interrupted = false;
  return "";
}

std::string save_checkpoint(const LedgerEvent& event, PhaseTruth& phase) {
  if (!phase.open || event.attempt != phase.attempts) return "Once: a checkpoint of no attempt";
  phase.checkpoint = value_of(event);
  return "";
}

bool is_of_a_clock(const LedgerEvent& event) {
  for (const char* stage : {"timeout", "stall", "registration"}) {
    if (event.details.find("\"stage\":\"" + std::string(stage) + "\"") != std::string::npos) return true;
  }
  return false;
}

std::string end_attempt(const LedgerEvent& event, PhaseTruth& phase) {
  if (!phase.open || event.attempt != phase.attempts) return "Once: an attempt ends that is not under way";
  phase.open = false;
  phase.interrupted = event.type == "attempt-interrupted";
  if (phase.paused && event.type == "attempt-failed" && is_of_a_clock(event)) {
    return "No silence: a clock fails an attempt that a person has paused";
  }
  if (event.type == "attempt-done" && ++phase.done > 1) return "Once: a phase is done twice";
  if (event.type != "attempt-done" && event.details.find("\"reason\":\"\"") != std::string::npos) {
    return "No silence: an attempt fails without a reason";
  }
  return "";
}

bool is_about_pace(const LedgerEvent& event) {
  return event.type == "pause-decided" || event.type == "resume-decided" || event.type == "throttle-decided";
}

bool is_decided_by_people(const LedgerEvent& event) {
  return is_about_pace(event) || event.type == "retry-decided" || event.type == "cancel-decided" ||
         event.type == "phase-skipped" || event.type == "phase-marked-done";
}

std::string decide_pace(const LedgerEvent& event, PhaseTruth& phase) {
  if (event.type == "throttle-decided") return "";
  const bool pauses = event.type == "pause-decided";
  if (pauses == phase.paused) return "No silence: a phase is paused or resumed that is so already";
  phase.paused = pauses;
  return "";
}

std::string decide(const LedgerEvent& event, PhaseTruth& phase) {
  if (event.who != kDecider) return "Durable first: a decision does not say whose it is";
  if (event.type == "cancel-decided") {
    phase.held_back = true;
    return "";
  }
  if (is_about_pace(event)) return decide_pace(event, phase);
  if (phase.open) return "Once: it is decided about a phase whose attempt has no end";
  if (phase.done > 0 || phase.marked_done) return "Once: it is decided about a phase that is done";
  if (event.type == "retry-decided") {
    phase.skipped = phase.held_back = phase.interrupted = false;
  } else if (event.type == "phase-skipped") {
    if (event.phase == "offline") return "Gate: an offline phase is skipped";
    phase.skipped = true;
  } else {
    phase.marked_done = true;
    phase.skipped = false;
  }
  return "";
}

// Of what is done or absent the end is recorded first.
std::string exit_attempt(const LedgerEvent& event, const PhaseTruth& phase) {
  if (phase.open || event.attempt != phase.attempts) return "Once: an attempt exits that has no end";
  return phase.settled() ? "" : "No silence: the exit of an attempt is not told with its end";
}

std::string apply_to_phase(const LedgerEvent& event, PhaseTruth& phase) {
  if (event.type == "attempt-started") return start_attempt(event, phase);
  if (event.type == "attempt-exited") return exit_attempt(event, phase);
  if (event.type == "checkpoint-saved") return save_checkpoint(event, phase);
  if (event.type == "phase-absent") {
    phase.absent = true;
    phase.open = false;
    return "";
  }
  if (is_decided_by_people(event)) return decide(event, phase);
  return end_attempt(event, phase);
}

std::string introduce(VersionTruth& version) {
  if (version.introduced) return "Once: a version is introduced twice";
  version.introduced = true;
  return "";
}

std::string open_gate(const LedgerEvent& event, VersionTruth& version) {
  if (version.offline.begun && !version.offline.settled()) {
    return "Gate: it opens though the offline phase was begun and has not succeeded";
  }
  version.open = true;
  version.gates.emplace_back(event.sequence, true);
  return "";
}

std::string hold_gate(const LedgerEvent& event, VersionTruth& version) {
  version.open = version.live = false;
  version.gates.emplace_back(event.sequence, false);
  return "";
}

std::string go_live(VersionTruth& version) {
  if (!version.open) return "Gate: a version is live behind a held gate";
  version.live = true;
  version.failed = false;
  return "";
}

std::string fail(VersionTruth& version) {
  if (version.open) return "Gate: a version has failed behind an open gate";
  version.live = false;
  version.failed = true;
  return "";
}

std::string apply_to_version(const LedgerEvent& event, VersionTruth& version) {
  if (event.type == "version-introduced") return introduce(version);
  if (event.type == "gate-opened") return open_gate(event, version);
  if (event.type == "gate-held") return hold_gate(event, version);
  if (event.type == "version-live") return go_live(version);
  if (event.type == "version-failed") return fail(version);
  return "";
}

}  // namespace

bool VersionTruth::open_at(std::uint64_t position) const {
  bool is_open = false;
  for (const auto& [at, opened] : gates) {
    if (at > position) break;
    is_open = opened;
  }
  return is_open;
}

std::string Truth::catch_up(const std::vector<LedgerEvent>& events, std::uint64_t position) {
  while (position_ < position && position_ < events.size()) {
    const std::string violation = take(events[position_]);
    if (!violation.empty()) return violation;
  }
  return "";
}

std::string Truth::take(const LedgerEvent& event) {
  ++position_;
  if (event.sequence != position_) return "Durable first: the ledger's events are not numbered one by one";
  if (event.epoch < epoch_) return "Once: a host writes whose environment was taken over";
  epoch_ = event.epoch;
  if (event.type == "attempt-failed") ++failed_;
  if (event.type == "attempt-interrupted") ++interrupted_;
  if (is_decided_by_people(event)) ++decided_;
  if (event.role.empty()) return "";
  VersionTruth& version = versions_[VersionKey{event.role, event.version}];
  if (event.phase.empty()) return apply_to_version(event, version);
  const std::string violation = apply_to_phase(event, version.of(event.phase));
  if (version.of(event.phase).settled()) version.of(event.phase).paused = false;
  if (event.type == "checkpoint-saved" && violation.empty()) {
    checkpoints_[{event.run, event.attempt}] = std::stoull(value_of(event));
  }
  return violation;
}

std::optional<std::uint64_t> Truth::checkpoint_of(const rollout::AttemptId& id) const {
  const auto found = checkpoints_.find(id);
  return found == checkpoints_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace exo
