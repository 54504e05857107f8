// Plain blocking sockets for tests, each call with a limit of 20 s, after which the test fails instead of
// hanging.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "base/unique_fd.h"

namespace exo::testing_support {

// One connection, of either side.
class Connection {
 public:
  explicit Connection(UniqueFd socket);

  bool is_open() const { return static_cast<bool>(socket_); }
  // False when the peer no longer takes it.
  bool send(std::string_view bytes);
  // As much of `bytes` as the kernel takes without waiting.
  std::size_t send_without_waiting(std::string_view bytes);
  // Exactly `count` bytes, or fewer when the peer has ended before.
  std::string receive(std::size_t count);
  std::string receive_all();
  // What the next receive ends with: 0 for an end of file, else an errno (ECONNRESET, or EAGAIN after the
  // limit).
  int receive_error();
  void end_sending();
  // Ends the connection the hard way, with a reset.
  void reset();
  void close() { socket_.reset(); }

 private:
  UniqueFd socket_;
};

// Not open when nobody listens.
Connection connect_to(std::uint16_t port, const std::string& host = "127.0.0.1");

// Listens on a free port of 127.0.0.1 and runs `serve` for each connection in turn, in its own thread.
class Server {
 public:
  using Serve = std::function<void(Connection&)>;
  explicit Server(Serve serve, std::uint16_t port = 0);
  ~Server();
  std::uint16_t port() const { return port_; }

 private:
  void run();

  UniqueFd listener_;
  std::uint16_t port_;
  Serve serve_;
  std::thread thread_;
};

// A port of 127.0.0.1 that nobody listens on: held, but without listening, so that connecting is refused.
class SilentPort {
 public:
  SilentPort();
  std::uint16_t port() const { return port_; }
  void release() { socket_.reset(); }

 private:
  UniqueFd socket_;
  std::uint16_t port_ = 0;
};

}  // namespace exo::testing_support
