// The floor of a brokered hop: passes bytes between two clients and looks at none of them. It takes two
// connections at the path that it is given, and ends when one of them does.
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <exception>
#include <stdexcept>

#include "benchmarks/messaging/stream_socket.h"

namespace exo::messaging {

namespace {

void run(const char* path) {
  const UniqueFd listening = listen_at(path);
  std::puts("ready");
  std::fflush(stdout);
  const std::array<UniqueFd, 2> ends{accept_from(listening), accept_from(listening)};
  const UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  check_call(static_cast<bool>(epoll), "epoll_create1");
  for (std::uint32_t i = 0; i < ends.size(); ++i) {
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.u32 = i;
    check_call(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, ends.at(i).get(), &wanted) == 0, "epoll_ctl");
  }
  std::array<char, 65536> bytes{};
  while (true) {
    std::array<epoll_event, 2> ready{};
    const int count = ::epoll_wait(epoll.get(), ready.data(), static_cast<int>(ready.size()), -1);
    if (count < 0 && errno == EINTR) continue;
    check_call(count > 0, "epoll_wait");
    for (int i = 0; i < count; ++i) {
      const std::uint32_t from = ready.at(static_cast<std::size_t>(i)).data.u32;
      const ssize_t size = ::read(ends.at(from).get(), bytes.data(), bytes.size());
      if (size == 0) return;
      check_call(size > 0, "read");
      write_all(ends.at(1 - from), {bytes.data(), static_cast<std::size_t>(size)});
    }
  }
}

}  // namespace

}  // namespace exo::messaging

int main(int count, char** arguments) {
  try {
    if (count != 2) throw std::runtime_error("usage: messaging_forwarder PATH");
    exo::messaging::run(arguments[1]);
    return 0;
  } catch (const std::exception& broken) {
    std::fprintf(stderr, "messaging_forwarder: %s\n", broken.what());
    return 1;
  }
}
