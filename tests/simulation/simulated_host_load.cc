// Production's load under a simulated host: what is seen of it, and whether scripts are slowed down by it.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "deployment-scripts/script.h"
#include "tests/simulation/simulated_host.h"

namespace exo {
namespace {

LoadSample sample_of(SimulatedEnvironment::Production production) {
  using Production = SimulatedEnvironment::Production;
  switch (production) {
    case Production::kWell:
      return {};
    case Production::kSuffers:
      return {.load = LoadSample::Load::kSlow, .because = "todo.ask p99 83 ms > 50 ms", .trouble = ""};
    case Production::kUnknown:
      break;
  }
  const std::string no_answer = "./is-slow.sh ended with exit code 127";
  return {.load = LoadSample::Load::kSlow, .because = no_answer, .trouble = no_answer};
}

}  // namespace

const std::optional<ThrottleSettings>& SimulatedHost::throttle_of(const rollout::AttemptKey& key) const {
  return environment_.plan.find(key.version)->settings.of(key.phase).throttle;
}

// Now and then its word comes when the attempt is over.
void SimulatedHost::look_at_load() {
  if (!can_act()) return;
  std::vector<rollout::Input> seen;
  for (const rollout::WantedSignal& wanted : rollout_.wanted_signals()) {
    seen.emplace_back(rollout::LoadSampled{wanted.key->id, sample_of(environment_.production())});
  }
  for (rollout::Input& input : seen) {
    environment_.strikes(1, 4) ? inbox_.push_back(std::move(input)) : feed(std::move(input));
  }
}

// As the core is told it, whatever it makes of it.
void SimulatedHost::hear_of_load(const rollout::Input& input) {
  if (const auto* failure = std::get_if<rollout::ScriptCouldNotStart>(&input)) unstarted_.erase(failure->id);
  const auto* sampled = std::get_if<rollout::LoadSampled>(&input);
  if (sampled == nullptr || ledger_.is_stale()) return;
  const rollout::AttemptKey* key = find_slowable(sampled->id);
  if (key == nullptr) return;
  const auto& throttle = throttle_of(*key);
  if (!throttle || !throttle->when) return;
  if (environment_.truth.of(key->version).of(std::string(to_string(key->phase))).paused) return;
  load_.take(*key, *throttle, sampled->sample, environment_.now);
}

// Whose word counts; also that of one of which nobody knows yet that it was not started.
const rollout::AttemptKey* SimulatedHost::find_slowable(const rollout::AttemptId& id) {
  if (const SimulatedScript* script = find_script(id))
    return script->may_be_slowed() ? &script->key() : nullptr;
  const auto found = unstarted_.find(id);
  if (found == unstarted_.end()) return nullptr;
  const PlannedVersion* planned = environment_.plan.find(found->second.version);
  return planned != nullptr && has_part(found->second, planned->handles()) ? &found->second : nullptr;
}

// When the core has come to rest: each script that is at work.
std::string SimulatedHost::check_load() {
  if (load_.owes_people_a_word()) return "No silence: a script goes slower or faster, and nobody is told";
  for (const SimulatedScript& script : environment_.scripts) {
    if (script.life() != life_ || !script.is_at_work() || script.key().is_trial()) continue;
    if (std::string violation = check_pace(script.key()); !violation.empty()) return violation;
  }
  return "";
}

std::string SimulatedHost::check_pace(const rollout::AttemptKey& key) {
  const PhaseTruth& phase = environment_.truth.of(key.version).of(std::string(to_string(key.phase)));
  const auto& throttle = throttle_of(key);
  const RoutingTable* table = broker_.newest();
  const auto* routes = table == nullptr ? nullptr : table->find_script(bus_role(key.version));
  if (routes == nullptr) return "No silence: a script is at work that no table knows";
  const std::optional<Rate> at_most = load_.at_most(key.id, throttle, phase);
  if (routes->at_most != at_most) {
    const auto text = [](const auto& rate) { return rate ? to_string(*rate) : std::string("all"); };
    return "Old stays: the script of " + to_text(key.version) + " may send " + text(routes->at_most) +
           " and not " + text(at_most);
  }
  const auto wanted = rollout_.wanted_signals();
  const bool is_looked_at =
      std::any_of(wanted.begin(), wanted.end(), [&](const auto& each) { return each.key->id == key.id; });
  const bool is_to_be = throttle && throttle->when && !phase.paused;
  return is_to_be && !is_looked_at ? "Old stays: nobody looks whether production suffers" : "";
}

// The fault of two mutations.
void SimulatedHost::stall_what_stands_still() {
  const Mutation mutation = environment_.options.mutation;
  for (const SimulatedScript& script : environment_.scripts) {
    const rollout::AttemptKey& key = script.key();
    if (!can_act() || script.life() != life_ || !script.is_at_work() || key.is_trial()) continue;
    const PhaseTruth& phase = environment_.truth.of(key.version).of(std::string(to_string(key.phase)));
    const bool is_paused = mutation == Mutation::kClockGoesOnInPause && phase.paused && phase.pause_is_known;
    const bool stands_still =
        mutation == Mutation::kStallAtStandstill && load_.stands_still(key.id, throttle_of(key));
    if (!is_paused && !stands_still) continue;
    LedgerEvent event{.type = std::string(event_type::kAttemptFailed),
                      .role = key.version.role,
                      .version = key.version.version,
                      .phase = std::string(to_string(key.phase)),
                      .generation = key.generation,
                      .run = key.id.run,
                      .attempt = key.id.attempt,
                      .details = R"({"reason":"no message and no progress","stage":"stall"})"};
    static_cast<void>(append(event));
    return;
  }
}

// Silence is what was asked for.
std::string SimulatedHost::check_stall(const LedgerEvent& event) const {
  const bool stalls = event.type == event_type::kAttemptFailed &&
                      event.details.find(R"("stage":"stall")") != std::string::npos &&
                      event.details.find("what it follows could not be replayed") == std::string::npos;
  const VersionKey key{event.role, event.version};
  const PlannedVersion* planned = environment_.plan.find(key);
  if (!stalls || planned == nullptr || event.phase == to_string(Phase::kVerify)) return "";
  const auto& throttle = planned->settings.of(*parse_phase(event.phase)).throttle;
  const bool stands_still = load_.stands_still({event.run, event.attempt}, throttle);
  return stands_still ? "Old stays: an attempt stalls that was to stand still" : "";
}

}  // namespace exo
