// The neighbours of the desk of follows in a simulated host: its broker, a trace, and a disk that fails.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/follow_outside.h"
#include "tests/simulation/environment.h"
#include "tests/simulation/simulated_broker.h"
#include "tests/simulation/simulated_follow_disk.h"

namespace exo {

class SimulatedFollowOutside final : public FollowOutside {
 public:
  SimulatedFollowOutside(SimulatedEnvironment& environment, SimulatedBroker& broker, FollowDiskUser user)
      : environment_(environment), broker_(broker), user_(std::move(user)) {
    if (environment_.options.mutation == Mutation::kShareFollowLog) user_.epoch = 0;
  }

  void recorded(std::uint64_t number) override { broker_.recorded(number); }
  void replay(ReplayedCommand command) override { broker_.replay(std::move(command)); }
  void say(std::string_view text) override { tell(text); }
  void warn(std::string_view text) override { tell(text); }
  void note(std::string_view text) override { tell(text); }
  std::vector<std::string> runs_with_log() override { return environment_.follow_disk.runs(); }
  std::unique_ptr<FollowFile> log_of(const std::string& run, std::uint64_t since) override {
    return environment_.follow_disk.log_of({.run = run, .follow = since, .epoch = user_.epoch}, environment_,
                                           user_);
  }
  void remove_logs(const std::string& run) override {
    auto remove = [&environment = environment_, run, epoch = user_.epoch] {
      environment.follow_disk.remove(run, epoch);
    };
    environment_.strikes(1, 20) ? user_.sleep(remove) : remove();
  }

 private:
  void tell(std::string_view text) {
    if (environment_.is_traced()) environment_.note("   desk: " + std::string(text));
  }

  SimulatedEnvironment& environment_;
  SimulatedBroker& broker_;
  FollowDiskUser user_;
};

}  // namespace exo
