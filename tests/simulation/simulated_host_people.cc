// What people hear from a simulated host, and what they decide.
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/simulated_host.h"

namespace exo {

void SimulatedHost::carry_out(const rollout::Announce& announce) {
  using Told = rollout::AnnouncementKind;
  const bool tells_a_failure = announce.kind == Told::kScriptTriesAgain ||
                               announce.kind == Told::kScriptFailed ||
                               announce.kind == Told::kScriptInterrupted;
  if (tells_a_failure && environment_.options.mutation == Mutation::kSwallowFailures) return;
  if (tells_a_failure) ++failures_announced_;
  environment_.violate(check_announcement(environment_, facts(), announce));
}

void SimulatedHost::carry_out(const rollout::Decided& answer) {
  if (open_decisions_.erase(answer.id) == 0) {
    environment_.violate("No silence: a decision is answered twice, or was never made");
  }
  if (!answer.refusal && answer.events.empty()) {
    environment_.violate("No silence: a decision is taken, and nothing is recorded of it");
  }
  if (ledger_.is_stale()) return;
  if (!answer.refusal) environment_.truth.pauses_are_known();
  for (const LedgerEvent& event : answer.events) {
    if (event.sequence > environment_.truth.position()) {
      environment_.violate("Durable first: a decision is answered before the ledger holds it");
    }
  }
}

// In local, so that what is done could be run again; that is left out, since it has its own rules.
void SimulatedHost::decide_something() {
  if (environment_.plan.versions.empty()) return;
  static const std::vector<DecisionVerb> kVerbs{
      DecisionVerb::kRetry,    DecisionVerb::kRetry, DecisionVerb::kSkip,  DecisionVerb::kMarkDone,
      DecisionVerb::kCancel,   DecisionVerb::kUndo,  DecisionVerb::kUndo,  DecisionVerb::kVerify,
      DecisionVerb::kBaseline, DecisionVerb::kPause, DecisionVerb::kPause, DecisionVerb::kResume,
      DecisionVerb::kThrottle};
  Random& random = environment_.random;
  Decision decision{.verb = random.one_of(kVerbs),
                    .version = random.one_of(environment_.plan.versions).key,
                    .reason = "it was looked at",
                    .who = kDecider};
  if (decision.verb == DecisionVerb::kThrottle && random.chance(2, 3)) decision.rate = Rate{20};
  if (random.chance(1, 2)) {
    decision.phase = random.one_of(std::vector<Phase>(kTriedPhases.begin(), kTriedPhases.end()));
  }
  decision.is_forced = random.chance(3, 4);
  decide(std::move(decision));
}

void SimulatedHost::resume_everything() {
  for (const PlannedVersion& version : environment_.plan.versions) {
    for (const Phase phase : kTriedPhases) {
      if (!environment_.truth.of(version.key).of(std::string(to_string(phase))).paused) continue;
      decide({.verb = DecisionVerb::kResume,
              .version = version.key,
              .phase = phase,
              .reason = "it may go on",
              .who = kDecider});
    }
  }
}

void SimulatedHost::decide(Decision decision) {
  const std::string id = "decision-" + std::to_string(++decisions_);
  if (can_act()) open_decisions_.insert(id);
  feed(rollout::Decide{id, std::move(decision)});
}

void SimulatedHost::carry_out(const rollout::Ready&) {
  if (said_ready_) environment_.violate("No silence: ready is said twice");
  said_ready_ = true;
  if (!ledger_.is_stale()) environment_.violate(check_ready(environment_));
}

void SimulatedHost::tell_to_stop() {
  is_stopping_ = true;
  feed(rollout::Stop{});
}

}  // namespace exo
