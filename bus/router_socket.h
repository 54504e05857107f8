// The broker's ZeroMQ socket.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "bus/connection_id.h"
#include "bus/wire/payload.h"

namespace exo::routing {

// What a peer has sent, if it is a message at all. `from` is kNoConnection where the peer has made its own
// routing id, which relays must not do; nothing can be said to it.
struct Received {
  enum class Shape { kMessage, kTooFewFrames, kTooManyFrames };
  ConnectionId from = kNoConnection;
  Shape shape = Shape::kMessage;
  Payload header;
  Payload payload;
};

enum class Sent { kDone, kWouldBlock, kUnreachable };

// A bound ROUTER socket with its context. Calls never block, but for poll(). One thread at a time; may be
// made on one thread and used on another.
//
// ROUTER_MANDATORY makes the socket say what it cannot send: without it 2,000 messages to a full peer seem to
// go out and 20 arrive.
class RouterSocket {
 public:
  // The error names the endpoint and what the system said. An ipc endpoint takes connections of this user,
  // and where `other_users` are named of those and of root; the kernel says who connects.
  static Result<std::unique_ptr<RouterSocket>> bind(const std::string& endpoint,
                                                    const std::vector<uid_t>& other_users = {});
  ~RouterSocket();
  RouterSocket(const RouterSocket&) = delete;
  RouterSocket& operator=(const RouterSocket&) = delete;

  // As bound: with the port that the system chose.
  const std::string& endpoint() const { return endpoint_; }

  // Waits until there may be a message, `other_fd` is readable or the time is over. To be called when
  // receive() has found nothing.
  void poll(int other_fd, int timeout_ms);
  // False when there is nothing to receive now.
  bool receive(Received& into);
  // Takes the payload only when it is sent.
  Sent send(ConnectionId to, const std::string& header, Payload& payload);

 private:
  RouterSocket(void* context, void* socket) : context_(context), socket_(socket) {}
  bool has_input() const;

  void* context_;
  void* socket_;
  int fd_ = -1;                    // readable when ZeroMQ has news for the socket
  bool sent_since_empty_ = false;  // sending may have taken the news in
  std::string endpoint_;
};

}  // namespace exo::routing
