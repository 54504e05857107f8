#include "bus/broker.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>

#include "base/unsignalled_thread.h"
#include "bus/backlogs.h"
#include "bus/mailbox.h"
#include "bus/router.h"
#include "bus/router_socket.h"

namespace exo {
namespace {

using routing::Backlogs;
using routing::ConnectionId;
using routing::kNoConnection;
using routing::Mailbox;
using routing::Now;
using routing::Received;
using routing::Router;
using routing::RouterSocket;

// After so many messages the loop sends what they caused, and looks at the host's wishes.
constexpr int kMessagesPerBatch = 64;
constexpr std::size_t kDeliveriesPerBatch = 1024;  // where they are packs
// How long full peers are left alone; the longer, the longer none of them has taken anything.
constexpr std::chrono::milliseconds kShortestRetryPause{1};
constexpr std::chrono::milliseconds kLongestRetryPause{32};
// Events that the host has not taken; beyond it operators' requests are refused.
constexpr std::size_t kEventsForHost = 100'000;

// How long a message may be on its way while it comes: on a slow line, and while all memory goes into
// something that comes. Where messages wait to be taken, any of them may be the end of it.
constexpr std::chrono::seconds kLongestMessage{60};
constexpr std::chrono::milliseconds kLongestWhileMemoryGrows{500};
constexpr std::chrono::seconds kLongestWhileMessagesWait{5};

constexpr std::string_view kBroke = "its connection broke";

struct Dismissal {
  std::string instance;
};
struct TrafficWanted {};
struct Recorded {
  std::uint64_t number = 0;
};
struct Stop {};
using Wish = std::variant<std::shared_ptr<const RoutingTable>, Admission, Dismissal, InstanceReadiness,
                          std::vector<OperatorKey>, ExoMessage, Recorded, ReplayedCommand, TrafficWanted,
                          std::vector<LoadQuestion>, Stop>;

Now read_clocks() {
  return {monotonic_now(), unix_now()};
}

}  // namespace

// The thread and all that it owns. The mailboxes are the only things that both threads touch.
class Broker::Loop {
 public:
  Loop(Options options, std::unique_ptr<Mailbox<BrokerEvent>> events, std::unique_ptr<RouterSocket> socket)
      : events_(std::move(events)),
        socket_(std::move(socket)),
        backlogs_(*socket_, options.backlog_limit_bytes),
        hears_(options.hears == Hears::kAtOnce),
        router_({.environment = std::move(options.environment), .heartbeat = options.heartbeat}) {
    thread_ = start_unsignalled_thread([this] { run_to_end(); });
  }
  ~Loop() {
    wish(Stop{});
    thread_.join();
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void wish(Wish wish) { wishes_.put(std::move(wish)); }
  const RouterSocket& socket() const { return *socket_; }
  Mailbox<BrokerEvent>& events() { return *events_; }

 private:
  // Without a broker nothing works: an environment that lets it throw (no memory, no descriptors) ends the
  // host.
  void run_to_end() noexcept {
    try {
      run();
    } catch (const std::exception& broken) {
      std::fprintf(stderr, "exo: the broker cannot go on: %s\n", broken.what());
      std::abort();
    }
  }

  void wait_for_the_first_table() {
    while (!hears_ && !stopping_) {
      pollfd wishes{wishes_.fd(), POLLIN, 0};
      if (::poll(&wishes, 1, -1) < 0 && errno != EINTR) {
        throw std::system_error(errno, std::generic_category(), "poll");
      }
      now_ = read_clocks();
      grant_wishes();
      carry_out();
    }
  }

  void run() {
    wait_for_the_first_table();
    bool input_left = false;
    while (!stopping_) {
      if (!input_left) socket_->poll(wishes_.fd(), time_to_wait());
      now_ = read_clocks();
      grant_wishes();
      input_left = receive_batch();
      if (!input_left) router_.input_drained(now_);
      if (now_.monotonic >= next_tick()) tick(input_left);
      if (!backlogs_.empty() && now_.monotonic >= next_retry_) retry();
      carry_out();
    }
  }

  // Comes nearer when there is something to watch.
  MonotonicTime next_tick() const { return last_tick_ + router_.tick_interval(); }

  int time_to_wait() const {
    auto due = next_tick();
    if (!backlogs_.empty()) due = std::min(due, next_retry_);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(due - monotonic_now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left + 1, 0, 1000));
  }

  void tick(bool input_left) {
    end_endless_messages(input_left);
    router_.set_host_state(events_->size() > kEventsForHost ? Router::HostState::kCongested
                                                            : Router::HostState::kKeepsUp);
    router_.tick(now_);
    last_tick_ = now_.monotonic;
  }

