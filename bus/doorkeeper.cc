#include "bus/doorkeeper.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <zmq.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/text.h"
#include "bus/notices.h"
#include "bus/outbox.h"
#include "bus/wire/uninterrupted.h"

namespace exo::routing {
namespace {

constexpr const char* kZapEndpoint = "inproc://zeromq.zap.01";
constexpr const char* kMonitorEndpoint = "inproc://exo-door";
constexpr std::string_view kZapVersion = "1.0";
constexpr long kNoticesEveryMs = 1000;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kKeyText = 40;
constexpr int kBatch = 256;
constexpr int kFailures = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                          ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

// A question of ZAP 1.0, its frames in their order; those of keys have one more, the key.
enum ZapFrame : std::size_t {
  kVersion,
  kRequestId,
  kDomain,
  kAddress,
  kRoutingId,
  kMechanism,
  kCredentials,
  kFrames
};
using ZapFrames = std::array<std::string, kFrames>;

void* open_socket(void* context, int type) {
  void* socket = zmq_socket(context, type);
  if (!socket) throw std::system_error(errno, std::generic_category(), "zmq_socket");
  const int linger = 0;
  EXO_CHECK(zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger) == 0);
  return socket;
}

// One frame; nullopt where none is there. `more` says whether the message goes on.
std::optional<std::string> receive_frame(void* socket, bool& more) {
  zmq_msg_t frame;
  zmq_msg_init(&frame);
  const bool received = uninterrupted([&] { return zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT); }) >= 0;
  std::optional<std::string> bytes;
  if (received) bytes.emplace(static_cast<const char*>(zmq_msg_data(&frame)), zmq_msg_size(&frame));
  more = received && zmq_msg_more(&frame) != 0;
  zmq_msg_close(&frame);
  return bytes;
}

std::uint16_t port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return 0;
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

std::string why_failed(int event, int value) {
  if (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) {
    if (value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH) return "it speaks without CURVE";
    if (value == ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC)
      return "what it sent cannot be decrypted: it has another key of this bus, or none of its own";
    return "it broke the rules of ZMTP in the handshake";
  }
  if (value == EAGAIN || value == ETIMEDOUT || value == 0) return "it did not finish the handshake in time";
  return "it left in the middle of the handshake, as programs without CURVE do";
}

}  // namespace

