// The sockets of one public port.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "services/forwarder/forwarder.h"

namespace exo {

// Non-blocking, close-on-exec, bound and listening, all at the same port: one, or two for "localhost".
struct ListeningSockets {
  std::vector<UniqueFd> sockets;
  std::uint16_t port = 0;
};

// The errors are those of Forwarder::listen(). Connections queue up in the kernel from now on.
Result<ListeningSockets> open_listening_sockets(const Forwarder::Listen& listen);

// Those that an earlier host has opened, when they listen at the port that is wanted (0: at any, all at the
// same). Empty otherwise: then they are closed.
ListeningSockets adopt_listening_sockets(std::vector<UniqueFd> sockets, std::uint16_t port);

}  // namespace exo
