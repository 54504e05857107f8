#include "bus/router_socket.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "bus/wire/header.h"
#include "bus/wire/uninterrupted.h"

namespace exo::routing {
namespace {

constexpr std::string_view kIpc = "ipc://";
constexpr std::string_view kTcp = "tcp://";
// Messages for one peer inside ZeroMQ, which counts no bytes: few, since the backlog behind it is bounded by
// bytes.
constexpr int kSendHighWater = 512;
constexpr int kReceiveHighWater = 1024;
constexpr int kListenBacklog = 1024;
constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kEverybody = 0666;

// A machine that has vanished says no goodbye: its connections end after two minutes of silence.
constexpr int kKeepaliveIdleSeconds = 60;
constexpr int kKeepaliveEverySeconds = 10;
constexpr int kKeepaliveCount = 6;
// All connections over TCP are served by a thread of their own inside ZeroMQ, so that a crowd that shakes
// hands there holds nobody up on the ipc endpoint.
constexpr int kIoThreadsWithTcp = 2;
constexpr std::uint64_t kFirstIoThread = 1;
constexpr std::uint64_t kSecondIoThread = 2;
constexpr std::string_view kZapDomain = "exo";

// ZeroMQ's own routing ids: a zero and a number that rises with each connection.
constexpr std::size_t kRoutingIdSize = 5;
using RoutingId = std::array<unsigned char, kRoutingIdSize>;

zmq_msg_t* frame(Payload& payload) {
  return static_cast<zmq_msg_t*>(payload.native());
}

// Which connection a frame came over. The frame with the routing id does not know it where ZeroMQ had looked
// ahead whether a message is there.
int descriptor_of(Payload& header) {
  return zmq_msg_get(frame(header), ZMQ_SRCFD);
}

// A copy, so that ThreadSanitizer, which does not see how ZeroMQ hands the text over, need look away here
// alone.
std::string user_id_of(Payload& header) {
  const char* text = zmq_msg_gets(frame(header), "User-Id");
  return text == nullptr ? std::string() : std::string(text);
}

ConnectionId connection_of(const Payload& routing_id) {
  const auto bytes = routing_id.bytes();
  if (bytes.size() != kRoutingIdSize || bytes[0] != std::byte{0}) return kNoConnection;
  std::uint64_t number = 0;
  for (std::size_t i = 1; i < kRoutingIdSize; ++i)
    number = number << 8U | std::to_integer<std::uint64_t>(bytes[i]);
  return ConnectionId{number + 1};
}

RoutingId routing_id_of(ConnectionId connection) {
  std::uint64_t number = static_cast<std::uint64_t>(connection) - 1;
  RoutingId id{};
  for (std::size_t i = kRoutingIdSize - 1; i > 0; --i, number >>= 8U) {
    id.at(i) = static_cast<unsigned char>(number & 0xFFU);
  }
  return id;
}

void set_option(void* socket, int option, int value) {
  EXO_CHECK(zmq_setsockopt(socket, option, &value, sizeof value) == 0);
}

void set_option(void* socket, int option, std::string_view value) {
  EXO_CHECK(zmq_setsockopt(socket, option, value.data(), value.size()) == 0);
}

void set_io_threads(void* socket, std::uint64_t threads) {
  EXO_CHECK(zmq_setsockopt(socket, ZMQ_AFFINITY, &threads, sizeof threads) == 0);
}

void set_filter(void* socket, uid_t uid) {
  EXO_CHECK(zmq_setsockopt(socket, ZMQ_IPC_FILTER_UID, &uid, sizeof uid) == 0);
}

void set_options(void* socket) {
  set_option(socket, ZMQ_ROUTER_MANDATORY, 1);
  set_option(socket, ZMQ_ROUTER_HANDOVER, 0);
  set_option(socket, ZMQ_LINGER, 0);
  set_option(socket, ZMQ_SNDHWM, kSendHighWater);
  set_option(socket, ZMQ_RCVHWM, kReceiveHighWater);
  set_option(socket, ZMQ_BACKLOG, kListenBacklog);
  EXO_CHECK(zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &kLargestFrameBytes, sizeof kLargestFrameBytes) == 0);
}

Error cannot_bind(const std::string& endpoint, const std::string& why) {
  return {"cannot-bind", "the bus cannot listen on " + endpoint + ": " + why};
}

// Of this socket, for what is bound from now on: ZeroMQ copies the options at each bind.
void set_curve_options(void* socket, const TcpListening& tcp) {
  set_option(socket, ZMQ_CURVE_SERVER, 1);
  set_option(socket, ZMQ_CURVE_SECRETKEY, tcp.keys.secret_key);
  set_option(socket, ZMQ_ZAP_DOMAIN, kZapDomain);
  set_option(socket, ZMQ_HANDSHAKE_IVL, static_cast<int>(tcp.handshake_within.count()));
  set_option(socket, ZMQ_TCP_KEEPALIVE, 1);
  set_option(socket, ZMQ_TCP_KEEPALIVE_IDLE, kKeepaliveIdleSeconds);
  set_option(socket, ZMQ_TCP_KEEPALIVE_INTVL, kKeepaliveEverySeconds);
  set_option(socket, ZMQ_TCP_KEEPALIVE_CNT, kKeepaliveCount);
  set_option(socket, ZMQ_IPV6, tcp.endpoint.find('[') == std::string::npos ? 0 : 1);
  set_io_threads(socket, kSecondIoThread);
}

bool is_ipc(const std::string& endpoint) {
  return endpoint.compare(0, kIpc.size(), kIpc) == 0;
}

// What goes over a network goes there with keys or not at all.
bool is_open_to_a_network(const std::string& endpoint) {
  if (endpoint.compare(0, kTcp.size(), kTcp) != 0) return false;
  const std::string address = endpoint.substr(kTcp.size());
  return address.compare(0, 4, "127.") != 0 && address.compare(0, 5, "[::1]") != 0;
}

// The folder keeps others out from the moment at which the socket's file appears.
std::string prepare_folder(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  std::error_code problem;
  if (folder.empty() || std::filesystem::exists(folder, problem)) return {};
  std::filesystem::create_directories(folder, problem);
  if (!problem) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, problem);
  return problem ? folder.string() + ": " + problem.message() : std::string();
}

