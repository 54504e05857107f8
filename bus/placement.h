// Which version of a receiving role gets a command.
#pragma once

#include <string>
#include <string_view>

#include "bus/affinity.h"
#include "bus/fleet.h"
#include "bus/version_pin.h"

namespace exo::routing {

// What is to become of one leg. kVersion: `version` gets it, under `receiver_name`. kWait: a version that
// could take it is starting. kRefuse: no version could ever take it; `code` and `reason` are for its sender.
struct Placing {
  enum class Outcome { kVersion, kWait, kRefuse };
  Outcome outcome = Outcome::kRefuse;
  VersionState* version = nullptr;
  const std::string* receiver_name = nullptr;
  bool at_least_once = false;  // that version takes it so
  std::uint64_t instance = 0;  // that the activity already talks to; 0: none
  std::string_view code;
  std::string reason;
};

// Decides by the rules in this order: a script's own version; the version asked for; the version that the
// activity already talks to, while it is open or draining; the split among open versions, preferring those
// that have an instance. The gate: only a script's messages reach a held version, and only the one that it
// brings in. Keeps the split's balance; decides by nothing else than its arguments. One thread.
class Placement {
 public:
  Placement(Fleet& fleet, Affinity& affinity) : fleet_(fleet), affinity_(affinity) {}

  Placing place(const Command& command, const RoutingTable::ReceivingRole& role);
  // Whether it is for a version that serves, and one that it may go to is there.
  bool is_for_production(const Command& command, const RoutingTable::ReceivingRole& role);

 private:
  using Receiver = RoutingTable::Receiver;

  // The version that the command's script brings in, when the command is for it. Null: it goes to production.
  const VersionState* brought_in(const Command& command, const RoleState& role, const VersionPin& pin) const;
  Placing place_in(const VersionState& version, const Command& command,
                   const RoutingTable::ReceivingRole& role);
  Placing place_in_production(const Command& command, const RoutingTable::ReceivingRole& role,
                              const VersionPin& pin);
  const Receiver* tied(const Affinity::Tie& tie, const RoutingTable::ReceivingRole& role,
                       const VersionPin& pin);
  const Receiver* split(const RoutingTable::ReceivingRole& role, const VersionPin& pin);
  const Receiver* first(const RoutingTable::ReceivingRole& role, const VersionPin& pin, Gate gate) const;
  Placing refuse(const Command& command, const RoutingTable::ReceivingRole& role, const VersionPin& pin);

  Fleet& fleet_;
  Affinity& affinity_;
  VersionPins pins_;
};

}  // namespace exo::routing
