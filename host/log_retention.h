// Which logs of a script's attempts are kept: the newest of each run, and those of attempts that are not
// finished.
//
// How long one log may become is the keeper's business (services/keeper/output_log.h).
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/rollout_record.h"
#include "host/log_name.h"

namespace exo {

// How many of a run's logs are kept: of scripts that bring this version in. At least 1.
using KeptLogs = std::function<std::size_t(const VersionKey&)>;

// Those of `logs` that are not to be kept. Pure.
std::vector<LogName> logs_to_delete(std::vector<LogName> logs, const KeptLogs& kept,
                                    const std::set<rollout::AttemptId>& unfinished);

// The attempts whose end the ledger does not hold.
std::set<rollout::AttemptId> unfinished_attempts(const RolloutRecord& record);

// Keeps an environment's folder of logs from growing with every attempt. Blocks on the disk.
class LogRetention {
 public:
  struct Parts {
    std::filesystem::path folder;
    KeptLogs kept;
  };
  explicit LogRetention(Parts parts) : parts_(std::move(parts)) {}

  // Deletes what is not to be kept; a sentence for each log that was deleted, or could not be.
  std::vector<std::string> tidy(const std::set<rollout::AttemptId>& unfinished) const;

 private:
  std::string remove(const LogName& log) const;

  Parts parts_;
};

}  // namespace exo
