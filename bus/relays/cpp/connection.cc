#include "bus/relays/cpp/connection.h"

#include <poll.h>
#include <zmq.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
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

constexpr int kHandshakeFailures = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL;

std::string unique_monitor_address() {
  static std::atomic<std::uint64_t> counter{0};
  return "inproc://peer-monitor-" + std::to_string(counter.fetch_add(1));
}

void set_option(void* socket, int option, int value) {
  const int set = zmq_setsockopt(socket, option, &value, sizeof(value));
  EXO_CHECK(set == 0);
}

int descriptor_of(void* socket) {
  int descriptor = -1;
  std::size_t size = sizeof descriptor;
  const int got = zmq_getsockopt(socket, ZMQ_FD, &descriptor, &size);
  EXO_CHECK(got == 0);
  return descriptor;
}

void set_option(void* socket, int option, const std::string& key) {
  const int set = zmq_setsockopt(socket, option, key.data(), key.size());
  EXO_CHECK(set == 0);
}

bool has_more(zmq_msg_t* message) {
  return zmq_msg_more(message) != 0;
}

}  // namespace

Connection::Connection(std::string endpoint, CurveIdentity curve, std::shared_ptr<RelayContext> context)
    : endpoint_(std::move(endpoint)),
      curve_(std::move(curve)),
      context_(std::move(context)),
      last_sent_(monotonic_now()) {}

Connection::~Connection() {
  close(milliseconds(0));
}

Result<void> Connection::open() {
  close(milliseconds(0));
  dealer_ = zmq_socket(context_->native(), ZMQ_DEALER);
  monitor_ = zmq_socket(context_->native(), ZMQ_PAIR);
  if (dealer_ == nullptr || monitor_ == nullptr) throw std::runtime_error("ZeroMQ: no socket");
  set_option(dealer_, ZMQ_LINGER, 0);
  set_option(monitor_, ZMQ_LINGER, 0);
  set_option(dealer_, ZMQ_SNDHWM, kHighWaterMark);
  set_option(dealer_, ZMQ_RCVHWM, kHighWaterMark);
  set_option(dealer_, ZMQ_RECONNECT_IVL, kReconnectMs);
  secure();
  const std::string address = unique_monitor_address();
  const int monitored =
      zmq_socket_monitor(dealer_, address.c_str(),
                         ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | kHandshakeFailures);
  EXO_CHECK(monitored == 0);
  const int listening = uninterrupted([&] { return zmq_connect(monitor_, address.c_str()); });
  EXO_CHECK(listening == 0);
  dealer_fd_ = descriptor_of(dealer_);
  monitor_fd_ = descriptor_of(monitor_);
  monitor_has_news_ = true;  // until it has been looked at
  sent_since_empty_ = true;
  if (uninterrupted([&] { return zmq_connect(dealer_, endpoint_.c_str()); }) != 0) {
    const std::string why = zmq_strerror(zmq_errno());
    close(milliseconds(0));
    return Error{"bad-endpoint", "cannot connect to the bus at '" + endpoint_ + "': " + why};
  }
  return {};
}

void Connection::secure() {
  set_option(dealer_, ZMQ_IPV6, endpoint_.find('[') == std::string::npos ? 0 : 1);
  if (curve_.empty()) return;
  set_option(dealer_, ZMQ_CURVE_SERVERKEY, curve_.server_key);
  set_option(dealer_, ZMQ_CURVE_PUBLICKEY, curve_.own.public_key);
  set_option(dealer_, ZMQ_CURVE_SECRETKEY, curve_.own.secret_key);
}

void Connection::close(milliseconds linger) {
  kept_.clear();
  pack_.clear();
  if (dealer_ != nullptr) {
    set_option(dealer_, ZMQ_LINGER, static_cast<int>(linger.count()));
    zmq_socket_monitor(dealer_, nullptr, 0);
    zmq_close(std::exchange(dealer_, nullptr));
  }
  if (monitor_ != nullptr) zmq_close(std::exchange(monitor_, nullptr));
  dealer_fd_ = -1;
  monitor_fd_ = -1;
}

