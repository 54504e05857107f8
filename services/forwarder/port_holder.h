// Who listens on a TCP port, as far as /proc shows it to this user.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace exo {

struct PortHolder {
  pid_t pid = 0;
  std::string name;  // the program's short name
};

// Nothing when nobody listens, or when the process belongs to another user. Reads much of /proc, so it is for
// error messages only.
std::optional<PortHolder> find_port_holder(std::uint16_t port);

}  // namespace exo
