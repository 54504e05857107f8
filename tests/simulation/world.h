// The world around the rollout core in one schedule: it plays the host and all that the host talks to, and
// checks the invariants after every action.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "deployment-scripts/rollout.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/random.h"
#include "tests/simulation/simulated_script.h"
#include "tests/simulation/simulation.h"
#include "tests/simulation/truth.h"

namespace exo {

class World {
 public:
  explicit World(const SimulationOptions& options);

  SimulationReport run();

 private:
  // Wild: everything may fail. Calm: nothing does any more, so that everything must come to its end.
  enum class Weather { kWild, kCalm };
  enum class Outcome { kDone, kRefused, kCrashed };

  bool sound() const { return report_.violation.empty(); }
  void violate(const std::string& what);

  // The life of one host.
  void live(Weather weather);
  void be_born();
  void live_wildly();
  void live_calmly();
  void stop_in_order();
  void let_time_flow();
  void end_life();
  bool lacks_a_role(const PlannedVersion& version);
  void check_end();

  // What may happen next.
  void happen();
  void deliver_one();
  rollout::Input take_one();
  void double_one();
  void let_script_act();
  void change_instances();
  void pass_time();
  void send_nonsense();
  void make_instances_ready();

  // The host.
  void feed(rollout::Input input);
  Outcome carry_out(const rollout::Action& action);
  Outcome carry_out(const rollout::Append& append);
  Outcome carry_out(const rollout::StartInstances& start);
  Outcome carry_out(const rollout::StartScript& start);
  Outcome carry_out(const rollout::SendStart& start);
  Outcome carry_out(const rollout::AcknowledgeCheckpoint& acknowledge);
  Outcome carry_out(const rollout::EndScript& end);
  Outcome carry_out(const rollout::PublishTable& publish);
  Outcome carry_out(const rollout::Announce& announce);
  Outcome carry_out(const rollout::Ready& ready);

  // The ledger.
  void store(const LedgerEvent& event);
  void apply(LedgerEvent event);
  void check_event_against_world(const LedgerEvent& event);
  bool refuse(const LedgerEvent& event);

  // The table.
  void check_table(const std::vector<VersionStatus>& table);
  bool must_serve(const VersionKey& key);
  bool may_serve(const VersionKey& key);

  SimulatedScript* running_script();
  SimulatedScript* find_script(const rollout::AttemptId& id);
  bool is_lost(const rollout::Input& input);
  Fate choose_fate();
  void note(const std::string& text);

  SimulationOptions options_;
  Random random_;
  SimulationReport report_;
  Weather weather_ = Weather::kWild;
  Plan plan_;
  std::size_t life_ = 0;
  MonotonicTime now_;

  SimulatedLedger ledger_;
  std::optional<LedgerEvent> refused_but_recorded_;
  bool ledger_refuses_ = false;
  std::map<rollout::AttemptId, std::uint64_t> saved_checkpoints_;

  std::unique_ptr<Rollout> rollout_;
  std::vector<rollout::Input> inbox_;
  std::vector<SimulatedScript> scripts_;
  std::set<VersionKey> started_;   // StartInstances was asked for in this life
  std::set<VersionKey> ready_;     // the host was told that they are ready
  std::set<VersionKey> let_down_;  // had no ready instance once in this life
  std::uint64_t confirmed_ = 0;    // the newest table that the host was told of
  std::size_t failures_stored_ = 0;
  std::size_t failures_announced_ = 0;
  bool crashed_ = false;
  bool stopping_ = false;
  bool ready_said_ = false;
};

}  // namespace exo
