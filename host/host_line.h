// The command line's end of the bus: a verb that talks to the running host of an environment.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bus/relays/cpp/relay.h"
#include "host/state_folder.h"
#include "ledger/ownership.h"

namespace exo {

// Registered as `exo-operator` by the environment's key. For one thread.
class HostLine {
 public:
  // Error `starting` when the host that `owner` describes has no bus yet, or has closed it already;
  // `no-answer` when it does not answer within ten seconds; otherwise what the key's file or the bus refused.
  static Result<std::unique_ptr<HostLine>> connect(const StateFolder& state, const Owner& owner);

  // Asks the host itself, and waits. The answer is JSON; errors as above.
  Result<std::string> ask(std::string_view name, const Value& payload);

  Relay& relay() { return relay_; }

 private:
  HostLine(RelayOptions options, Owner owner) : relay_(std::move(options)), owner_(std::move(owner)) {}

  Relay relay_;
  Owner owner_;
};

}  // namespace exo
