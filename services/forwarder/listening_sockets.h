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

// 0 where the socket does not listen.
std::uint16_t listening_port(const UniqueFd& socket);

// Whoever asks at the port is refused from now on, and the port can be opened anew, whoever else has a copy
// of the socket.
void end_listening(const UniqueFd& socket);

// Those that an earlier host has opened, when they listen at the port that is wanted (0: at any, all at the
// same). Empty otherwise: then they are closed.
ListeningSockets adopt_listening_sockets(std::vector<UniqueFd> sockets, std::uint16_t port);

}  // namespace exo
