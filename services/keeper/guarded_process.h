// One process of the keeper: its guard, its pipes, its log, and when it must be gone.
//
//   starting ──kStarted──▶ running ──┐
//      │                      │      │ guard reaped
//      └──────kFailed─────────┴──────┴──▶ over, with an outcome
//
// Odd cases: output is read only while running, so that `started` is always told before the first line. A
// guard that was killed leaves no last report; then the keeper, to whom the orphans fall, ends them and tells
// the process's own status with lost_program_ended().
#pragma once

#include <poll.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "services/keeper/guard.h"
#include "services/keeper/line_splitter.h"
#include "services/keeper/output_log.h"
#include "services/keeper/protocol.h"

namespace exo {

// Owned by the keeper and driven by its loop; never blocks. Destroying it ends what is below the guard.
class GuardedProcess {
 public:
  // Lines kept for ProcessExited, and how much of each.
  static constexpr std::size_t kLastLines = 20;
  static constexpr std::size_t kLastLineBytes = 4096;

  // Opens the log, takes the lock, forks the guard, which also gets `keeper_lock`. The code of an error is
  // the stage that failed. That the program itself could be started shows later, in a report.
  static Result<std::unique_ptr<GuardedProcess>> start(ProcessSpec spec, int keeper_lock);

  const ProcessSpec& spec() const { return spec_; }
  pid_t guard() const { return guard_; }
  pid_t program() const { return last_report_.pid; }
  bool is_started() const { return started_; }

  // Status pipe, standard output, standard error; -1 where there is nothing to wait for.
  std::array<pollfd, 3> poll_entries() const;

  // Takes reports that have arrived; true when the program has started since the last call.
  bool read_reports();

  struct Output {
    std::vector<std::string> lines;
    std::optional<std::string> notice;  // of the log file
  };
  // Takes a bounded amount of what the stream holds; the lines are in the log and among the last lines
  // already.
  Output read_output(OutputStream which);
  // When the guard is gone: the rest of what the stream holds, the last line even if it has no end.
  Output drain_output(OutputStream which);

  // Whether this line is the first that holds the awaited text.
  bool says_awaited_text(const std::string& line);

  bool has_said_awaited_text() const { return awaited_text_said_; }

  // Asks the process to go; asked again, the earlier time counts.
  void stop_at(MonotonicTime term, MonotonicTime kill);
  // Its host went before its guard was reaped, and the process may have ended because of that.
  void host_was_gone() { host_was_gone_ = true; }
  // Whether either was before its end.
  bool ended_by_request() const { return asked_to_go_ || host_was_gone_; }
  // Does what is due; gives when something will be.
  std::optional<MonotonicTime> act_on_deadlines(MonotonicTime now);

  // The guard was reaped.
  void guard_ended(WaitStatus status);
  bool over() const { return guard_status_.has_value(); }
  // Whether the guard was killed instead of having ended its work.
  bool guard_lost() const;
  // The program of a lost guard was reaped by the keeper.
  void lost_program_ended(int raw_status, const rusage& usage);

  // Only when over() and, after a lost guard, its orphans are gone.
  KeeperEvent outcome() const;
  // What the process has written is on the disk when it returns.
  void sync_log() { log_.sync(); }
  // Frees the lock file, before anybody is told that the process is over. After over() only.
  void release_lock() { lock_.reset(); }

  // The keeper's account of what it forwarded.
  struct Forwarding {
    std::uint64_t left_out = 0;  // lines not forwarded since the last time that this was told
    std::size_t queued = 0;      // bytes since the host had last taken everything
  };
  Forwarding forwarding;

 private:
  GuardedProcess(ProcessSpec spec, OutputLog log, UniqueFd lock)
      : spec_(std::move(spec)), log_(std::move(log)), lock_(std::move(lock)) {}

  struct Stream {
    UniqueFd pipe;
    LineSplitter splitter;
  };

  Result<void> fork_guard(int keeper_lock);
  Stream& stream(OutputStream which) { return which == OutputStream::kStdout ? stdout_ : stderr_; }
  Output keep(std::vector<std::string> lines);
  void terminate();

  ProcessSpec spec_;
  OutputLog log_;
  UniqueFd lock_;  // also here: a killed guard must not free it while its orphans live
  pid_t guard_ = -1;
  UniqueFd life_;  // closing it orders the guard to end everything
  UniqueFd status_;
  Stream stdout_;
  Stream stderr_;
  GuardReport last_report_;
  std::optional<GuardReport> lost_program_;  // what the keeper itself saw of a lost guard's program
  bool started_ = false;
  MonotonicTime started_at_{};
  MonotonicTime ended_at_{};
  bool asked_to_go_ = false;
  bool host_was_gone_ = false;
  bool awaited_text_said_ = false;
  std::optional<WaitStatus> guard_status_;
  std::deque<std::string> last_lines_;
  std::optional<MonotonicTime> term_at_;
  std::optional<MonotonicTime> kill_at_;
  std::optional<MonotonicTime> kill_guard_at_;
};

}  // namespace exo