// False when there is no room; the message is then as it was. Once the first frame is taken the second always
// is: ZeroMQ counts whole messages against its mark.
bool Connection::try_send(Payload& header, Payload& payload) {
  sent_since_empty_ = true;
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
  send_frames(Payload(std::string_view(header_bytes_)), std::move(payload));
}

void Connection::send_frames(Payload header, Payload payload) {
  last_sent_ = monotonic_now();
  if (kept_.empty() && try_send(header, payload)) return;
  kept_.push_back({std::move(header), std::move(payload)});
}

void Connection::pack(const HeaderView& header, const Payload& payload) {
  if (dealer_ == nullptr) return;
  encode_header(header, header_bytes_);
  const std::string_view bytes = payload.text();
  if (bytes.size() > kPackedPayloadBytes) {
    send_pack();
    return send_frames(Payload(std::string_view(header_bytes_)), payload.share());
  }
  if (!pack_.has_room(header_bytes_.size(), bytes.size())) send_pack();
  pack_.add(header_bytes_, bytes);
}

void Connection::send_pack() {
  if (pack_.count() == 0 || dealer_ == nullptr) return pack_.clear();
  if (pack_.count() == 1) {
    const auto only = PackReader(std::as_bytes(std::span(pack_.bytes()))).next();
    EXO_CHECK(only.ok() && only.value());
    send_frames(Payload(only.value()->header), Payload(only.value()->payload));
  } else {
    send_frames(Payload(pack_header()), Payload(pack_.bytes()));
  }
  pack_.clear();
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
  if (zmq_msg_recv(native(header), dealer_, ZMQ_DONTWAIT) < 0) {
    sent_since_empty_ = zmq_errno() == EINTR;
    return Received::kNothing;
  }
  if (!has_more(native(header))) return Received::kMalformed;
  // The frames of a message arrive together.
  if (zmq_msg_recv(native(payload), dealer_, ZMQ_DONTWAIT) < 0) return Received::kMalformed;
  if (!has_more(native(payload))) return Received::kMessage;
  drop_rest_of_message();
  return Received::kMalformed;
}

// An event is two frames: what happened, as a number that its first two bytes are, and where.
Connection::News Connection::take_news() {
  if (!std::exchange(monitor_has_news_, false)) return News::kNone;
  News news = News::kNone;
  Payload frame;
  while (monitor_ != nullptr && zmq_msg_recv(native(frame), monitor_, ZMQ_DONTWAIT) >= 0) {
    std::uint16_t event = 0;
    const bool is_event = has_more(native(frame)) && frame.size() >= sizeof event;
    if (!is_event) continue;
    std::memcpy(&event, frame.bytes().data(), sizeof event);
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) return News::kKeyRefused;
    if ((event & kHandshakeFailures) != 0)
      news = News::kHandshakeFailed;
    else if (news == News::kNone)
      news = News::kPeerGone;
  }
  return news;
}

// zmq_poll() would look several times at what receive() has just seen; each look is two system calls.
void Connection::wait(milliseconds timeout, int descriptor) {
  if (dealer_ != nullptr && std::exchange(sent_since_empty_, false) && has_news()) return;
  std::array<pollfd, 3> items{{{dealer_fd_, POLLIN, 0}, {monitor_fd_, POLLIN, 0}, {descriptor, POLLIN, 0}}};
  ::poll(items.data(), items.size(), static_cast<int>(timeout.count()));  // descriptors of -1 are ignored
  monitor_has_news_ = monitor_has_news_ || items[1].revents != 0;
}

bool Connection::has_news() const {
  int events = 0;
  std::size_t size = sizeof events;
  const int asked = uninterrupted([&] { return zmq_getsockopt(dealer_, ZMQ_EVENTS, &events, &size); });
  EXO_CHECK(asked == 0);
  return (events & (clogged() ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN)) != 0;
}

}  // namespace exo::relaying
