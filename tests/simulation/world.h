// The scheduler of one schedule: it lets hosts, scripts, brokers and the clock go on in an order that only
// chance decides, breaks what can break, and sees after every step whether the invariants hold.
#pragma once

#include <cstddef>
#include <memory>

#include "tests/simulation/environment.h"
#include "tests/simulation/simulated_host.h"
#include "tests/simulation/simulation.h"

namespace exo {

class World {
 public:
  explicit World(const SimulationOptions& options) : environment_(options) {}

  SimulationReport run();

 private:
  // The time of one host, or of several that take over from each other.
  void live(Weather weather);
  void live_wildly();
  void live_calmly();
  bool has_come_to_rest() const;
  bool has_ended() const;
  void stop_in_order();
  void let_time_flow();
  void end_host();
  void check_end();

  // What may happen next.
  void happen();
  void happen_to(SimulatedHost& host);
  void happen_to_former();
  void happen_to_frozen();
  void let_script_act();
  void lose_followed();

  // A second host.
  void start_host();
  void take_over();
  void end_former();
  void end_scripts_of(std::size_t life);
  void end_script(SimulatedScript& script);
  void record_end(const SimulatedScript& script);
  SimulatedHost* host_of(const SimulatedScript& script);

  SimulatedScript* running_script();

  SimulatedEnvironment environment_;
  bool outlives_ = false;  // the keeper its hosts, as under `exo host`
  std::size_t lives_ = 0;
  std::size_t calm_writes_ = 0;
  std::unique_ptr<SimulatedHost> host_;    // the owner of the environment
  std::unique_ptr<SimulatedHost> former_;  // one that was taken over from, and spared
};

}  // namespace exo
