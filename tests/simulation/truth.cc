#include "tests/simulation/truth.h"

#include <algorithm>

namespace exo {
namespace {

std::string decide_undo(const LedgerEvent& event, VersionTruth& version) {
  if (event.who != kDecider) return "Durable first: a decision does not say whose it is";
  if (version.undo_open) return "Once: an undo is decided while one is under way";
  if (version.offline.open || version.online.open) return "Once: an undo is decided under a running attempt";
  if (!version.offline.begun && !version.online.begun && !version.offline.marked_done &&
      !version.online.marked_done) {
    return "Once: nothing was done that could be undone";
  }
  begin_anew(version.undo);
  version.undo_open = true;
  return "";
}

// What was done is open again, and nothing of it runs before a person has decided so.
void open_again(VersionTruth& version) {
  version.undo_open = version.undo_begun = false;
  begin_anew(version.offline);
  version.offline.begun = version.offline.held_back = true;
  begin_anew(version.online);
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
  if (event.type == "trial-cancelled") {
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
    begin_anew(version.offline);
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

void Truth::checkpoint_arrived(const rollout::AttemptId& id, std::uint64_t value) {
  std::vector<std::uint64_t>& all = arrived_[id];
  if (std::find(all.begin(), all.end(), value) == all.end()) all.push_back(value);
}

bool Truth::holds_checkpoint(const rollout::AttemptId& id, std::uint64_t value) const {
  const auto saved = checkpoints_.find(id);
  const auto arrived = arrived_.find(id);
  if (saved == checkpoints_.end() || arrived == arrived_.end()) return false;
  const std::vector<std::uint64_t>& all = arrived->second;
  const auto said = std::find(all.begin(), all.end(), value);
  return said != all.end() && std::find(said, all.end(), saved->second) != all.end();
}

}  // namespace exo
