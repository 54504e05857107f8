// Who comes in where the bus listens: over TCP only programs that prove a key which the host has made or
// listed; and everywhere only so many, who register in time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bus/door.h"
#include "bus/door_peers.h"
#include "bus/events.h"
#include "bus/mailbox.h"

namespace exo::routing {

// A thread beside the broker's that answers ZeroMQ's questions about keys (ZAP) and watches connections come
// and go, so that a crowd at the door costs the broker nothing. What it turns away it reports, at most once a
// second at each door.
//
// Made before the socket that it keeps the doors of is bound, on whatever thread; destroyed after that
// socket is closed and before its context ends. The functions may be called from any thread.
class Doorkeeper {
 public:
  struct Limits {
    DoorPeers::Limits ipc;
    DoorPeers::Limits tcp;
  };
  // `context` and `socket` are ZeroMQ's. `events` must outlive it.
  Doorkeeper(void* context, void* socket, Limits limits, Mailbox<BrokerEvent>& events);
  ~Doorkeeper();
  Doorkeeper(const Doorkeeper&) = delete;
  Doorkeeper& operator=(const Doorkeeper&) = delete;

  // This endpoint is bound, as "tcp://127.0.0.1:7600".
  void opened(const std::string& endpoint);

  // Who proves this public key comes in from now on, or does no more. A connection that is there stays;
  // idempotent.
  void admit(const std::string& public_key);
  void revoke(const std::string& public_key);

  // The public key that the peer has proven, from the ZAP user id of a message of its; empty where that was
  // not made here: a peer of another transport may claim any.
  std::string key_in(std::string_view user_id) const;
  // A relay has registered over this connection.
  void belongs_here(int descriptor);
  // Connections of relays that were sending when the doorkeeper has looked last, and whether the process's
  // memory grows meanwhile. Each look is given once; empty where there is none.
  struct Look {
    std::vector<int> senders;
    Door::Memory memory = Door::Memory::kCalm;
  };
  Look take_look();
  // Nothing that comes over this connection is wanted any more.
  void cut_off(int descriptor, std::string why);

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace exo::routing
