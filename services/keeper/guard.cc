#include "services/keeper/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "base/unique_fd.h"
#include "services/keeper/process_tree.h"

namespace exo {
namespace {

constexpr long kFirstSweepPause = 1'000'000;  // nanoseconds; doubles, since a dying process takes its time
constexpr long kLongestSweepPause = 64'000'000;

std::uint64_t to_ms(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1000 + static_cast<std::uint64_t>(time.tv_usec) / 1000;
}

// Closes all but the standard streams and `kept`.
void close_others(std::vector<int> kept) {
  std::sort(kept.begin(), kept.end());
  unsigned first = STDERR_FILENO + 1;
  for (const int fd : kept) {
    const auto keep = static_cast<unsigned>(fd);
    if (keep < first) continue;  // a standard stream, or one named twice
    if (keep > first) ::close_range(first, keep - 1, 0);
    first = keep + 1;
  }
  ::close_range(first, ~0U, 0);
}

void silence_streams() {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, stream);
  if (null > STDERR_FILENO) ::close(null);
}

// One guard's work, in the order of its functions. Single-threaded, never destroyed.
class Guard {
 public:
  Guard(ProgramImage& image, GuardDescriptors descriptors)
      : image_(image), descriptors_(std::move(descriptors)) {}

  [[noreturn]] void run() {
    set_up();
    start_program();
    while (!ended_) wait_for_something();
    end_everything_below();
    if (report_.kind == GuardReport::Kind::kExited || report_.kind == GuardReport::Kind::kFailed) report();
    ::_exit(0);
  }

 private:
  void set_up() {
    ::setpgid(0, 0);
    ::prctl(PR_SET_NAME, "exo-guard");
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    std::vector<int> kept = descriptors_.locks;
    kept.insert(kept.end(), {descriptors_.life_pipe, descriptors_.status_pipe, descriptors_.stdout_pipe,
                             descriptors_.stderr_pipe});
    close_others(std::move(kept));
    silence_streams();
    sigset_t child;
    ::sigemptyset(&child);
    ::sigaddset(&child, SIGCHLD);
    child_signal_.reset(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  void start_program() {
    std::array<int, 2> pipe{-1, -1};
    const pid_t guard = ::getpid();
    const bool has_pipe = ::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) == 0;
    program_ = has_pipe && child_signal_ ? ::fork() : -1;
    if (program_ < 0) return give_up(errno);
    if (program_ == 0)
      become_program(image_, {descriptors_.stdout_pipe, descriptors_.stderr_pipe, pipe[1]}, guard);
    ::setpgid(program_, program_);  // the child does the same: whoever comes first
    report_.pid = program_;
    ::close(pipe[1]);
    ::close(descriptors_.stdout_pipe);
    ::close(descriptors_.stderr_pipe);
    failure_pipe_.reset(pipe[0]);
  }

  void give_up(int error) {
    report_.kind = GuardReport::Kind::kFailed;
    report_.failure = {.stage = StartStage::kFork, .error = error};
    ended_ = true;
  }

  // Negative descriptors are ignored by poll.
  void wait_for_something() {
    std::array<pollfd, 3> polled{{{descriptors_.life_pipe, POLLIN, 0},
                                  {child_signal_.get(), POLLIN, 0},
                                  {failure_pipe_.get(), POLLIN, 0}}};
    if (::poll(polled.data(), polled.size(), -1) < 0) return;
    if (polled[2].revents != 0) read_start();
    if (polled[1].revents != 0) reap_some();
    if (polled[0].revents != 0) read_command();
  }

  void read_start() {
    StartFailure failure;
    const ssize_t count = ::read(failure_pipe_.get(), &failure, sizeof failure);
    if (count < 0) return;
    failure_pipe_.reset();
    if (count == static_cast<ssize_t>(sizeof failure)) {
      report_.kind = GuardReport::Kind::kFailed;
      report_.failure = failure;
      ended_ = true;
    } else {
      report_.kind = GuardReport::Kind::kStarted;
      report();
    }
  }

  void read_command() {
    char command = 0;
    const ssize_t count = ::read(descriptors_.life_pipe, &command, 1);
    if (count == 0) ended_ = true;
    if (count == 1 && command == kTerminate && program_ > 0) {
      terminating_ = true;
      ::kill(-program_, SIGTERM);
      ::kill(-program_, SIGCONT);  // a stopped process would not see it
    }
  }

  void reap_some() {
    signalfd_siginfo info{};
    while (::read(child_signal_.get(), &info, sizeof info) > 0) continue;
    reap();
    if (terminating_ && program_ == 0 && !group_lives()) ended_ = true;
  }

  // While one of its processes lives, the group's number is nobody else's.
  bool group_lives() const { return ::kill(-report_.pid, 0) == 0 || errno != ESRCH; }

  // Reaps all that have ended; false when there is no child left.
  bool reap() {
    while (true) {
      int status = 0;
      rusage usage{};
      const pid_t pid = ::wait4(-1, &status, WNOHANG, &usage);
      if (pid == 0) return true;
      if (pid < 0) return errno != ECHILD;
      if (pid == program_) program_ended(status, usage);
    }
  }

  // A program that failed to start, or ended before that could be read, keeps the report of its start.
  void program_ended(int status, const rusage& usage) {
    program_ = 0;
    if (failure_pipe_) read_start();
    // A shell dies of the SIGTERM to which the service below it may answer in its own time.
    if (!terminating_) ended_ = true;
    if (report_.kind == GuardReport::Kind::kFailed) return;
    report_ = end_report(report_.pid, status, usage);
  }

  void end_everything_below() {
    const pid_t self = ::getpid();
    long pause = kFirstSweepPause;
    sigset_t child;
    ::sigemptyset(&child);
    ::sigaddset(&child, SIGCHLD);
    while (reap()) {
      kill_below(self, {});
      const timespec time{.tv_sec = 0, .tv_nsec = pause};
      ::sigtimedwait(&child, nullptr, &time);
      pause = std::min(pause * 2, kLongestSweepPause);
    }
  }

  void report() {
    [[maybe_unused]] const ssize_t written = ::write(descriptors_.status_pipe, &report_, sizeof report_);
  }

  ProgramImage& image_;
  GuardDescriptors descriptors_;
  UniqueFd child_signal_;
  UniqueFd failure_pipe_;
  pid_t program_ = -1;  // 0 once it is reaped: its number and group are somebody else's then
  GuardReport report_;
  bool terminating_ = false;
  bool ended_ = false;
};

}  // namespace

GuardReport end_report(pid_t pid, int raw_status, const rusage& usage) {
  return {.kind = GuardReport::Kind::kExited,
          .pid = pid,
          .failure = {},
          .raw_status = raw_status,
          .max_resident_kib = static_cast<std::uint64_t>(usage.ru_maxrss),
          .user_ms = to_ms(usage.ru_utime),
          .system_ms = to_ms(usage.ru_stime)};
}

void run_guard(ProgramImage& image, const GuardDescriptors& descriptors) {
  Guard(image, descriptors).run();
}

}  // namespace exo
