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
  const bool tells_of_pace = announce.kind == Told::kSlowed || announce.kind == Told::kSlowedNoMore;
  if (tells_of_pace && environment_.options.mutation == Mutation::kSlowInSilence) return;
  if (announce.kind == Told::kSlowed) ++environment_.report.slowed;
  load_.told(announce);
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
  for (const LedgerEvent& event : answer.events) {
    if (event.type == event_type::kPauseDecided) know_pause({event.role, event.version}, event.phase);
    if (event.sequence > environment_.truth.position()) {
      environment_.violate("Durable first: a decision is answered before the ledger holds it");
    }
  }
}

// A pause that was refused may have reached the disk all the same, and is found there when something else is
// appended: until then its clocks go on, and one of them may have passed. Where that is so its process is
// told to end before the host comes to rest.
void SimulatedHost::know_pauses_of_running() {
  for (const SimulatedScript& script : environment_.scripts) {
    if (!script.runs() || script.is_told_to_end() || script.life() != life_ || script.key().is_trial())
      continue;
    know_pause(script.key().version, std::string(to_string(script.key().phase)));
  }
}

void SimulatedHost::know_pause(const VersionKey& version, const std::string& phase) {
  PhaseTruth& truth = environment_.truth.of(version).of(phase);
  truth.pause_is_known = truth.paused;
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
