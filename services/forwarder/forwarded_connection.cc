#include "services/forwarder/forwarded_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <utility>

#include "base/unique_fd.h"
#include "services/forwarder/unavailable_page.h"

namespace exo {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// For each direction of each connection. Larger ones are no faster between processes of one machine.
constexpr std::size_t kBufferBytes = 16 * 1024;
// How long a client that was refused may go on sending; closing before it has stopped would reset the
// connection and take the answer away from it.
constexpr std::chrono::seconds kRefusalLinger{2};

}  // namespace

ForwardedConnection::ForwardedConnection(Surroundings& around, std::string role, Socket client)
    : around_(around),
      role_(std::move(role)),
      client_(std::move(client)),
      upstream_(client_.get_executor()),
      timer_(client_.get_executor()),
      deadline_(Clock::now() + around.options.wait_for_target) {}

void ForwardedConnection::start() {
  ++around_.waiting;
  if (around_.waiting > around_.options.max_waiting) {
    around_.notices.add("connections to " + role_ +
                        " refused: " + std::to_string(around_.options.max_waiting) + " are waiting already");
    answer_unavailable();
  } else {
    try_target();
  }
}

void ForwardedConnection::table_changed() {
  if (state_ != State::kWaiting) return;
  refused_.clear();
  try_target();
}

void ForwardedConnection::end_if_held() {
  if (state_ == State::kForwarding && around_.state.is_held({role_, target_.version})) abort();
}

void ForwardedConnection::try_target() {
  const auto target = around_.state.choose(role_, refused_);
  if (target) {
    connect(*target);
  } else if (Clock::now() >= deadline_) {
    answer_unavailable();
  } else if (refused_.empty()) {
    try_again_at(deadline_);
  } else {
    refused_.clear();
    try_again_at(std::min(deadline_, Clock::now() + around_.options.retry_pause));
  }
}

void ForwardedConnection::try_again_at(Clock::time_point time) {
  set_timer(time, [this] {
    if (Clock::now() >= deadline_)
      answer_unavailable();
    else
      try_target();
  });
}

void ForwardedConnection::set_timer(Clock::time_point time, const std::function<void()>& function) {
  timer_.expires_at(time);
  timer_.async_wait([self = shared_from_this(), number = ++timer_number_, function](Error) {
    if (self->timer_number_ == number && self->state_ != State::kEnded) function();
  });
}

void ForwardedConnection::connect(const ForwardingTarget& target) {
  state_ = State::kConnecting;
  target_ = target;
  Error error;
  const auto address = asio::ip::make_address(target.host, error);
  if (error) return connect_failed(error);
  const tcp protocol = address.is_v4() ? tcp::v4() : tcp::v6();
  UniqueFd socket(::socket(protocol.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return connect_failed(Error(errno, boost::system::system_category()));
  upstream_.assign(protocol, socket.release(), error);
  if (error) return connect_failed(error);
  upstream_.async_connect({address, target.port},
                          [self = shared_from_this(), number = ++connect_number_](Error failed) {
                            if (self->connect_number_ != number || self->state_ != State::kConnecting) return;
                            self->connected(failed);
                          });
  set_timer(std::min(deadline_, Clock::now() + around_.options.connect_timeout),
            [this] { connect_failed(asio::error::timed_out); });
}

void ForwardedConnection::connected(Error failed) {
  if (failed) return connect_failed(failed);
  // The table may have changed meanwhile, and then no connection may go by the old one.
  if (around_.state.has_target(role_, target_)) return forward();
  stop_connecting();
  try_target();
}

void ForwardedConnection::connect_failed(Error error) {
  around_.notices.add(role_ + ": " + target_.version + " does not accept connections at " +
                      address_of(target_) + ": " + error.message());
  refused_.insert(address_of(target_));
  stop_connecting();
  try_target();
}

void ForwardedConnection::stop_connecting() {
  ++connect_number_;
  Error ignored;
  upstream_.close(ignored);
  state_ = State::kWaiting;
}

void ForwardedConnection::forward() {
  ++timer_number_;
  timer_.cancel();
  --around_.waiting;
  state_ = State::kForwarding;
  around_.state.forwarding_began({role_, target_.version});
  for (tcp::socket* socket : {&client_, &upstream_}) {
    Error ignored;
    socket->set_option(tcp::no_delay(true), ignored);
    // A peer that has vanished with its machine says no goodbye.
    socket->set_option(asio::socket_base::keep_alive(true), ignored);
  }
  for (Direction* direction : {&to_target_, &to_client_}) {
    direction->buffer.resize(kBufferBytes);
    pump(*direction);
  }
}

// Reads what fits, writes it all, reads again: who reads slowly is written to slowly, and read from slowly.
void ForwardedConnection::pump(Direction& direction) {
  direction.from.async_read_some(asio::buffer(direction.buffer),
                                 [self = shared_from_this(), &direction](Error error, std::size_t size) {
                                   if (self->state_ == State::kForwarding) self->got(direction, error, size);
                                 });
}

void ForwardedConnection::got(Direction& direction, Error error, std::size_t size) {
  if (error == asio::error::eof) {
    Error ignored;
    direction.to.shutdown(tcp::socket::shutdown_send, ignored);
    direction_ended();
  } else if (error) {
    abort();
  } else {
    asio::async_write(direction.to, asio::buffer(direction.buffer, size),
                      [self = shared_from_this(), &direction](Error failed, std::size_t) {
                        if (self->state_ != State::kForwarding) return;
                        // Who takes no more may still have something to say: the other direction goes on.
                        if (failed)
                          self->direction_ended();
                        else
                          self->pump(direction);
                      });
  }
}

void ForwardedConnection::direction_ended() {
  if (--directions_left_ == 0) end();
}

// One side was cut off: the other must not take it for a proper end of file.
void ForwardedConnection::abort() {
  for (tcp::socket* socket : {&client_, &upstream_}) {
    Error ignored;
    socket->set_option(asio::socket_base::linger(true, 0), ignored);
  }
  end();
}

void ForwardedConnection::answer_unavailable() {
  --around_.waiting;
  state_ = State::kAnswering;
  page_ = unavailable_page(role_, around_.state.state_of(role_));
  set_timer(Clock::now() + kRefusalLinger, [this] { end(); });
  asio::async_write(client_, asio::buffer(page_), [self = shared_from_this()](Error error, std::size_t) {
    if (self->state_ != State::kAnswering) return;
    Error ignored;
    self->client_.shutdown(tcp::socket::shutdown_send, ignored);
    if (error)
      self->end();
    else
      self->ignore_rest();
  });
}

void ForwardedConnection::ignore_rest() {
  to_target_.buffer.resize(kBufferBytes);
  client_.async_read_some(asio::buffer(to_target_.buffer),
                          [self = shared_from_this()](Error error, std::size_t) {
                            if (self->state_ != State::kAnswering) return;
                            if (error)
                              self->end();
                            else
                              self->ignore_rest();
                          });
}

void ForwardedConnection::end() {
  const bool was_forwarding = state_ == State::kForwarding;
  state_ = State::kEnded;
  Error ignored;
  client_.close(ignored);
  upstream_.close(ignored);
  timer_.cancel();
  const auto self = shared_from_this();
  if (was_forwarding) around_.state.forwarding_ended({role_, target_.version});
  around_.ended(self);
}

}  // namespace exo
