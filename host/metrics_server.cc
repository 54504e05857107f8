#include "host/metrics_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <exception>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/unsignalled_thread.h"
#include "bus/mailbox.h"
#include "host/metrics_text.h"

namespace exo {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kRequestLimitBytes = 8 * 1024;
constexpr std::chrono::milliseconds kPauseWithoutDescriptors{100};

struct Wanted {};

class Connection;

// What a connection needs of the server.
class Desk {
 public:
  virtual ~Desk() = default;
  // answer() of the connection follows.
  virtual void want(const std::shared_ptr<Connection>& connection) = 0;
  virtual void ended(const std::shared_ptr<Connection>& connection) = 0;
};

// One client: asks, waits, is answered, asks again. On the server's thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, Desk& desk) : stream_(std::move(socket)), desk_(desk) {}

  void read() {
    parser_.emplace();
    parser_->body_limit(kRequestLimitBytes);
    parser_->header_limit(kRequestLimitBytes);
    stream_.expires_after(MetricsServer::kIdleWithin);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, std::size_t) { self->take(error); });
  }

  void answer(const std::string& text) { respond(http::status::ok, text, kMetricsContentType); }
  void say_unavailable() {
    respond(http::status::service_unavailable, "exo is busy; its metrics could not be gathered in time\n");
  }
  void close() {
    error_code ignored;
    stream_.socket().close(ignored);
  }

 private:
  void take(error_code error) {
    if (error) return end();
    const auto& request = parser_->get();
    const std::string_view target(request.target().data(), request.target().size());
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      respond(http::status::method_not_allowed, "GET /metrics is all that is served here\n");
    } else if (target.substr(0, target.find('?')) != "/metrics") {
      respond(http::status::not_found, "GET /metrics is all that is served here\n");
    } else {
      stream_.expires_never();
      desk_.want(shared_from_this());
    }
  }

  void respond(http::status status, const std::string& text, const char* type = "text/plain; charset=utf-8") {
    const auto& request = parser_->get();
    response_ = {status, request.version()};
    response_.set(http::field::content_type, type);
    if (status == http::status::method_not_allowed) response_.set(http::field::allow, "GET, HEAD");
    response_.keep_alive(request.keep_alive());
    response_.content_length(text.size());
    if (request.method() != http::verb::head) response_.body() = text;
    stream_.expires_after(MetricsServer::kIdleWithin);
    http::async_write(stream_, response_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error || !self->response_.keep_alive()) return self->end();
      self->read();
    });
  }

  void end() {
    close();
    desk_.ended(shared_from_this());
  }

  beast::tcp_stream stream_;
  Desk& desk_;
  beast::flat_buffer buffer_;
  boost::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

}  // namespace

class MetricsServer::Loop final : public Desk {
 public:
  Loop(const MetricsAddress& address, error_code& error) : acceptor_(io_), timer_(io_), pause_(io_) {
    const tcp::endpoint endpoint(asio::ip::make_address(address.host), address.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (error) return;
    address_ = {.host = address.host, .port = acceptor_.local_endpoint().port()};
    accept();
    thread_ = start_unsignalled_thread([this] { run_to_end(); });
  }
  ~Loop() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  const MetricsAddress& address() const { return address_; }
  routing::Mailbox<Wanted>& wanted() { return wanted_; }

  void provide(std::string text) {
    asio::post(io_, [this, text = std::move(text)] {
      timer_.cancel();
      for (const auto& connection : std::exchange(waiting_, {})) connection->answer(text);
    });
  }

 private:
  // The host goes on without metrics: who asks for them is not answered any more.
  void run_to_end() noexcept {
    try {
      io_.run();
    } catch (const std::exception& broken) {
      std::fprintf(stderr, "exo: metrics are served no more: %s\n", broken.what());
      stop_serving();
    }
  }

  void stop_serving() {
    error_code ignored;
    acceptor_.close(ignored);
    for (const auto& connection : connections_) connection->close();
  }

  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error) return accept_later();
      if (connections_.size() < kConnections) {
        const auto connection = std::make_shared<Connection>(std::move(socket), *this);
        connections_.insert(connection);
        connection->read();
      }
      accept();
    });
  }

  // Without a free descriptor it would only fail again at once.
  void accept_later() {
    pause_.expires_after(kPauseWithoutDescriptors);
    pause_.async_wait([this](error_code error) {
      if (!error) accept();
    });
  }

  void want(const std::shared_ptr<Connection>& connection) override {
    waiting_.push_back(connection);
    if (waiting_.size() > 1) return;
    wanted_.put(Wanted{});
    timer_.expires_after(kProvidedWithin);
    timer_.async_wait([this](error_code error) {
      if (error) return;
      for (const auto& late : std::exchange(waiting_, {})) late->say_unavailable();
    });
  }

  void ended(const std::shared_ptr<Connection>& connection) override { connections_.erase(connection); }

  asio::io_context io_;
  tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  asio::steady_timer pause_;
  MetricsAddress address_;
  std::set<std::shared_ptr<Connection>> connections_;
  std::vector<std::shared_ptr<Connection>> waiting_;
  routing::Mailbox<Wanted> wanted_;
  std::thread thread_;
};

Result<MetricsAddress> MetricsAddress::parse(const std::string& text) {
  const auto refuse = [&] {
    return Error{"usage", "--metrics " + text +
                              ": expected a port from 0 (any free one) to 65535, or an address and a port: "
                              "9464, 127.0.0.1:9464, [::1]:9464"};
  };
  const std::size_t colon = text.rfind(':');
  const std::string digits = colon == std::string::npos ? text : text.substr(colon + 1);
  const bool is_number =
      !digits.empty() && digits.size() <= 5 && digits.find_first_not_of("0123456789") == std::string::npos;
  const unsigned long port = is_number ? std::stoul(digits) : 65536;
  if (port > 65535) return refuse();
  MetricsAddress address{.port = static_cast<std::uint16_t>(port)};
  if (colon == std::string::npos) return address;
  std::string host = text.substr(0, colon);
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);
  if (host == "localhost") return address;
  error_code error;
  const auto parsed = asio::ip::make_address(host, error);
  if (error || parsed.is_v6() != in_brackets) return refuse();
  address.host = parsed.to_string();
  return address;
}

std::string to_string(const MetricsAddress& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(const MetricsAddress& address) {
  error_code error;
  auto loop = std::make_unique<Loop>(address, error);
  if (error) {
    return Error{"port",
                 "cannot serve metrics on " + to_string(address) + " (--metrics): " + error.message()};
  }
  return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(loop)));
}

MetricsServer::MetricsServer(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
MetricsServer::~MetricsServer() = default;

const MetricsAddress& MetricsServer::address() const {
  return loop_->address();
}

int MetricsServer::wanted_fd() const {
  return loop_->wanted().fd();
}

bool MetricsServer::take_wanted() {
  std::vector<Wanted> taken;
  loop_->wanted().take_all(taken);
  return !taken.empty();
}

void MetricsServer::provide(std::string text) {
  loop_->provide(std::move(text));
}

}  // namespace exo
