// Which target the next connection of a role goes to. Pure but for its own counters; not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/forwarder/forwarding_table.h"

namespace exo {

// "127.0.0.1:4000": what tells one target of a role from another.
std::string address_of(const ForwardingTarget& target);

// Deals connections out by the targets' shares, evenly in time as well as in sum: with shares of 3 and 1,
// every fourth connection goes to the second target. (Each target gains its share in credit with every
// connection, and the one that is chosen, always the richest, pays the sum of all. A draw by lot would be
// even in the long run only.) What a target has gained stays its own while it is in the tables.
class TargetChoice {
 public:
  // One of `targets` whose share is more than 0 and whose address is not among `refused`; nothing when there
  // is none.
  std::optional<ForwardingTarget> choose(const std::vector<ForwardingTarget>& targets,
                                         const std::set<std::string>& refused);

 private:
  std::map<std::string, double> credits_;  // by address
};

}  // namespace exo
