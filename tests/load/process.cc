#include "tests/load/process.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <fstream>
#include <string>

#include "base/check.h"

namespace exo {

Process::Process(const std::function<void()>& body) : id_(::fork()) {
  EXO_CHECK(id_ >= 0);
  if (id_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  body();
  ::_exit(0);
}

Process::~Process() {
  kill();
}

void Process::stop() {
  ::kill(id_, SIGSTOP);
  int status = 0;
  EXO_CHECK(::waitpid(id_, &status, WUNTRACED) == id_ && WIFSTOPPED(status));
}

void Process::go_on() {
  ::kill(id_, SIGCONT);
}

void Process::kill() {
  if (id_ == 0) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
  id_ = 0;
}

void Process::terminate() {
  if (id_ != 0) ::kill(id_, SIGTERM);
}

std::optional<int> Process::status() {
  int status = 0;
  if (id_ != 0 && ::waitpid(id_, &status, WNOHANG) == id_) {
    id_ = 0;
    status_ = status;
  }
  return status_;
}

std::size_t Process::peak_resident_bytes() const {
  return from_status("VmHWM:");
}

std::size_t Process::resident_bytes() const {
  return id_ == 0 ? 0 : from_status("VmRSS:");
}

std::size_t Process::from_status(const char* key) const {
  std::ifstream status("/proc/" + std::to_string(id_) + "/status");
  for (std::string word; status >> word;) {
    std::size_t kibibytes = 0;
    if (word == key && status >> kibibytes) return kibibytes * 1024;
  }
  return 0;
}

}  // namespace exo
