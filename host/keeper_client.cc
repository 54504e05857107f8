#include "host/keeper_client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "services/keeper/file_lock.h"

extern "C" {  // glibc 2.36 forgot it
#include <sys/pidfd.h>
}

namespace exo {
namespace {

using std::chrono::milliseconds;

constexpr int kControlDescriptor = 3;  // as exo-keeper's main expects it
constexpr int kExitCannotExecute = 127;
// The keeper reads whatever else it does; one that takes nothing for this long has been stopped by somebody.
constexpr milliseconds kSendPatience{10'000};
// Beyond the lock wait and the end grace: for a loaded machine.
constexpr milliseconds kMargin{15'000};
constexpr milliseconds kEndPatience{1'000};
// Longer than a keeper takes to start: whoever waits so long wants to know what for.
constexpr milliseconds kSilence{500};

int poll_for(pollfd* polled, nfds_t count, milliseconds time) {
  const MonotonicTime until = monotonic_now() + time;
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(until - monotonic_now());
    const int ready = ::poll(polled, count, static_cast<int>(std::max(left, milliseconds(0)).count()));
    if (ready >= 0 || errno != EINTR) return ready;
  }
}

struct KeeperArguments {
  explicit KeeperArguments(const KeeperClient::Options& options)
      : texts{options.program, "--state=" + options.state_folder,
              "--lock-wait-ms=" + std::to_string(options.lock_wait.count()),
              "--end-grace-ms=" + std::to_string(options.end_grace.count())} {
    for (std::size_t i = 0; i < texts.size(); ++i) pointers[i] = texts[i].data();
  }

  std::array<std::string, 4> texts;
  std::array<char*, 5> pointers{};  // ends with null
};

// In the forked child of a process that may have threads: only what is safe in a signal handler.
[[noreturn]] void become_keeper(char* const* arguments, int control, int failure) {
  ::setsid();  // from here on Ctrl-C in the terminal does not reach it
  const int kept_failure = ::fcntl(failure, F_DUPFD_CLOEXEC, kControlDescriptor + 1);
  if (control == kControlDescriptor) {
    ::fcntl(control, F_SETFD, 0);
  } else {
    ::dup2(control, kControlDescriptor);
  }
  ::close_range(kControlDescriptor + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  ::execv(arguments[0], arguments);
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(kept_failure, &error, sizeof error);
  ::_exit(kExitCannotExecute);
}

struct StartedKeeper {
  pid_t pid = -1;
  UniqueFd process;
  UniqueFd socket;
};

Result<StartedKeeper> start_keeper(const KeeperClient::Options& options) {
  const auto failed = [&options](int error) {
    return Error{"keeper", "cannot start the keeper \"" + options.program + "\": " + std::strerror(error)};
  };
  std::array<int, 2> sockets{-1, -1};
  std::array<int, 2> pipe{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) return failed(errno);
  UniqueFd ours(sockets[0]);
  UniqueFd theirs(sockets[1]);
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return failed(errno);
  const UniqueFd failure(pipe[0]);
  UniqueFd failure_end(pipe[1]);
  KeeperArguments arguments(options);
  const pid_t pid = ::fork();
  if (pid < 0) return failed(errno);
  if (pid == 0) become_keeper(arguments.pointers.data(), theirs.get(), failure_end.get());
  theirs.reset();
  failure_end.reset();
  int error = 0;
  if (::read(failure.get(), &error, sizeof error) == static_cast<ssize_t>(sizeof error)) {
    ::waitpid(pid, nullptr, 0);
    return failed(error);
  }
  return StartedKeeper{.pid = pid, .process = UniqueFd(::pidfd_open(pid, 0)), .socket = std::move(ours)};
}

}  // namespace

KeeperClient::KeeperClient(pid_t pid, UniqueFd process, UniqueFd socket, milliseconds end_grace)
    : pid_(pid),
      process_(std::move(process)),
      channel_(std::move(socket), kMaxProtocolLine),
      end_grace_(end_grace) {}

Result<std::unique_ptr<KeeperClient>> KeeperClient::start(const Options& options) {
  auto started = start_keeper(options);
  if (!started) return started.error();
  StartedKeeper& keeper = started.value();
  std::unique_ptr<KeeperClient> client(
      new KeeperClient(keeper.pid, std::move(keeper.process), std::move(keeper.socket), options.end_grace));
  auto greeted = client->wait_for_greeting(options);
  if (!greeted) return greeted.error();
  return client;
}

KeeperClient::~KeeperClient() {
  if (reaped_) return;
  channel_.finish_sending();
  if (!wait_for_end(end_grace_ + kMargin)) ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

Result<void> KeeperClient::wait_for_greeting(const Options& options) {
  std::array<pollfd, 2> polled{{{channel_.fd(), POLLIN, 0}, {options.interrupt_fd, POLLIN, 0}}};
  const MonotonicTime until = monotonic_now() + options.lock_wait + kMargin;
  std::optional<MonotonicTime> told_at = monotonic_now() + kSilence;
  while (monotonic_now() < until) {
    const MonotonicTime next = told_at.value_or(until);
    poll_for(polled.data(), polled.size(), std::chrono::ceil<milliseconds>(next - monotonic_now()));
    const auto lines = channel_.receive();
    if (!lines.empty()) {
      auto greeting = parse_greeting(lines.front());
      if (!greeting) return greeting.error();
      if (greeting.value().refusal.empty()) return {};
      return Error{"busy", greeting.value().refusal};
    }
    if (channel_.ended()) return Error{"keeper", "the keeper ended before it was ready: " + describe_end()};
    if (polled[1].revents != 0) return Error{"interrupted", "starting the keeper was interrupted"};
    if (told_at && monotonic_now() >= *told_at) {
      told_at.reset();
      tell_what_it_waits_for(options);
    }
  }
  return Error{"keeper", "the keeper with process id " + std::to_string(pid_) + " does not answer"};
}

void KeeperClient::tell_what_it_waits_for(const Options& options) const {
  const auto holder = find_lock_holder(options.state_folder + "/keeper.lock");
  if (holder && *holder != std::to_string(pid_) && options.waiting) options.waiting(*holder);
}

void KeeperClient::spawn(ProcessSpec spec) {
  send(SpawnRequest{std::move(spec)});
}

void KeeperClient::stop(std::string id, StopTimes times) {
  send(StopRequest{std::move(id), times});
}

void KeeperClient::stop_all(std::vector<std::vector<std::string>> batches, StopTimes times) {
  send(StopAllRequest{std::move(batches), times});
}

// Waiting here cannot lock both sides up, since the keeper never waits for the host.
void KeeperClient::send(const KeeperRequest& request) {
  if (channel_.ended()) return;
  channel_.send(encode(request));
  channel_.flush();
  while (channel_.wants_write()) {
    pollfd writable{channel_.fd(), POLLOUT, 0};
    if (poll_for(&writable, 1, kSendPatience) <= 0) {
      ::kill(pid_, SIGKILL);  // it would not end processes either; its guards do
      return;
    }
    channel_.flush();
  }
}

std::vector<KeeperEvent> KeeperClient::take_events() {
  std::vector<KeeperEvent> events;
  if (told_lost_) return events;
  for (const std::string& line : channel_.receive()) {
    auto event = parse_event(line);
    events.push_back(event ? std::move(event).value() : KeeperNotice{event.error().message});
  }
  if (channel_.ended()) {
    told_lost_ = true;
    events.emplace_back(KeeperLost{describe_end()});
  }
  return events;
}

bool KeeperClient::wait_for_end(milliseconds time) {
  pollfd ended{process_.get(), POLLIN, 0};
  return poll_for(&ended, 1, time) > 0;
}

// A process closes its sockets a moment before it can be waited for.
std::string KeeperClient::describe_end() {
  if (!channel_.fault().empty()) return "the keeper sent " + channel_.fault();
  int raw = 0;
  if (!wait_for_end(kEndPatience) || ::waitpid(pid_, &raw, 0) != pid_)
    return "the keeper closed its connection";
  reaped_ = true;
  return "the keeper ended: " + WaitStatus::from_raw(raw).describe();
}

}  // namespace exo
