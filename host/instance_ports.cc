#include "host/instance_ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "base/files.h"
#include "base/unique_fd.h"

namespace exo {
namespace {

constexpr const char* kLoopback = "127.0.0.1";
constexpr const char* kKernelRange = "/proc/sys/net/ipv4/ip_local_port_range";
constexpr int kUsualKernelRange = 32768;
// Below it live the ports that people choose.
constexpr int kLowest = 20'000;
constexpr int kRoomNeeded = 1'000;
constexpr int kTries = 1'000;

int first_of_kernel() {
  std::ifstream range(kKernelRange);
  int first = 0;
  return range >> first ? first : kUsualKernelRange;
}

// The port that was bound, which is `port` unless that is 0.
Result<std::uint16_t> bind_for_a_moment(std::uint16_t port) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (!socket || ::bind(socket.get(), generic, size) != 0 ||
      ::getsockname(socket.get(), generic, &size) != 0) {
    return file_error("find a free port at", kLoopback, errno);
  }
  return ntohs(address.sin_port);
}

}  // namespace

PortRange ports_below_the_kernels() {
  const int first = std::min(first_of_kernel(), 65'536);
  if (first - kLowest < kRoomNeeded) return {};
  return {.lowest = kLowest, .highest = static_cast<std::uint16_t>(first - 1)};
}

InstancePorts::InstancePorts(PortRange range) : range_(range), random_(std::random_device{}()) {}

Result<std::uint16_t> InstancePorts::take(const std::string& instance) {
  const bool has_range = range_.lowest <= range_.highest;
  std::uniform_int_distribution<int> any(range_.lowest, has_range ? range_.highest : range_.lowest);
  for (int tries = 0; has_range && tries < kTries; ++tries) {
    const auto port = static_cast<std::uint16_t>(any(random_));
    if (is_taken(port) || !bind_for_a_moment(port)) continue;
    taken_[instance] = port;
    return port;
  }
  return take_from_kernel(instance);
}

Result<std::uint16_t> InstancePorts::take_from_kernel(const std::string& instance) {
  for (int tries = 0; tries < kTries; ++tries) {
    const auto port = bind_for_a_moment(0);
    if (!port) return port;
    if (is_taken(port.value())) continue;
    taken_[instance] = port.value();
    return port;
  }
  return file_error("find a free port at", kLoopback, EADDRINUSE);
}

bool InstancePorts::is_taken(std::uint16_t port) const {
  return std::any_of(taken_.begin(), taken_.end(),
                     [port](const auto& entry) { return entry.second == port; });
}

}  // namespace exo
