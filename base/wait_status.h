// How a process ended, as a value: the number that wait() gives, taken apart once.
#pragma once

#include <string>

namespace exo {

// Either an exit code or the signal that ended a process. A plain value; any thread.
class WaitStatus {
 public:
  // `raw` is what wait4() stored for a process that has ended; stopped or continued processes are a bug.
  static WaitStatus from_raw(int raw);
  static WaitStatus exited(int code);
  // `signal` ended the process without a core file, or with one.
  static WaitStatus signalled(int signal);
  static WaitStatus dumped_core(int signal);

  // True exactly when the process exited with code 0.
  bool success() const { return signal_ == 0 && code_ == 0; }
  // The exit code; -1 when a signal ended the process.
  int code() const { return code_; }
  // The signal; 0 when the process exited.
  int signal() const { return signal_; }
  bool core() const { return core_; }

  // For people: "exit code 3", "killed by SIGKILL", "killed by SIGSEGV (core dumped)".
  std::string describe() const;

  bool operator==(const WaitStatus&) const = default;

 private:
  WaitStatus(int code, int signal) : code_(code), signal_(signal) {}

  int code_;
  int signal_;
  bool core_ = false;
};

// "SIGTERM" for 15, "SIGRTMIN+2" for real-time ones, "signal 200" for a number that names none.
std::string signal_name(int signal);

}  // namespace exo
