#include "base/wait_status.h"

#include <sys/wait.h>

#include <csignal>
#include <cstring>

#include "base/check.h"

namespace exo {

WaitStatus WaitStatus::from_raw(int raw) {
  if (WIFEXITED(raw)) return exited(WEXITSTATUS(raw));
  EXO_CHECK(WIFSIGNALED(raw));
  return WCOREDUMP(raw) ? dumped_core(WTERMSIG(raw)) : signalled(WTERMSIG(raw));
}

WaitStatus WaitStatus::exited(int code) {
  EXO_CHECK(code >= 0);
  return {code, 0};
}

WaitStatus WaitStatus::signalled(int signal) {
  EXO_CHECK(signal > 0);
  return {-1, signal};
}

WaitStatus WaitStatus::dumped_core(int signal) {
  WaitStatus status = signalled(signal);
  status.core_ = true;
  return status;
}

std::string WaitStatus::describe() const {
  if (signal_ == 0) return "exit code " + std::to_string(code_);
  return "killed by " + signal_name(signal_) + (core_ ? " (core dumped)" : "");
}

std::string signal_name(int signal) {
  if (const char* name = ::sigabbrev_np(signal)) return std::string("SIG") + name;
  if (signal >= SIGRTMIN && signal <= SIGRTMAX) return "SIGRTMIN+" + std::to_string(signal - SIGRTMIN);
  return "signal " + std::to_string(signal);
}

}  // namespace exo
