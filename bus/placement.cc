#include "bus/placement.h"

#include <algorithm>
#include <utility>

namespace exo::routing {
namespace {

Placing found(VersionState& version, const RoutingTable::Receiver& receiver, std::uint64_t instance = 0) {
  Placing placing;
  placing.outcome = Placing::Outcome::kVersion;
  placing.version = &version;
  placing.receiver_name = &receiver.internal_name;
  placing.at_least_once = receiver.at_least_once;
  placing.instance = instance;
  return placing;
}

Placing refused(std::string_view code, std::string reason) {
  Placing placing;
  placing.code = code;
  placing.reason = std::move(reason);
  return placing;
}

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

// "todo-search@0.0.1 and todo-search@0.0.2"
std::string list_versions(const std::string& role, const RoutingTable::ReceivingRole& receivers,
                          const VersionPin& pin) {
  std::string list;
  for (const auto& receiver : receivers.receivers) {
    if (!pin.admits(*receiver.version)) continue;
    if (!list.empty()) list += " and ";
    list += role + "@" + receiver.version->text;
  }
  return list;
}

}  // namespace

Placing Placement::place(const Command& command, const RoutingTable::ReceivingRole& role) {
  const VersionPin& pin = pins_.read(command.pin);
  if (const VersionState* own = brought_in(command, fleet_.role(role.role), pin)) {
    return place_in(*own, command, role);
  }
  return place_in_production(command, role, pin);
}

bool Placement::is_for_production(const Command& command, const RoutingTable::ReceivingRole& role) {
  const VersionPin& pin = pins_.read(command.pin);
  if (brought_in(command, fleet_.role(role.role), pin)) return false;
  return std::any_of(role.receivers.begin(), role.receivers.end(), [&](const Receiver& receiver) {
    return receiver.version->gate != Gate::kHeld && pin.admits(*receiver.version);
  });
}

const VersionState* Placement::brought_in(const Command& command, const RoleState& role,
                                          const VersionPin& pin) const {
  const VersionState* own = command.brings_in;
  if (!own || own->role != &role) return nullptr;
  const bool asks_for_another = own->routes ? !pin.admits(*own->routes) : !pin.text.empty();
  return asks_for_another ? nullptr : own;
}

Placing Placement::place_in(const VersionState& version, const Command& command,
                            const RoutingTable::ReceivingRole& role) {
  if (!version.routes) {
    return refused("unknown-version",
                   version.describe() + ", which this script brings in, is not in the application");
  }
  for (const Receiver& receiver : role.receivers) {
    if (receiver.version == version.routes) return found(fleet_.version(*receiver.version), receiver);
  }
  return refused("no-receiver", version.describe() + ", which this script brings in, does not receive " +
                                    quoted(*command.name) +
                                    "; list it under messages.receives in that version's service.yml");
}

Placing Placement::place_in_production(const Command& command, const RoutingTable::ReceivingRole& role,
                                       const VersionPin& pin) {
  const RoleState& state = fleet_.role(role.role);
  const HashedId activity = command.hashed_activity();
  const Affinity::Tie tie =
      command.is_first_of_activity ? affinity_.begin(activity, state) : affinity_.find(activity, state);
  if (const Receiver* receiver = tied(tie, role, pin)) return found(*tie.version, *receiver, tie.instance);
  const Receiver* receiver = split(role, pin);
  if (!receiver && !pin.text.empty()) receiver = first(role, pin, Gate::kDraining);
  if (receiver) return found(fleet_.version(*receiver->version), *receiver);
  return refuse(command, role, pin);
}

const Placement::Receiver* Placement::tied(const Affinity::Tie& tie, const RoutingTable::ReceivingRole& role,
                                           const VersionPin& pin) {
  if (!tie.version || !tie.version->routes || tie.version->gate() == Gate::kHeld) return nullptr;
  for (const Receiver& receiver : role.receivers) {
    if (receiver.version == tie.version->routes && pin.admits(*receiver.version)) return &receiver;
  }
  return nullptr;
}

// Smooth weighted round robin: every version's balance grows by its share, and the richest pays for all. Over
// any stretch of messages each version gets its share as evenly as can be, without a random number.
const Placement::Receiver* Placement::split(const RoutingTable::ReceivingRole& role, const VersionPin& pin) {
  bool any_ready = false;
  double total = 0;
  const auto open = [&](const Receiver& receiver) {
    return receiver.version->gate == Gate::kOpen && pin.admits(*receiver.version);
  };
  for (const Receiver& receiver : role.receivers) {
    if (open(receiver) && fleet_.version(*receiver.version).has_instance()) any_ready = true;
  }
  const auto eligible = [&](const Receiver& receiver) {
    return open(receiver) && (!any_ready || fleet_.version(*receiver.version).has_instance());
  };
  for (const Receiver& receiver : role.receivers) {
    if (eligible(receiver)) total += receiver.version->share;
  }
  const Receiver* richest = nullptr;
  double spent = 0;
  for (const Receiver& receiver : role.receivers) {
    if (!eligible(receiver)) continue;
    // Versions whose shares are all 0 (they alone receive this name) count alike.
    const double share = total > 0 ? receiver.version->share : 1;
    if (share <= 0) continue;
    double& balance = fleet_.version(*receiver.version).split_balance;
    balance += share;
    spent += share;
    if (!richest || balance > fleet_.version(*richest->version).split_balance) richest = &receiver;
  }
  if (richest) fleet_.version(*richest->version).split_balance -= spent;
  return richest;
}

const Placement::Receiver* Placement::first(const RoutingTable::ReceivingRole& role, const VersionPin& pin,
                                            Gate gate) const {
  for (const Receiver& receiver : role.receivers) {
    if (receiver.version->gate == gate && pin.admits(*receiver.version)) return &receiver;
  }
  return nullptr;
}

Placing Placement::refuse(const Command& command, const RoutingTable::ReceivingRole& role,
                          const VersionPin& pin) {
  const std::string& role_text = *fleet_.role(role.role).text;
  bool admitted = false;
  for (const Receiver& receiver : role.receivers) {
    if (!pin.admits(*receiver.version)) continue;
    admitted = true;
    if (receiver.version->starting) {
      Placing placing;
      placing.outcome = Placing::Outcome::kWait;
      return placing;
    }
  }
  const std::string name = quoted(*command.name);
  if (admitted) {
    return refused("held", list_versions(role_text, role, pin) + " would receive " + name +
                               ", but no traffic reaches a version before its offline script has succeeded; "
                               "see \"exo status\"");
  }
  return refused("unknown-version", "no version of " + role_text + " that receives " + name + " satisfies " +
                                        quoted(pin.text) + "; there is " +
                                        list_versions(role_text, role, VersionPin{}));
}

}  // namespace exo::routing
