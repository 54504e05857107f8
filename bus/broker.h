// The broker's thread: a ZeroMQ ROUTER socket around the routing core.
//
// The thread receives frames, lets the Router decide, and sends what it decides. It never touches a disk and
// never waits for a peer: what a peer's socket does not take is kept in a bounded backlog, and a peer whose
// backlog is full loses its connection. It talks to the host through two queues, each with an eventfd.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bus/events.h"
#include "bus/router_socket.h"
#include "bus/routing_table.h"

namespace exo {

// Owns the thread, the socket and the socket's file. All functions may be called from the host's thread and
// return at once; what they ask for happens in the order of the calls. Every peer is refused until it is
// admitted.
class Broker {
 public:
  // From when on peers are heard. A host that follows another lets them wait until it knows who may come in
  // and what goes where; at once, every message is answered `no-receiver` until a table is published.
  enum class Hears { kAtOnce, kFromTheFirstTable };
  struct Options {
    std::string endpoint;     // "ipc:///run/user/0/exo-ab12/bus", or "tcp://127.0.0.1:*" for a free port
    std::string environment;  // told to each relay
    std::vector<uid_t> other_users = {};  // who may connect to an ipc endpoint, besides root and this user
    routing::DoorPeers::Limits ipc_limits = routing::kIpcLimits;
    std::optional<routing::TcpListening> tcp = {};  // besides; only keys of admissions and operators come in
    std::chrono::milliseconds heartbeat{5000};      // how often a quiet relay sends a ping
    std::size_t backlog_limit_bytes = 64 * 1024 * 1024;  // kept for one peer that does not read
    Hears hears = Hears::kAtOnce;
  };

  // Bound and running when it returns. The error names the endpoint and what the system said. The folder of
  // an ipc endpoint is made with mode 0700 where it is missing; the socket's file gets mode 0600, or 0666
  // where other users may connect: then it is the kernel's word on who connects that counts.
  static Result<std::unique_ptr<Broker>> start(Options options);
  // Stops and joins the thread, and removes the socket's file. Events not taken are lost.
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  // The endpoint as bound: the same as in the options, or with the port that the system chose.
  const std::string& endpoint() const;

  // The same of the TCP endpoint; empty where there is none.
  const std::string& tcp_endpoint() const;

  // Routes by this table from now on; TableInEffect follows. Waiting messages are routed again.
  void publish(std::shared_ptr<const RoutingTable> table);
  // Lets an instance register. Admitting an instance that is already admitted replaces its token.
  void admit(Admission admission);
  // The instance's process has ended: forgets its admission and its connection. Its unfinished commands are
  // answered `receiver-lost`, or delivered again where they are acknowledged. Idempotent.
  void dismiss(std::string instance);
  void set_ready(InstanceReadiness readiness);
  // Whose keys come in over TCP as `exo-operator`, instead of those before. Who has registered with one that
  // is not listed any more loses the connection.
  void set_operator_keys(std::vector<OperatorKey> keys);
  // Sends a message from `exo`.
  void send(ExoMessage message);
  // All FollowedCommands up to this number are durable: they are delivered.
  void recorded(std::uint64_t number);
  void replay(ReplayedCommand command);
  // Tells what has gone over the bus: TrafficSeen follows.
  void ask_for_traffic();
  // Times production's commands of these names from now on, and of no others, and tells what came since the
  // last call: LoadSeen follows. None: nothing is timed, and nothing is told.
  void measure_load(std::vector<LoadQuestion> questions);

  // Readable while take_events() has something. Belongs to the broker.
  int event_fd() const;
  // What happened since the last call, in order; empty when nothing did.
  std::vector<BrokerEvent> take_events();

 private:
  class Loop;
  explicit Broker(std::unique_ptr<Loop> loop);
  void let_in(const std::string& instance, const std::string& key);

  std::unique_ptr<Loop> loop_;
  std::map<std::string, std::string> keys_;  // of admitted instances that have one; the host's thread
  std::vector<OperatorKey> operator_keys_;   // the host's thread
};

}  // namespace exo
