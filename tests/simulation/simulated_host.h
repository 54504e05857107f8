// One host of a schedule, from its start to its death: the real rollout core and the real record over a
// ledger that fails, and what a host does with the core's actions, each checked before it is done.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "deployment-scripts/rollout.h"
#include "host/follow_desk.h"
#include "host/record.h"
#include "tests/simulation/environment.h"
#include "tests/simulation/invariants.h"
#include "tests/simulation/load_truth.h"
#include "tests/simulation/simulated_broker.h"
#include "tests/simulation/simulated_follow_outside.h"
#include "tests/simulation/simulated_traffic.h"

namespace exo {

class SimulatedHost {
 public:
  // Takes the environment over from whoever had it. `life` numbers the hosts of a schedule.
  SimulatedHost(SimulatedEnvironment& environment, std::size_t life);
  SimulatedHost(const SimulatedHost&) = delete;
  SimulatedHost& operator=(const SimulatedHost&) = delete;

  // Replays the ledger, and begins. It may die of that.
  void begin();

  std::size_t life() const { return life_; }
  bool is_alive() const { return is_alive_; }
  void die();
  // Between two actions, as by SIGSTOP; it does nothing until go_on().
  bool is_frozen() const { return is_frozen_; }
  void freeze() { is_frozen_ = true; }
  void go_on();
  // It is stopped just before that, and does it first when it goes on.
  void sleep_before(std::function<void()> deed);
  // It knows that it must not decide anything any more.
  bool gave_up() const { return gave_up_; }
  bool said_ready() const { return said_ready_; }
  const Rollout& rollout() const { return rollout_; }
  HostFacts facts() const;

  // What its processes say; it hears it later, or never.
  void say(std::vector<rollout::Input> words);
  bool has_words() const { return !inbox_.empty(); }
  void deliver_one();
  void double_one();

  bool broker_has_words() const { return broker_.has_words_to_take(); }
  void let_broker_take_word();
  // One message of production, to any role.
  void send_production_message();

  // One write of production, to any role; it may be followed.
  void send_write();
  void let_receivers_work();
  // The bus goes, as the host or its keeper does.
  void sever_bus() { traffic_.sever(); }
  const SimulatedTraffic& traffic() const { return traffic_; }
  bool has_more_of_traffic() const {
    return has_words() || traffic_.has_work() || traffic_.has_events() || broker_.has_words_to_take() ||
           traffic_.holds_anything();
  }

  // The version that production is sent to; nullopt where it is held, or waits.
  std::optional<VersionKey> serving(const std::string& role) const;
  const std::set<VersionKey>& ready_versions() const { return ready_; }
  void change_instances();
  void make_instances_ready();
  void pass_time();
  void send_nonsense();
  // A person decides about some phase, whether it fits or not.
  void decide_something();
  // A person resumes whatever is paused.
  void resume_everything();
  // A person's message past a gate is recorded beside what the core wants.
  void record_message_past_gate();
  // What scripts are to be slowed down by is looked at, and told later.
  void look_at_load();
  void tell_to_stop();

 private:
  bool can_act() const { return is_alive_ && !is_frozen_ && environment_.sound(); }
  void feed(rollout::Input input);
  void take_next();
  bool carry_out_waiting();
  void come_to_rest();
  Result<void> append(const LedgerEvent& event);
  void decide(Decision decision);
  void know_pauses_of_running();
  void know_pause(const VersionKey& version, const std::string& phase);
  void give_up();
  void publish(const std::vector<VersionStatus>& versions);
  void drive_desk();
  const std::optional<ThrottleSettings>& throttle_of(const rollout::AttemptKey& key) const;
  void could_not_start(const rollout::AttemptKey& key, const char* stage, const char* reason);
  void hear_of_load(const rollout::Input& input);
  const rollout::AttemptKey* find_slowable(const rollout::AttemptId& id);
  std::string check_load();
  std::string check_pace(const rollout::AttemptKey& key);
  std::string check_stall(const LedgerEvent& event) const;
  void stall_what_stands_still();
  void open_too_early(const LedgerEvent& event);
  rollout::Input take_one();
  bool is_lost(const rollout::Input& input);
  Fate choose_fate();
  bool run_lock_is_held(const rollout::AttemptKey& key) const;
  bool has_running_script() const;
  SimulatedScript* find_script(const rollout::AttemptId& id);

  void carry_out(const rollout::Append& wanted);
  void carry_out(const rollout::StartInstances& start);
  void carry_out(const rollout::StartScript& start);
  void carry_out(const rollout::SendStart& start);
  void carry_out(const rollout::AcknowledgeCheckpoint& acknowledge);
  void carry_out(const rollout::AcknowledgeFollow& acknowledge);
  void carry_out(const rollout::EndScript& end);
  void carry_out(const rollout::PublishTable& publish);
  void carry_out(const rollout::Announce& announce);
  void carry_out(const rollout::Decided& answer);
  void carry_out(const rollout::Ready& ready);

  SimulatedEnvironment& environment_;
  std::size_t life_;
  SimulatedLedger ledger_;
  Rollout rollout_;
  Record record_;
  SimulatedBroker broker_;
  SimulatedTraffic traffic_;
  SimulatedFollowOutside follow_outside_;
  RolloutInputs desk_inputs_;
  FollowDesk follow_desk_;
  std::vector<rollout::Input> inbox_;
  std::optional<rollout::Input> next_;       // what the core is told next
  std::deque<rollout::Action> waiting_;      // to be carried out
  std::vector<std::function<void()>> late_;  // what it was about to do when it was stopped
  LoadTruth load_;
  // Of attempts that were to be started, and are not: the core has yet to hear of that.
  std::map<rollout::AttemptId, rollout::AttemptKey> unstarted_;
  std::set<VersionKey> started_;     // StartInstances was asked for
  std::set<VersionKey> ready_;       // the core was told that they are
  std::set<VersionKey> let_down_;    // had no ready instance once
  std::size_t failures_before_ = 0;  // in the ledger when it began
  std::size_t failures_announced_ = 0;
  std::size_t decisions_ = 0;
  std::set<std::string> open_decisions_;  // without an answer yet
  bool is_alive_ = true;
  bool is_frozen_ = false;
  bool gave_up_ = false;
  bool is_stopping_ = false;
  bool said_ready_ = false;
};

}  // namespace exo
