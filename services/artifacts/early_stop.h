// That somebody who waits for something long has had enough of it.
#pragma once

#include <poll.h>

#include "base/result.h"

namespace exo {

// A descriptor that becomes readable when it is to end, as one of signals does; its owner outlives this. A
// value.
struct EarlyStop {
  int fd = -1;  // -1: nobody ever asks

  bool is_there() const {
    pollfd polled{.fd = fd, .events = POLLIN, .revents = 0};
    return fd >= 0 && ::poll(&polled, 1, 0) > 0;
  }
};

inline Error stopped_error() {
  return Error{"stopped", "stopped before it was done; nothing is left of it"};
}

}  // namespace exo
