#include "services/forwarder/listening_sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "base/text.h"
#include "services/forwarder/port_holder.h"

namespace exo {
namespace {

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

std::optional<Address> parse_address(const std::string& text, std::uint16_t port) {
  Address address;
  std::memset(&address, 0, sizeof address);
  if (::inet_pton(AF_INET, text.c_str(), &address.v4.sin_addr) == 1) {
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons(port);
    return address;
  }
  if (::inet_pton(AF_INET6, text.c_str(), &address.v6.sin6_addr) == 1) {
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons(port);
    return address;
  }
  return std::nullopt;
}

struct Bound {
  UniqueFd socket;
  int error_number = 0;  // 0: bound
};

Bound bind_and_listen(const Address& address) {
  const int family = address.any.sa_family;
  Bound bound;
  bound.socket.reset(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  const socklen_t size = family == AF_INET ? sizeof address.v4 : sizeof address.v6;
  // SO_REUSEADDR: connections of the host before, still in TIME_WAIT, must not keep the port from this one.
  const bool listening =
      bound.socket && ::setsockopt(bound.socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      (family == AF_INET ||
       ::setsockopt(bound.socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0) &&
      ::bind(bound.socket.get(), &address.any, size) == 0 && ::listen(bound.socket.get(), SOMAXCONN) == 0;
  if (!listening) bound.error_number = errno;
  return bound;
}

std::uint16_t port_of(const UniqueFd& socket) {
  Address address;
  std::memset(&address, 0, sizeof address);
  socklen_t size = sizeof address;
  EXO_CHECK(::getsockname(socket.get(), &address.any, &size) == 0);
  return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
}

std::string place_of_port(const Forwarder::Listen& listen) {
  return "the port " + std::to_string(listen.port) + " of \"" + listen.role + "\"" +
         (listen.stated_in.empty() ? "" : " (" + listen.stated_in + ")");
}

std::string where_to_change(const Forwarder::Listen& listen) {
  return listen.stated_in.empty() ? "under development.port in its service.yml" : "in " + listen.stated_in;
}

Error port_error(const Forwarder::Listen& listen, int error_number) {
  if (error_number == EADDRINUSE) {
    const auto holder = find_port_holder(listen.port);
    const std::string who =
        holder ? " is taken by " + holder->name + " (process " + std::to_string(holder->pid) + "); stop it"
               : " is taken by another program; stop that";
    return Error{"port-taken",
                 place_of_port(listen) + who + ", or write another port " + where_to_change(listen)};
  }
  if (error_number == EACCES) {
    return Error{"port-not-allowed", place_of_port(listen) +
                                         " may be used by root only; write one of 1024 or more " +
                                         where_to_change(listen)};
  }
  return Error{"bad-address", place_of_port(listen) + " cannot be opened at " + in_quotes(listen.address) +
                                  ": " + std::generic_category().message(error_number)};
}

// The machine has no such address or no such protocol, so nobody can ask for us there.
bool is_without(int error_number) {
  return error_number == EADDRNOTAVAIL || error_number == EAFNOSUPPORT || error_number == EPROTONOSUPPORT;
}

Result<ListeningSockets> open_one(const Forwarder::Listen& listen, const std::string& numeric_address) {
  const auto address = parse_address(numeric_address, listen.port);
  if (!address) {
    return Error{"bad-address", in_quotes(listen.address) + ", where \"" + listen.role +
                                    "\" is to listen, is no address; write a numeric one or \"localhost\""};
  }
  Bound bound = bind_and_listen(*address);
  if (bound.error_number != 0) return port_error(listen, bound.error_number);
  ListeningSockets result;
  result.port = port_of(bound.socket);
  result.sockets.push_back(std::move(bound.socket));
  return result;
}

// Programs that look "localhost" up may get either address first, and some try no second one.
Result<ListeningSockets> open_both(const Forwarder::Listen& listen) {
  constexpr int kMostTries = 20;
  for (int tries = 1;; ++tries) {
    Result<ListeningSockets> first = open_one(listen, "127.0.0.1");
    if (!first.ok()) return first;
    Bound second = bind_and_listen(*parse_address("::1", first.value().port));
    if (second.error_number == 0) first.value().sockets.push_back(std::move(second.socket));
    if (second.error_number == 0 || is_without(second.error_number)) return first;
    // The system chose a port that is free for one address only: let it choose another.
    const bool can_choose = listen.port == 0 && second.error_number == EADDRINUSE;
    if (!can_choose || tries == kMostTries) return port_error(listen, second.error_number);
  }
}

}  // namespace

std::uint16_t listening_port(const UniqueFd& socket) {
  int listens = 0;
  socklen_t size = sizeof listens;
  const bool is_listening =
      socket && ::getsockopt(socket.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
  return is_listening ? port_of(socket) : 0;
}

// In Linux that takes a socket out of LISTEN, and one that does not listen shares its port with those that
// have SO_REUSEADDR as it has.
void end_listening(const UniqueFd& socket) {
  ::shutdown(socket.get(), SHUT_RDWR);
}

ListeningSockets adopt_listening_sockets(std::vector<UniqueFd> sockets, std::uint16_t port) {
  ListeningSockets adopted;
  for (UniqueFd& socket : sockets) {
    const std::uint16_t found = listening_port(socket);
    if (found == 0) return {};
    if (port != 0 && found != port) return {};
    if (adopted.port != 0 && found != adopted.port) return {};
    adopted.port = found;
    adopted.sockets.push_back(std::move(socket));
  }
  return adopted;
}

Result<ListeningSockets> open_listening_sockets(const Forwarder::Listen& listen) {
  return listen.address == "localhost" ? open_both(listen) : open_one(listen, listen.address);
}

}  // namespace exo
