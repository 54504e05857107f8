// Signals as something to poll for, so that there is one place where anything asynchronous happens.
#pragma once

#include "base/unique_fd.h"

namespace exo {

// Blocks the signals that the host waits for, in this thread and those it starts, and ignores SIGPIPE. To be
// called before the first thread is started.
void block_signals();

// A descriptor that is readable when SIGINT, SIGTERM or SIGHUP has arrived. Owned by the host's thread.
class StopSignals {
 public:
  // The signals must be blocked; throws std::system_error when the system has no descriptors left.
  StopSignals();

  int fd() const { return fd_.get(); }
  // The next signal that has arrived; 0 when none has.
  int take();

 private:
  UniqueFd fd_;
};

}  // namespace exo
