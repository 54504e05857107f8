#include "services/forwarder/forwarder.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <set>
#include <system_error>
#include <thread>

#include "base/unsignalled_thread.h"
#include "services/forwarder/event_queue.h"
#include "services/forwarder/forwarded_connection.h"
#include "services/forwarder/forwarder_notices.h"
#include "services/forwarder/forwarding_state.h"
#include "services/forwarder/listening_sockets.h"
#include "services/forwarder/unavailable_page.h"

namespace exo {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kPauseWithoutDescriptors{100};

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
  explicit Loop(Options options) : options_(options), limit_(connections_that_fit(options.max_connections)) {}

  ~Loop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  void run_in_thread() {
    thread_ = start_unsignalled_thread([this] { io_.run(); });
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

  void wait_for_connections(Listener& listener);
  void accept_all(Listener& listener);
  void take_connection(const std::string& role, UniqueFd socket);
  void remove(const std::shared_ptr<ForwardedConnection>& connection) {
    connections_.erase(connection);
    connection_count_ = connections_.size();
  }

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  const Options options_;
  const std::size_t limit_;
  EventQueue events_;
  std::atomic<std::size_t> connection_count_{0};
  ForwardingState state_{events_};
  ForwarderNotices notices_{io_, events_};
  std::size_t waiting_ = 0;
  ForwardedConnection::Surroundings around_{.options = options_,
                                            .state = state_,
                                            .notices = notices_,
                                            .waiting = waiting_,
                                            .ended = [this](const auto& ended) { remove(ended); }};
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::set<std::shared_ptr<ForwardedConnection>> connections_;
  std::thread thread_;
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
    notices_.add("connections to " + listener.role + " wait: " + std::generic_category().message(errno));
    listener.pause.expires_after(kPauseWithoutDescriptors);
    listener.pause.async_wait([this, &listener](error_code error) {
      if (!error) wait_for_connections(listener);
    });
    return;
  }
  wait_for_connections(listener);
}

void Forwarder::Loop::take_connection(const std::string& role, UniqueFd socket) {
  if (connections_.size() >= limit_) {
    notices_.add("connections to " + role + " refused: " + std::to_string(limit_) + " are open already");
    const std::string page = unavailable_page(role, "too many connections are open");
    [[maybe_unused]] const ssize_t sent = ::send(socket.get(), page.data(), page.size(), MSG_NOSIGNAL);
    return;
  }
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return;
  tcp::socket client(io_, address.ss_family == AF_INET ? tcp::v4() : tcp::v6(), socket.release());
  const auto connection = std::make_shared<ForwardedConnection>(around_, role, std::move(client));
  connections_.insert(connection);
  connection_count_ = connections_.size();
  connection->start();
}

void Forwarder::Loop::use_table(std::shared_ptr<const ForwardingTable> table) {
  const std::uint64_t position = table->position;
  state_.use_table(std::move(table));
  // A copy, because a connection that ends leaves the set.
  const std::vector<std::shared_ptr<ForwardedConnection>> connections(connections_.begin(),
                                                                      connections_.end());
  for (const auto& connection : connections) {
    connection->end_if_held();
    connection->table_changed();
  }
  events_.push(ForwardingInEffect{position});
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

Result<std::uint16_t> Forwarder::listen(const Listen& listen) {
  Result<ListeningSockets> opened = open_listening_sockets(listen);
  if (!opened.ok()) return opened.error();
  const std::uint16_t port = opened.value().port;
  this->listen(listen, std::move(opened).value());
  return port;
}

void Forwarder::listen(const Listen& listen, ListeningSockets sockets) {
  // A posted function must be copyable for some of Asio's queues, so what it moves is shared.
  auto shared = std::make_shared<std::vector<UniqueFd>>(std::move(sockets.sockets));
  loop_->post(
      [loop = loop_.get(), role = listen.role, shared] { loop->add_listener(role, std::move(*shared)); });
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
