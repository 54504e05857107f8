#include "host/log_retention.h"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

#include "services/keeper/output_log.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

std::vector<LogName> logs_of_attempts(const fs::path& folder) {
  std::vector<LogName> logs;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure)) {
    auto log = parse_log_file_name(entry.path().filename().string());
    if (log && log->attempt > 0) logs.push_back(std::move(*log));
  }
  return logs;
}

}  // namespace

std::vector<LogName> logs_to_delete(std::vector<LogName> logs, const KeptLogs& kept,
                                    const std::set<rollout::AttemptId>& unfinished) {
  std::sort(logs.begin(), logs.end(), [](const LogName& left, const LogName& right) {
    return std::pair(left.run, right.attempt) < std::pair(right.run, left.attempt);
  });
  std::vector<LogName> leaving;
  std::map<std::string, std::size_t> seen;  // by run, of the newest first
  for (LogName& log : logs) {
    if (log.attempt == 0 || ++seen[log.run] <= kept(log.version)) continue;
    if (!unfinished.contains({log.run, log.attempt})) leaving.push_back(std::move(log));
  }
  return leaving;
}

std::set<rollout::AttemptId> unfinished_attempts(const RolloutRecord& record) {
  std::set<rollout::AttemptId> all;
  for (const auto& [key, version] : record.versions()) {
    for (const RecordedPhase* phase : {&version.offline, &version.online, &version.undo}) {
      if (phase->outcome == PhaseOutcome::kUnderWay) all.insert({phase->run, phase->attempt});
    }
  }
  return all;
}

std::vector<std::string> LogRetention::tidy(const std::set<rollout::AttemptId>& unfinished) const {
  std::vector<std::string> notices;
  for (const LogName& log : logs_to_delete(logs_of_attempts(parts_.folder), parts_.kept, unfinished)) {
    notices.push_back(remove(log));
  }
  return notices;
}

// The file that is written to goes last, so that what could not be deleted is found again.
std::string LogRetention::remove(const LogName& log) const {
  const std::string file = (parts_.folder / log_file_of_attempt(log.run, log.attempt)).string();
  std::error_code failure;
  for (unsigned age = 1; fs::remove(old_log_file(file, age), failure); ++age) continue;
  if (!failure) fs::remove(file, failure);
  const std::string which = "the log of attempt " + std::to_string(log.attempt) + " of " + log.run;
  if (failure) return which + " could not be deleted: " + failure.message();
  return which + " was deleted: " + std::to_string(parts_.kept(log.version)) + " newer ones are kept";
}

}  // namespace exo
