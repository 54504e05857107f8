// Unix stream sockets, as bare as they come.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "base/unique_fd.h"

namespace exo::messaging {

inline void check_call(bool succeeded, const char* call) {
  if (!succeeded) throw std::system_error(errno, std::generic_category(), call);
}

inline sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  errno = ENAMETOOLONG;
  check_call(path.size() < sizeof address.sun_path, "unix socket");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

inline UniqueFd new_socket() {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  check_call(static_cast<bool>(socket), "socket");
  return socket;
}

inline UniqueFd listen_at(const std::string& path) {
  UniqueFd socket = new_socket();
  const sockaddr_un address = address_of(path);
  check_call(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
  check_call(::listen(socket.get(), 8) == 0, "listen");
  return socket;
}

inline UniqueFd connect_to(const std::string& path) {
  UniqueFd socket = new_socket();
  const sockaddr_un address = address_of(path);
  check_call(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
             "connect");
  return socket;
}

inline UniqueFd accept_from(const UniqueFd& listening) {
  UniqueFd socket(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
  check_call(static_cast<bool>(socket), "accept");
  return socket;
}

inline void write_all(const UniqueFd& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    check_call(written > 0, "send");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace exo::messaging
