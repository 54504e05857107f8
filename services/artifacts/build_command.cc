#include "services/artifacts/build_command.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "base/check.h"
#include "base/duration.h"
#include "base/files.h"
#include "base/unique_fd.h"
#include "services/shell_command.h"

namespace exo {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr mode_t kUsualMask = 0022;

std::vector<std::string> environment_with(const BuildCommand& build) {
  std::vector<std::string> environment;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view variable = *each;
    const std::string_view name = variable.substr(0, variable.find('='));
    const bool is_replaced = std::any_of(build.variables.begin(), build.variables.end(),
                                         [&](const auto& other) { return other.first == name; });
    if (!is_replaced) environment.emplace_back(variable);
  }
  for (const auto& [name, value] : build.variables) environment.push_back(name + "=" + value);
  return environment;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The number of the process, which leads a group of its own.
Result<pid_t> spawn(const BuildCommand& build, int log) {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  EXO_CHECK(::posix_spawn_file_actions_init(&actions) == 0 && ::posix_spawnattr_init(&attributes) == 0);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, log, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO);
  ::posix_spawn_file_actions_addchdir_np(&actions, build.folder.c_str());
  sigset_t none;
  sigset_t defaults;
  ::sigemptyset(&none);
  ::sigemptyset(&defaults);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&defaults, signal);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> words = shell_command(build.command);
  std::vector<std::string> environment = environment_with(build);
  pid_t pid = 0;
  // What it makes has the same modes whoever builds.
  const mode_t mask = ::umask(kUsualMask);
  const int failed = ::posix_spawn(&pid, words[0].c_str(), &actions, &attributes, pointers_to(words).data(),
                                   pointers_to(environment).data());
  ::umask(mask);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0) return file_error("start", "the build command in " + build.folder.string(), failed);
  return pid;
}

enum class End { kItsOwn, kStopped, kTimedOut };

End wait_for(const UniqueFd& process, const BuildCommand& build) {
  const auto deadline = steady_clock::now() + build.within;
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    if (left <= milliseconds(0)) return End::kTimedOut;
    std::array<pollfd, 2> polled{pollfd{.fd = process.get(), .events = POLLIN, .revents = 0},
                                 pollfd{.fd = build.stop.fd, .events = POLLIN, .revents = 0}};
    const auto pause = std::min<milliseconds::rep>(left.count(), 60'000);
    if (::poll(polled.data(), polled.size(), static_cast<int>(pause)) <= 0) continue;
    if (polled[0].revents != 0) return End::kItsOwn;
    if (polled[1].revents != 0) return End::kStopped;
  }
}

}  // namespace

Result<WaitStatus> run_build(const BuildCommand& build) {
  const UniqueFd log(
      ::open(build.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!log) return file_error("write", build.log.string(), errno);
  const auto pid = spawn(build, log.get());
  if (!pid) return pid.error();
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid.value(), 0)));
  EXO_CHECK(process);
  const End end = wait_for(process, build);
  // Before the leader is reaped its number can be nobody else's.
  ::kill(-pid.value(), SIGKILL);
  int status = 0;
  while (::waitpid(pid.value(), &status, 0) < 0) EXO_CHECK(errno == EINTR);
  switch (end) {
    case End::kItsOwn:
      return WaitStatus::from_raw(status);
    case End::kStopped:
      return stopped_error();
    case End::kTimedOut:
      break;
  }
  return Error{"timed-out", "it did not end within " + format_duration(build.within)};
}

}  // namespace exo
