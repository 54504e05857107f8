// What the files in an environment's folder of logs are the logs of, by their names.
//
//   exo.log                              the host's own words
//   todo-search-0.0.1.log                the instances of todo-search@0.0.1, one after another
//   todo-search-0.0.1-offline-1-2.log    the second attempt of the run todo-search-0.0.1-offline-1
//   todo-search-0.0.1-offline-0-1.log    the first dry run
//
// A name is never ambiguous: a role holds no dot, so its version begins behind the last dash before the
// first one. (A pre-release that is called like a run would be taken for one; nobody calls it so.)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deployment-scripts/version_key.h"

namespace exo {

inline constexpr std::string_view kHostLog = "exo.log";

// Who wrote a log. A value.
struct LogName {
  VersionKey version;         // empty: the host itself
  std::string phase;          // of a deployment script; empty: no script
  std::string run;            // non-empty exactly when `phase` is
  std::uint64_t attempt = 0;  // from 1; 0: no script, or none of its attempts

  bool operator==(const LogName&) const = default;

  // Who wrote it: "todo", "deployment-todo-0.0.1" or "exo".
  std::string shown_role() const;
  // What a person may say to mean this log: its role, "role@version", the run, the script's role on the bus.
  std::vector<std::string> words() const;
};

// What a run's id is the run of, whose attempt is left out; empty for a word that is none.
std::optional<LogName> parse_run(std::string_view run);

std::string log_file_of_instances(const VersionKey& version);
std::string log_file_of_attempt(const std::string& run, std::uint64_t attempt);

// Empty for a file that is none of these.
std::optional<LogName> parse_log_file_name(std::string_view file_name);

}  // namespace exo
