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
#include "services/keeper/keeper_door.h"

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
// For an answer of a keeper that serves already; one that was stopped by somebody gives none.
constexpr milliseconds kAnswerPatience{10'000};
// Between tries to attach to a keeper whose host is dying.
constexpr milliseconds kAttachPause{50};
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

// The process at the other end of the socket.
pid_t peer_of(const UniqueFd& socket) {
  ucred who{};
  socklen_t size = sizeof who;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 ? who.pid : -1;
}

Error no_answer(pid_t pid) {
  return {"keeper", "the keeper with process id " + std::to_string(pid) +
                        " does not answer; it may have been stopped (kill -CONT lets it go on)"};
}

struct Answer {
  std::vector<std::string> list;  // without the line that ends it
  std::vector<std::string> rest;  // what came with it: events
  bool is_whole = false;          // false: the keeper ended before its list did
};

// What comes until the list has ended, or the channel.
Result<Answer> receive_list(LineChannel& channel, pid_t keeper) {
  Answer answer;
  const std::string last = encode(KeeperEvent(Listed{}));
  const MonotonicTime until = monotonic_now() + kAnswerPatience;
  bool is_over = false;
  while (!is_over && !channel.ended()) {
    pollfd readable{channel.fd(), POLLIN, 0};
    poll_for(&readable, 1, std::chrono::ceil<milliseconds>(until - monotonic_now()));
    for (std::string& line : channel.receive()) {
      const bool is_last = !is_over && line + "\n" == last;
      if (!is_last) (is_over ? answer.rest : answer.list).push_back(std::move(line));
      is_over = is_over || is_last;
    }
    if (!is_over && monotonic_now() >= until) return no_answer(keeper);
  }
  answer.is_whole = is_over;
  return answer;
}

}  // namespace

KeeperClient::KeeperClient(pid_t pid, UniqueFd process, UniqueFd socket, milliseconds end_grace)
    : pid_(pid),
      process_(std::move(process)),
      channel_(std::move(socket), kMaxProtocolLine),
      end_grace_(end_grace) {}

void KeeperClient::outlive_host(bool outlives) {
  outlived_ = outlives;
  send(OutliveHostRequest{outlives});
}

void KeeperClient::hold(const std::string& name, UniqueFd descriptor) {
  if (channel_.ended()) return;
  channel_.send(encode(KeeperRequest(HoldRequest{name})), std::move(descriptor));
  send_queued();
}

void KeeperClient::leave() {
  has_left_ = true;
  channel_.finish_sending();
}

Result<std::vector<KeptProcess>> KeeperClient::look(const std::string& state_folder) {
  auto socket = connect_to_keeper(state_folder);
  if (!socket) return socket.error();
  const pid_t pid = peer_of(socket.value());
  LineChannel channel(std::move(socket).value(), kMaxProtocolLine);
  channel.send(encode(KeeperRequest(LookRequest{})));
  channel.flush();
  const auto answer = receive_list(channel, pid);
  if (!answer) return answer.error();
  if (!answer.value().is_whole) {
    return Error{"keeper", "the keeper with process id " + std::to_string(pid) +
                               " ended before it had told what runs; try again"};
  }
  std::vector<KeptProcess> processes;
  for (const std::string& line : answer.value().list) {
    const auto event = parse_event(line);
    if (!event) continue;  // the greeting
    if (const auto* kept = std::get_if<KeptProcess>(&event.value())) processes.push_back(*kept);
  }
  return processes;
}

