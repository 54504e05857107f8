// The host's side of the keeper: finds or starts it, asks it for processes, takes its events.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "services/keeper/line_channel.h"
#include "services/keeper/protocol.h"

namespace exo {

// What a keeper that has outlived its host has for the next one. Empty where a keeper was started anew.
struct Inheritance {
  std::vector<KeptProcess> processes;
  std::map<std::string, UniqueFd> descriptors;  // by name

  bool empty() const { return processes.empty() && descriptors.empty(); }
};

// Owns one exo-keeper process, unless it is told to leave it. For the host's loop thread only. The owner
// polls event_fd() and calls take_events() when it is readable; nothing else arrives by itself. Requests are
// fire and forget: what comes of them is told by events. Once KeeperLost was taken requests do nothing.
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

  // Attaches to the keeper that has outlived the last host; where there is none, starts one and waits until
  // it holds the environment's lock. Errors: "keeper" (cannot be executed, or ended), "busy" (another keeper
  // holds the lock, or has a host; the message names its process id), "interrupted".
  static Result<std::unique_ptr<KeeperClient>> start(const Options& options);

  // The first half of start(): null where no keeper waits for a host.
  static Result<std::unique_ptr<KeeperClient>> attach(const Options& options);

  // What runs under the keeper of this state folder, whoever its host is. Error "absent" where there is none.
  static Result<std::vector<KeptProcess>> look(const std::string& state_folder);

  // Where the services outlive this host they go on, as after leave(). Otherwise it has the keeper end
  // everything that still runs, waits for that for the grace and a little, else kills the keeper, whose
  // guards then end everything at once.
  ~KeeperClient();
  KeeperClient(const KeeperClient&) = delete;
  KeeperClient& operator=(const KeeperClient&) = delete;

  pid_t pid() const { return pid_; }
  // Once: gives it away.
  Inheritance take_inheritance() { return std::move(inheritance_); }

  // Whether the services are to outlive this host from now on. Until it is said they do exactly where the
  // keeper was attached to.
  void outlive_host(bool outlives);
  // Has the descriptor kept for later hosts, as Inheritance::descriptors; one of the same name is closed.
  void hold(const std::string& name, UniqueFd descriptor);
  // Has the keeper close the descriptor of that name.
  void release(const std::string& name) { send(ReleaseRequest{name}); }
  // The services go on without this host, and nothing can be asked of the keeper any more. Only where they
  // outlive it.
  void leave();

  // ProcessStarted or ProcessFailedToStart follows. `spec.id` must not be used again, ever.
  void spawn(ProcessSpec spec);
  // ProcessExited follows. Does nothing when the process has ended already.
  void stop(std::string id, StopTimes times);
  // One batch after another, then whatever is not named; AllStopped follows. A second call takes the first
  // one's place. Until AllStopped nothing can be spawned.
  void stop_all(std::vector<std::vector<std::string>> batches, StopTimes times);

  int event_fd() const { return channel_.fd(); }
  // What has arrived, in order; empty when nothing has. Does not wait. To be called once after start(), too:
  // what came with an inheritance makes event_fd() readable no more. KeeperLost comes once, last of all;
  // after it the owner must no longer poll event_fd(), which stays readable.
  std::vector<KeeperEvent> take_events();

 private:
  KeeperClient(pid_t pid, UniqueFd process, UniqueFd socket, std::chrono::milliseconds end_grace);

  Result<void> wait_for_greeting(const Options& options);
  Result<void> wait_for_list();
  void tell_what_it_waits_for(const Options& options) const;
  void send(const KeeperRequest& request);
  void send_queued();
  void kill();
  bool wait_for_end(std::chrono::milliseconds time);
  std::string describe_end();

  pid_t pid_;
  UniqueFd process_;  // pidfd; invalid when a keeper that was found has just ended
  Inheritance inheritance_;
  std::vector<std::string> early_;  // events that came with it
  bool outlived_ = false;           // by the services, as the keeper knows
  bool has_left_ = false;
  LineChannel channel_;
  std::chrono::milliseconds end_grace_;
  bool reaped_ = false;
  bool told_lost_ = false;
};

}  // namespace exo
