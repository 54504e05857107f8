// A bench for the rollout core: plays the host, with a ledger in memory, and remembers all that was asked of
// it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "deployment-scripts/limits.h"
#include "deployment-scripts/rollout.h"
#include "deployment-scripts/script_message.h"
#include "ledger/event.h"

namespace exo {

inline Script make_script(const VersionKey& version, ScriptSettings settings = {}) {
  const std::string name = "deployment-scripts/" + version.role + "-" + version.version;
  return Script{.brings_in = version,
                .kind = ScriptKind::kLoader,
                .name = name + ".js",
                .path = "/application/" + name + ".js",
                .folder = "/application",
                .settings = std::move(settings),
                .settings_file = name + ".yml",
                .digest = "d1",
                .digest_algorithm = "sha256/lf"};
}

inline rollout::VersionToBringIn plain(const VersionKey& version) {
  return {.key = version};
}

inline rollout::VersionToBringIn with_script(const VersionKey& version, ScriptSettings settings = {}) {
  return {.key = version, .script = make_script(version, std::move(settings))};
}

// The same settings for both phases.
inline ScriptSettings both_phases(const PhaseSettings& settings) {
  return {settings, settings};
}

inline std::string start_name(const VersionKey& version, Phase phase) {
  return script_message_name(version, phase, ScriptWord::kStart);
}

inline std::vector<std::string> handles_both(const VersionKey& version) {
  return {start_name(version, Phase::kOffline), start_name(version, Phase::kOnline)};
}

// Feeds inputs and carries the actions out until there are none. The broker confirms each table at once
// unless `confirms_tables` is false; the ledger takes everything unless `ledger_refuses`.
class RolloutBench {
 public:
  explicit RolloutBench(std::vector<LedgerEvent> ledger = {}) : ledger_(std::move(ledger)) {
    for (const LedgerEvent& event : ledger_) rollout_.apply(event);
  }

  void begin(std::vector<rollout::VersionToBringIn> versions, const std::string& environment = "local",
             std::vector<Script> other_scripts = {}, std::vector<rollout::SeenExit> exits = {}) {
    feed(rollout::Begin{.versions = std::move(versions),
                        .other_scripts = std::move(other_scripts),
                        .host = "host-1",
                        .environment = environment,
                        .who = "kim",
                        .exits = std::move(exits)});
  }

  void feed(const rollout::Input& input) {
    std::deque<rollout::Input> inputs{input};
    while (!inputs.empty()) {
      const rollout::Input next = std::move(inputs.front());
      inputs.pop_front();
      transcript_ += "> " + rollout::describe(next) + "\n";
      settle(next, inputs);
    }
  }

  // Lets time pass in one go, then ticks.
  void wait(std::chrono::milliseconds time) {
    now_ += time;
    feed(rollout::Tick{});
  }
  // Lets time pass up to each moment that the core asked for, at most `time`.
  void wait_step_by_step(std::chrono::milliseconds time) {
    const MonotonicTime end = now_ + time;
    while (rollout_.wake_at() && *rollout_.wake_at() <= end) {
      now_ = *rollout_.wake_at();
      feed(rollout::Tick{});
    }
    now_ = end;
    feed(rollout::Tick{});
  }

  void ready(const VersionKey& version) { feed(rollout::InstanceReady{version}); }

  // --- one attempt, as a script lives it ---
  rollout::AttemptId attempt(const VersionKey& version) const {
    for (const rollout::AttemptKey& key : rollout_.running_scripts()) {
      if (key.version == version) return key.id;
    }
    ADD_FAILURE() << "no attempt of " << to_text(version) << " is under way:\n" << transcript_;
    return {};
  }
  bool has_attempt(const VersionKey& version) const {
    const auto all = rollout_.running_scripts();
    return std::any_of(all.begin(), all.end(), [&](const auto& key) { return key.version == version; });
  }
  void registers(const VersionKey& version) { registers(version, handles_both(version)); }
  void registers(const VersionKey& version, std::vector<std::string> handles) {
    feed(rollout::ScriptRegistered{attempt(version), std::move(handles)});
  }
  void says_done(const VersionKey& version) { feed(rollout::ScriptSaidDone{attempt(version)}); }
  void exits(const VersionKey& version, const std::string& status = "exit code 0") {
    feed(rollout::ScriptExited{attempt(version), status, {"last line"}, "/logs/run.log"});
  }
  // Registers, says done, is ended.
  void succeeds(const VersionKey& version) {
    registers(version);
    says_done(version);
    exits(version);
  }
  // Registers, says failed, is ended.
  void fails(const VersionKey& version, const std::string& reason = "no such table") {
    registers(version);
    feed(rollout::ScriptSaidFailed{attempt(version), reason});
    exits(version);
  }

