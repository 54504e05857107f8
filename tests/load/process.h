// A child process that a test may stop, continue, end and kill.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <optional>

namespace exo {

// Forked from this process, which should have no other thread then. Killed, and waited for, when destroyed;
// it dies with its parent.
class Process {
 public:
  explicit Process(const std::function<void()>& body);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void stop();  // SIGSTOP; it has stopped when this returns
  void go_on();
  void kill();       // SIGKILL; it has ended when this returns
  void terminate();  // SIGTERM; returns at once
  // Its wait status once it has ended by itself; nothing while it has not, or where kill() has ended it.
  std::optional<int> status();
  std::size_t peak_resident_bytes() const;
  std::size_t resident_bytes() const;  // at this moment; 0 when it has ended

 private:
  std::size_t from_status(const char* key) const;

  pid_t id_;  // 0 once it was waited for
  std::optional<int> status_;
};

}  // namespace exo
