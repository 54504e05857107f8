// What peers' sockets did not take.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "bus/connection_id.h"
#include "bus/outbox.h"
#include "bus/router_socket.h"

namespace exo::routing {

// Sends deliveries in order, and keeps those for peers that are full. Bounded for each peer: one that does
// not read for that long is given up. One thread.
class Backlogs {
 public:
  Backlogs(RouterSocket& socket, std::size_t limit_bytes) : socket_(socket), limit_bytes_(limit_bytes) {}

  // What has become of a peer that was sent to.
  enum class Peer { kReachable, kUnreachable, kNotReading };

  // Sends the delivery, or keeps it. Where the peer is not reachable any more, what was kept for it is
  // dropped.
  Peer send(Delivery& delivery);
  struct Retried {
    std::size_t sent = 0;
    std::vector<ConnectionId> unreachable;  // what was kept for them is dropped
  };
  // Tries to send what is kept.
  Retried retry();
  bool empty() const { return backlogs_.empty(); }
  // Why a peer was given up.
  std::string not_reading() const;

 private:
  struct Backlog {
    std::deque<Delivery> deliveries;
    std::size_t bytes = 0;
  };
  static std::size_t cost_of(const Delivery& delivery);
  Peer keep(Backlog& backlog, Delivery& delivery);
  // Sends until the peer is full, and counts what is sent.
  Sent send_kept(Backlog& backlog, std::size_t& count);

  RouterSocket& socket_;
  std::size_t limit_bytes_;
  std::unordered_map<ConnectionId, Backlog> backlogs_;
};

}  // namespace exo::routing
