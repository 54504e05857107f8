// What a sender may send.
#pragma once

#include <string>
#include <string_view>

#include "bus/fleet.h"

namespace exo::routing {

// A name as its sender meant it: `name` is received by at least one role; or null, and `code` and `reason`
// say why the sender may not, and what to change.
struct Resolved {
  const RoutingTable::Name* name = nullptr;
  std::string_view code;
  std::string reason;
};

// Reads `sends` of the sender's own version, or of the script, or what operators may do, from the table in
// effect.
Resolved resolve(const Fleet& fleet, const Instance& sender, std::string_view name);

// Whether the command goes to exo itself instead of a role: `exo.…` of an operator, a script's own words, and
// `exo.lock` and `exo.unlock` of everybody.
bool is_for_exo(const Instance& sender, std::string_view name);

}  // namespace exo::routing
