// Numbers for the sockets' peers.
#pragma once

#include <cstdint>

namespace exo::routing {

// One attachment of a peer to the broker's socket, registered or not. Given by the broker, never used again
// for another peer while the router knows it.
enum class ConnectionId : std::uint64_t {};
inline constexpr ConnectionId kNoConnection{0};

}  // namespace exo::routing
