#include "tests/services/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace exo::testing_support {
namespace {

void limit_waiting(int fd) {
  timeval limit{.tv_sec = 20, .tv_usec = 0};
  EXO_CHECK(::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
  EXO_CHECK(::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

UniqueFd bound_socket(std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXO_CHECK(static_cast<bool>(socket));
  const int on = 1;
  EXO_CHECK(::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
  const sockaddr_in address = loopback(port);
  EXO_CHECK(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return socket;
}

std::uint16_t port_of(const UniqueFd& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  EXO_CHECK(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

}  // namespace

Connection::Connection(UniqueFd socket) : socket_(std::move(socket)) {
  if (socket_) limit_waiting(socket_.get());
}

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::size_t Connection::send_without_waiting(std::string_view bytes) {
  const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

std::string Connection::receive(std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    const ssize_t got = ::recv(socket_.get(), bytes.data() + filled, count - filled, 0);
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

std::string Connection::receive_all() {
  std::string bytes;
  for (;;) {
    const std::string piece = receive(64 * 1024);
    if (piece.empty()) return bytes;
    bytes += piece;
  }
}

int Connection::receive_error() {
  char byte = 0;
  const ssize_t got = ::recv(socket_.get(), &byte, 1, 0);
  if (got == 0) return 0;
  return got < 0 ? errno : -1;
}

void Connection::end_sending() {
  ::shutdown(socket_.get(), SHUT_WR);
}

void Connection::reset() {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  socket_.reset();
}

Connection connect_to(std::uint16_t port, const std::string& host) {
  const bool is_v6 = host.find(':') != std::string::npos;
  UniqueFd socket(::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  sockaddr_in v4 = loopback(port);
  EXO_CHECK(::inet_pton(is_v6 ? AF_INET6 : AF_INET, host.c_str(),
                        is_v6 ? static_cast<void*>(&v6.sin6_addr) : &v4.sin_addr) == 1);
  const auto* address =
      is_v6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
  if (::connect(socket.get(), address, is_v6 ? sizeof v6 : sizeof v4) != 0) socket.reset();
  return Connection(std::move(socket));
}

Server::Server(Serve serve, std::uint16_t port)
    : listener_(bound_socket(port)), port_(port_of(listener_)), serve_(std::move(serve)) {
  EXO_CHECK(::listen(listener_.get(), SOMAXCONN) == 0);
  thread_ = std::thread([this] { run(); });
}

Server::~Server() {
  ::shutdown(listener_.get(), SHUT_RDWR);  // wakes accept
  thread_.join();
}

void Server::run() {
  for (;;) {
    UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) return;
    Connection connection(std::move(socket));
    serve_(connection);
  }
}

SilentPort::SilentPort() : socket_(bound_socket(0)), port_(port_of(socket_)) {}

}  // namespace exo::testing_support