  // ZeroMQ keeps all frames of a message until its last one, so of such a message nothing is seen but that
  // its sender sends and nothing comes.
  void end_endless_messages(bool input_left) {
    const routing::Doorkeeper::Look look = socket_->doorkeeper().take_look();
    const bool grows = look.memory == routing::Door::Memory::kGrows;
    MonotonicTime::duration longest = kLongestMessage;
    if (grows) longest = kLongestWhileMemoryGrows;
    if (grows && input_left) longest = kLongestWhileMessagesWait;
    for (const int descriptor : look.senders) {
      const ConnectionId connection = socket_->connection_over(descriptor);
      const auto silence = router_.silence_of(connection, now_);
      if (silence ? sends_without_a_message(descriptor, *silence) < longest : !grows) continue;
      socket_->doorkeeper().cut_off(descriptor, std::string(routing::kEndlessMessage));
      router_.connection_lost(connection, routing::kEndlessMessage, now_);
    }
  }

  // For how long at least: who has only begun to send after a long silence has done nothing wrong.
  MonotonicTime::duration sends_without_a_message(int descriptor, MonotonicTime::duration silence) {
    MonotonicTime& since = sends_since_.try_emplace(descriptor, now_.monotonic).first->second;
    if (since <= now_.monotonic - silence) since = now_.monotonic;
    return now_.monotonic - since;
  }

  void retry() {
    const Backlogs::Retried retried = backlogs_.retry();
    for (const ConnectionId gone : retried.unreachable) router_.connection_lost(gone, kBroke, now_);
    retry_pause_ = retried.sent > 0 ? kShortestRetryPause : std::min(retry_pause_ * 2, kLongestRetryPause);
    next_retry_ = now_.monotonic + retry_pause_;
  }

  void grant_wishes() {
    wishes_.take_all(taken_);
    for (Wish& wish : taken_) std::visit([this](auto& wanted) { grant(wanted); }, wish);
  }
  void grant(std::shared_ptr<const RoutingTable>& table) {
    hears_ = true;
    router_.set_table(std::move(table), now_);
  }
  void grant(const Admission& admission) { router_.admit(admission, now_); }
  void grant(const InstanceReadiness& readiness) { router_.set_ready(readiness, now_); }
  void grant(const Dismissal& dismissal) { router_.dismiss(dismissal.instance, now_); }
  void grant(std::vector<OperatorKey>& keys) { router_.set_operator_keys(std::move(keys), now_); }
  void grant(ExoMessage& message) { router_.send(std::move(message), now_); }
  void grant(const Recorded& recorded) { router_.recorded(recorded.number, now_); }
  void grant(ReplayedCommand& command) { router_.replay(std::move(command), now_); }
  void grant(const TrafficWanted&) { router_.outbox().report(TrafficSeen{router_.traffic()}); }
  void grant(const std::vector<LoadQuestion>& questions) {
    auto reports = router_.measure_load(questions, now_);
    if (!reports.empty()) router_.outbox().report(LoadSeen{std::move(reports)});
  }
  void grant(const Stop&) { stopping_ = true; }

  // True when there may be more.
  bool receive_batch() {
    for (int i = 0; i < kMessagesPerBatch && router_.outbox().size() < kDeliveriesPerBatch; ++i) {
      if (!socket_->receive(received_)) return false;
      take_message();
    }
    return true;
  }

  void take_message() {
    if (received_.from == kNoConnection)
      return socket_->cut_off_sender(received_, "it has named itself, which is for the bus to do");
    HeaderView header;
    switch (take_message(header)) {
      case Router::Standing::kMember:
        if (header.kind == Kind::kRegister) socket_->sender_belongs_here(received_);
        break;
      case Router::Standing::kStranger:
        break;
      case Router::Standing::kCutOff:
        socket_->cut_off_sender(received_, std::to_string(Router::kRefusalsLimit) +
                                               " of its messages were refused, and it had not registered");
        break;
    }
  }

  Router::Standing take_message(HeaderView& header) {
    if (received_.shape != Received::Shape::kMessage) {
      const char* why =
          received_.shape == Received::Shape::kTooFewFrames ? "fewer than two" : "more than two";
      const Error error{"malformed", std::string("a message is two frames, not ") + why};
      return router_.receive_malformed(received_.from, header, error, now_);
    }
    const auto read = decode_header(received_.header.bytes(), header);
    if (!read) return router_.receive_malformed(received_.from, header, read.error(), now_);
    if (received_.payload.size() > kPayloadLimitBytes) {
      const Error error{"too-large", "the payload has " + std::to_string(received_.payload.size()) +
                                         " bytes; at most " + std::to_string(kPayloadLimitBytes) +
                                         " fit into a message, more is sent as pages"};
      return router_.receive_malformed(received_.from, header, error, now_);
    }
    const std::string key =
        header.kind == Kind::kRegister ? socket_->key_of_sender(received_) : std::string();
    return router_.receive(received_.from, header, std::move(received_.payload), now_, key);
  }

