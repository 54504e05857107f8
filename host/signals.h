// Signals as something to poll for, so that there is one place where anything asynchronous happens.
#pragma once

#include <optional>

#include "base/unique_fd.h"

namespace exo {

// Blocks the signals that the host waits for, in this thread and those it starts, and ignores SIGPIPE. To be
// called before the first thread is started.
void block_signals();

struct StopSignal {
  int number = 0;      // SIGINT
  bool typed = false;  // at the terminal, not sent by a program
};

// Tells a second request to stop from the first one told twice: a program between the terminal and exo, such
// as npm, passes on the Ctrl-C that exo has had from the terminal too. A value.
class StopRequests {
 public:
  // Whether it was asked before, the same way.
  bool asks_again(const StopSignal& signal);
  // It stops already, without a signal: each that comes asks again.
  void stops_anyway() { typed_ = sent_ = true; }

 private:
  bool typed_ = false;
  bool sent_ = false;
};

// A descriptor that is readable when SIGINT, SIGTERM or SIGHUP has arrived. Owned by the host's thread.
class StopSignals {
 public:
  // The signals must be blocked; throws std::system_error when the system has no descriptors left.
  StopSignals();

  int fd() const { return fd_.get(); }
  // The next signal that has arrived; nullopt when none has.
  std::optional<StopSignal> take();

 private:
  UniqueFd fd_;
};

}  // namespace exo
