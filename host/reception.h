// Where all comes in that the bus and the public ports tell: each thing is given to the one whom it concerns.
#pragma once

#include <cstdint>
#include <optional>

#include "bus/broker.h"
#include "bus/events.h"
#include "deployment-scripts/rollout_input.h"
#include "host/data_plane.h"
#include "host/fleet.h"
#include "host/follow_desk.h"
#include "host/held_messages.h"
#include "host/journal.h"
#include "host/load_desk.h"
#include "host/lock_desk.h"
#include "host/metrics_desk.h"
#include "host/narrator.h"
#include "host/operator_desk.h"
#include "host/script_desk.h"
#include "host/script_runner.h"
#include "host/table_publisher.h"
#include "services/forwarder/forwarder.h"

namespace exo {

// Used by the host's thread; owns nothing of its parts.
class Reception {
 public:
  struct Parts {
    DataPlane& data_plane;
    Journal& journal;
    Narrator& narrator;
    RolloutInputs& inputs;
    Fleet& fleet;
    ScriptRunner& scripts;
    LockDesk& locks;
    LoadDesk& loads;
    FollowDesk& follows;
    TablePublisher& tables;
    OperatorDesk& operators;
    ScriptDesk& decisions;
    HeldMessages& held_messages;
    std::optional<MetricsDesk>& metrics;  // none where they are not served
  };
  explicit Reception(Parts parts) : parts_(parts) {}

  void take_broker_events();
  void take_forwarder_events();

 private:
  void take(const InstanceRegistered& registered);
  void take(const InstanceLost& lost);
  void take(const MessageToExo& message);
  void take(const TrafficSeen& seen);
  void confirm(std::optional<std::uint64_t> position);

  Parts parts_;
};

}  // namespace exo
