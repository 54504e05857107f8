// The host's side of the keeper: starts it, asks it for processes, takes its events.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "services/keeper/line_channel.h"
#include "services/keeper/protocol.h"

namespace exo {

// Owns one exo-keeper process. For the host's loop thread only. The owner polls event_fd() and calls
// take_events() when it is readable; nothing else arrives by itself. Requests are fire and forget: what comes
// of them is told by events. Once KeeperLost was taken requests do nothing.
class KeeperClient {
 public:
  struct Options {
    std::string program;       // path of exo-keeper
    std::string state_folder;  // exists; keeper.lock and keeper.jsonl are in it
    // For the keeper before this one, perhaps of a host that was killed a moment ago, to end its processes.
    std::chrono::milliseconds lock_wait{30'000};
    // Between SIGTERM and SIGKILL when the host ends without having stopped everything.
    std::chrono::milliseconds end_grace{10'000};
    // Readable when waiting for the lock is to be given up, e.g. a signalfd; -1 for none. It is not read.
    int interrupt_fd = -1;
    // Called once when the keeper of an earlier host makes this one wait for more than a moment, with that
    // keeper's process id as its lock names it.
    std::function<void(const std::string& keeper)> waiting;
  };

  // Starts the keeper and waits until it holds the environment's lock. Errors: "keeper" (cannot be executed,
  // or ended), "busy" (another keeper holds the lock; the message names its process id), "interrupted".
  static Result<std::unique_ptr<KeeperClient>> start(const Options& options);

  // Has the keeper end everything that still runs, waits for that for the grace and a little, else kills the
  // keeper, whose guards then end everything at once.
  ~KeeperClient();
  KeeperClient(const KeeperClient&) = delete;
  KeeperClient& operator=(const KeeperClient&) = delete;

  pid_t pid() const { return pid_; }

  // ProcessStarted or ProcessFailedToStart follows. `spec.id` must not be used again, ever.
  void spawn(ProcessSpec spec);
  // ProcessExited follows. Does nothing when the process has ended already.
  void stop(std::string id, StopTimes times);
  // One batch after another, then whatever is not named; AllStopped follows. A second call takes the first
  // one's place. Until AllStopped nothing can be spawned.
  void stop_all(std::vector<std::vector<std::string>> batches, StopTimes times);

  int event_fd() const { return channel_.fd(); }
  // What has arrived, in order; empty when nothing has. Does not wait. KeeperLost comes once, last of all;
  // after it the owner must no longer poll event_fd(), which stays readable.
  std::vector<KeeperEvent> take_events();

 private:
  KeeperClient(pid_t pid, UniqueFd process, UniqueFd socket, std::chrono::milliseconds end_grace);

  Result<void> wait_for_greeting(const Options& options);
  void tell_what_it_waits_for(const Options& options) const;
  void send(const KeeperRequest& request);
  bool wait_for_end(std::chrono::milliseconds time);
  std::string describe_end();

  pid_t pid_;
  UniqueFd process_;  // pidfd
  LineChannel channel_;
  std::chrono::milliseconds end_grace_;
  bool reaped_ = false;
  bool told_lost_ = false;
};

}  // namespace exo
