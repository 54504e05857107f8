#include "bus/relays/cpp/connection.h"

#include <zmq.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <utility>

#include "base/check.h"
#include "bus/wire/uninterrupted.h"

namespace exo::relaying {

namespace {

using std::chrono::milliseconds;

// How often ZeroMQ tries to reach a broker that is not there (yet).
constexpr int kReconnectMs = 50;
// Messages in each direction that ZeroMQ may hold; what goes beyond is kept here.
constexpr int kHighWaterMark = 4096;

zmq_msg_t* native(Payload& payload) {
  return static_cast<zmq_msg_t*>(payload.native());
}

std::string unique_monitor_address() {
  static std::atomic<std::uint64_t> counter{0};
  return "inproc://peer-monitor-" + std::to_string(counter.fetch_add(1));
}

void set_option(void* socket, int option, int value) {
  const int set = zmq_setsockopt(socket, option, &value, sizeof(value));
  EXO_CHECK(set == 0);
}

bool has_more(zmq_msg_t* message) {
  return zmq_msg_more(message) != 0;
}

}  // namespace

Connection::Connection(std::string endpoint)
    : endpoint_(std::move(endpoint)), context_(zmq_ctx_new()), last_sent_(monotonic_now()) {
  if (context_ == nullptr) throw std::runtime_error("ZeroMQ: no context");
}

Connection::~Connection() {
  close(milliseconds(0));
  uninterrupted([&] { return zmq_ctx_term(context_); });
}

Result<void> Connection::open() {
  close(milliseconds(0));
  dealer_ = zmq_socket(context_, ZMQ_DEALER);
  monitor_ = zmq_socket(context_, ZMQ_PAIR);
  if (dealer_ == nullptr || monitor_ == nullptr) throw std::runtime_error("ZeroMQ: no socket");
  set_option(dealer_, ZMQ_LINGER, 0);
  set_option(monitor_, ZMQ_LINGER, 0);
  set_option(dealer_, ZMQ_SNDHWM, kHighWaterMark);
  set_option(dealer_, ZMQ_RCVHWM, kHighWaterMark);
  set_option(dealer_, ZMQ_RECONNECT_IVL, kReconnectMs);
  const std::string address = unique_monitor_address();
  const int monitored = zmq_socket_monitor(dealer_, address.c_str(), ZMQ_EVENT_DISCONNECTED);
  EXO_CHECK(monitored == 0);
  const int listening = uninterrupted([&] { return zmq_connect(monitor_, address.c_str()); });
  EXO_CHECK(listening == 0);
  if (uninterrupted([&] { return zmq_connect(dealer_, endpoint_.c_str()); }) != 0) {
    const std::string why = zmq_strerror(zmq_errno());
    close(milliseconds(0));
    return Error{"bad-endpoint", "cannot connect to the bus at '" + endpoint_ + "': " + why};
  }
  return {};
}

void Connection::close(milliseconds linger) {
  kept_.clear();
  if (dealer_ != nullptr) {
    set_option(dealer_, ZMQ_LINGER, static_cast<int>(linger.count()));
    zmq_socket_monitor(dealer_, nullptr, 0);
    zmq_close(std::exchange(dealer_, nullptr));
  }
  if (monitor_ != nullptr) zmq_close(std::exchange(monitor_, nullptr));
}

// False when there is no room; the message is then as it was. Once the first frame is taken the second always
// is: ZeroMQ counts whole messages against its mark.
bool Connection::try_send(Payload& header, Payload& payload) {
  if (zmq_msg_send(native(header), dealer_, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
    EXO_CHECK(zmq_errno() == EAGAIN || zmq_errno() == EINTR);
    return false;
  }
  const int sent = uninterrupted([&] { return zmq_msg_send(native(payload), dealer_, ZMQ_DONTWAIT); });
  EXO_CHECK(sent >= 0);
  return true;
}

void Connection::send(const HeaderView& header, Payload payload) {
  if (dealer_ == nullptr) return;
  encode_header(header, header_bytes_);
  Payload header_frame{std::string_view(header_bytes_)};
  last_sent_ = monotonic_now();
  if (kept_.empty() && try_send(header_frame, payload)) return;
  kept_.push_back({std::move(header_frame), std::move(payload)});
}

void Connection::flush() {
  while (!kept_.empty() && try_send(kept_.front().header, kept_.front().payload)) kept_.pop_front();
}

void Connection::drop_rest_of_message() {
  Payload frame;
  do {
    if (zmq_msg_recv(native(frame), dealer_, ZMQ_DONTWAIT) < 0) return;
  } while (has_more(native(frame)));
}

Connection::Received Connection::receive(Payload& header, Payload& payload) {
  if (dealer_ == nullptr) return Received::kNothing;
  if (zmq_msg_recv(native(header), dealer_, ZMQ_DONTWAIT) < 0) return Received::kNothing;
  if (!has_more(native(header))) return Received::kMalformed;
  // The frames of a message arrive together.
  if (zmq_msg_recv(native(payload), dealer_, ZMQ_DONTWAIT) < 0) return Received::kMalformed;
  if (!has_more(native(payload))) return Received::kMessage;
  drop_rest_of_message();
  return Received::kMalformed;
}

// An event is two frames: what happened, and where. Only disconnections are asked for.
bool Connection::take_peer_gone() {
  bool gone = false;
  Payload frame;
  while (monitor_ != nullptr && zmq_msg_recv(native(frame), monitor_, ZMQ_DONTWAIT) >= 0) gone = true;
  return gone;
}

void Connection::wait(milliseconds timeout, int descriptor) {
  const auto dealer_events = static_cast<short>(clogged() ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN);
  std::array<zmq_pollitem_t, 3> items{};
  int count = 0;
  if (dealer_ != nullptr) {
    items[static_cast<std::size_t>(count++)] = {dealer_, 0, dealer_events, 0};
    items[static_cast<std::size_t>(count++)] = {monitor_, 0, ZMQ_POLLIN, 0};
  }
  if (descriptor >= 0) items[static_cast<std::size_t>(count++)] = {nullptr, descriptor, ZMQ_POLLIN, 0};
  zmq_poll(items.data(), count, timeout.count());
}

}  // namespace exo::relaying
