#include "services/keeper/guarded_process.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iterator>

#include "services/keeper/file_lock.h"

namespace exo {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} * 1024;
// A pipe holds at most a megabyte; more can only come from somebody who got the descriptor and lives
// elsewhere.
constexpr int kDrainReads = 32;
// A guard that was told to end everything and did not, e.g. because somebody stopped it, is ended itself.
constexpr std::chrono::seconds kGuardPatience{5};

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return Error{"process", std::string("cannot make a pipe: ") + std::strerror(errno)};
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void make_non_blocking(const UniqueFd& fd) {
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

// The four pipes between keeper and guard.
struct GuardPipes {
  Pipe life;
  Pipe status;
  Pipe out;
  Pipe err;
};

Result<GuardPipes> make_guard_pipes() {
  GuardPipes pipes;
  for (Pipe* pipe : {&pipes.life, &pipes.status, &pipes.out, &pipes.err}) {
    auto made = make_pipe();
    if (!made) return made.error();
    *pipe = std::move(made).value();
  }
  for (const UniqueFd* end : {&pipes.life.write, &pipes.status.read, &pipes.out.read, &pipes.err.read})
    make_non_blocking(*end);
  return pipes;
}

// Reads once; nothing when the pipe is empty for now, an empty text at its end.
std::optional<std::string> read_some(int fd) {
  std::string bytes(kReadSize, '\0');
  const ssize_t count = ::read(fd, bytes.data(), bytes.size());
  if (count < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

std::string stage_name(StartStage stage) {
  switch (stage) {
    case StartStage::kFork:
      return "process";
    case StartStage::kLimit:
      return "limit";
    case StartStage::kUser:
      return "user";
    case StartStage::kFolder:
      return "folder";
    case StartStage::kExec:
      return "exec";
  }
  EXO_CHECK(false);
}

Result<UniqueFd> take_run_lock(const std::string& path) {
  if (path.empty()) return UniqueFd();
  auto lock = take_file_lock(path);
  // Only a lock that another holds will come free; one that cannot be opened will not.
  if (!lock) return Error{lock.error().code == "busy" ? "lock" : "lock-file", lock.error().message};
  return lock;
}

std::optional<MonotonicTime> earlier(std::optional<MonotonicTime> one, std::optional<MonotonicTime> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

}  // namespace

Result<std::unique_ptr<GuardedProcess>> GuardedProcess::start(ProcessSpec spec, int keeper_lock) {
  if (spec.argv.empty()) return Error{"exec", "the process \"" + spec.id + "\" has no command"};
  auto log = OutputLog::open(spec.log_file, spec.log_bounds);
  if (!log) return log.error();
  auto lock = take_run_lock(spec.lock_file);
  if (!lock) return lock.error();
  std::unique_ptr<GuardedProcess> process(
      new GuardedProcess(std::move(spec), std::move(log).value(), std::move(lock).value()));
  auto forked = process->fork_guard(keeper_lock);
  if (!forked) return forked.error();
  return process;
}

Result<void> GuardedProcess::fork_guard(int keeper_lock) {
  auto pipes = make_guard_pipes();
  if (!pipes) return pipes.error();
  GuardPipes& ends = pipes.value();
  ProgramImage image(spec_);
  GuardDescriptors descriptors{.life_pipe = ends.life.read.get(),
                               .status_pipe = ends.status.write.get(),
                               .stdout_pipe = ends.out.write.get(),
                               .stderr_pipe = ends.err.write.get(),
                               .locks = {keeper_lock}};
  if (lock_) descriptors.locks.push_back(lock_.get());
  guard_ = ::fork();
  if (guard_ < 0) return Error{"process", std::string("cannot make a process: ") + std::strerror(errno)};
  if (guard_ == 0) run_guard(image, descriptors);
  life_ = std::move(ends.life.write);
  status_ = std::move(ends.status.read);
  stdout_.pipe = std::move(ends.out.read);
  stderr_.pipe = std::move(ends.err.read);
  return {};
}

std::array<pollfd, 3> GuardedProcess::poll_entries() const {
  const auto output = [this](const Stream& stream) { return started_ ? stream.pipe.get() : -1; };
  return {{{status_.get(), POLLIN, 0}, {output(stdout_), POLLIN, 0}, {output(stderr_), POLLIN, 0}}};
}

bool GuardedProcess::read_reports() {
  const bool was_started = started_;
  GuardReport report;
  while (status_) {
    const ssize_t count = ::read(status_.get(), &report, sizeof report);
    if (count < 0) break;
    if (count != static_cast<ssize_t>(sizeof report)) {  // the guard has closed it
      status_.reset();
      break;
    }
    last_report_ = report;
    if (report.kind == GuardReport::Kind::kStarted) started_ = true;
  }
  if (started_ == was_started) return false;
  started_at_ = monotonic_now();
  return true;
}

GuardedProcess::Output GuardedProcess::read_output(OutputStream which) {
  Stream& from = stream(which);
  if (!from.pipe) return {};
  const auto bytes = read_some(from.pipe.get());
  if (!bytes) return {};
  if (!bytes->empty()) return keep(from.splitter.feed(*bytes));
  from.pipe.reset();
  return keep(from.splitter.finish());
}

GuardedProcess::Output GuardedProcess::drain_output(OutputStream which) {
  Stream& from = stream(which);
  std::vector<std::string> lines;
  const auto take = [&lines](std::vector<std::string> more) {
    std::move(more.begin(), more.end(), std::back_inserter(lines));
  };
  for (int reads = 0; from.pipe && reads < kDrainReads; ++reads) {
    const auto bytes = read_some(from.pipe.get());
    if (!bytes || bytes->empty()) break;
    take(from.splitter.feed(*bytes));
  }
  from.pipe.reset();
  take(from.splitter.finish());
  return keep(std::move(lines));
}

GuardedProcess::Output GuardedProcess::keep(std::vector<std::string> lines) {
  const std::size_t first = lines.size() > kLastLines ? lines.size() - kLastLines : 0;
  for (std::size_t i = first; i < lines.size(); ++i) {
    if (last_lines_.size() == kLastLines) last_lines_.pop_front();
    last_lines_.push_back(lines[i].substr(0, kLastLineBytes));
  }
  auto notice = log_.append(lines, unix_now());
  return {.lines = std::move(lines), .notice = std::move(notice)};
}

bool GuardedProcess::says_awaited_text(const std::string& line) {
  if (awaited_text_said_ || spec_.awaited_text.empty()) return false;
  awaited_text_said_ = line.find(spec_.awaited_text) != std::string::npos;
  return awaited_text_said_;
}

void GuardedProcess::stop_at(MonotonicTime term, MonotonicTime kill) {
  if (over() || !life_) return;
  asked_to_go_ = true;
  if (kill_at_) {
    term_at_ = term_at_ ? earlier(term_at_, term) : term_at_;  // SIGTERM is sent once
  } else {
    term_at_ = term;
  }
  kill_at_ = earlier(kill_at_, kill);
}

std::optional<MonotonicTime> GuardedProcess::act_on_deadlines(MonotonicTime now) {
  if (over()) return std::nullopt;
  if (kill_at_ && *kill_at_ <= now) {
    term_at_.reset();
    kill_at_.reset();
    life_.reset();
    kill_guard_at_ = now + kGuardPatience;
  }
  if (term_at_ && *term_at_ <= now) {
    term_at_.reset();
    terminate();
  }
  if (kill_guard_at_ && *kill_guard_at_ <= now) {
    kill_guard_at_ = now + kGuardPatience;
    ::kill(guard_, SIGKILL);
  }
  return earlier(earlier(term_at_, kill_at_), kill_guard_at_);
}

void GuardedProcess::terminate() {
  [[maybe_unused]] const ssize_t written = ::write(life_.get(), &kTerminate, 1);
}

void GuardedProcess::guard_ended(WaitStatus status) {
  read_reports();
  guard_status_ = status;
  ended_at_ = monotonic_now();
  status_.reset();
  life_.reset();
}

bool GuardedProcess::guard_lost() const {
  return over() && last_report_.kind == GuardReport::Kind::kStarted;
}

void GuardedProcess::lost_program_ended(int raw_status, const rusage& usage) {
  lost_program_ = end_report(last_report_.pid, raw_status, usage);
}

KeeperEvent GuardedProcess::outcome() const {
  EXO_CHECK(over());
  if (last_report_.kind == GuardReport::Kind::kFailed)
    return ProcessFailedToStart{spec_.id, stage_name(last_report_.failure.stage),
                                describe(last_report_.failure, spec_)};
  if (!started_)
    return ProcessFailedToStart{
        spec_.id, "process", "its guard ended before the program had started: " + guard_status_->describe()};
  const GuardReport& end = lost_program_ ? *lost_program_ : last_report_;
  const bool known = end.kind == GuardReport::Kind::kExited;
  return ProcessExited{
      .id = spec_.id,
      .status = known ? WaitStatus::from_raw(end.raw_status) : WaitStatus::signalled(SIGKILL),
      .duration_ms = static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::milliseconds>(ended_at_ - started_at_).count()),
      .max_resident_kib = end.max_resident_kib,
      .user_ms = end.user_ms,
      .system_ms = end.system_ms,
      .last_lines = {last_lines_.begin(), last_lines_.end()}};
}

}  // namespace exo
