#include "host/take_over.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "host/ledger_owner.h"
#include "host/signals.h"
#include "services/keeper/file_lock.h"

extern "C" {  // glibc 2.36 forgot it
#include <sys/pidfd.h>
}

namespace exo {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// A host that stops in order ends its scripts within 15 s, and its services within their own times.
constexpr milliseconds kStopPatience{20'000};
constexpr milliseconds kKillPatience{10'000};

Error not_to_be_ended(const Owner& owner, const std::string& why) {
  return Error{"owned", "the exo that runs here (" + describe(owner) + ") cannot be taken over: " + why};
}

// The letter of /proc/PID/stat behind the program's name, which may hold anything; '\0' when it is gone.
char state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string stat = text.str();
  const std::size_t name_end = stat.rfind(')');
  return name_end == std::string::npos || name_end + 2 >= stat.size() ? '\0' : stat[name_end + 2];
}

bool is_stopped(pid_t pid) {
  const char state = state_of(pid);
  return state == 'T' || state == 't';
}

// Whether the process has this very file open. False where it may not be looked at.
bool has_open(pid_t pid, const std::string& path) {
  struct stat wanted {};
  if (::stat(path.c_str(), &wanted) != 0) return false;
  std::error_code failure;
  for (fs::directory_iterator each("/proc/" + std::to_string(pid) + "/fd", failure), end;
       !failure && each != end; each.increment(failure)) {
    struct stat found {};
    const bool is_it = ::stat(each->path().c_str(), &found) == 0 && found.st_dev == wanted.st_dev &&
                       found.st_ino == wanted.st_ino;
    if (is_it) return true;
  }
  return false;
}

// Whether it is here, and whether another could go on in its place: one that has its services is better than
// none.
Result<void> may_be_ended(const Owner& owner, const std::string& folder) {
  const std::string here = this_process("").machine;
  if (owner.pid == 0) return not_to_be_ended(owner, "it has not said yet who it is; try again");
  if (is_passing(owner)) return not_to_be_ended(owner, "it records what somebody has decided; try again");
  if (owner.machine != here)
    return not_to_be_ended(owner, "it runs on " + owner.machine + ", this is " + here + "; end it there");
  // As the next host opens it: a disk that has given up may still say that it can be written.
  if (!UniqueFd(::open(lock_path(folder).c_str(), O_RDWR | O_CLOEXEC)))
    return not_to_be_ended(owner, "no host could go on in its place, since " + folder +
                                      " cannot be written: " + std::strerror(errno) + "; mend that first");
  return {};
}

enum class Waited { kEnded, kTimeIsUp, kInterrupted };

Waited wait_for_end(int process, milliseconds time, int interrupt) {
  const MonotonicTime until = monotonic_now() + time;
  while (true) {
    pollfd polled[] = {{process, POLLIN, 0}, {interrupt, POLLIN, 0}};
    const auto left = std::chrono::ceil<milliseconds>(until - monotonic_now());
    const int ready = ::poll(polled, 2, static_cast<int>(std::max(left, milliseconds(0)).count()));
    if (ready < 0 && errno == EINTR) continue;
    if (polled[0].revents != 0) return Waited::kEnded;
    return ready == 0 ? Waited::kTimeIsUp : Waited::kInterrupted;
  }
}

// A keeper that was stopped with its host ends nothing; its guards do when it is killed.
void end_stopped_keeper(const StateFolder& state) {
  const std::string lock = (state.path() / "keeper.lock").string();
  const auto holder = find_lock_holder(lock);
  if (!holder || holder->empty() || !std::all_of(holder->begin(), holder->end(), ::isdigit)) return;
  const pid_t pid = std::stoi(*holder);
  const UniqueFd process(::pidfd_open(pid, 0));
  if (process && is_stopped(pid) && has_open(pid, lock))
    ::pidfd_send_signal(process.get(), SIGKILL, nullptr, 0);
}

class TakingOver {
 public:
  TakingOver(const Owner& owner, UniqueFd process, const std::function<void(const std::string&)>& say)
      : owner_(owner), process_(std::move(process)), say_(say) {}

  // How it ended: "stopped" or "killed".
  Result<std::string> end() {
    if (is_stopped(owner_.pid)) return kill("it is stopped and can do nothing");
    say_("ending the exo that runs here: " + describe(owner_));
    if (auto sent = send(SIGTERM); !sent) return sent.error();
    switch (wait_for_end(process_.get(), kStopPatience, signals_.fd())) {
      case Waited::kEnded:
        return std::string("stopped");
      case Waited::kInterrupted:
        return Error{"interrupted", "taking over was interrupted"};
      case Waited::kTimeIsUp:
        break;
    }
    return kill("it has not stopped in time");
  }

 private:
  Result<std::string> kill(const std::string& why) {
    say_("killing the exo that runs here, since " + why + ": " + describe(owner_));
    if (auto sent = send(SIGKILL); !sent) return sent.error();
    if (wait_for_end(process_.get(), kKillPatience, -1) == Waited::kEnded) return std::string("killed");
    return not_to_be_ended(owner_, "it does not end, not even by SIGKILL; it may wait for a dead disk");
  }

  Result<void> send(int signal) {
    if (::pidfd_send_signal(process_.get(), signal, nullptr, 0) == 0 || errno == ESRCH) return {};
    return not_to_be_ended(owner_, std::strerror(errno));
  }

  const Owner& owner_;
  UniqueFd process_;
  const std::function<void(const std::string&)>& say_;
  StopSignals signals_;
};

}  // namespace

std::string to_details(const TakenOver& taken) {
  return nlohmann::json{
      {"tookOver", {{"host", taken.owner.host_id}, {"pid", taken.owner.pid}, {"how", taken.how}}}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<std::optional<TakenOver>> take_over(const StateFolder& state,
                                           const std::function<void(const std::string&)>& say) {
  const std::string folder = state.path().string();
  const auto found = find_host(folder);
  if (!found) return found.error();
  if (!found.value()) return std::optional<TakenOver>();
  const Owner owner = *found.value();
  if (auto fits = may_be_ended(owner, folder); !fits) return fits.error();
  UniqueFd process(::pidfd_open(owner.pid, 0));
  if (!process && errno == ESRCH) return std::optional<TakenOver>();  // it has just ended by itself
  if (!process) return not_to_be_ended(owner, std::string("it cannot be reached: ") + std::strerror(errno));
  if (!has_open(owner.pid, lock_path(folder)))
    return not_to_be_ended(owner,
                           "its process cannot be seen to hold " + lock_path(folder) +
                               "; type this as its user, on the same machine and in the same container");
  auto how = TakingOver(owner, std::move(process), say).end();
  if (!how) return how.error();
  end_stopped_keeper(state);
  return std::optional(TakenOver{.owner = owner, .how = std::move(how).value()});
}

}  // namespace exo
