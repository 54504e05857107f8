// Everything that one process of the fleet needs before it can start: its environment, its token, its port,
// its data folder, its log file and the admission that lets it register.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "bus/events.h"
#include "deployment-scripts/rollout_action.h"
#include "host/instance_ports.h"
#include "host/service_users.h"
#include "host/state_folder.h"
#include "services/application.h"
#include "services/environment_variables.h"
#include "services/keeper/process_spec.h"

namespace exo {

// Where exo itself lies on this machine.
struct Installation {
  std::filesystem::path root;      // holds bus/relays and node_modules
  std::filesystem::path programs;  // holds exo, exo-keeper and the example's services
};

// Found from the running program, or where EXO_ROOT and EXO_BIN say. Error `absent` says what is missing.
Result<Installation> find_installation();

// A process that is ready to be spawned, and how it proves who it is.
struct Launch {
  ProcessSpec process;
  Admission admission;
  std::uint16_t port = 0;  // 0: none
};

// The files that a log of this size is made of.
LogBounds bounds_of(const LogSettings& logs);

// Used by the host's thread. Makes files and folders in the environment's state folder; each token file is
// removed with forget().
class Launcher {
 public:
  struct Context {
    StateFolder state;
    Installation installation;
    std::string bus;      // endpoint
    std::string bus_key;  // public, of a bus that is reached over TCP; empty: it wants no keys
    std::map<std::string, std::uint16_t> public_ports;  // role → port that exo listens on
    ServiceUsers users;
    PortRange ports = ports_below_the_kernels();  // of instances
  };
  Launcher(Context context, const Application& application);

  // Errors: what the state folder or the machine refused, with the code of base/files.h; then nothing is left
  // to forget.
  Result<Launch> instance(const ServiceVersion& version, const std::string& instance);
  Result<Launch> script(const rollout::StartScript& start, const std::string& instance);
  // A process that says whether production suffers, while this attempt runs: as the script's user, in its
  // folder and with its environment, but for what proves who it is. It ends with the host, and there is one
  // at a time. Errors as above.
  Result<ProcessSpec> load_command(const rollout::AttemptKey& attempt, const Script& script,
                                   const std::string& command, const std::string& id);
  // How an instance that an earlier host has started proves who it is. Errors as above, and `absent` where
  // its token is gone; then it cannot come in again.
  Result<Admission> adopt(const ServiceVersion& version, const std::string& instance, std::uint16_t port);
  // Removes what only this process needed. Idempotent.
  void forget(const std::string& instance);

 private:
  Result<Launch> prepare_instance(const ServiceVersion& version, const std::string& instance);
  Result<Launch> prepare_script(const rollout::StartScript& start, const std::string& instance);
  Result<std::string> make_token(const std::string& instance, const UnixUser* user);
  // The public key; its file holds both. Empty where the bus wants none.
  Result<std::string> make_keys(const std::string& instance, const UnixUser* user);
  Result<void> write_secret(const std::string& file, const std::string& content, const UnixUser* user);
  std::string token_file(const std::string& instance) const;
  std::string keys_file(const std::string& instance) const;
  // `data` is the name of its folder; null for `user`: who exo is.
  Result<InstanceIdentity> identity(const std::string& instance, const std::string& data,
                                    const UnixUser* user);
  Result<void> make_folder_of(const std::string& folder, const UnixUser* user) const;
  bool may_be_handed_to(const UnixUser* user) const;
  std::string python_cache(const UnixUser* user) const;
  std::vector<RoleAddress> addresses() const;
  std::string told_python() const;
  std::vector<std::string> script_command(const Script& script) const;

  Context context_;
  const Application& application_;
  Variables own_environment_;
  InstancePorts ports_;
};

}  // namespace exo
