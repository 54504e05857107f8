#include "services/forwarder/forwarder.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <csignal>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <thread>

#include "services/forwarder/event_queue.h"
#include "services/forwarder/listening_sockets.h"
#include "services/forwarder/target_choice.h"
#include "services/forwarder/unavailable_page.h"

namespace exo {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

// For each direction of each connection. Larger ones are no faster between processes of one machine.
constexpr std::size_t kBufferBytes = 16 * 1024;
// How long a client that was refused may go on sending; closing before it has stopped would reset the
// connection and take the answer away from it.
constexpr std::chrono::seconds kRefusalLinger{2};
constexpr std::chrono::milliseconds kPauseWithoutDescriptors{100};
constexpr std::chrono::seconds kPauseBetweenNotices{1};

// Half of the descriptors that this process may open, two for each connection: the ledger and the keeper
// need some too.
std::size_t connections_that_fit(std::size_t wanted) {
  constexpr std::size_t kLeast = 16;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  return std::min(wanted, std::max<std::size_t>(kLeast, static_cast<std::size_t>(limit.rlim_cur) / 4));
}

}  // namespace

// The thread and what it owns. Functions that other threads call only post to `io_`, but for the event queue
// and the count of connections.
class Forwarder::Loop {
 public:
  class Session;

  explicit Loop(Options options)
      : options_(options), limit_(connections_that_fit(options.max_connections)), notice_timer_(io_) {}