void take_connections_of(void* socket, const std::vector<uid_t>& others) {
  for (const uid_t uid : {uid_t{0}, ::geteuid()}) set_filter(socket, uid);
  for (const uid_t uid : others) set_filter(socket, uid);
}

// The ledger, the public ports and the keeper need open files, too.
Doorkeeper::Limits limits_of(const RouterSocket::Listening& listening) {
  DoorPeers::Limits ipc = listening.limits;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY)
    ipc.connections = std::min<std::size_t>(ipc.connections, files.rlim_cur / 2);
  return {.ipc = ipc, .tcp = listening.tcp ? listening.tcp->limits : DoorPeers::Limits{}};
}

std::string last_endpoint(void* socket) {
  std::array<char, 512> text{};
  std::size_t size = text.size();
  EXO_CHECK(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, text.data(), &size) == 0);
  return text.data();
}

}  // namespace

Result<std::unique_ptr<RouterSocket>> RouterSocket::bind(const Listening& listening,
                                                         Mailbox<BrokerEvent>& events) {
  void* context = zmq_ctx_new();
  if (!context) throw std::system_error(errno, std::generic_category(), "zmq_ctx_new");
  if (listening.tcp) EXO_CHECK(zmq_ctx_set(context, ZMQ_IO_THREADS, kIoThreadsWithTcp) == 0);
  void* socket = zmq_socket(context, ZMQ_ROUTER);
  if (!socket) {
    const int error = errno;
    zmq_ctx_term(context);
    throw std::system_error(error, std::generic_category(), "zmq_socket");
  }
  std::unique_ptr<RouterSocket> owner(new RouterSocket(context, socket));
  // Before any bind, and until after the close: ZeroMQ lets any key in where nobody answers for keys.
  owner->doorkeeper_ = std::make_unique<Doorkeeper>(context, socket, limits_of(listening), events);
  if (const auto bound = owner->listen(listening); !bound) return bound.error();
  if (!listening.tcp) return owner;
  if (const auto bound = owner->listen_over_tcp(*listening.tcp); !bound) return bound.error();
  return owner;
}

Result<void> RouterSocket::listen(const Listening& listening) {
  const std::string& endpoint = listening.endpoint;
  const std::vector<uid_t>& other_users = listening.other_users;
  if (is_open_to_a_network(endpoint))
    return cannot_bind(endpoint, "without keys it listens on 127.0.0.1 or [::1] only");
  const std::string path = is_ipc(endpoint) ? endpoint.substr(kIpc.size()) : std::string();
  if (const std::string problem = prepare_folder(path); !problem.empty())
    return cannot_bind(endpoint, problem);
  set_options(socket_);
  set_option(socket_, ZMQ_HANDSHAKE_IVL, static_cast<int>(listening.limits.register_within.count()));
  if (listening.tcp) set_io_threads(socket_, kFirstIoThread);
  if (!other_users.empty()) take_connections_of(socket_, other_users);
  if (uninterrupted([&] { return zmq_bind(socket_, endpoint.c_str()); }) != 0)
    return cannot_bind(endpoint, zmq_strerror(errno));
  endpoint_ = last_endpoint(socket_);
  if (!path.empty()) doorkeeper_->opened(endpoint_);
  std::size_t size = sizeof fd_;
  EXO_CHECK(zmq_getsockopt(socket_, ZMQ_FD, &fd_, &size) == 0);
  if (!path.empty() && ::chmod(path.c_str(), other_users.empty() ? kOwnerOnly : kEverybody) != 0) {
    return cannot_bind(endpoint, "chmod: " + std::string(std::strerror(errno)));
  }
  return {};
}