class Doorkeeper::Thread {
 public:
  Thread(void* context, void* socket, DoorPeers::Limits limits, Mailbox<BrokerEvent>& events)
      : kept_(socket),
        zap_(open_socket(context, ZMQ_REP)),
        monitor_(open_socket(context, ZMQ_PAIR)),
        peers_(limits),
        events_(events) {
    // ZeroMQ waits for room with the thread that carries all messages; there always is some.
    const int unlimited = 0;
    EXO_CHECK(zmq_setsockopt(monitor_, ZMQ_RCVHWM, &unlimited, sizeof unlimited) == 0);
    EXO_CHECK(zmq_bind(zap_, kZapEndpoint) == 0);
    EXO_CHECK(zmq_socket_monitor(kept_, kMonitorEndpoint,
                                 ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | kFailures) == 0);
    EXO_CHECK(zmq_connect(monitor_, kMonitorEndpoint) == 0);
    start();
  }
  ~Thread() {
    stop_.put(true);
    thread_.join();
    zmq_close(zap_);
    zmq_close(monitor_);
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  void watch_port(std::uint16_t port) { port_ = port; }
  void set_admitted(const std::string& key, bool is_admitted) {
    const std::lock_guard lock(mutex_);
    if (is_admitted) {
      admitted_.insert(key);
    } else {
      admitted_.erase(key);
    }
  }
  void belongs_here(int descriptor) { arrivals_.put(descriptor); }
  const std::string& seal() const { return seal_; }

 private:
  // Signals belong to the host's thread.
  void start() {
    sigset_t all{};
    sigset_t before{};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run_to_end(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  // Without a doorkeeper nobody comes in any more, and nobody would know why.
  void run_to_end() noexcept {
    try {
      run();
    } catch (const std::exception& broken) {
      std::fprintf(stderr, "exo: the bus's doorkeeper cannot go on: %s\n", broken.what());
      std::abort();
    }
  }

  void run() {
    std::vector<bool> stops;
    while (stops.empty()) {
      std::array<zmq_pollitem_t, 4> items{};
      items[0] = {zap_, 0, ZMQ_POLLIN, 0};
      items[1] = {monitor_, 0, ZMQ_POLLIN, 0};
      items[2] = {nullptr, stop_.fd(), ZMQ_POLLIN, 0};
      items[3] = {nullptr, arrivals_.fd(), ZMQ_POLLIN, 0};
      const long wait = notices_.pending() ? kNoticesEveryMs : -1;
      if (zmq_poll(items.data(), static_cast<int>(items.size()), wait) < 0 && errno != EINTR)
        throw std::system_error(errno, std::generic_category(), "zmq_poll");
      // In this order: a connection is there before its first message is.
      for (int i = 0; i < kBatch && take_event(); ++i) continue;
      take_arrivals();
      for (int i = 0; i < kBatch && answer_question(); ++i) continue;
      notices_.tick(monotonic_now());
      events_.put_all(outbox_.events());
      stop_.take_all(stops);
    }
  }

  void take_arrivals() {
    arrivals_.take_all(arrived_);
    for (const int descriptor : arrived_) peers_.belongs_here(descriptor);
  }

  // An event is two frames: a number of 16 bits and a value of 32, and the endpoint that was bound.
  bool take_event() {
    bool more = false;
    const auto what = receive_frame(monitor_, more);
    if (!what) return false;
    std::string endpoint;
    while (more) endpoint = receive_frame(monitor_, more).value_or("");
    std::uint16_t event = 0;
    std::int32_t value = 0;
    EXO_CHECK(what->size() == sizeof event + sizeof value);
    std::memcpy(&event, what->data(), sizeof event);
    std::memcpy(&value, what->data() + sizeof event, sizeof value);
    if (endpoint.compare(0, 6, "tcp://") == 0) happened(event, value);
    return true;
  }

  void happened(int event, int value) {
    switch (event) {
      case ZMQ_EVENT_ACCEPTED:
        return came(value);
      case ZMQ_EVENT_DISCONNECTED:
        if (const auto line = peers_.gone(value)) report(*line);
        return;
      case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:  // its refusal was reported with the key
        return peers_.refused();
      default:
        return peers_.failed(why_failed(event, value));
    }
  }

  void came(int descriptor) {
    if (const auto shut = peers_.came(descriptor, address_of(descriptor)); shut && is_ours(*shut)) {
      ::shutdown(*shut, SHUT_RDWR);  // ZeroMQ then finds that the peer has gone, and closes it
    }
  }

  // ZeroMQ may have closed the descriptor by now, and the number may be somebody else's.
  bool is_ours(int descriptor) const {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    return ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
           port_of(address) == port_ && port_ != 0;
  }

  std::string address_of(int descriptor) const {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const bool is_known =
        is_ours(descriptor) && ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    return is_known ? text_of(address) : "a program that was gone at once";
  }

  bool answer_question() {
    ZapFrames frames;
    bool more = false;
    auto frame = receive_frame(zap_, more);
    if (!frame) return false;
    std::size_t count = 0;
    for (; frame; frame = more ? receive_frame(zap_, more) : std::nullopt, ++count) {
      if (count < frames.size()) frames.at(count) = std::move(*frame);
    }
    answer(frames, count);
    return true;
  }

  void answer(const ZapFrames& frames, std::size_t count) {
    const bool is_about_a_key = count == kFrames && frames[kVersion] == kZapVersion &&
                                frames[kMechanism] == "CURVE" && frames[kCredentials].size() == kKeyBytes;
    std::array<char, kKeyText + 1> key{};
    if (is_about_a_key) {
      EXO_CHECK(zmq_z85_encode(key.data(), reinterpret_cast<const std::uint8_t*>(frames[kCredentials].data()),
                               kKeyBytes) != nullptr);
    }
    const bool admits = is_about_a_key && is_admitted(key.data());
    if (!admits) {
      report(frames[kAddress] + " has not come in: its key " + key.data() +
             " is none that this host has made or listed");
    }
    const std::array<std::string, 6> answer{std::string(kZapVersion),         frames[kRequestId],
                                            admits ? "200" : "400",           admits ? "OK" : "not admitted",
                                            admits ? seal_ + key.data() : "", ""};
    for (std::size_t i = 0; i < answer.size(); ++i) {
      const int flags = ZMQ_DONTWAIT | (i + 1 < answer.size() ? ZMQ_SNDMORE : 0);
      // Who asked may have gone.
      if (uninterrupted([&] { return zmq_send(zap_, answer.at(i).data(), answer.at(i).size(), flags); }) < 0)
        return;
    }
  }

  bool is_admitted(const std::string& key) {
    const std::lock_guard lock(mutex_);
    return admitted_.find(key) != admitted_.end();
  }

  void report(const std::string& what) {
    notices_.add(NoticeKind::kTurnedAway, "over TCP, " + what, monotonic_now());
  }

  void* kept_;
  void* zap_;
  void* monitor_;
  DoorPeers peers_;
  Mailbox<BrokerEvent>& events_;
  Outbox outbox_;
  Notices notices_{outbox_};
  std::mutex mutex_;
  std::set<std::string> admitted_;  // guarded by mutex_
  std::atomic<std::uint16_t> port_{0};
  std::string seal_ = random_hex();  // begins each user id; nobody outside of this process sees one
  Mailbox<bool> stop_;
  Mailbox<int> arrivals_;
  std::vector<int> arrived_;
  std::thread thread_;
};

Doorkeeper::Doorkeeper(void* context, void* socket, DoorPeers::Limits limits, Mailbox<BrokerEvent>& events)
    : thread_(std::make_unique<Thread>(context, socket, limits, events)) {}
Doorkeeper::~Doorkeeper() = default;

void Doorkeeper::watch_port(std::uint16_t port) {
  thread_->watch_port(port);
}

void Doorkeeper::admit(const std::string& public_key) {
  thread_->set_admitted(public_key, true);
}

void Doorkeeper::revoke(const std::string& public_key) {
  thread_->set_admitted(public_key, false);
}

std::string_view Doorkeeper::key_in(std::string_view user_id) const {
  const std::string& seal = thread_->seal();
  if (user_id.size() <= seal.size() || user_id.substr(0, seal.size()) != seal) return {};
  return user_id.substr(seal.size());
}

void Doorkeeper::belongs_here(int descriptor) {
  thread_->belongs_here(descriptor);
}

}  // namespace exo::routing
