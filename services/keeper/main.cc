// exo-keeper: see services/keeper/keeper.h. Started by the host, never by people.
#include <fcntl.h>
#include <getopt.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "services/keeper/keeper.h"

namespace exo {
namespace {

// Where the host's end of the control socket is, by agreement with its client.
constexpr int kControlDescriptor = 3;

std::optional<std::chrono::milliseconds> parse_ms(std::string_view text) {
  std::chrono::milliseconds::rep count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 0) return std::nullopt;
  return std::chrono::milliseconds(count);
}

std::optional<Keeper::Options> parse_arguments(int count, char** arguments) {
  const std::array<option, 4> known{{{"state", required_argument, nullptr, 's'},
                                     {"lock-wait-ms", required_argument, nullptr, 'l'},
                                     {"end-grace-ms", required_argument, nullptr, 'g'},
                                     {nullptr, 0, nullptr, 0}}};
  Keeper::Options options;
  for (int found = 0; (found = ::getopt_long(count, arguments, "", known.data(), nullptr)) != -1;) {
    if (found == '?') return std::nullopt;
    if (found == 's') {
      options.state_folder = optarg;
      continue;
    }
    const auto time = parse_ms(optarg);
    if (!time) return std::nullopt;
    (found == 'l' ? options.lock_wait : options.end_grace) = *time;
  }
  if (options.state_folder.empty() || optind != count) return std::nullopt;
  return options;
}

// Own session, so that Ctrl-C in the terminal reaches the host only; nothing of the host's but its error
// stream.
void leave_the_terminal() {
  ::setsid();  // refused when the host's client has already done it
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  ::dup2(null, STDOUT_FILENO);
  if (::fcntl(STDERR_FILENO, F_GETFD) < 0) ::dup2(null, STDERR_FILENO);
  ::close_range(kControlDescriptor + 1, ~0U, 0);
  ::fcntl(kControlDescriptor, F_SETFD, FD_CLOEXEC);
}

// Everything asynchronous arrives through the one descriptor that this gives.
UniqueFd take_signals() {
  for (const int ignored : {SIGINT, SIGHUP, SIGPIPE}) ::signal(ignored, SIG_IGN);
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t taken;
  ::sigemptyset(&taken);
  ::sigaddset(&taken, SIGCHLD);
  ::sigaddset(&taken, SIGTERM);
  return UniqueFd(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
}

int keep(int count, char** arguments) {
  auto options = parse_arguments(count, arguments);
  if (!options || ::fcntl(kControlDescriptor, F_GETFD) < 0) {
    std::fputs("usage: exo-keeper --state=FOLDER [--lock-wait-ms=N] [--end-grace-ms=N] 3<>CONTROL-SOCKET\n",
               stderr);
    return 2;
  }
  leave_the_terminal();
  UniqueFd signals = take_signals();
  if (!signals || ::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
    std::fprintf(stderr, "exo-keeper: cannot set up: %s\n", std::strerror(errno));
    return 1;
  }
  return Keeper(*std::move(options), UniqueFd(kControlDescriptor), std::move(signals)).run() ? 0 : 1;
}

}  // namespace
}  // namespace exo

int main(int count, char** arguments) {
  try {
    return exo::keep(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "exo-keeper: %s\n", error.what());
    return 1;
  }
}