Result<void> RouterSocket::listen_over_tcp(const TcpListening& tcp) {
  if (!has_curve()) return cannot_bind(tcp.endpoint, "the ZeroMQ of this machine was built without CURVE");
  set_curve_options(socket_, tcp);
  if (uninterrupted([&] { return zmq_bind(socket_, tcp.endpoint.c_str()); }) != 0)
    return cannot_bind(tcp.endpoint, zmq_strerror(errno));
  tcp_endpoint_ = last_endpoint(socket_);
  doorkeeper_->opened(tcp_endpoint_);
  return {};
}

RouterSocket::~RouterSocket() {
  zmq_close(socket_);
  doorkeeper_.reset();
  uninterrupted([&] { return zmq_ctx_term(context_); });
  if (is_ipc(endpoint_)) {
    std::error_code ignored;  // ZeroMQ removes the file itself, where it still can
    std::filesystem::remove(endpoint_.substr(kIpc.size()), ignored);
  }
}

// zmq_poll() would look several times at what receive() has just seen; each look is two system calls.
void RouterSocket::poll(int other_fd, int timeout_ms) {
  if (std::exchange(sent_since_empty_, false) && has_input()) return;
  std::array<pollfd, 2> items{{{fd_, POLLIN, 0}, {other_fd, POLLIN, 0}}};
  if (::poll(items.data(), items.size(), timeout_ms) >= 0 || errno == EINTR) return;
  throw std::system_error(errno, std::generic_category(), "poll");
}

bool RouterSocket::has_input() const {
  int events = 0;
  std::size_t size = sizeof events;
  EXO_CHECK(uninterrupted([&] { return zmq_getsockopt(socket_, ZMQ_EVENTS, &events, &size); }) == 0);
  return (events & ZMQ_POLLIN) != 0;
}

bool RouterSocket::receive(Received& into) {
  if (zmq_msg_recv(frame(routing_id_), socket_, ZMQ_DONTWAIT) < 0) {
    if (errno != EAGAIN && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "zmq_msg_recv");
    }
    sent_since_empty_ = errno == EINTR;
    return false;
  }
  into.from = connection_of(routing_id_);
  into.shape = Received::Shape::kTooFewFrames;
  // The rest of a message is there when its first frame is.
  const auto receive_rest = [this](Payload& rest) {
    EXO_CHECK(uninterrupted([&] { return zmq_msg_recv(frame(rest), socket_, 0); }) >= 0);
  };
  if (!zmq_msg_more(frame(routing_id_))) return true;
  receive_rest(into.header);
  if (!zmq_msg_more(frame(into.header))) return true;
  receive_rest(into.payload);
  into.shape = Received::Shape::kMessage;
  bool more = zmq_msg_more(frame(into.payload)) != 0;
  while (more) {
    into.shape = Received::Shape::kTooManyFrames;
    Payload surplus;
    receive_rest(surplus);
    more = zmq_msg_more(frame(surplus)) != 0;
  }
  return true;
}

std::string RouterSocket::key_of_sender(Received& message) const {
  return doorkeeper_->key_in(user_id_of(message.header));
}

void RouterSocket::sender_belongs_here(Received& message) {
  const int descriptor = descriptor_of(message.header);
  connections_[descriptor] = connection_of(routing_id_);
  doorkeeper_->belongs_here(descriptor);
}

ConnectionId RouterSocket::connection_over(int descriptor) const {
  const auto found = connections_.find(descriptor);
  return found == connections_.end() ? kNoConnection : found->second;
}

void RouterSocket::cut_off_sender(Received& message, const std::string& why) {
  doorkeeper_->cut_off(descriptor_of(message.header), why);
}

Sent RouterSocket::send(ConnectionId to, const std::string& header, Payload& payload) {
  const RoutingId id = routing_id_of(to);
  sent_since_empty_ = true;
  if (zmq_send(socket_, id.data(), id.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
    if (errno == EAGAIN || errno == EINTR) return Sent::kWouldBlock;
    if (errno == EHOSTUNREACH) return Sent::kUnreachable;
    throw std::system_error(errno, std::generic_category(), "zmq_send");
  }
  // Room for the first frame is room for the message; a peer that vanishes now takes the rest with it
  // silently.
  EXO_CHECK(uninterrupted([&] { return zmq_send(socket_, header.data(), header.size(), ZMQ_SNDMORE); }) >= 0);
  EXO_CHECK(uninterrupted([&] { return zmq_msg_send(frame(payload), socket_, 0); }) >= 0);
  return Sent::kDone;
}

}  // namespace exo::routing
