// Carries out what the rollout core decides about scripts: starts one process per attempt, passes on what it
// says, and ends it.
//
// Each attempt's process is an instance like any other: it has an id of its own, a token, and registers with
// the broker. The runner knows which instance belongs to which attempt, so that whatever comes from the bus
// or from the keeper reaches the rollout core under the attempt's name, and what comes from a process that is
// no longer known reaches nobody.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "bus/broker.h"
#include "bus/events.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/script_message.h"
#include "host/keeper_client.h"
#include "host/launcher.h"
#include "host/script_kill.h"
#include "services/application.h"

namespace exo {

using RolloutInputs = std::deque<rollout::Input>;

// Used by the host's thread. What it learns is pushed to `inputs`, which it does not own; so are the
// application, the broker, the keeper and the launcher.
class ScriptRunner {
 public:
  struct Parts {
    const Application& application;
    Broker& broker;
    KeeperClient& keeper;
    Launcher& launcher;
    RolloutInputs& inputs;
    // Asked before each start: a host that has lost its ledger starts nothing.
    std::function<Result<void>()> may_start;
    std::optional<ScriptKill> kill = {};  // the one attempt that is ended on purpose
  };
  explicit ScriptRunner(Parts parts) : parts_(std::move(parts)) {}

  // What the rollout core asks for.
  void start(const rollout::StartScript& start);
  void send_start(const rollout::SendStart& start);
  void acknowledge(const rollout::AcknowledgeCheckpoint& acknowledge);
  void acknowledge(const rollout::AcknowledgeFollow& acknowledge);
  void end(const rollout::EndScript& end);

  // What happened; true when it was about a script. Events of instances that are none are left to others.
  bool registered(const InstanceRegistered& event);
  bool said(const MessageToExo& message);
  bool active(const ScriptActive& event);
  bool spent(const AllowanceSpent& event);
  bool failed_to_start(const ProcessFailedToStart& event);
  bool exited(const ProcessExited& event);

  // The instance that an attempt's process is; empty where it has none.
  std::string instance_of(const rollout::AttemptId& id) const;
  // The instances whose processes are there, for the order of stopping.
  std::vector<std::string> instances() const;

 private:
  struct Attempt {
    rollout::AttemptKey key;
    std::string log;
  };
  const Attempt* find(const std::string& instance) const;
  void answer(const rollout::AttemptId& id, const std::string& message_id, ScriptWord word);
  std::optional<std::string> why_refused(const std::optional<rollout::Input>& input,
                                         const VersionKey& version) const;
  void refuse(const MessageToExo& message, const std::string& code, const std::string& reason);
  void gone(const std::string& instance);

  Parts parts_;
  std::map<std::string, Attempt> attempts_;  // by instance
};

}  // namespace exo