  ~Loop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  void run_in_thread() {
    // Signals are the host's to handle, in its own thread.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { io_.run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  template <typename Function>
  void post(Function function) {
    asio::post(io_, std::move(function));
  }

  EventQueue& events() { return events_; }
  std::size_t connection_count() const { return connection_count_; }

  // On the loop's thread only, from here on.
  void add_listener(const std::string& role, std::vector<UniqueFd> sockets);
  void use_table(std::shared_ptr<const ForwardingTable> table);

 private:
  struct Listener {
    std::string role;
    tcp::acceptor acceptor;
    asio::steady_timer pause;
  };
  using VersionKey = std::pair<std::string, std::string>;  // role and version

  void wait_for_connections(Listener& listener);
  void accept_all(Listener& listener);
  void take_connection(const std::string& role, UniqueFd socket);
  std::optional<ForwardingTarget> choose(const std::string& role, const std::set<std::string>& refused);
  bool has_target(const std::string& role, const ForwardingTarget& target) const;
  bool has_version(const VersionKey& key) const;
  bool is_held(const VersionKey& key) const;
  std::string state_of(const std::string& role) const;
  void forwarding_began(const VersionKey& key) { ++forwarding_[key]; }
  void forwarding_ended(const VersionKey& key);
  void remove(const std::shared_ptr<Session>& session);
  void note(const std::string& text);
  void flush_notices();

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  const Options options_;
  const std::size_t limit_;
  EventQueue events_;
  std::atomic<std::size_t> connection_count_{0};
  std::shared_ptr<const ForwardingTable> table_ = std::make_shared<ForwardingTable>();
  std::map<std::string, TargetChoice> choices_;   // by role
  std::map<VersionKey, std::size_t> forwarding_;  // connections, of versions that have some
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::set<std::shared_ptr<Session>> sessions_;
  std::size_t waiting_ = 0;                     // sessions that are waiting or connecting
  std::map<std::string, std::size_t> notices_;  // texts not yet told, with how often
  asio::steady_timer notice_timer_;
  bool notices_pause_ = false;
  std::thread thread_;
};

// One connection from a client, and from its forwarding on the one to its target. Kept alive by the loop and
// by the operations under way; once `ended_`, what is left of those does nothing.
class Forwarder::Loop::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Loop& loop, std::string role, tcp::socket client)
      : loop_(loop),
        role_(std::move(role)),
        client_(std::move(client)),
        upstream_(loop.io_),
        timer_(loop.io_),
        deadline_(Clock::now() + loop.options_.wait_for_target) {}

  void start() {
    ++loop_.waiting_;
    if (loop_.waiting_ > loop_.options_.max_waiting) {
      loop_.note("connections to " + role_ + " refused: " + std::to_string(loop_.options_.max_waiting) +
                 " are waiting already");
      answer_unavailable();
    } else {
      try_target();
    }
  }

  // Targets may be there that were not before.
  void table_changed() {
    if (state_ != State::kWaiting) return;
    refused_.clear();
    try_target();
  }

  void end_if_held() {
    if (state_ == State::kForwarding && loop_.is_held({role_, target_.version})) abort();
  }

 private:
  enum class State { kWaiting, kConnecting, kForwarding, kAnswering, kEnded };
  struct Direction {
    tcp::socket& from;
    tcp::socket& to;
    std::vector<char> buffer;
  };

  void try_target() {
    const auto target = loop_.choose(role_, refused_);
    if (target) {
      connect(*target);
    } else if (Clock::now() >= deadline_) {
      answer_unavailable();
    } else if (refused_.empty()) {
      try_again_at(deadline_);
    } else {
      refused_.clear();
      try_again_at(std::min(deadline_, Clock::now() + loop_.options_.retry_pause));
    }
  }

  void try_again_at(Clock::time_point time) {
    set_timer(time, [this] {
      if (Clock::now() >= deadline_)
        answer_unavailable();
      else
        try_target();
    });
  }

  // Replaces what the timer was set for before.
  template <typename Function>
  void set_timer(Clock::time_point time, Function function) {
    timer_.expires_at(time);
    timer_.async_wait([self = shared_from_this(), number = ++timer_number_, function](error_code) {
      if (self->timer_number_ == number && self->state_ != State::kEnded) function();
    });
  }

  void connect(const ForwardingTarget& target) {
    state_ = State::kConnecting;
    target_ = target;
    error_code error;
    const auto address = asio::ip::make_address(target.host, error);
    if (error) return connect_failed(error);
    const tcp protocol = address.is_v4() ? tcp::v4() : tcp::v6();
    UniqueFd socket(::socket(protocol.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return connect_failed(error_code(errno, boost::system::system_category()));
    upstream_.assign(protocol, socket.release(), error);
    if (error) return connect_failed(error);
    upstream_.async_connect({address, target.port},
                            [self = shared_from_this(), number = ++connect_number_](error_code failed) {
                              if (self->connect_number_ != number || self->state_ != State::kConnecting)
                                return;
                              self->connected(failed);
                            });
    set_timer(std::min(deadline_, Clock::now() + loop_.options_.connect_timeout),
              [this] { connect_failed(asio::error::timed_out); });
  }

  void connected(error_code failed) {
    if (failed) return connect_failed(failed);
    // The table may have changed meanwhile, and then no connection may go by the old one.
    if (loop_.has_target(role_, target_)) return forward();
    stop_connecting();
    try_target();
  }

  void connect_failed(error_code error) {
    loop_.note(role_ + ": " + target_.version + " does not accept connections at " + address_of(target_) +
               ": " + error.message());
    refused_.insert(address_of(target_));
    stop_connecting();
    try_target();
  }

  void stop_connecting() {
    ++connect_number_;
    error_code ignored;
    upstream_.close(ignored);
    state_ = State::kWaiting;
  }

  void forward() {
    ++timer_number_;
    timer_.cancel();
    --loop_.waiting_;
    state_ = State::kForwarding;
    loop_.forwarding_began({role_, target_.version});
    for (tcp::socket* socket : {&client_, &upstream_}) {
      error_code ignored;
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
  void pump(Direction& direction) {
    direction.from.async_read_some(asio::buffer(direction.buffer), [self = shared_from_this(), &direction](
                                                                       error_code error, std::size_t size) {
      if (self->state_ == State::kForwarding) self->got(direction, error, size);
    });
  }

  void got(Direction& direction, error_code error, std::size_t size) {
    if (error == asio::error::eof) {
      error_code ignored;
      direction.to.shutdown(tcp::socket::shutdown_send, ignored);
      direction_ended();
    } else if (error) {
      abort();
    } else {
      asio::async_write(direction.to, asio::buffer(direction.buffer, size),
                        [self = shared_from_this(), &direction](error_code failed, std::size_t) {
                          if (self->state_ != State::kForwarding) return;
                          // Who takes no more may still have something to say: the other direction goes on.
                          if (failed)
                            self->direction_ended();
                          else
                            self->pump(direction);
                        });
    }
  }

  void direction_ended() {
    if (--directions_left_ == 0) end();
  }

  // One side was cut off: the other must not take it for a proper end of file.
  void abort() {
    for (tcp::socket* socket : {&client_, &upstream_}) {
      error_code ignored;
      socket->set_option(asio::socket_base::linger(true, 0), ignored);
    }
    end();
  }

  void answer_unavailable() {
    --loop_.waiting_;
    state_ = State::kAnswering;
    page_ = unavailable_page(role_, loop_.state_of(role_));
    set_timer(Clock::now() + kRefusalLinger, [this] { end(); });
    asio::async_write(client_, asio::buffer(page_),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (self->state_ != State::kAnswering) return;
                        error_code ignored;
                        self->client_.shutdown(tcp::socket::shutdown_send, ignored);
                        if (error)
                          self->end();
                        else
                          self->ignore_rest();
                      });
  }

  void ignore_rest() {
    to_target_.buffer.resize(kBufferBytes);
    client_.async_read_some(asio::buffer(to_target_.buffer),
                            [self = shared_from_this()](error_code error, std::size_t) {
                              if (self->state_ != State::kAnswering) return;
                              if (error)
                                self->end();
                              else
                                self->ignore_rest();
                            });
  }

  void end() {
    const bool was_forwarding = state_ == State::kForwarding;
    state_ = State::kEnded;
    error_code ignored;
    client_.close(ignored);
    upstream_.close(ignored);
    timer_.cancel();
    const auto self = shared_from_this();
    if (was_forwarding) loop_.forwarding_ended({role_, target_.version});
    loop_.remove(self);
  }

  Loop& loop_;
  const std::string role_;
  tcp::socket client_;
  tcp::socket upstream_;
  asio::steady_timer timer_;
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

void Forwarder::Loop::add_listener(const std::string& role, std::vector<UniqueFd> sockets) {
  for (UniqueFd& socket : sockets) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    EXO_CHECK(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    const tcp protocol = address.ss_family == AF_INET ? tcp::v4() : tcp::v6();
    listeners_.push_back(std::make_unique<Listener>(
        Listener{role, tcp::acceptor(io_, protocol, socket.release()), asio::steady_timer(io_)}));
    wait_for_connections(*listeners_.back());
  }
}

void Forwarder::Loop::wait_for_connections(Listener& listener) {
  listener.acceptor.async_wait(tcp::acceptor::wait_read, [this, &listener](error_code error) {
    if (!error) accept_all(listener);
  });
}

// accept4 instead of async_accept, so that no program started meanwhile inherits the connection.
void Forwarder::Loop::accept_all(Listener& listener) {
  constexpr int kMostAtOnce = 64;  // the connections that are there must not wait for all those that come
  for (int i = 0; i < kMostAtOnce; ++i) {
    UniqueFd socket(
        ::accept4(listener.acceptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      take_connection(listener.role, std::move(socket));
      continue;
    }
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) break;
    note("connections to " + listener.role + " wait: " + std::generic_category().message(errno));
    listener.pause.expires_after(kPauseWithoutDescriptors);
    listener.pause.async_wait([this, &listener](error_code error) {
      if (!error) wait_for_connections(listener);
    });
    return;
  }
  wait_for_connections(listener);
}

void Forwarder::Loop::take_connection(const std::string& role, UniqueFd socket) {
  if (sessions_.size() >= limit_) {
    note("connections to " + role + " refused: " + std::to_string(limit_) + " are open already");
    const std::string page = unavailable_page(role, "too many connections are open");
    [[maybe_unused]] const ssize_t sent = ::send(socket.get(), page.data(), page.size(), MSG_NOSIGNAL);
    return;
  }
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return;
  tcp::socket client(io_, address.ss_family == AF_INET ? tcp::v4() : tcp::v6(), socket.release());
  const auto session = std::make_shared<Session>(*this, role, std::move(client));
  sessions_.insert(session);
  connection_count_ = sessions_.size();
  session->start();
}

void Forwarder::Loop::use_table(std::shared_ptr<const ForwardingTable> table) {
  const auto before = std::exchange(table_, std::move(table));
  std::set<VersionKey> gone;
  for (const ForwardingRole& role : before->roles) {
    for (const ForwardingTarget& target : role.targets) gone.insert({role.role, target.version});
  }
  for (const VersionKey& key : gone) {
    if (!has_version(key) && forwarding_.count(key) == 0)
      events_.push(ForwardingDrained{key.first, key.second});
  }
  // A copy, because a session that ends leaves the set.
  const std::vector<std::shared_ptr<Session>> sessions(sessions_.begin(), sessions_.end());
  for (const auto& session : sessions) {
    session->end_if_held();
    session->table_changed();
  }
  events_.push(ForwardingInEffect{table_->position});
}

std::optional<ForwardingTarget> Forwarder::Loop::choose(const std::string& role,
                                                        const std::set<std::string>& refused) {
  const ForwardingRole* found = table_->find(role);
  if (found == nullptr) return std::nullopt;
  return choices_[role].choose(found->targets, refused);
}

bool Forwarder::Loop::has_target(const std::string& role, const ForwardingTarget& target) const {
  const ForwardingRole* found = table_->find(role);
  return found != nullptr &&
         std::any_of(found->targets.begin(), found->targets.end(), [&](const auto& candidate) {
           return candidate.version == target.version && address_of(candidate) == address_of(target);
         });
}

bool Forwarder::Loop::has_version(const VersionKey& key) const {
  const ForwardingRole* found = table_->find(key.first);
  return found != nullptr &&
         std::any_of(found->targets.begin(), found->targets.end(),
                     [&](const auto& candidate) { return candidate.version == key.second; });
}

bool Forwarder::Loop::is_held(const VersionKey& key) const {
  const ForwardingRole* found = table_->find(key.first);
  return found != nullptr &&
         std::find(found->held.begin(), found->held.end(), key.second) != found->held.end();
}

std::string Forwarder::Loop::state_of(const std::string& role) const {
  const ForwardingRole* found = table_->find(role);
  return found == nullptr ? "" : found->state;
}

void Forwarder::Loop::forwarding_ended(const VersionKey& key) {
  const auto found = forwarding_.find(key);
  EXO_CHECK(found != forwarding_.end());
  if (--found->second > 0) return;
  forwarding_.erase(found);
  if (!has_version(key)) events_.push(ForwardingDrained{key.first, key.second});
}

void Forwarder::Loop::remove(const std::shared_ptr<Session>& session) {
  sessions_.erase(session);
  connection_count_ = sessions_.size();
}

// The first of its kind at once, those within the next second counted.
void Forwarder::Loop::note(const std::string& text) {
  ++notices_[text];
  if (!notices_pause_) flush_notices();
}

void Forwarder::Loop::flush_notices() {
  for (const auto& [text, count] : std::exchange(notices_, {})) {
    events_.push(ForwarderNotice{count == 1 ? text : text + " (" + std::to_string(count) + " times)"});
  }
  notices_pause_ = true;
  notice_timer_.expires_after(kPauseBetweenNotices);
  notice_timer_.async_wait([this](error_code error) {
    notices_pause_ = false;
    if (!error && !notices_.empty()) flush_notices();
  });
}

Forwarder::Forwarder(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

Forwarder::~Forwarder() = default;

Result<std::unique_ptr<Forwarder>> Forwarder::start(Options options) {
  auto loop = std::make_unique<Loop>(options);
  if (loop->events().fd() < 0) {
    return Error{"io", "cannot open an event descriptor: " + std::generic_category().message(errno)};
  }
  loop->run_in_thread();
  return std::unique_ptr<Forwarder>(new Forwarder(std::move(loop)));
}

Result<std::uint16_t> Forwarder::listen(Listen listen) {
  Result<ListeningSockets> opened = open_listening_sockets(listen);
  if (!opened.ok()) return opened.error();
  const std::uint16_t port = opened.value().port;
  // A posted function must be copyable for some of Asio's queues, so what it moves is shared.
  auto sockets = std::make_shared<std::vector<UniqueFd>>(std::move(opened.value().sockets));
  loop_->post([loop = loop_.get(), role = std::move(listen.role), sockets] {
    loop->add_listener(role, std::move(*sockets));
  });
  return port;
}

void Forwarder::publish(std::shared_ptr<const ForwardingTable> table) {
  EXO_CHECK(table != nullptr);
  loop_->post([loop = loop_.get(), table = std::move(table)] { loop->use_table(table); });
}

std::size_t Forwarder::connection_count() const {
  return loop_->connection_count();
}

int Forwarder::event_fd() const {
  return loop_->events().fd();
}

std::vector<ForwarderEvent> Forwarder::take_events() {
  return loop_->events().take();
}

}  // namespace exo
