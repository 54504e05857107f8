// One attachment of a relay to the bus: a ZeroMQ socket and what could not be sent yet.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "bus/relays/cpp/relay_context.h"
#include "bus/wire/curve_keys.h"
#include "bus/wire/header.h"
#include "bus/wire/pack.h"
#include "bus/wire/payload.h"

namespace exo::relaying {

// A DEALER socket to a broker, with a second one that reports when the peer has gone. For one thread. The
// caller opens it, sends and receives without ever blocking, and waits in one place: wait().
class Connection {
 public:
  // `curve` is empty where the broker wants no keys.
  explicit Connection(std::string endpoint, CurveIdentity curve, std::shared_ptr<RelayContext> context);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Closes the socket, dropping what it has not sent, and opens a new one. The broker need not be there yet.
  // Error code "bad-endpoint": the endpoint is not one that ZeroMQ can connect to.
  Result<void> open();
  // Closes the socket, giving it `linger` to send what it has.
  void close(std::chrono::milliseconds linger);
  bool is_open() const { return dealer_ != nullptr; }

  // Sends, or keeps the message to send it as soon as there is room. Does nothing when closed.
  void send(const HeaderView& header, Payload payload);
  // The same, with small messages that are packed one after another as one; to be followed by send_pack()
  // before anything else.
  void pack(const HeaderView& header, const Payload& payload);
  void send_pack();
  // True while kept messages wait for room; who can wait with more should.
  bool clogged() const { return !kept_.empty(); }
  // Sends kept messages as far as there is room.
  void flush();

  enum class Received : std::uint8_t { kNothing, kMessage, kMalformed };
  // Takes one message if one is there. kMalformed: it had not two frames, and is gone.
  Received receive(Payload& header, Payload& payload);

  enum class News : std::uint8_t { kNone, kPeerGone, kKeyRefused, kHandshakeFailed };
  // What has become of the peer since the last call: one that had answered the connect has gone, perhaps
  // within the handshake, or it does not admit our key.
  News take_news();
  // When something was last given to the socket.
  MonotonicTime last_sent() const { return last_sent_; }

  // Returns when there may be something to receive, room for a kept message, news of the peer, input on
  // `descriptor` (-1: none), or after `timeout`. To be called when receive() has given nothing.
  void wait(std::chrono::milliseconds timeout, int descriptor);

 private:
  struct Message {
    Payload header;
    Payload payload;
  };

  bool has_news() const;
  void send_frames(Payload header, Payload payload);
  bool try_send(Payload& header, Payload& payload);
  void drop_rest_of_message();

  void secure();

  std::string endpoint_;
  CurveIdentity curve_;
  std::shared_ptr<RelayContext> context_;
  void* dealer_ = nullptr;   // ZeroMQ's; void* because its header stays in the source
  void* monitor_ = nullptr;  // reports when the dealer's peer has gone
  int dealer_fd_ = -1;       // readable when ZeroMQ has news for the dealer
  int monitor_fd_ = -1;
  bool monitor_has_news_ = false;
  bool sent_since_empty_ = false;  // sending may have taken the dealer's news in
  std::deque<Message> kept_;
  std::string header_bytes_;  // reused
  PackWriter pack_;
  MonotonicTime last_sent_;
};

}  // namespace exo::relaying
