#include "tests/simulation/invariants.h"

#include <algorithm>

#include "deployment-scripts/script_message.h"

namespace exo {
namespace {

PhaseTruth& phase_of(SimulatedEnvironment& environment, const rollout::AttemptKey& key) {
  return environment.truth.of(key.version).of(std::string(to_string(key.phase)));
}

VersionKey key_of(const RoutingTable& table, const RoutingTable::Version& version) {
  return {table.roles()[version.role], version.text};
}

// Live, and nothing was wrong with it, nor with what its start waits for.
bool must_serve(SimulatedEnvironment& environment, const HostFacts& host, const VersionKey& key) {
  if (host.is_stale || environment.truth.of(key).undo_open) return false;
  const PlannedVersion* planned = environment.plan.find(key);
  if (host.started.count(key) == 0 && environment.lacks_a_role(*planned)) return false;
  return environment.truth.of(key).live && environment.may_serve(key) && host.let_down.count(key) == 0;
}

bool has_really_done(const SimulatedEnvironment& environment, const rollout::AttemptId& id) {
  return std::any_of(
      environment.scripts.begin(), environment.scripts.end(),
      [&](const SimulatedScript& script) { return script.truly_done() && script.key().id == id; });
}

bool is_held(const SimulatedBroker& broker, const VersionKey& key) {
  const RoutingTable* table = broker.newest();
  const auto* version = table == nullptr ? nullptr : table->find_version(key.role, key.version);
  return version == nullptr || version->gate != Gate::kOpen;
}

bool is_held_in_effect(const SimulatedBroker& broker, const VersionKey& key) {
  const RoutingTable* table = broker.in_effect();
  const auto* version = table == nullptr ? nullptr : table->find_version(key.role, key.version);
  return version == nullptr || version->gate != Gate::kOpen;
}

std::string check_interrupted(SimulatedEnvironment& environment, const LedgerEvent& event) {
  const VersionKey key{event.role, event.version};
  const PhaseTruth& phase = environment.truth.of(key).of(event.phase);
  const PlannedVersion* planned = environment.plan.find(key);
  if (!phase.interrupted || phase.checkpoint || planned == nullptr) return "";
  const bool asks = planned->settings.of(*parse_phase(event.phase)).on_interrupted == OnInterrupted::kAsk;
  return asks ? "Once: an interrupted attempt is tried again, although its script wants to be asked" : "";
}

// The gate of a version may open when its offline phase has succeeded, and in the order of ledger and table.
std::string check_open_gate(SimulatedEnvironment& environment, const HostFacts& host,
                            const RoutingTable& table, const RoutingTable::Version& version) {
  const VersionKey key = key_of(table, version);
  if (!environment.truth.of(key).open_at(table.position())) {
    return "Durable first: a table opens " + to_text(key) + " before the ledger";
  }
  if (!host.is_stale && !environment.may_serve(key)) return "Gate: a table opens " + to_text(key);
  return "";
}

std::string check_gates(SimulatedEnvironment& environment, const HostFacts& host, const RoutingTable* table) {
  if (table == nullptr) return "";
  for (const RoutingTable::Version& version : table->versions()) {
    if (version.gate != Gate::kOpen) continue;
    std::string violation = check_open_gate(environment, host, *table, version);
    if (!violation.empty()) return violation;
  }
  return "";
}

std::string check_live(SimulatedEnvironment& environment, const HostFacts& host, const VersionKey& key) {
  const VersionTruth& version = environment.truth.of(key);
  if (!version.live) return "Durable first: live is announced before the ledger holds it";
  if (host.broker.position_in_effect() < version.gate_position()) {
    return "Durable first: live is announced before the table is in effect";
  }
  return "";
}

}  // namespace

namespace {

// The end of an attempt whose host is gone is told as the keeper saw it.
std::string check_end_left(const SimulatedEnvironment& environment, const LedgerEvent& event) {
  const rollout::AttemptId id{event.run, event.attempt};
  const bool is_left = event.details.find("before its host heard that it was done") != std::string::npos;
  if (event.type == "attempt-failed" && is_left && !environment.keeper.really_failed(id)) {
    return "Once: an attempt that its host took along counts as one that failed";
  }
  const bool host_ended = event.details.find(R"("stage":"host")") != std::string::npos &&
                          event.details.find("the host was stopped") == std::string::npos;
  if (event.type == "attempt-interrupted" && host_ended && environment.keeper.was_read_as_failed(id)) {
    return "No silence: the keeper saw an attempt fail, and it is recorded as interrupted";
  }
  return "";
}

}  // namespace

std::string check_append(SimulatedEnvironment& environment, const HostFacts& host, const LedgerEvent& event) {
  if (const auto checked = check_event(event); !checked.ok()) {
    return "No silence: a malformed event: " + checked.error().message;
  }
  if (host.is_stale) return "";  // it must be refused, and the ledger's fold sees when it is not
  const VersionKey key{event.role, event.version};
  if (std::string violation = check_end_left(environment, event); !violation.empty()) return violation;
  if (event.type == "attempt-started") return check_interrupted(environment, event);
  if (event.type == "attempt-done" && !has_really_done(environment, {event.run, event.attempt})) {
    return "Durable first: recorded as done, but the script did not do it";
  }
  const PlannedVersion* planned = environment.plan.find(key);
  const bool is_offline_done = event.type == "attempt-done" && event.phase == "offline";
  if (is_offline_done && planned != nullptr && planned->handles_verify &&
      !environment.truth.of(key).verified) {
    return "Gate: an offline phase is done that its script has not found to be so";
  }
  if (event.type == "gate-opened" && !environment.may_serve(key)) {
    return "Gate: it opens before the offline phase is done";
  }
  if (event.type == "gate-held" && !is_held(host.broker, key)) {
    return "Gate: it closes in the ledger before it does in the table";
  }
  if (event.type == "version-failed" && must_serve(environment, host, key)) {
    return "Old stays: a version that serves is failed";
  }
  return "";
}

std::string check_start(SimulatedEnvironment& environment, const HostFacts& host,
                        const rollout::AttemptKey& key) {
  const PhaseTruth& truth = phase_of(environment, key);
  if (truth.settled()) return "Once: a phase that is done is started again";
  if (key.phase == Phase::kUndo && !host.is_stale && !is_held_in_effect(host.broker, key.version)) {
    return "Gate: an undo starts while traffic reaches the version";
  }
  if (!truth.open || truth.attempts != key.id.attempt) {
    return "Durable first: a process starts before its attempt is in the ledger";
  }
  for (const SimulatedScript& script : environment.scripts) {
    if (script.runs_phase_of(key) && script.life() == host.life) {
      return "Once: an attempt starts while the one before still runs";
    }
  }
  return "";
}

std::string check_start_message(SimulatedEnvironment& environment, const HostFacts& host,
                                const rollout::SendStart& start) {
  if (host.is_stale || phase_of(environment, start.key).checkpoint == start.checkpoint) return "";
  return "Once: an attempt does not go on from the last checkpoint";
}

std::string check_acknowledgement(SimulatedEnvironment& environment,
                                  const rollout::AcknowledgeCheckpoint& acknowledged) {
  const std::uint64_t said = std::stoull(acknowledged.message_id.substr(1));
  if (environment.truth.holds_checkpoint(acknowledged.id, said)) return "";
  return "Durable first: a checkpoint is acknowledged before the ledger holds it";
}

std::string check_follow_acknowledgement(SimulatedEnvironment& environment, const HostFacts& host,
                                         const rollout::AcknowledgeFollow& acknowledged) {
  for (const PlannedVersion& version : environment.plan.versions) {
    FollowTruth& follow = environment.truth.of(version.key).follow;
    if (!follow.active || follow.run != acknowledged.id.run) continue;
    follow.relied_on = true;
    return "";
  }
  if (host.is_stale) return "";  // what it says was so when it was its own
  return "Durable first: a script hears that it follows before the ledger holds it";
}

std::string check_filled(SimulatedEnvironment& environment, const SimulatedBroker& broker) {
  for (const RoutingTable::Version& version : broker.in_effect()->versions()) {
    const VersionKey key = key_of(*broker.in_effect(), version);
    FollowTruth& follow = environment.truth.of(key).follow;
    const bool opens = version.gate == Gate::kOpen && broker.position_in_effect() >= follow.filled_at;
    if (follow.filled_at == 0 || !opens) continue;
    follow.filled_at = 0;
    ++environment.report.filled;
    const Stored& wanted = follow.wanted;
    const Stored& there = environment.data.of(key);
    for (std::size_t i = 0; i < kKeys; ++i) {
      if (there[i] >= wanted[i]) continue;
      return "Follow: " + to_text(key) + " has " + to_payload({i, there[i]}) + " and not " +
             to_payload({i, wanted[i]}) + " when its gate opens";
    }
  }
  return "";
}

std::string check_table(SimulatedEnvironment& environment, const HostFacts& host, const RoutingTable& table) {
  for (const RoutingTable::Version& version : table.versions()) {
    const VersionKey key = key_of(table, version);
    if (version.gate != Gate::kOpen && must_serve(environment, host, key)) {
      return "Old stays: a table holds " + to_text(key);
    }
  }
  return check_gates(environment, host, &table);
}

std::string check_announcement(SimulatedEnvironment& environment, const HostFacts& host,
                               const rollout::Announce& announcement) {
  using Told = rollout::AnnouncementKind;
  VersionTruth& version = environment.truth.of(announcement.version);
  if (announcement.kind == Told::kScriptDone &&
      version.of(std::string(to_string(*announcement.phase))).done == 0) {
    return "Durable first: done is announced before the ledger holds it";
  }
  if (host.is_stale) return "";  // what it says was so when it was its own
  if (announcement.kind == Told::kHeld && !version.failed) {
    return "Durable first: a failure is announced before the ledger holds it";
  }
  const bool says_live = announcement.kind == Told::kLive || announcement.kind == Told::kLiveFlagged;
  return says_live ? check_live(environment, host, announcement.version) : "";
}

std::string check_ready(SimulatedEnvironment& environment) {
  for (const PlannedVersion& version : environment.plan.versions) {
    const VersionTruth& truth = environment.truth.of(version.key);
    const bool stands = environment.any_is_paused();  // itself, or what it waits for
    if (!truth.live && !truth.failed && !stands) {
      return "Durable first: ready, but " + to_text(version.key) + " is not";
    }
  }
  return "";
}

std::string check_delivery(SimulatedEnvironment& environment, const HostFacts& host,
                           const RoutingTable::Version& receiver) {
  const VersionKey key = key_of(*host.broker.in_effect(), receiver);
  if (host.is_stale || environment.may_serve(key)) return "";
  return "Gate: production reaches " + to_text(key);
}

std::string check_step(SimulatedEnvironment& environment, const HostFacts& host) {
  const auto& scripts = environment.scripts;
  for (auto script = scripts.begin(); script != scripts.end(); ++script) {
    if (!script->runs()) continue;
    const bool doubled = std::any_of(script + 1, scripts.end(), [&](const SimulatedScript& other) {
      return other.runs_phase_of(script->key());
    });
    if (doubled) return "Once: two attempts of one phase run at the same moment";
  }
  std::string violation = check_gates(environment, host, host.broker.in_effect());
  return violation.empty() ? check_gates(environment, host, host.broker.newest()) : violation;
}

std::string check_outcome(SimulatedEnvironment& environment, const VersionStatus& status) {
  const VersionTruth& version = environment.truth.of(status.key);
  const PlannedVersion& planned = *environment.plan.find(status.key);
  const std::string name = to_text(status.key);
  if (version.live == version.failed) return "No silence: " + name + " is neither live nor failed";
  if (version.offline.open || version.online.open || version.undo.open)
    return "No silence: an attempt has no end";
  const bool asks = planned.settings.offline.on_interrupted || planned.settings.online.on_interrupted;
  const bool lost_its_script = !planned.has_script && version.offline.begun && !version.offline.settled();
  const bool waits_for_others = !planned.required.empty() || environment.lacks_a_role(planned);
  const bool goes_on = planned.has_script && !version.undo.held_back && !version.undo.paused;
  if (version.undo_open && goes_on && !waits_for_others) {
    return "No silence: an undo of " + name + " was forgotten";
  }
  if (version.undo_open || version.offline.held_back || version.online.held_back)
    return "";  // until a person decides otherwise
  if (asks || lost_its_script || !planned.required.empty() || environment.lacks_a_role(planned)) return "";
  if (version.failed && status.reason.find("is not there") != std::string::npos &&
      environment.follow_disk.has_lost_one_of(status.key)) {
    return "";
  }
  if (version.failed) return "No silence: " + name + " fails in calm weather: " + status.reason;
  if (!planned.has_script) return "";
  if (!version.offline.settled()) return "Gate: " + name + " is live without its offline phase";
  if (!version.online.settled()) return "No silence: an online phase was forgotten";
  return "";
}

}  // namespace exo
