#include "host/port_check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"

namespace exo {

namespace {

// Within the machine a connection is made or refused in no time, unless the backlog is full.
constexpr int kPatienceMs = 10;

int outcome_of(int socket) {
  pollfd polled{.fd = socket, .events = POLLOUT, .revents = 0};
  if (::poll(&polled, 1, kPatienceMs) <= 0) return EINPROGRESS;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

Result<void> connect_to_loopback(std::uint16_t port) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return Error{"refused", std::strerror(errno)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return {};
  const int error = errno == EINPROGRESS ? outcome_of(socket.get()) : errno;
  if (error == 0) return {};
  return Error{"refused", error == EINPROGRESS ? "its backlog is full" : std::strerror(error)};
}

}  // namespace exo
