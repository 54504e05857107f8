// Hands the data plane its tables, and knows when they are in effect.
//
// The broker routes messages and the forwarder connections, each by a table of its own thread. A gate is open
// (or closed) only when both go by the same recorded state, so a position counts as in effect when both have
// confirmed it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bus/broker.h"
#include "deployment-scripts/rollout.h"
#include "deployment-scripts/rollout_input.h"
#include "services/application.h"
#include "services/forwarder/forwarder.h"

namespace exo {

// An instance that connections may be forwarded to.
struct ReadyInstance {
  VersionKey version;
  std::uint16_t port = 0;
};

// The forwarder's table: for each public role the ready instances of its newest open version.
ForwardingTable make_forwarding_table(const Application& application,
                                      const std::vector<VersionStatus>& versions,
                                      const std::vector<ReadyInstance>& ready, std::uint64_t position);

// Used by the host's thread; owns nothing of what it is given.
class TablePublisher {
 public:
  struct Parts {
    Broker& broker;
    Forwarder& forwarder;
    const Application& application;
    const Rollout& rollout;
    // What each script may send; scripts that are not in it may send whatever some role receives.
    std::map<VersionKey, std::vector<std::string>> script_sends;
    bool operator_may_send = false;
  };
  explicit TablePublisher(Parts parts);

  // Makes both tables of what the rollout core and the fleet say now.
  void publish(const std::vector<ReadyInstance>& ready);
  // Only the forwarder's, when an instance came or went.
  void publish_forwarding(const std::vector<ReadyInstance>& ready);

  // Each gives the position that is in effect on both sides from now on, where that has risen.
  std::optional<std::uint64_t> broker_confirmed(std::uint64_t position);
  std::optional<std::uint64_t> forwarder_confirmed(std::uint64_t position);

 private:
  std::optional<std::uint64_t> both_confirmed();

  Parts parts_;
  std::uint64_t broker_position_ = 0;
  std::uint64_t forwarder_position_ = 0;
  std::uint64_t told_position_ = 0;
};

}  // namespace exo
