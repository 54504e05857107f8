// Takes people's decisions about deployment scripts from the bus to the rollout core, and its answers back.
//
// The message is in host/decision_message.h. Who decides is whose key let them in; where the bus knows no
// key, as on this machine's own socket, it is whom the command line names: who may read the environment's key
// may write its ledger, too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"
#include "bus/broker.h"
#include "bus/events.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/script_catalog.h"
#include "host/script_runner.h"

namespace exo {

// Used by the host's thread; owns nothing of its parts.
class ScriptDesk {
 public:
  struct Parts {
    Broker& broker;
    RolloutInputs& inputs;
    const std::filesystem::path& application;
    const std::map<VersionKey, std::filesystem::path>& copies;  // where the scripts of these versions are
    const ScriptCatalog& catalog;                               // as the host began with it
    const RolloutRecord& record;                                // as far as the ledger has it
    const std::string& environment;
  };
  explicit ScriptDesk(Parts parts) : parts_(parts) {}

  void joined(const InstanceRegistered& person);
  void left(const std::string& instance) { names_.erase(instance); }

  // An operator's command that is one: passes it on, or answers with the error. False when it is something
  // else.
  bool take(const MessageToExo& message);
  // What the rollout core made of it.
  void answer(const rollout::Decided& decided);

 private:
  struct Asker {
    std::string instance;
    std::string id;
    std::string activity;
  };
  Result<Decision> read(const MessageToExo& message) const;
  Result<void> add_script(Decision& decision) const;
  void refuse(const Asker& asker, const Error& error);

  Parts parts_;
  std::map<std::string, std::string> names_;  // of people whose key is known, by instance
  std::map<std::string, Asker> askers_;       // by the decision's id
  std::uint64_t taken_ = 0;
};

}  // namespace exo
