// Where the connections to public roles go: what the host decides and the forwarder follows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace exo {

// A ready instance of an open version.
struct ForwardingTarget {
  std::string version;
  std::string host = "127.0.0.1";  // a numeric address
  std::uint16_t port = 0;
  double share = 1;  // of the role's connections, relative to the other targets'; none when 0 or less

  bool operator==(const ForwardingTarget&) const = default;
};

struct ForwardingRole {
  std::string role;
  std::vector<ForwardingTarget> targets;  // empty: new connections wait
  std::string state;                      // what to tell who waits in vain: "web 0.0.2 is starting"
  std::vector<std::string> held;          // versions whose gate is held: the connections that they have end
};

// Immutable once published. A role that is not in it has no targets.
struct ForwardingTable {
  std::uint64_t position = 0;  // of the ledger that this reflects
  std::vector<ForwardingRole> roles;

  // Null when there is no such role.
  const ForwardingRole* find(const std::string& role) const;
};

}  // namespace exo
