#include "services/forwarder/forwarding_table.h"

#include <algorithm>

namespace exo {

const ForwardingRole* ForwardingTable::find(const std::string& role) const {
  const auto found = std::find_if(roles.begin(), roles.end(), [&role](const ForwardingRole& candidate) {
    return candidate.role == role;
  });
  return found == roles.end() ? nullptr : &*found;
}

}  // namespace exo
