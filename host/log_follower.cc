#include "host/log_follower.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "host/event_loop.h"
#include "host/signals.h"

namespace exo {
namespace {

// How long a line may stay unseen where the kernel does not tell of it, as on a file system of another
// machine; and how soon it is noticed that the reader has gone.
constexpr std::chrono::seconds kLookAtLeast{1};

// Readable when a file of the folder was made, written or moved. Watches once the folder is there.
class FolderWatch {
 public:
  explicit FolderWatch(std::filesystem::path folder)
      : folder_(std::move(folder)), events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

  // -1 when the system gives no such descriptor: then looking once in a while must do.
  int fd() const { return events_.get(); }

  void begin() {
    if (watching_ || !events_) return;
    constexpr std::uint32_t kChanges = IN_CREATE | IN_MODIFY | IN_MOVED_TO;
    watching_ = ::inotify_add_watch(events_.get(), folder_.c_str(), kChanges) >= 0;
  }
  void forget_events() {
    std::array<char, 16 * 1024> events{};
    while (::read(events_.get(), events.data(), events.size()) > 0) {
    }
  }

 private:
  std::filesystem::path folder_;
  UniqueFd events_;
  bool watching_ = false;
};

bool output_has_a_reader() {
  pollfd output{STDOUT_FILENO, 0, 0};
  return ::poll(&output, 1, 0) <= 0 || (output.revents & (POLLERR | POLLHUP)) == 0;
}

}  // namespace

void follow_logs(const std::filesystem::path& folder, const std::function<bool()>& look) {
  StopSignals signals;
  FolderWatch watch(folder);
  EventLoop loop;
  bool seen_enough = false;
  loop.watch(signals.fd(), [&] { seen_enough = signals.take().has_value(); });
  if (watch.fd() >= 0) loop.watch(watch.fd(), [&] { watch.forget_events(); });
  while (!seen_enough && output_has_a_reader()) {
    watch.begin();  // before the look, so that nothing is written unseen between the two
    if (!look()) return;
    loop.wait(monotonic_now() + kLookAtLeast);
  }
}

}  // namespace exo
