// The host's part of the world: carries actions out, and checks each against what the world knows.
#include <algorithm>
#include <utility>

#include "deployment-scripts/script_message.h"
#include "tests/simulation/world.h"

namespace exo {
namespace {

bool same_content(const LedgerEvent& left, const LedgerEvent& right) {
  return left.type == right.type && left.role == right.role && left.version == right.version &&
         left.phase == right.phase && left.attempt == right.attempt && left.details == right.details;
}

bool is_failure(const LedgerEvent& event) {
  return event.type == "attempt-failed" || event.type == "attempt-interrupted";
}

bool tells_a_failure(rollout::AnnouncementKind kind) {
  using Kind = rollout::AnnouncementKind;
  return kind == Kind::kScriptTriesAgain || kind == Kind::kScriptFailed || kind == Kind::kScriptInterrupted;
}

}  // namespace

World::Outcome World::carry_out(const rollout::Action& action) {
  return std::visit([&](const auto& one) { return carry_out(one); }, action);
}

// --- the ledger ------------------------------------------------------------------------------------------

World::Outcome World::carry_out(const rollout::Append& append) {
  const LedgerEvent& event = append.event;
  if (const auto checked = check_event(event); !checked.ok())
    violate("a malformed event: " + checked.error().message);
  if (options_.mutation == Mutation::kOpenGateBeforeAppend && event.type == "gate-opened") {
    std::vector<VersionStatus> table = rollout_->status();
    for (VersionStatus& version : table) {
      if (version.key == VersionKey{event.role, event.version}) version.gate = GateState::kOpen;
    }
    check_table(table);
  }
  if (refused_but_recorded_) {  // the ledger finds what it seemed to have refused, and says so
    const LedgerEvent found = *std::exchange(refused_but_recorded_, std::nullopt);
    store(found);
    apply(found);
    return same_content(found, event) ? Outcome::kDone : Outcome::kRefused;
  }
  if (refuse(event)) {
    if (options_.mutation != Mutation::kPretendAppended) return Outcome::kRefused;
  } else {
    store(event);
  }
  apply(event);
  return Outcome::kDone;
}

bool World::refuse(const LedgerEvent& event) {
  if (weather_ == Weather::kCalm) return false;
  if (!ledger_refuses_ && !random_.chance(1, 40)) return false;
  ++report_.refused_appends;
  if (options_.mutation != Mutation::kPretendAppended && random_.chance(1, 4)) refused_but_recorded_ = event;
  return true;
}

void World::store(const LedgerEvent& event) {
  check_event_against_world(event);
  const std::string violation = ledger_.append(event);
  if (!violation.empty()) violate(violation);
  if (event.type == "checkpoint-saved") {
    saved_checkpoints_[{event.run, event.attempt}] =
        std::stoull(event.details.substr(event.details.rfind(':') + 1));
  }
  if (event.type == "attempt-failed") ++report_.failed_attempts;
  if (event.type == "attempt-interrupted") ++report_.interrupted_attempts;
}

void World::apply(LedgerEvent event) {
  event.sequence = rollout_->position() + 1;
  rollout_->apply(event);
  if (is_failure(event)) ++failures_stored_;
}

void World::check_event_against_world(const LedgerEvent& event) {
  const VersionKey key{event.role, event.version};
  if (event.type == "attempt-done") {
    const auto really = std::any_of(scripts_.begin(), scripts_.end(), [&](const SimulatedScript& script) {
      return script.truly_done() && script.key().id == rollout::AttemptId{event.run, event.attempt};
    });
    if (!really) violate("Durable first: recorded as done, but the script did not do it");
  }
  if (event.type == "gate-opened" && !may_serve(key))
    violate("Gate: it opens before the offline phase is done");
  if (event.type == "version-failed" && must_serve(key))
    violate("Old stays: a version that serves is failed");
}

// --- the table -------------------------------------------------------------------------------------------

// Whether the gate may be open: its offline phase has succeeded, or there is none.
bool World::may_serve(const VersionKey& key) {
  const VersionTruth& truth = ledger_.versions[key];
  if (truth.offline.settled()) return true;
  const PlannedVersion* planned = plan_.find(key);
  return !truth.offline.begun && (planned == nullptr || !planned->has_script);
}

// Whether the gate must be open: it is live, and nothing was wrong with it, nor with what its start waits
// for.
bool World::must_serve(const VersionKey& key) {
  if (started_.count(key) == 0 && lacks_a_role(*plan_.find(key))) return false;
  return ledger_.versions[key].live && may_serve(key) && let_down_.count(key) == 0;
}

void World::check_table(const std::vector<VersionStatus>& table) {
  for (const VersionStatus& version : table) {
    const bool open = version.gate == GateState::kOpen;
    if (open && !ledger_.versions[version.key].open) {
      violate("Durable first: the table opens " + to_text(version.key) + " before the ledger");
    }
    if (open && !may_serve(version.key)) violate("Gate: the table opens " + to_text(version.key));
    if (!open && must_serve(version.key)) violate("Old stays: the table holds " + to_text(version.key));
  }
}

World::Outcome World::carry_out(const rollout::PublishTable&) {
  std::vector<VersionStatus> table = rollout_->status();
  const bool any_failed = std::any_of(table.begin(), table.end(), [](const VersionStatus& version) {
    return version.state == VersionState::kFailed;
  });
  if (options_.mutation == Mutation::kCloseNeighbours && any_failed) {
    for (VersionStatus& version : table) version.gate = GateState::kHeld;
  }
  check_table(table);
  inbox_.emplace_back(rollout::TableInEffect{rollout_->position()});
  return Outcome::kDone;
}

// --- processes -------------------------------------------------------------------------------------------

World::Outcome World::carry_out(const rollout::StartInstances& start) {
  if (stopping_) violate("a host that stops starts instances");
  if (!ledger_.versions[start.version].introduced)
    violate("Durable first: it starts before it is introduced");
  started_.insert(start.version);
  inbox_.emplace_back(rollout::InstanceStarted{start.version});
  return Outcome::kDone;
}

World::Outcome World::carry_out(const rollout::StartScript& start) {
  const rollout::AttemptKey& key = start.key;
  const PhaseTruth& truth = ledger_.versions[key.version].of(std::string(to_string(key.phase)));
  if (stopping_) violate("a host that stops starts a script");
  if (truth.settled()) violate("Once: a phase that is done is started again");
  if (!truth.open || truth.attempts != key.id.attempt) {
    violate("Durable first: a process starts before its attempt is in the ledger");
  }
  bool locked = false;
  for (const SimulatedScript& script : scripts_) {
    if (!script.runs_phase_of(key)) continue;
    locked = true;
    if (script.life() == life_) violate("Once: an attempt starts while the one before still runs");
  }
  if (locked && options_.mutation != Mutation::kIgnoreRunLock) {
    ++report_.lock_waits;
    inbox_.emplace_back(rollout::ScriptCouldNotStart{key.id, "lock", "another process holds it"});
    return Outcome::kDone;
  }
  if (locked) violate("Once: two attempts of one phase run at the same moment");
  if (weather_ == Weather::kWild && random_.chance(1, 20)) {
    inbox_.emplace_back(rollout::ScriptCouldNotStart{key.id, "exec", "not found"});
    return Outcome::kDone;
  }
  scripts_.emplace_back(key, life_, choose_fate(), plan_.find(key.version)->handles());
  return Outcome::kDone;
}

World::Outcome World::carry_out(const rollout::SendStart& start) {
  SimulatedScript* script = find_script(start.key.id);
  const bool lost = weather_ == Weather::kWild && random_.chance(1, 30);
  if (script != nullptr && !lost) script->start_message_arrives();
  return Outcome::kDone;
}

World::Outcome World::carry_out(const rollout::EndScript& end) {
  SimulatedScript* script = find_script(end.key.id);
  if (script == nullptr || !script->runs()) return Outcome::kDone;
  if (options_.mutation == Mutation::kReportExitTooEarly) {
    inbox_.emplace_back(rollout::ScriptExited{end.key.id, "killed by SIGTERM", {}, ""});
  } else {
    script->told_to_end();
  }
  return Outcome::kDone;
}

World::Outcome World::carry_out(const rollout::AcknowledgeCheckpoint& acknowledge) {
  const std::uint64_t said = std::stoull(acknowledge.message_id.substr(1));
  if (saved_checkpoints_[acknowledge.id] < said) {
    violate("Durable first: a checkpoint is acknowledged before the ledger holds it");
  }
  return Outcome::kDone;
}

// --- people ----------------------------------------------------------------------------------------------

World::Outcome World::carry_out(const rollout::Announce& announce) {
  using Kind = rollout::AnnouncementKind;
  const bool failure = tells_a_failure(announce.kind);
  if (failure && options_.mutation == Mutation::kSwallowFailures) return Outcome::kDone;
  if (failure) ++failures_announced_;
  VersionTruth& truth = ledger_.versions[announce.version];
  if (announce.kind == Kind::kScriptDone && truth.of(std::string(to_string(*announce.phase))).done == 0) {
    violate("Durable first: done is announced before the ledger holds it");
  }
  if (announce.kind == Kind::kHeld && !truth.failed) {
    violate("Durable first: a failure is announced before the ledger holds it");
  }
  if (announce.kind == Kind::kLive || announce.kind == Kind::kLiveFlagged) {
    if (!truth.live) violate("Durable first: live is announced before the ledger holds it");
    if (confirmed_ < truth.gate_position)
      violate("Durable first: live is announced before the table is in effect");
  }
  return Outcome::kDone;
}

World::Outcome World::carry_out(const rollout::Ready&) {
  if (ready_said_) violate("ready is said twice");
  ready_said_ = true;
  for (const PlannedVersion& version : plan_.versions) {
    const VersionTruth& truth = ledger_.versions[version.key];
    if (!truth.live && !truth.failed)
      violate("Durable first: ready, but " + to_text(version.key) + " is not");
  }
  return Outcome::kDone;
}

}  // namespace exo
