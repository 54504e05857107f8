// The broker's ZeroMQ socket.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "bus/connection_id.h"
#include "bus/doorkeeper.h"
#include "bus/wire/curve_keys.h"
#include "bus/wire/header.h"
#include "bus/wire/payload.h"

namespace exo::routing {

// What a peer has sent, if it is a message at all. `from` is kNoConnection where the peer has made its own
// routing id, which relays must not do; nothing can be said to it.
struct Received {
  enum class Shape { kMessage, kTooFewFrames, kTooManyFrames };
  ConnectionId from = kNoConnection;
  Shape shape = Shape::kMessage;
  Payload header;  // of what has no such frame: whatever was there before
  Payload payload;
};

enum class Sent { kDone, kWouldBlock, kUnreachable };

// Where the bus listens over TCP besides, for programs that prove a key.
struct TcpListening {
  std::string endpoint;  // "tcp://127.0.0.1:0" for a free port, "tcp://0.0.0.0:7600", "tcp://[::]:7600"
  CurveKeys keys;        // of the bus
  DoorPeers::Limits limits = {};
  // Who has not said by then who it is has no relay; the 30 s that ZeroMQ takes would block the door longer.
  std::chrono::milliseconds handshake_within{10'000};
};

// A frame over the protocol's limit is answered with an error; ZeroMQ cuts off who sends far more than that.
inline constexpr std::int64_t kLargestFrameBytes = 4 * static_cast<std::int64_t>(kPayloadLimitBytes);

// A whole fleet starts at once, and each of its processes stands at this door for a moment.
inline constexpr DoorPeers::Limits kIpcLimits{.connections = 4096, .strangers = 1024};

// A bound ROUTER socket with its context. Calls never block, but for poll(). One thread at a time; may be
// made on one thread and used on another.
//
// ROUTER_MANDATORY makes the socket say what it cannot send: without it 2,000 messages to a full peer seem to
// go out and 20 arrive.
class RouterSocket {
 public:
  struct Listening {
    std::string endpoint;                   // ipc, or TCP without keys on loopback
    std::vector<uid_t> other_users = {};    // of an ipc endpoint
    DoorPeers::Limits limits = kIpcLimits;  // of an ipc endpoint; of the connections half of the open files
    std::optional<TcpListening> tcp = {};
  };
  // The error names the endpoint and what the system said. An ipc endpoint takes connections of this user,
  // and where `other_users` are named of those and of root; the kernel says who connects. Who does not come
  // in over TCP is reported to `events`, which must outlive the socket.
  static Result<std::unique_ptr<RouterSocket>> bind(const Listening& listening, Mailbox<BrokerEvent>& events);
  ~RouterSocket();
  RouterSocket(const RouterSocket&) = delete;
  RouterSocket& operator=(const RouterSocket&) = delete;

  // As bound: with the port that the system chose.
  const std::string& endpoint() const { return endpoint_; }
  const std::string& tcp_endpoint() const { return tcp_endpoint_; }  // empty: it does not listen there
  Doorkeeper& doorkeeper() const { return *doorkeeper_; }

  // Waits until there may be a message, `other_fd` is readable or the time is over. To be called when
  // receive() has found nothing.
  void poll(int other_fd, int timeout_ms);
  // False when there is nothing to receive now.
  bool receive(Received& into);
  // The public key that the sender of a message has proven; empty where it came another way than over TCP.
  std::string key_of_sender(Received& message) const;
  // What the doorkeeper is to do with the connection over which this message has come: nothing any more, or
  // end it.
  void sender_belongs_here(Received& message);
  void cut_off_sender(Received& message, const std::string& why);
  // Over which the last one said to belong here has come; kNoConnection where none has.
  ConnectionId connection_over(int descriptor) const;
  // Takes the payload only when it is sent.
  Sent send(ConnectionId to, const std::string& header, Payload& payload);

 private:
  RouterSocket(void* context, void* socket) : context_(context), socket_(socket) {}
  Result<void> listen(const Listening& listening);
  Result<void> listen_over_tcp(const TcpListening& tcp);
  bool has_input() const;

  void* context_;
  void* socket_;
  Payload routing_id_;                                 // of the message that was received last
  int fd_ = -1;                                        // readable when ZeroMQ has news for the socket
  bool sent_since_empty_ = false;                      // sending may have taken the news in
  std::unordered_map<int, ConnectionId> connections_;  // by descriptor; of those that belong here
  std::string endpoint_;
  std::string tcp_endpoint_;
  std::unique_ptr<Doorkeeper> doorkeeper_;
};

}  // namespace exo::routing