  // Losing a connection makes the router say more, so the end is looked at anew each time.
  void carry_out() {
    routing::Outbox& outbox = router_.outbox();
    std::size_t packed = 0;
    for (std::size_t i = 0; i < outbox.size(); ++i) {
      if (i == packed) {
        outbox.pack(i);
        packed = outbox.size();
      }
      const ConnectionId to = outbox.at(i).to;
      if (to == kNoConnection) continue;
      switch (backlogs_.send(outbox.at(i))) {
        case Backlogs::Peer::kReachable:
          break;
        case Backlogs::Peer::kUnreachable:
          router_.connection_lost(to, kBroke, now_);
          break;
        case Backlogs::Peer::kNotReading:
          router_.give_up(to, backlogs_.not_reading(), now_);
          break;
      }
    }
    outbox.clear_deliveries();
    events_->put_all(outbox.events());
  }

  std::unique_ptr<Mailbox<BrokerEvent>> events_;
  std::unique_ptr<RouterSocket> socket_;
  Backlogs backlogs_;
  bool hears_ = true;
  std::map<int, MonotonicTime> sends_since_;  // by descriptor: seen sending, and no message has come since
  Router router_;
  Mailbox<Wish> wishes_;
  std::vector<Wish> taken_;
  Received received_;
  Now now_ = read_clocks();
  MonotonicTime last_tick_ = now_.monotonic;
  MonotonicTime next_retry_ = now_.monotonic;
  std::chrono::milliseconds retry_pause_ = kShortestRetryPause;
  bool stopping_ = false;
  std::thread thread_;
};

Result<std::unique_ptr<Broker>> Broker::start(Options options) {
  auto events = std::make_unique<Mailbox<BrokerEvent>>();
  auto socket = RouterSocket::bind({.endpoint = options.endpoint,
                                    .other_users = options.other_users,
                                    .limits = options.ipc_limits,
                                    .tcp = options.tcp},
                                   *events);
  if (!socket) return socket.error();
  auto loop = std::make_unique<Loop>(std::move(options), std::move(events), std::move(socket).value());
  return std::unique_ptr<Broker>(new Broker(std::move(loop)));
}

Broker::Broker(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Broker::~Broker() = default;

const std::string& Broker::endpoint() const {
  return loop_->socket().endpoint();
}

const std::string& Broker::tcp_endpoint() const {
  return loop_->socket().tcp_endpoint();
}

// The doorkeeper knows at once, so that a process which is started next finds itself admitted.
void Broker::let_in(const std::string& instance, const std::string& key) {
  routing::Doorkeeper& doorkeeper = loop_->socket().doorkeeper();
  if (const auto before = keys_.find(instance); before != keys_.end()) {
    if (before->second == key) return;
    doorkeeper.revoke(before->second);
    keys_.erase(before);
  }
  if (key.empty()) return;
  doorkeeper.admit(key);
  keys_.emplace(instance, key);
}

void Broker::publish(std::shared_ptr<const RoutingTable> table) {
  loop_->wish(std::move(table));
}

void Broker::admit(Admission admission) {
  if (admission.kind != PeerKind::kOperator) let_in(admission.instance, admission.public_key);
  loop_->wish(std::move(admission));
}

void Broker::set_ready(InstanceReadiness readiness) {
  loop_->wish(std::move(readiness));
}

void Broker::set_operator_keys(std::vector<OperatorKey> keys) {
  routing::Doorkeeper& doorkeeper = loop_->socket().doorkeeper();
  for (const OperatorKey& key : operator_keys_) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) doorkeeper.revoke(key.public_key);
  }
  for (const OperatorKey& key : keys) doorkeeper.admit(key.public_key);
  operator_keys_ = keys;
  loop_->wish(std::move(keys));
}

void Broker::dismiss(std::string instance) {
  let_in(instance, "");
  loop_->wish(Dismissal{std::move(instance)});
}

void Broker::send(ExoMessage message) {
  loop_->wish(std::move(message));
}

void Broker::recorded(std::uint64_t number) {
  loop_->wish(Recorded{number});
}

void Broker::replay(ReplayedCommand command) {
  loop_->wish(std::move(command));
}

void Broker::measure_load(std::vector<LoadQuestion> questions) {
  loop_->wish(std::move(questions));
}

void Broker::ask_for_traffic() {
  loop_->wish(TrafficWanted{});
}

int Broker::event_fd() const {
  return loop_->events().fd();
}

std::vector<BrokerEvent> Broker::take_events() {
  std::vector<BrokerEvent> events;
  loop_->events().take_all(events);
  return events;
}

}  // namespace exo
