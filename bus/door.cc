#include "bus/door.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/un.h>
#include <zmq.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace exo::routing {
namespace {

constexpr std::string_view kIpc = "ipc://";
constexpr std::string_view kTcp = "tcp://";
constexpr std::chrono::milliseconds kNoticesEvery{1000};
constexpr std::size_t kEnoughToRegister = 64 * 1024;  // the handshake, and headers' 16 KiB

std::uint16_t port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return 0;
}

std::string path_of(const sockaddr_storage& address) {
  if (address.ss_family != AF_UNIX) return {};
  return reinterpret_cast<const sockaddr_un&>(address).sun_path;
}

// "10.0.0.3:40112", "[::1]:40112".
std::string text_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool is_new = address.ss_family == AF_INET6;
  const void* number =
      is_new ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr)
             : &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  if (!::inet_ntop(address.ss_family, number, text.data(), text.size())) return "an unknown address";
  const std::string host = is_new ? "[" + std::string(text.data()) + "]" : text.data();
  return host + ":" + std::to_string(port_of(address));
}

// Who has connected over ipc, as the kernel says.
std::string process_behind(int descriptor) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "an unknown process";
  return "process " + std::to_string(peer.pid) + " of user " + std::to_string(peer.uid);
}

// What has come and was not read yet; 0 where it is no socket any more.
std::size_t unread_bytes(int descriptor) {
  int unread = 0;
  return ::ioctl(descriptor, FIONREAD, &unread) == 0 ? static_cast<std::size_t>(std::max(unread, 0)) : 0;
}

// All that has come over TCP, read or not.
std::uint64_t received_bytes(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof info;
  return ::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_bytes_received : 0;
}

constexpr char kNotInTime[] = "it did not finish the handshake in time";

bool has_left(int error) {
  return error != EAGAIN && error != ETIMEDOUT && error != 0;
}

std::string why_failed_over_ipc(int event, int value) {
  if (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) return "it broke the rules of ZMTP in the handshake";
  return has_left(value) ? "it left in the middle of the handshake" : kNotInTime;
}

std::string why_failed_over_tcp(int event, int value) {
  if (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) {
    if (value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH) return "it speaks without CURVE";
    if (value == ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC)
      return "what it sent cannot be decrypted: it has another key of this bus, or none of its own";
    return "it broke the rules of ZMTP in the handshake";
  }
  return has_left(value) ? "it left in the middle of the handshake, as programs without CURVE do"
                         : kNotInTime;
}

}  // namespace

void Door::opened(const std::string& endpoint) {
  if (way_ == Way::kIpc) {
    path_ = endpoint.substr(kIpc.size());
  } else {
    port_ = static_cast<std::uint16_t>(std::stoul(endpoint.substr(endpoint.rfind(':') + 1)));
  }
  is_open_ = true;
}

bool Door::is_at(const std::string& endpoint) const {
  return endpoint.compare(0, kIpc.size(), way_ == Way::kIpc ? kIpc : kTcp) == 0;
}

void Door::happened(int event, int value) {
  switch (event) {
    case ZMQ_EVENT_ACCEPTED:
      return came(value);
    case ZMQ_EVENT_DISCONNECTED:
      if (const auto line = peers_.gone(value)) report(*line);
      return;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:  // its refusal was reported with the key
      return peers_.failed_without_a_line();
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
      // Who only looks whether anybody listens, as the command line does, is gone again at once.
      if (way_ == Way::kIpc && has_left(value)) return peers_.failed_without_a_line();
      [[fallthrough]];
    default:
      return peers_.failed(way_ == Way::kIpc ? why_failed_over_ipc(event, value)
                                             : why_failed_over_tcp(event, value));
  }
}

void Door::came(int descriptor) {
  const auto one_too_many = peers_.came(descriptor, address_of(descriptor), monotonic_now());
  if (one_too_many) shut(*one_too_many);
}

void Door::cut_off(int descriptor, std::string why) {
  if (peers_.cut_off(descriptor, std::move(why))) shut(descriptor);
}

void Door::look(Memory memory, std::vector<int>& senders) {
  for (const int descriptor : peers_.members()) {
    if (has_unread(descriptor)) senders.push_back(descriptor);
  }
  const std::set<int> before = std::exchange(talkative_, {});
  if (memory == Memory::kCalm) return;
  for (const int descriptor : peers_.strangers()) {
    if (!sends_too_much_for_a_stranger(descriptor)) continue;
    if (before.count(descriptor) == 0) {
      talkative_.insert(descriptor);
    } else {
      cut_off(descriptor, std::string(kEndlessMessage));
    }
  }
}

bool Door::has_unread(int descriptor) const {
  return unread_bytes(descriptor) > 0 && is_ours(descriptor);
}

// Over ipc the kernel does not count what has come; who sends without end fills the socket.
bool Door::sends_too_much_for_a_stranger(int descriptor) const {
  const std::uint64_t sent = way_ == Way::kIpc ? unread_bytes(descriptor) : received_bytes(descriptor);
  return sent > kEnoughToRegister && is_ours(descriptor);
}

// ZeroMQ then finds that the peer has gone, and closes it.
void Door::shut(int descriptor) const {
  if (is_ours(descriptor)) ::shutdown(descriptor, SHUT_RDWR);
}

// ZeroMQ may have closed the descriptor by now, and the number may be somebody else's.
bool Door::is_ours(int descriptor) const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (!is_open_ || ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
  return way_ == Way::kIpc ? path_of(address) == path_ : port_of(address) == port_;
}

std::string Door::address_of(int descriptor) const {
  if (!is_ours(descriptor)) return "a program that was gone at once";
  if (way_ == Way::kIpc) return process_behind(descriptor);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const bool is_known = ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  return is_known ? text_of(address) : "a program that was gone at once";
}

void Door::report(const std::string& what) {
  notices_.add(NoticeKind::kTurnedAway, (way_ == Way::kIpc ? "over ipc, " : "over TCP, ") + what,
               monotonic_now());
}

void Door::tick() {
  const MonotonicTime now = monotonic_now();
  for (const int descriptor : peers_.late(now)) shut(descriptor);
  notices_.tick(now);
}

long Door::wait_ms() const {
  long wait = notices_.pending() ? kNoticesEvery.count() : -1;
  if (const auto late = peers_.next_late()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*late - monotonic_now()).count();
    wait = wait < 0 ? std::max<long>(left, 0) : std::clamp<long>(left, 0, wait);
  }
  return wait;
}

}  // namespace exo::routing
