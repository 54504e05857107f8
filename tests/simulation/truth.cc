#include "tests/simulation/truth.h"

namespace exo {
namespace {

std::string start_attempt(const LedgerEvent& event, PhaseTruth& phase) {
  if (phase.settled()) return "Once: an attempt is started at a phase that is done";
  if (phase.open) return "Once: an attempt is started before the one before has an end in the ledger";
  if (event.attempt != phase.attempts + 1) return "Once: attempts are not numbered one by one";
  phase.attempts = event.attempt;
  phase.open = true;
  phase.begun = true;
  return "";
}

std::string end_attempt(const LedgerEvent& event, PhaseTruth& phase) {
  if (!phase.open || event.attempt != phase.attempts) return "Once: an attempt ends that is not under way";
  phase.open = false;
  if (event.type == "attempt-done" && ++phase.done > 1) return "Once: a phase is done twice";
  const bool wrong = event.type == "attempt-failed" || event.type == "attempt-interrupted";
  if (wrong && event.details.find("\"reason\":\"\"") != std::string::npos) {
    return "No silence: an attempt fails without a reason";
  }
  return "";
}

std::string apply_to_phase(const LedgerEvent& event, PhaseTruth& phase) {
  if (event.type == "attempt-started") return start_attempt(event, phase);
  if (event.type == "checkpoint-saved") return phase.open ? "" : "Once: a checkpoint of no attempt";
  if (event.type == "phase-absent") {
    phase.absent = true;
    phase.open = false;
    return "";
  }
  return end_attempt(event, phase);
}

std::string apply_to_version(const LedgerEvent& event, std::uint64_t position, VersionTruth& version) {
  if (event.type == "version-introduced") {
    if (version.introduced) return "Once: a version is introduced twice";
    version.introduced = true;
  } else if (event.type == "gate-opened") {
    if (version.offline.begun && !version.offline.settled()) {
      return "Gate: it opens though the offline phase was begun and has not succeeded";
    }
    version.open = true;
    version.gate_position = position;
  } else if (event.type == "gate-held") {
    version.open = false;
    version.live = false;
    version.gate_position = position;
  } else if (event.type == "version-live") {
    if (!version.open) return "Gate: a version is live behind a held gate";
    version.live = true;
    version.failed = false;
  } else if (event.type == "version-failed") {
    if (version.open) return "Gate: a version has failed behind an open gate";
    version.live = false;
    version.failed = true;
  }
  return "";
}

}  // namespace

std::string SimulatedLedger::append(LedgerEvent event) {
  event.sequence = events.size() + 1;
  events.push_back(event);
  VersionTruth& version = versions[VersionKey{event.role, event.version}];
  if (event.phase.empty()) return apply_to_version(event, event.sequence, version);
  return apply_to_phase(event, version.of(event.phase));
}

}  // namespace exo
