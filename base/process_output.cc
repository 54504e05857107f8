#include "base/process_output.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/check.h"
#include "base/files.h"
#include "base/unique_fd.h"

namespace exo {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// The process starts in a group of its own, so that what it starts can be ended with it, and with the signals
// as a program expects them.
class SpawnSettings {
 public:
  explicit SpawnSettings(int output) {
    EXO_CHECK(::posix_spawn_file_actions_init(&actions_) == 0 && ::posix_spawnattr_init(&attributes_) == 0);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    sigset_t none;
    sigset_t pipe;
    ::sigemptyset(&none);
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &pipe);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// False when time was up before the output ended.
bool read_until(int fd, steady_clock::time_point deadline, std::size_t max_bytes, ProcessOutput& into) {
  std::array<char, 4096> piece{};
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd polled{.fd = fd, .events = POLLIN, .revents = 0};
    if (::poll(&polled, 1, static_cast<int>(left)) <= 0) continue;
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    const std::size_t taken = std::min(static_cast<std::size_t>(got), max_bytes - into.text.size());
    if (taken < static_cast<std::size_t>(got)) into.is_complete = false;
    into.text.append(piece.data(), taken);
  }
}

WaitStatus reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) EXO_CHECK(errno == EINTR);
  return WaitStatus::from_raw(status);
}

}  // namespace

Result<ProcessOutput> process_output(const std::vector<std::string>& argv, milliseconds within,
                                     std::size_t max_bytes) {
  EXO_CHECK(!argv.empty());
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return file_error("make a pipe to", argv[0], errno);
  const UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  const SpawnSettings settings(theirs.get());
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, argv[0].c_str(), settings.actions(), settings.attributes(),
                                    pointers_to(argv).data(), environ);
  if (failed != 0) return file_error("start", argv[0], failed);
  theirs.reset();
  ProcessOutput output;
  const bool in_time = read_until(ours.get(), steady_clock::now() + within, max_bytes, output);
  if (!in_time) ::kill(-pid, SIGKILL);
  output.status = reap(pid);
  if (in_time) return output;
  return Error{"timed-out", argv[0] + " did not end within " + std::to_string(within.count()) + " ms"};
}

}  // namespace exo
