// One attempt at a phase as the ledger tells of it: what stands above its output in `exo logs RUN`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/version_key.h"

namespace exo {

struct AttemptReport {
  VersionKey version;
  std::string phase;
  std::string run;
  std::uint64_t attempt = 0;
  std::string started;              // RFC 3339, as all times here
  std::string ended;                // empty while it is under way
  std::string outcome = "running";  // "running", "done", "absent", "failed", "interrupted"
  std::string stage;                // of a failure or interruption
  std::string reason;               // of a failure or interruption
  std::string status;               // of its process: "exit code 3"; empty where nobody knows it (yet)
  std::optional<rollout::ProcessUse> use;
  std::vector<std::string> last_lines;  // of its output, as the ledger keeps them
  std::uint64_t lines_left_out = 0;     // of those that exo keeps for its last words
  bool is_log_deleted = false;          // an attempt that has ended had a log, and has none any more
};

// Collects what a run's events say. Pure.
class AttemptReports {
 public:
  explicit AttemptReports(std::string run) : run_(std::move(run)) {}

  // Takes an event as a line of `exo history --json`; those of other runs and other things change nothing.
  void take(std::string_view json_line);

  // By number; good until the next take().
  const std::map<std::uint64_t, AttemptReport>& attempts() const { return attempts_; }

 private:
  std::string run_;
  std::map<std::uint64_t, AttemptReport> attempts_;
};

// Whether it has ended as a process does whose output was taken: then there was a log of it.
bool had_log(const AttemptReport& report);

// For people, a line, where there is a reason a second one, and where its log was deleted a last one, behind
// which its last lines belong:
// "todo-0.0.2-offline-1, attempt 2: failed after 3.2 s, exit code 1, peak memory 54.1 MiB; began 2026-11-20
// 21:02:59"
std::vector<std::string> lines_of(const AttemptReport& report);

// For machines, with the keys of a line of `exo logs --json` (`at` is when it began, `text` null) and ended,
// outcome, stage, reason, status, duration_ms, peak_memory_kib, user_ms, system_ms, log_deleted, lines and
// lines_left_out; null where there is none.
std::string to_json_line(const AttemptReport& report);

}  // namespace exo
