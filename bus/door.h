// One endpoint at which the bus takes connections, and who stands there.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "bus/door_peers.h"
#include "bus/notices.h"
#include "bus/outbox.h"

namespace exo::routing {

// Hears what ZeroMQ tells of an endpoint's connections, and shuts those out that are one too many, late, or
// to be cut off. What it turns away it reports, at most once a second. For the doorkeeper's thread, but for
// opened().
class Door {
 public:
  enum class Way { kIpc, kTcp };
  enum class Memory { kCalm, kGrows };
  Door(Way way, DoorPeers::Limits limits, Outbox& outbox) : way_(way), peers_(limits), notices_(outbox) {}

  // What is bound, "ipc:///run/exo/bus" or "tcp://127.0.0.1:7600", known only once it is: others' descriptors
  // are left alone. From any thread, once.
  void opened(const std::string& endpoint);
  // Whether ZeroMQ's event is of this door, by the endpoint that comes with it.
  bool is_at(const std::string& endpoint) const;

  // An event of ZeroMQ's socket monitor, with its value.
  void happened(int event, int value);
  void belongs_here(int descriptor) { peers_.belongs_here(descriptor); }
  void cut_off(int descriptor, std::string why);
  // Looks who is sending: over whose connection bytes have come that ZeroMQ has not read yet. Adds members to
  // `senders`. While memory grows, a stranger is shut out that has sent far more than it needs to register,
  // and is one at the next look too: that it has registered may be told after it has begun to send.
  void look(Memory memory, std::vector<int>& senders);
  bool is_empty() const { return peers_.size() == 0; }
  // A line for the log, about somebody who stands here.
  void report(const std::string& what);
  // Shuts out who is late, and reports what was held back.
  void tick();
  // Milliseconds until the next tick() has something to do; -1: not before something happens.
  long wait_ms() const;

 private:
  void came(int descriptor);
  void shut(int descriptor) const;
  bool has_unread(int descriptor) const;
  bool sends_too_much_for_a_stranger(int descriptor) const;
  bool is_ours(int descriptor) const;
  std::string address_of(int descriptor) const;

  Way way_;
  DoorPeers peers_;
  Notices notices_;
  std::set<int> talkative_;  // strangers at the last look
  std::string path_;         // of ipc; written before is_open_ is
  std::uint16_t port_ = 0;
  std::atomic<bool> is_open_{false};
};

}  // namespace exo::routing