  // A person's decision, and what came of it.
  rollout::Decided decides(DecisionVerb verb, const VersionKey& version,
                           std::optional<Phase> phase = std::nullopt,
                           const std::string& reason = "I looked") {
    return decides({.verb = verb, .version = version, .phase = phase, .reason = reason, .who = "anna"});
  }
  rollout::Decided decides(const Decision& decision) {
    const std::string id = "decision-" + std::to_string(++decisions_);
    feed(rollout::Decide{id, decision});
    return answer_to(id);
  }
  rollout::Decided answer_to(const std::string& id) const {
    for (const auto& decided : all<rollout::Decided>()) {
      if (decided.id == id) return decided;
    }
    ADD_FAILURE() << id << " has no answer:\n" << transcript_;
    return {};
  }

  // --- what came of it ---
  const Rollout& rollout() const { return rollout_; }
  const std::vector<LedgerEvent>& ledger() const { return ledger_; }
  const std::string& transcript() const { return transcript_; }
  const std::vector<rollout::Action>& actions() const { return actions_; }
  MonotonicTime now() const { return now_; }

  // "version-introduced, gate-opened, version-live": the events about one version, in order.
  std::string events_of(const VersionKey& version) const {
    std::string text;
    for (const LedgerEvent& event : ledger_) {
      if (VersionKey{event.role, event.version} != version) continue;
      text += (text.empty() ? "" : ", ") + event.type;
    }
    return text;
  }
  VersionStatus status(const VersionKey& version) const {
    for (const VersionStatus& each : rollout_.status()) {
      if (each.key == version) return each;
    }
    ADD_FAILURE() << "no status of " << to_text(version);
    return {};
  }
  template <typename Action>
  std::vector<Action> all() const {
    std::vector<Action> found;
    for (const rollout::Action& action : actions_) {
      if (const auto* one = std::get_if<Action>(&action)) found.push_back(*one);
    }
    return found;
  }
  std::vector<rollout::Announce> announced(rollout::AnnouncementKind kind) const {
    std::vector<rollout::Announce> found;
    for (const auto& each : all<rollout::Announce>()) {
      if (each.kind == kind) found.push_back(each);
    }
    return found;
  }
  // Where the first action of this kind is among all actions; their number when there is none.
  template <typename Action>
  std::size_t place_of() const {
    return place_of([](const rollout::Action& action) { return std::holds_alternative<Action>(action); });
  }
  std::size_t place_of_event(const std::string& type) const {
    return place_of([&](const rollout::Action& action) {
      const auto* append = std::get_if<rollout::Append>(&action);
      return append != nullptr && append->event.type == type;
    });
  }
  void forget_actions() { actions_.clear(); }

  // An event that was refused is in the ledger after all.
  void finds_in_ledger(LedgerEvent event) {
    event.sequence = ledger_.size() + 1;
    ledger_.push_back(event);
    rollout_.apply(event);
    transcript_ += "> found in the ledger: " + event.type + "\n";
    feed(rollout::Tick{});
  }

  bool confirms_tables = true;
  bool ledger_refuses = false;

 private:
  template <typename Predicate>
  std::size_t place_of(Predicate predicate) const {
    return static_cast<std::size_t>(std::find_if(actions_.begin(), actions_.end(), predicate) -
                                    actions_.begin());
  }

  void settle(rollout::Input input, std::deque<rollout::Input>& inputs) {
    for (int rounds = 0; rounds < 1000; ++rounds) {
      const std::vector<rollout::Action> actions = rollout_.step(input, now_);
      if (actions.empty()) return;
      input = rollout::Tick{};
      for (const rollout::Action& action : actions) {
        actions_.push_back(action);
        transcript_ += "  " + rollout::describe(action) + "\n";
        if (const auto* append = std::get_if<rollout::Append>(&action)) {
          if (!store(append->event)) {
            input = rollout::AppendFailed{"disk full"};
            transcript_ += "> " + rollout::describe(input) + "\n";
          }
        } else if (std::holds_alternative<rollout::PublishTable>(action) && confirms_tables) {
          inputs.emplace_back(rollout::TableInEffect{rollout_.position()});
        }
      }
    }
    ADD_FAILURE() << "the core never settles:\n" << transcript_;
  }

  bool store(LedgerEvent event) {
    if (ledger_refuses) return false;
    const auto checked = check_event(event);
    EXPECT_TRUE(checked.ok()) << (checked.ok() ? "" : checked.error().message);
    event.sequence = ledger_.size() + 1;
    ledger_.push_back(event);
    rollout_.apply(event);
    return true;
  }

  std::vector<LedgerEvent> ledger_;
  Rollout rollout_;
  MonotonicTime now_ = MonotonicTime{} + std::chrono::hours{1};
  std::vector<rollout::Action> actions_;
  std::string transcript_;
  unsigned decisions_ = 0;
};

}  // namespace exo
