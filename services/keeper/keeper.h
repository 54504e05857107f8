// The keeper: the small process that spawns, watches and reaps all others of one environment.
//
// It outlives the host by as long as it takes to end everything, so that however the host ends, nothing of
// the fleet stays behind. Told to outlive it for good, it ends the scripts, keeps the services and the
// descriptors that it was given, and waits at its door for the next host; it ends once it keeps nothing. It
// holds <state>/keeper.lock until its last process is gone, so that a new
// host's keeper starts nothing before that. Its guards hold that lock too (see guard.h): when the keeper
// itself is killed, the lock is free when the guards have ended everything.
//
// One thread and one poll over the control socket, the signals and each process's three pipes. A turn of the
// loop takes in what has arrived, then settles: what is over is told, what is due is done. It never waits for
// the host, nor for a process; only for the disk, when it records how a process ended.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "services/keeper/exit_records.h"
#include "services/keeper/guarded_process.h"
#include "services/keeper/keeper_door.h"
#include "services/keeper/line_channel.h"
#include "services/keeper/protocol.h"

namespace exo {

// The whole program behind exo-keeper's main(). Made and run once, in a process that has one thread, whose
// signals are all blocked and that is a child subreaper.
class Keeper {
 public:
  struct Options {
    std::string state_folder;
    // How long to wait for the keeper before this one to end its processes.
    std::chrono::milliseconds lock_wait{30'000};
    // Between SIGTERM and SIGKILL when the host is gone or the keeper is told to end.
    std::chrono::milliseconds end_grace{10'000};
  };

  // `control` is the socket to the host, `signals` a signalfd for SIGCHLD and SIGTERM.
  Keeper(Options options, UniqueFd control, UniqueFd signals);

  // Greets the host and serves until the control socket ends or SIGTERM comes, and then until nothing that it
  // started lives. False when it could not begin; the greeting said why.
  bool run();

 private:
  using Processes = std::map<std::string, std::unique_ptr<GuardedProcess>>;

  // A StopAllRequest under way.
  struct StopAll {
    std::deque<std::vector<std::string>> batches;
    StopTimes times;
    std::set<std::string> stopping;  // of the current batch, those not over yet
    bool last = false;               // the current batch was whatever nobody named
  };

  Result<void> take_keeper_lock();
  bool wait_for_host_or(std::chrono::milliseconds time);
  void wait_for_something();
  void receive_requests();
  void let_in();
  void hear_peers();
  void answer(LineChannel peer, const KeeperRequest& request);
  void attach(LineChannel host);
  std::vector<KeptProcess> kept() const;
  void handle(SpawnRequest request);
  void handle(const StopRequest& request);
  void handle(const StopAllRequest& request);
  void handle(const OutliveHostRequest& request);
  void handle(const HoldRequest& request);
  void handle(const ReleaseRequest& request);
  void handle(const LookRequest& request);
  void handle(const AttachRequest& request);
  void receive_signals();
  void reap();
  void program_of_lost_guard_ended(pid_t pid, int raw_status, const rusage& usage);
  void read_reports(GuardedProcess& process);
  void forward(GuardedProcess& process, OutputStream stream, const GuardedProcess::Output& output);
  bool may_forward(const GuardedProcess& process) const;
  void tell_left_out(GuardedProcess& process);
  void send_queued();

  void settle();
  bool must_end() const;
  void begin_end();
  void be_without_host();
  void sweep_orphans();
  void finish(GuardedProcess& process);
  ExitRecord record_of(const GuardedProcess& process, const ProcessExited& exited) const;
  bool host_is_gone() const;
  void go_on_stopping();
  void act_on_deadlines();
  void stop(GuardedProcess& process, StopTimes times);
  void due(std::optional<MonotonicTime> time);
  void tell(const KeeperEvent& event) { channel_.send(encode(event)); }
  void tell_greeting(const std::string& refusal);

  Options options_;
  LineChannel channel_;
  UniqueFd signals_;
  UniqueFd lock_;
  std::optional<ExitRecords> records_;
  Processes processes_;
  std::optional<StopAll> stop_all_;
  std::optional<KeeperDoor> door_;
  std::vector<LineChannel> peers_;        // who has come in and said nothing yet; the longest there first
  std::map<std::string, UniqueFd> held_;  // for later hosts, by name
  bool outlives_host_ = false;
  bool without_host_ = false;  // and what follows from that is done
  bool told_to_end_ = false;
  bool ending_ = false;
  int sweeps_left_ = 0;  // empty walks still needed before orphans of lost guards count as gone
  std::optional<MonotonicTime> next_turn_;  // the loop must turn then even if nothing happens
};

}  // namespace exo
