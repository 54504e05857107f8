// What `exo logs` shows: the logs of an environment as one sequence of lines in the order of their times.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "host/log_name.h"
#include "host/log_reader.h"
#include "host/log_selection.h"

namespace exo {

struct LogEntry {
  LogName log;
  LogLine line;
  std::string level;  // of the host's own words: "info", "warning", "debug"; else empty
};

// As a JSON object with the keys at, role, version, phase, run, attempt, level and text; null where there is
// none. Text that is not UTF-8 is shown with U+FFFD in place of what is not. A contract with machines.
std::string to_json_line(const LogEntry& entry);

// Every log that is there, and those that the application's versions and scripts will make. An application
// whose files cannot be read adds nothing.
std::vector<LogName> known_logs(const std::filesystem::path& application,
                                const std::filesystem::path& folder);

// Whether anything of an attempt's output is in the folder.
bool has_log(const std::filesystem::path& folder, const std::string& run, std::uint64_t attempt);

// Reads a folder of logs. Not thread-safe; blocks on the disk.
class LogView {
 public:
  // Gives entries until it returns false: its reader has gone.
  using Give = std::function<bool(const LogEntry&)>;

  // `since`: leaves out what is older. The folder need not be there yet. What the host noted for its file
  // only is given when its log was asked for by name.
  LogView(std::filesystem::path folder, LogSelection selection, std::optional<UnixTime> since)
      : folder_(std::move(folder)), selection_(std::move(selection)), since_(since) {}

  // Gives each complete line that was not given before, of logs that have come since too. The lines of one
  // log keep their order whatever their times. Errors of base/files.h, once for each file.
  Result<void> give_new(const Give& give);
  // Gives also what follows the last line ends. For the end of the reading.
  Result<void> give_all(const Give& give);

 private:
  using NextLine = std::optional<LogLine> (LogReader::*)();
  struct Source {
    LogName log;
    LogReader reader;
  };

  Result<void> find_sources();
  bool wants(const LogEntry& entry) const;
  bool merge(NextLine next, const Give& give);

  std::filesystem::path folder_;
  LogSelection selection_;
  std::optional<UnixTime> since_;
  std::map<std::string, std::optional<Source>> sources_;  // by file name; empty: it cannot be read
};

}  // namespace exo
