#include "tests/bus/raw_tcp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/check.h"

namespace exo {
namespace {

constexpr int kPatienceMs = 20'000;
constexpr std::string_view kIpc = "ipc://";

UniqueFd connect_to(const sockaddr* address, socklen_t size) {
  UniqueFd socket(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXO_CHECK(::connect(socket.get(), address, size) == 0);
  return socket;
}

UniqueFd connect_to(const std::string& endpoint) {
  if (endpoint.compare(0, kIpc.size(), kIpc) == 0) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    endpoint.substr(kIpc.size()).copy(address.sun_path, sizeof address.sun_path - 1);
    return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  address.sin_port =
      ::htons(static_cast<std::uint16_t>(std::stoul(endpoint.substr(endpoint.rfind(':') + 1))));
  return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace

RawTcp::RawTcp(const std::string& endpoint) : socket_(connect_to(endpoint)) {}

std::string RawTcp::own_address() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  EXO_CHECK(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return "127.0.0.1:" + std::to_string(::ntohs(address.sin_port));
}

bool RawTcp::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// Empty when the other side has closed.
std::string RawTcp::read_some() {
  pollfd ready{socket_.get(), POLLIN, 0};
  EXO_CHECK(::poll(&ready, 1, kPatienceMs) == 1);
  std::array<char, 4096> some{};
  const ssize_t got = ::read(socket_.get(), some.data(), some.size());
  return got <= 0 ? std::string() : std::string(some.data(), static_cast<std::size_t>(got));
}

bool RawTcp::read_until(std::string_view bytes) {
  while (received_.find(bytes) == std::string::npos) {
    const std::string some = read_some();
    if (some.empty()) return false;
    received_ += some;
  }
  return true;
}

void RawTcp::wait_for_end() {
  while (!read_some().empty()) continue;
}

std::string zmtp_greeting(const std::string& mechanism) {
  std::string greeting("\xff\0\0\0\0\0\0\0\0\x7f\x03\x01", 12);
  greeting += mechanism;
  greeting.resize(64);
  return greeting;
}

std::string zmtp_command(const std::string& name, std::string_view body) {
  std::string content(1, static_cast<char>(name.size()));
  content += name;
  content += body;
  EXO_CHECK(content.size() < 256);
  return std::string("\x04", 1) + static_cast<char>(content.size()) + content;
}

std::string zmtp_property(const std::string& name, const std::string& value) {
  EXO_CHECK(value.size() < 256);
  std::string text(1, static_cast<char>(name.size()));
  text += name;
  text += std::string(3, '\0') + static_cast<char>(value.size());
  return text + value;
}

std::string zmtp_frame(std::string_view body, bool more) {
  std::string frame(1, static_cast<char>((more ? 1 : 0) | 2));
  for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>(body.size() >> shift & 0xFFU);
  return frame + std::string(body);
}

}  // namespace exo
