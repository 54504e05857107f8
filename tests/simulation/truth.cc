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

bool is_decided_by_people(const LedgerEvent& event) {
  return is_about_pace(event) || event.type == "undo-decided" || event.type == "retry-decided" ||
         event.type == "cancel-decided" || event.type == "phase-skipped" || event.type == "phase-marked-done";
}

std::string decide_pace(const LedgerEvent& event, PhaseTruth& phase) {
  if (event.type == "throttle-decided") return "";
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

std::string decide_undo(const LedgerEvent& event, VersionTruth& version) {
  if (event.who != kDecider) return "Durable first: a decision does not say whose it is";
  if (version.undo_open) return "Once: an undo is decided while one is under way";
  if (version.offline.open || version.online.open) return "Once: an undo is decided under a running attempt";
  if (!version.offline.begun && !version.online.begun && !version.offline.marked_done &&
      !version.online.marked_done) {
    return "Once: nothing was done that could be undone";
  }
  version.undo = {};
  version.undo_open = true;
  return "";
}

// What was done is open again, and nothing of it runs before a person has decided so.
void open_again(VersionTruth& version) {
  version.undo_open = version.undo_begun = false;
  const bool offline_is_paused = version.offline.paused;
  const bool online_is_paused = version.online.paused;
  version.offline = {};
  version.offline.begun = version.offline.held_back = true;
  version.offline.paused = offline_is_paused;
  version.online = {};
  version.online.paused = online_is_paused;
}

std::string apply_to_undo(const LedgerEvent& event, VersionTruth& version) {
  if (event.type == "undo-decided") return decide_undo(event, version);
  if (event.type == "attempt-exited") return exit_attempt(event, version.undo);
  if (!version.undo_open) return "Once: an undo goes on that nobody has decided";
  if (event.type == "attempt-started" && version.open) return "Gate: an undo begins behind an open gate";
  const std::string violation = apply_to_phase(event, version.undo);
  if (event.type == "attempt-started") version.undo_begun = true;
  if (event.type == "phase-absent") version.undo_open = version.undo_begun = false;
  if (version.undo.done > 0 || version.undo.marked_done) {
    if (version.open) return "Gate: a version is undone behind an open gate";
    open_again(version);
  }
  return violation;
}

std::string apply_verification(const LedgerEvent& event, VersionTruth& version) {
  if (event.type == "cancel-decided") {
    if (event.who != kDecider) return "Durable first: a decision does not say whose it is";
    return version.verify.open ? "" : "Once: a verification is cancelled that is not under way";
  }
  if (event.type == "verify-started") {
    if (version.verify.open) return "Once: two verifications at the same moment";
    version.verify.attempts = event.attempt;
    version.verify.open = true;
  } else {
    version.verify.open = false;
    version.verified = event.details.find(R"("outcome":"done")") != std::string::npos;
  }
  return "";
}

bool is_about_follow(const LedgerEvent& event) {
  return event.type == "follow-started" || event.type == "follow-done" || event.type == "follow-abandoned";
}

std::string apply_to_follow(const LedgerEvent& event, VersionTruth& version) {
  FollowTruth& follow = version.follow;
  if (event.type == "follow-done") {
    if (!follow.active || !version.offline.open) return "Follow: it is replayed for no attempt";
    follow.replayed = true;
    return "";
  }
  version.offline.checkpoint.reset();  // what was written since it was saved may be in no record
  if (event.type == "follow-started") {
    if (version.offline.settled()) return "Once: something is followed for a phase that is done";
    follow = {.active = true, .run = event.run};
    return "";
  }
  if (!follow.active) return "Follow: it is abandoned, and was not under way";
  // What was done is not whole any more, and is to be done again, in the next generation.
  if (follow.replayed && version.offline.done > 0) {
    version.offline = {};
    version.offline.begun = true;
  }
  follow = {};
  return "";
}

// Before the event is applied to the phase.
std::string note_follow(const LedgerEvent& event, VersionTruth& version) {
  FollowTruth& follow = version.follow;
  if (event.phase != "offline" || !follow.active) return "";
  if (event.type == "attempt-done" && !follow.replayed) {
    return "Follow: an attempt is done before what it follows is replayed";
  }
  if (event.type == "attempt-started") follow.relied_on = true;
  if (event.type == "attempt-failed" || event.type == "attempt-interrupted") follow.replayed = false;
  return "";
}

std::string apply_to_phase(const LedgerEvent& event, VersionTruth& version) {
  if (is_about_follow(event)) return apply_to_follow(event, version);
  if (std::string violation = note_follow(event, version); !violation.empty()) return violation;
  if (event.phase == "undo") return apply_to_undo(event, version);
  if (event.phase == "verify") return apply_verification(event, version);
  const bool is_attempt = event.type == "attempt-started";
  if (is_attempt && version.undo_open) return "Once: a phase is run while it is to be undone";
  if (is_attempt && event.phase == "offline") version.verified = false;
  return apply_to_phase(event, version.of(event.phase));
}

std::string introduce(VersionTruth& version) {
  if (version.introduced) return "Once: a version is introduced twice";
  version.introduced = true;
  return "";
}

std::string open_gate(const LedgerEvent& event, VersionTruth& version) {
  if (version.undo_open) return "Gate: it opens while the version is to be undone";
  if (version.offline.begun && !version.offline.settled()) {
    return "Gate: it opens though the offline phase was begun and has not succeeded";
  }
  if (version.follow.active && !version.follow.replayed) {
    return "Follow: the gate opens before what was recorded is replayed";
  }
  version.follow = {.wanted = version.follow.wanted, .filled_at = version.follow.active ? event.sequence : 0};
  version.open = true;
  version.gates.emplace_back(event.sequence, true);
  return "";
}

std::string hold_gate(const LedgerEvent& event, VersionTruth& version) {
  version.open = version.live = false;
  version.follow.filled_at = 0;
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

PhaseTruth& VersionTruth::of(const std::string& phase) {
  if (phase == "undo") return undo;
  if (phase == "verify") return verify;
  return phase == "offline" ? offline : online;
}

bool VersionTruth::open_at(std::uint64_t position) const {
  bool is_open = false;
  for (const auto& [at, opened] : gates) {
    if (at > position) break;
    is_open = opened;
  }
  return is_open;
}

void Truth::pauses_are_known() {
  for (auto& [key, version] : versions_) {
    for (PhaseTruth* phase : {&version.offline, &version.online, &version.undo}) {
      phase->pause_is_known = phase->paused;
    }
  }
}

void Truth::stored(const VersionKey& key, const Upsert& upsert) {
  for (auto& [other, version] : versions_) {
    if (other.role == key.role && !(other == key) && version.follow.active && version.follow.relied_on) {
      version.follow.wanted[upsert.key] = upsert.value;
    }
  }
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
  const std::string violation = apply_to_phase(event, version);
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
