// Instances and scripts, as a simulated host starts, ends and hears of them.
#include <algorithm>
#include <vector>

#include "tests/simulation/simulated_host.h"

namespace exo {

void SimulatedHost::carry_out(const rollout::StartInstances& start) {
  if (is_stopping_) environment_.violate("Once: a host that stops starts instances");
  if (!environment_.truth.of(start.version).introduced) {
    environment_.violate("Durable first: a version starts before it is introduced");
  }
  started_.insert(start.version);
  inbox_.emplace_back(rollout::InstanceStarted{start.version});
  if (environment_.keeper.kept.count(start.version) > 0) {
    ready_.insert(start.version);
    inbox_.emplace_back(rollout::InstanceReady{start.version});
  }
}

void SimulatedHost::carry_out(const rollout::StartScript& start) {
  if (is_stopping_) environment_.violate("Once: a host that stops starts a script");
  const bool ignores_epoch = environment_.options.mutation == Mutation::kStartWithStaleEpoch;
  if (!ignores_epoch && !ledger_.check_place()) return give_up();
  environment_.violate(check_start(environment_, facts(), start.key));
  if (run_lock_is_held(start.key) && environment_.options.mutation != Mutation::kIgnoreRunLock) {
    ++environment_.report.lock_waits;
    return could_not_start(start.key, "lock", "another process holds it");
  }
  if (environment_.strikes(1, 20)) {
    return could_not_start(start.key, "exec", "not found");
  }
  const PlannedVersion* planned = environment_.plan.find(start.key.version);
  environment_.scripts.emplace_back(start.key, life_, choose_fate(),
                                    planned ? planned->handles() : std::vector<std::string>(),
                                    planned != nullptr && planned->asks_to_follow);
}

bool SimulatedHost::run_lock_is_held(const rollout::AttemptKey& key) const {
  const auto& scripts = environment_.scripts;
  const bool lets_go = environment_.options.mutation == Mutation::kLetGoOfRunLock;
  return std::any_of(scripts.begin(), scripts.end(), [&](const SimulatedScript& script) {
    return script.runs_phase_of(key) && !(lets_go && script.life() != life_);
  });
}

void SimulatedHost::carry_out(const rollout::SendStart& start) {
  environment_.violate(check_start_message(environment_, facts(), start));
  SimulatedScript* script = find_script(start.key.id);
  const bool lost = environment_.strikes(1, 30);
  if (script != nullptr && !lost) script->start_message_arrives(start.checkpoint);
}

void SimulatedHost::could_not_start(const rollout::AttemptKey& key, const char* stage, const char* reason) {
  inbox_.emplace_back(rollout::ScriptCouldNotStart{key.id, stage, reason});
  unstarted_.insert_or_assign(key.id, key);
}

void SimulatedHost::carry_out(const rollout::EndScript& end) {
  unstarted_.erase(end.key.id);
  SimulatedScript* script = find_script(end.key.id);
  if (script == nullptr || !script->runs()) return;
  if (environment_.options.mutation == Mutation::kReportExitTooEarly) {
    inbox_.emplace_back(rollout::ScriptExited{end.key.id, "killed by SIGTERM", {}, ""});
  } else {
    script->told_to_end();
  }
}

void SimulatedHost::carry_out(const rollout::AcknowledgeCheckpoint& acknowledge) {
  environment_.violate(check_acknowledgement(environment_, acknowledge));
}

void SimulatedHost::carry_out(const rollout::AcknowledgeFollow& acknowledge) {
  environment_.violate(check_follow_acknowledgement(environment_, facts(), acknowledge));
  SimulatedScript* script = find_script(acknowledge.id);
  if (script != nullptr && !environment_.strikes(1, 30)) script->hears_that_it_follows();
}

SimulatedScript* SimulatedHost::find_script(const rollout::AttemptId& id) {
  for (SimulatedScript& script : environment_.scripts) {
    if (script.key().id == id && script.life() == life_) return &script;
  }
  return nullptr;
}

Fate SimulatedHost::choose_fate() {
  if (!environment_.is_wild()) return Fate::kSucceeds;
  static const std::vector<Fate> kFates{Fate::kSucceeds,
                                        Fate::kSucceeds,
                                        Fate::kSucceedsAndExits,
                                        Fate::kSucceedsAndExits,
                                        Fate::kSaysFailed,
                                        Fate::kSaysFailed,
                                        Fate::kLosesMessages,
                                        Fate::kExitsEarly,
                                        Fate::kExits,
                                        Fate::kExits,
                                        Fate::kHangs,
                                        Fate::kNeverRegisters};
  return environment_.random.one_of(kFates);
}

}  // namespace exo
