// One poll over everything that the host waits for.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace exo {

// Descriptors and what to do when they are readable. Used by one thread; owns no descriptor.
class EventLoop {
 public:
  // Calls `ready` in wait() whenever `fd` is readable (or its peer has gone).
  void watch(int fd, std::function<void()> ready);
  void forget(int fd);
  // Waits until a descriptor is readable or `until` has come, for ever when it is empty, and calls what is
  // ready, each once. Throws std::system_error when the system cannot poll.
  void wait(std::optional<MonotonicTime> until);

 private:
  struct Source {
    int fd;
    std::function<void()> ready;
  };
  std::vector<Source> sources_;
};

}  // namespace exo
