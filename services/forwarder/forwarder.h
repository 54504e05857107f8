// Owns the public ports of an application, and carries each connection to an open version of the role.
//
// Forwarding is by connection: bytes go through as they are, both ways, each direction ended by its own end
// of file. A connection gets its target when it is accepted and keeps it to its end: a target that leaves the
// table gets no new connections, and those that it has live on until either side ends them, or a table says
// that the version is held.
//
// While a role has no target, or its targets refuse, new connections wait: until a target takes them, or for
// `wait_for_target` at most. Then they are answered with an HTTP 503 page that says what the role is waiting
// for.
//
//   accepted → waiting ⇄ connecting → forwarding → ended
//                 └────────┴─ time is up ─→ answered 503 → ended
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "services/forwarder/forwarding_table.h"

namespace exo {

struct ListeningSockets;

// No connection made from now on goes by a table before this position's, and none leads to a version that
// this one holds.
struct ForwardingInEffect {
  std::uint64_t position = 0;
};
// The last connection to a version that the table no longer has is gone.
struct ForwardingDrained {
  std::string role;
  std::string version;
};
// For the log: refused connections (counted, at most one notice a second) and targets that do not answer.
struct ForwarderNotice {
  std::string text;
};
using ForwarderEvent = std::variant<ForwardingInEffect, ForwardingDrained, ForwarderNotice>;

// Owns its thread and all sockets. All functions may be called from the host's thread and return at once.
class Forwarder {
 public:
  struct Options {
    std::chrono::milliseconds wait_for_target{60'000};
    std::chrono::milliseconds connect_timeout{5'000};  // for one target, before another is tried
    std::chrono::milliseconds retry_pause{50};         // when every target has refused
    std::size_t max_connections = 2'000;               // each needs two descriptors and up to 32 KiB
    std::size_t max_waiting = 500;                     // of those, for all roles together
  };

  // Where a role is to be reached.
  struct Listen {
    std::string role;
    // A numeric address, or "localhost": 127.0.0.1 and, where the machine has it, [::1] with the same port.
    std::string address = "localhost";
    std::uint16_t port = 0;  // 0: the system chooses
    std::string stated_in;   // "web/service.yml:4", for the error; empty when nobody stated the port
  };

  static Result<std::unique_ptr<Forwarder>> start(Options options);
  // Stops and joins the thread; all connections end.
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  // Gives the port. Connections are accepted from then on. The errors "port-taken", "port-not-allowed" and
  // "bad-address" name the role, the port, where it is stated, who has it where that can be seen, and the
  // fix.
  Result<std::uint16_t> listen(const Listen& listen);

  // The same with sockets that are open already; `listen` names the role alone.
  void listen(const Listen& listen, ListeningSockets sockets);

  // Connects by this table from now on, and ends the connections to versions that it holds;
  // ForwardingInEffect follows. Waiting connections try again.
  void publish(std::shared_ptr<const ForwardingTable> table);

  // Those open now, waiting ones included.
  std::size_t connection_count() const;

  // Readable while take_events() has something. Belongs to the forwarder.
  int event_fd() const;
  std::vector<ForwarderEvent> take_events();

 private:
  class Loop;
  explicit Forwarder(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace exo
