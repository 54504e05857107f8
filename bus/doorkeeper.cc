#include "bus/doorkeeper.h"

#include <zmq.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/ids.h"
#include "base/unsignalled_thread.h"
#include "bus/door.h"
#include "bus/memory_watch.h"
#include "bus/outbox.h"
#include "bus/wire/uninterrupted.h"

namespace exo::routing {
namespace {

constexpr const char* kZapEndpoint = "inproc://zeromq.zap.01";
constexpr const char* kMonitorEndpoint = "inproc://exo-door";
constexpr std::string_view kZapVersion = "1.0";
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kKeyText = 40;
constexpr int kBatch = 256;
constexpr std::chrono::milliseconds kLookEvery{250};
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

struct SocketCloser {
  void operator()(void* socket) const { zmq_close(socket); }
};
// Its context does not end before it is closed, so nothing that is thrown may leave it open.
using Socket = std::unique_ptr<void, SocketCloser>;

// What ZeroMQ cannot do for want of descriptors or memory.
void demand(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

Socket open_socket(void* context, int type) {
  Socket socket(zmq_socket(context, type));
  demand(socket != nullptr, "zmq_socket");
  const int linger = 0;
  EXO_CHECK(zmq_setsockopt(socket.get(), ZMQ_LINGER, &linger, sizeof linger) == 0);
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

}  // namespace

class Doorkeeper::Thread {
 public:
  Thread(void* context, void* socket, Limits limits, Mailbox<BrokerEvent>& events)
      : kept_(socket),
        zap_(open_socket(context, ZMQ_REP)),
        monitor_(open_socket(context, ZMQ_PAIR)),
        events_(events),
        ipc_(Door::Way::kIpc, limits.ipc, outbox_),
        tcp_(Door::Way::kTcp, limits.tcp, outbox_) {
    // ZeroMQ waits for room with the thread that carries all messages; there always is some.
    const int unlimited = 0;
    EXO_CHECK(zmq_setsockopt(monitor_.get(), ZMQ_RCVHWM, &unlimited, sizeof unlimited) == 0);
    demand(zmq_bind(zap_.get(), kZapEndpoint) == 0, "zmq_bind");
    const int watched = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | kFailures;
    demand(zmq_socket_monitor(kept_, kMonitorEndpoint, watched) == 0, "zmq_socket_monitor");
    demand(zmq_connect(monitor_.get(), kMonitorEndpoint) == 0, "zmq_connect");
    thread_ = start_unsignalled_thread([this] { run_to_end(); });
  }
  ~Thread() {
    stop_.put(true);
    thread_.join();
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  void opened(const std::string& endpoint) {
    for (Door* door : {&ipc_, &tcp_}) {
      if (door->is_at(endpoint)) door->opened(endpoint);
    }
  }
  void set_admitted(const std::string& key, bool is_admitted) {
    const std::lock_guard lock(mutex_);
    if (is_admitted) {
      admitted_.insert(key);
    } else {
      admitted_.erase(key);
    }
  }
  void belongs_here(int descriptor) { words_.put({.descriptor = descriptor}); }
  void cut_off(int descriptor, std::string why) {
    words_.put({.descriptor = descriptor, .cut_off_because = std::move(why)});
  }
  const std::string& seal() const { return seal_; }
  Look take_look() {
    const std::lock_guard lock(mutex_);
    return std::exchange(look_, {});
  }

 private:
  // Of the broker's thread, about a connection.
  struct Word {
    int descriptor = -1;
    std::string cut_off_because = {};  // empty: it belongs here
  };

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
      items[0] = {zap_.get(), 0, ZMQ_POLLIN, 0};
      items[1] = {monitor_.get(), 0, ZMQ_POLLIN, 0};
      items[2] = {nullptr, stop_.fd(), ZMQ_POLLIN, 0};
      items[3] = {nullptr, words_.fd(), ZMQ_POLLIN, 0};
      if (zmq_poll(items.data(), static_cast<int>(items.size()), wait_ms()) < 0 && errno != EINTR)
        throw std::system_error(errno, std::generic_category(), "zmq_poll");
      // A connection is told before its first message can be, so what was said of it by now is about one that
      // is known when all that was told is taken.
      if (taken_.empty()) words_.take_all(taken_);
      if (take_events()) heed_words();
      for (int i = 0; i < kBatch && answer_question(); ++i) continue;
      for (Door* door : {&ipc_, &tcp_}) door->tick();
      if (monotonic_now() >= next_look_) look();
      events_.put_all(outbox_.events());
      stop_.take_all(stops);
    }
  }

  // The soonest; -1 is never.
  long wait_ms() const {
    const bool is_watching = !ipc_.is_empty() || !tcp_.is_empty();
    long soonest = is_watching ? static_cast<long>(kLookEvery.count()) : -1;
    for (const long wait : {ipc_.wait_ms(), tcp_.wait_ms()}) {
      if (wait >= 0) soonest = soonest < 0 ? wait : std::min(soonest, wait);
    }
    return soonest;
  }

  void look() {
    next_look_ = monotonic_now() + kLookEvery;
    Look look;
    look.memory = memory_.grows(resident_bytes()) ? Door::Memory::kGrows : Door::Memory::kCalm;
    for (Door* door : {&ipc_, &tcp_}) door->look(look.memory, look.senders);
    const std::lock_guard lock(mutex_);
    look_ = std::move(look);
  }

  // True when none is left.
  bool take_events() {
    for (int i = 0; i < kBatch; ++i) {
      if (!take_event()) return true;
    }
    return false;
  }

  void heed_words() {
    for (const Word& word : taken_) {
      for (Door* door : {&ipc_, &tcp_}) {
        if (word.cut_off_because.empty()) {
          door->belongs_here(word.descriptor);
        } else {
          door->cut_off(word.descriptor, word.cut_off_because);
        }
      }
    }
    taken_.clear();
  }

  // An event is two frames: a number of 16 bits and a value of 32, and the endpoint that was bound.
  bool take_event() {
    bool more = false;
    const auto what = receive_frame(monitor_.get(), more);
    if (!what) return false;
    std::string endpoint;
    while (more) endpoint = receive_frame(monitor_.get(), more).value_or("");
    std::uint16_t event = 0;
    std::int32_t value = 0;
    EXO_CHECK(what->size() == sizeof event + sizeof value);
    std::memcpy(&event, what->data(), sizeof event);
    std::memcpy(&value, what->data() + sizeof event, sizeof value);
    for (Door* door : {&ipc_, &tcp_}) {
      if (door->is_at(endpoint)) door->happened(event, value);
    }
    return true;
  }

  bool answer_question() {
    ZapFrames frames;
    bool more = false;
    auto frame = receive_frame(zap_.get(), more);
    if (!frame) return false;
    std::size_t count = 0;
    for (; frame; frame = more ? receive_frame(zap_.get(), more) : std::nullopt, ++count) {
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
      tcp_.report(frames[kAddress] + " has not come in: its key " + key.data() +
                  " is none that this host has made or listed");
    }
    const std::array<std::string, 6> answer{std::string(kZapVersion),         frames[kRequestId],
                                            admits ? "200" : "400",           admits ? "OK" : "not admitted",
                                            admits ? seal_ + key.data() : "", ""};
    for (std::size_t i = 0; i < answer.size(); ++i) {
      const int flags = ZMQ_DONTWAIT | (i + 1 < answer.size() ? ZMQ_SNDMORE : 0);
      // Who asked may have gone.
      if (uninterrupted(
              [&] { return zmq_send(zap_.get(), answer.at(i).data(), answer.at(i).size(), flags); }) < 0)
        return;
    }
  }

  bool is_admitted(const std::string& key) {
    const std::lock_guard lock(mutex_);
    return admitted_.find(key) != admitted_.end();
  }

  void* kept_;
  Socket zap_;
  Socket monitor_;
  Mailbox<BrokerEvent>& events_;
  Outbox outbox_;
  Door ipc_;
  Door tcp_;
  std::mutex mutex_;
  std::set<std::string> admitted_;  // guarded by mutex_
  Look look_;                       // guarded by mutex_
  MemoryWatch memory_;
  MonotonicTime next_look_{};
  std::string seal_ = random_hex();  // begins each user id; nobody outside of this process sees one
  Mailbox<bool> stop_;
  Mailbox<Word> words_;
  std::vector<Word> taken_;
  std::thread thread_;
};

Doorkeeper::Doorkeeper(void* context, void* socket, Limits limits, Mailbox<BrokerEvent>& events)
    : thread_(std::make_unique<Thread>(context, socket, limits, events)) {}
Doorkeeper::~Doorkeeper() = default;

void Doorkeeper::opened(const std::string& endpoint) {
  thread_->opened(endpoint);
}

void Doorkeeper::admit(const std::string& public_key) {
  thread_->set_admitted(public_key, true);
}

void Doorkeeper::revoke(const std::string& public_key) {
  thread_->set_admitted(public_key, false);
}

std::string Doorkeeper::key_in(std::string_view user_id) const {
  const std::string& seal = thread_->seal();
  if (user_id.size() <= seal.size() || user_id.substr(0, seal.size()) != seal) return {};
  return std::string(user_id.substr(seal.size()));
}

void Doorkeeper::belongs_here(int descriptor) {
  thread_->belongs_here(descriptor);
}

Doorkeeper::Look Doorkeeper::take_look() {
  return thread_->take_look();
}

void Doorkeeper::cut_off(int descriptor, std::string why) {
  thread_->cut_off(descriptor, std::move(why));
}

}  // namespace exo::routing
