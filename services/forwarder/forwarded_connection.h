// One connection from a client, and from its forwarding on the one to its target.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "services/forwarder/forwarder.h"
#include "services/forwarder/forwarder_notices.h"
#include "services/forwarder/forwarding_state.h"

namespace exo {

// Its states are those of forwarder.h. Kept alive by the forwarder and by the operations under way; once
// kEnded, what is left of those does nothing. One thread, that of the client's socket.
class ForwardedConnection : public std::enable_shared_from_this<ForwardedConnection> {
 public:
  // What is around all of them, and outlives them.
  struct Surroundings {
    const Forwarder::Options& options;
    ForwardingState& state;
    ForwarderNotices& notices;
    std::size_t& waiting;  // connections that are waiting or connecting
    std::function<void(const std::shared_ptr<ForwardedConnection>&)> ended;  // called once by each
  };
  using Socket = boost::asio::ip::tcp::socket;

  ForwardedConnection(Surroundings& around, std::string role, Socket client);

  void start();
  // Targets may be there that were not before.
  void table_changed();
  void end_if_held();

 private:
  using Clock = std::chrono::steady_clock;
  using Error = boost::system::error_code;
  enum class State { kWaiting, kConnecting, kForwarding, kAnswering, kEnded };
  struct Direction {
    Socket& from;
    Socket& to;
    std::vector<char> buffer;
  };

  void try_target();
  void try_again_at(Clock::time_point time);
  // Replaces what the timer was set for before.
  void set_timer(Clock::time_point time, const std::function<void()>& function);
  void connect(const ForwardingTarget& target);
  void connected(Error failed);
  void connect_failed(Error error);
  void stop_connecting();
  void forward();
  void pump(Direction& direction);
  void got(Direction& direction, Error error, std::size_t size);
  void direction_ended();
  void abort();
  void answer_unavailable();
  void ignore_rest();
  void end();

  Surroundings& around_;
  const std::string role_;
  Socket client_;
  Socket upstream_;
  boost::asio::steady_timer timer_;
  const Clock::time_point deadline_;
  State state_ = State::kWaiting;
  ForwardingTarget target_;        // from kConnecting on
  std::set<std::string> refused_;  // addresses that refused since the last pause
  Direction to_target_{client_, upstream_, {}};
  Direction to_client_{upstream_, client_, {}};
  int directions_left_ = 2;
  std::string page_;
  std::uint64_t timer_number_ = 0;    // what the timer was set for earlier is void
  std::uint64_t connect_number_ = 0;  // and so is the outcome of an attempt that was given up
};

}  // namespace exo