Result<std::unique_ptr<KeeperClient>> KeeperClient::attach(const Options& options) {
  const MonotonicTime until = monotonic_now() + options.lock_wait;
  std::optional<MonotonicTime> told_at = monotonic_now() + kSilence;
  while (true) {
    auto socket = connect_to_keeper(options.state_folder);
    if (!socket && socket.error().code == "absent") return std::unique_ptr<KeeperClient>();
    if (!socket) return socket.error();
    const pid_t pid = peer_of(socket.value());
    std::unique_ptr<KeeperClient> client(
        new KeeperClient(pid, UniqueFd(::pidfd_open(pid, 0)), std::move(socket).value(), options.end_grace));
    client->outlived_ = true;
    client->channel_.send(encode(KeeperRequest(AttachRequest{})));
    client->channel_.flush();
    const auto listed = client->wait_for_list();
    if (listed) return client;
    if (listed.error().code == "absent") return std::unique_ptr<KeeperClient>();
    if (listed.error().code != "busy" || monotonic_now() >= until) return listed.error();
    if (told_at && monotonic_now() >= *told_at && options.waiting) {
      told_at.reset();
      options.waiting(std::to_string(pid));
    }
    pollfd interrupt{options.interrupt_fd, POLLIN, 0};
    if (poll_for(&interrupt, 1, kAttachPause) > 0)
      return Error{"interrupted", "starting the keeper was interrupted"};
  }
}

// Error "absent" when the keeper ends instead of answering.
Result<void> KeeperClient::wait_for_list() {
  auto answer = receive_list(channel_, pid_);
  if (!answer) return answer.error();
  const std::vector<std::string>& lines = answer.value().list;
  if (lines.empty()) return Error{"absent", "the keeper has ended"};
  const auto greeting = parse_greeting(lines.front());
  if (!greeting) return greeting.error();
  if (const std::string& refusal = greeting.value().refusal; !refusal.empty())
    return Error{"busy", "the keeper with process id " + std::to_string(pid_) + ": " + refusal};
  for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
    auto event = parse_event(*line);
    if (!event) return event.error();
    if (auto* kept = std::get_if<KeptProcess>(&event.value())) {
      inheritance_.processes.push_back(std::move(*kept));
    } else if (const auto* held = std::get_if<HeldDescriptor>(&event.value())) {
      inheritance_.descriptors.insert_or_assign(held->name, channel_.take_descriptor());
    }
  }
  early_ = std::move(answer.value().rest);
  return {};
}

Result<std::unique_ptr<KeeperClient>> KeeperClient::start(const Options& options) {
  auto attached = attach(options);
  if (!attached || attached.value()) return attached;
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
  if (reaped_ || has_left_) return;
  channel_.finish_sending();
  if (outlived_) return;
  if (!wait_for_end(end_grace_ + kMargin)) kill();
  ::waitpid(pid_, nullptr, 0);  // of one that was found it knows nothing
}

void KeeperClient::kill() {
  if (process_) ::pidfd_send_signal(process_.get(), SIGKILL, nullptr, 0);
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
  send_queued();
}

void KeeperClient::send_queued() {
  channel_.flush();
  while (channel_.wants_write()) {
    pollfd writable{channel_.fd(), POLLOUT, 0};
    if (poll_for(&writable, 1, kSendPatience) <= 0) return kill();  // its guards end everything then
    channel_.flush();
  }
}

std::vector<KeeperEvent> KeeperClient::take_events() {
  std::vector<KeeperEvent> events;
  if (told_lost_) return events;
  std::vector<std::string> lines = std::exchange(early_, {});
  for (std::string& line : channel_.receive()) lines.push_back(std::move(line));
  for (const std::string& line : lines) {
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
  if (!process_) return true;
  pollfd ended{process_.get(), POLLIN, 0};
  return poll_for(&ended, 1, time) > 0;
}

// A process closes its sockets a moment before it can be waited for.
std::string KeeperClient::describe_end() {
  if (!channel_.fault().empty()) return "the keeper sent " + channel_.fault();
  int raw = 0;
  if (!wait_for_end(kEndPatience)) return "the keeper closed its connection";
  if (::waitpid(pid_, &raw, 0) != pid_) return "the keeper ended";  // one that an earlier host had started
  reaped_ = true;
  return "the keeper ended: " + WaitStatus::from_raw(raw).describe();
}

}  // namespace exo
