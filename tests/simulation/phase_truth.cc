#include "tests/simulation/phase_truth.h"

#include <string_view>

namespace exo {
namespace {

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
  for (const char* stage : {"timeout", "stall", "registration", "lock"}) {
    if (event.details.find("\"stage\":\"" + std::string(stage) + "\"") != std::string::npos) return true;
  }
  return false;
}

std::string end_attempt(const LedgerEvent& event, PhaseTruth& phase) {
  if (!phase.open || event.attempt != phase.attempts) return "Once: an attempt ends that is not under way";
  phase.open = false;
  phase.interrupted = event.type == "attempt-interrupted";
  // What is looked for and not found must not be gone on from.
  if (event.details.find(R"("voidsCheckpoint":true)") != std::string::npos) phase.checkpoint.reset();
  if (phase.paused && phase.pause_is_known && event.type == "attempt-failed" && is_of_a_clock(event)) {
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

std::string decide_rate(const LedgerEvent& event, PhaseTruth& phase) {
  const std::size_t begin = event.details.find(R"("rate":")") + 8;
  const auto rate =
      parse_rate(std::string_view(event.details).substr(begin, event.details.find('"', begin) - begin));
  phase.rate = rate ? std::optional(rate.value()) : std::nullopt;
  return "";
}

std::string decide_pace(const LedgerEvent& event, PhaseTruth& phase) {
  if (event.type == "throttle-decided") return decide_rate(event, phase);
  const bool pauses = event.type == "pause-decided";
  if (pauses == phase.paused) return "No silence: a phase is paused or resumed that is so already";
  phase.paused = pauses;
  phase.pause_is_known = false;
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

}  // namespace

std::string value_of(const LedgerEvent& checkpoint) {
  const std::size_t begin = checkpoint.details.rfind(':') + 1;
  return checkpoint.details.substr(begin, checkpoint.details.size() - begin - 1);
}

bool is_decided_by_people(const LedgerEvent& event) {
  return is_about_pace(event) || event.type == "undo-decided" || event.type == "retry-decided" ||
         event.type == "cancel-decided" || event.type == "trial-cancelled" || event.type == "phase-skipped" ||
         event.type == "phase-marked-done";
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

void begin_anew(PhaseTruth& phase) {
  PhaseTruth next;
  next.paused = phase.paused;
  next.rate = phase.rate;
  phase = next;
}

}  // namespace exo
