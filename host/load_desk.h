// Samples the signals by which running scripts are to be slowed down: asks the broker how long production's
// commands take, and has commands run that say whether it suffers.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bus/broker.h"
#include "deployment-scripts/rollout.h"
#include "deployment-scripts/rollout_input.h"
#include "host/keeper_client.h"
#include "host/launcher.h"
#include "host/load_probe.h"
#include "host/load_window.h"

namespace exo {

// Used by the host's thread; owns nothing of its parts. What a signal was before dies with the host: the next
// one begins with what it sees itself.
class LoadDesk {
 public:
  struct Parts {
    Broker& broker;
    KeeperClient& keeper;
    Launcher& launcher;
    const Rollout& rollout;
    std::deque<rollout::Input>& inputs;
    std::string host_id;
    // Asked before each start: a host that has lost its ledger starts nothing.
    std::function<Result<void>()> may_start;
  };
  explicit LoadDesk(Parts parts) : parts_(std::move(parts)) {}

  // Asks what is due; begins with signals that are wanted now, and ends with those that are not any more.
  void drive(MonotonicTime now);
  std::optional<MonotonicTime> wake_at() const;

  // What happened; true when it was about a command of this desk.
  void take(const LoadSeen& seen, MonotonicTime now);
  bool failed_to_start(const ProcessFailedToStart& event);
  bool exited(const ProcessExited& event);
  bool owns(const std::string& process) const { return processes_.count(process) > 0; }

 private:
  struct Probe {
    LoadProbe probe;
    std::string process;  // empty: none runs
  };
  struct Watched {
    std::variant<LoadWindow, Probe> signal;
    // How a process of its command is started; good as long as the attempt runs.
    std::function<Result<ProcessSpec>(const std::string& id)> command;
  };

  void follow_wanted();
  Watched watched_for(const rollout::WantedSignal& wanted) const;
  void ask_broker(MonotonicTime now);
  void ask(const rollout::AttemptId& attempt, Watched& watched, MonotonicTime now);
  Result<void> start(Probe& probe, const Watched& watched);
  void end(const std::string& process);
  void tell(const rollout::AttemptId& attempt, LoadSample sample);
  // The attempt for which it was started, when that still wants to know; else null. Forgets the process.
  std::pair<const rollout::AttemptId, Watched>* finished(const std::string& process);

  Parts parts_;
  std::map<rollout::AttemptId, Watched> watched_;
  std::set<std::string> processes_;  // that run, of attempts that have ended, too
  std::uint64_t started_ = 0;
  std::optional<MonotonicTime> ask_broker_at_;  // none: it times nothing
  MonotonicTime look_at_{};
};

}  // namespace exo
