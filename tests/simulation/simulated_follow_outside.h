// The neighbours of the desk of follows in a simulated host: its broker, a trace, and a disk that fails.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/follow_outside.h"
#include "tests/simulation/environment.h"
#include "tests/simulation/simulated_broker.h"

namespace exo {

class SimulatedFollowOutside final : public FollowOutside {
 public:
  // `owns`: the environment was not taken over. `die` ends the host in the middle of a write.
  SimulatedFollowOutside(SimulatedEnvironment& environment, SimulatedBroker& broker,
                         std::function<bool()> owns, std::function<void()> die)
      : environment_(environment), broker_(broker), owns_(std::move(owns)), die_(std::move(die)) {}

  void recorded(std::uint64_t number) override { broker_.recorded(number); }
  void replay(ReplayedCommand command) override { broker_.replay(std::move(command)); }
  void say(std::string_view text) override { tell(text); }
  void warn(std::string_view text) override { tell(text); }
  void note(std::string_view text) override { tell(text); }
  bool owns_logs() override { return owns_() || environment_.options.mutation == Mutation::kKeepStaleLogs; }
  std::vector<std::string> runs_with_log() override { return environment_.follow_disk.runs(); }
  std::unique_ptr<FollowFile> log_of(const std::string& run) override {
    return environment_.follow_disk.log_of(run, environment_, die_);
  }
  void remove_log(const std::string& run) override { environment_.follow_disk.remove(run); }

 private:
  void tell(std::string_view text) {
    if (environment_.is_traced()) environment_.note("   desk: " + std::string(text));
  }

  SimulatedEnvironment& environment_;
  SimulatedBroker& broker_;
  std::function<bool()> owns_;
  std::function<void()> die_;
};

}  // namespace exo
