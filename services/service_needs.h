// What a service needs around it: other roles before it, what makes it ready, and how much it may use.
//
//     requires: [0.0.1, todo@0.0.2]          versions of its own role and of others, live before it comes in
//     depends-on: [todo]                     ready; or each with its own word:
//     depends-on: {todo: live, users: started}
//     ready: {port: true, text: listening, message: todo.health, every: 5s, failures: 3}
//     restarts: {pause: 500ms, longest-pause: 30s, steady-after: 60s}
//     stop-within: 10s                       from SIGTERM to SIGKILL
//     limits: {open-files: 4096, processes: 200, memory: 512MiB}
//     user: todo                             or a number
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/mistake.h"
#include "base/semantic_version.h"
#include "base/unix_user.h"
#include "services/supervision/readiness.h"
#include "services/supervision/supervision_event.h"

namespace exo {

class ConfigurationFile;
struct Field;

// A version, of whichever role, that must be live before this one is introduced.
struct RequiredServiceVersion {
  std::string role;
  SemanticVersion version;
  Place place;
};

// Another role that is waited for before an instance is started.
struct ServiceDependency {
  enum class Until { kStarted, kReady, kLive };
  std::string role;
  Until until = Until::kReady;
  int line = 0;  // where it is written in service.yml
};

// Limits of one instance and of each process below it, as setrlimit(2) knows them; absent: as exo itself has
// it.
struct ServiceLimits {
  std::optional<std::uint64_t> open_files;
  std::optional<std::uint64_t> processes;     // of the same user, this service's or not
  std::optional<std::uint64_t> memory_bytes;  // of private memory that can be written
  int processes_line = 0;                     // where `processes` is written in service.yml
};

// How much is kept of what is written: `logs` of application.yml.
struct LogSettings {
  std::uint64_t bytes = std::uint64_t{128} * 1024 * 1024;  // of one log: of a version, an attempt, exo itself
  std::uint64_t attempts = 20;                             // of each run of a script; the newest
};

// Each reads the value of its key; mistakes go to the file. A version without a role is of `own_role`, which
// may not be depended on.
std::vector<RequiredServiceVersion> read_required_versions(ConfigurationFile& file, const Field& required,
                                                           const std::string& own_role,
                                                           const SemanticVersion& own_version);
std::vector<ServiceDependency> read_dependencies(ConfigurationFile& file, const Field& depends_on,
                                                 const std::string& own_role);
supervision::ReadinessRules read_readiness_rules(ConfigurationFile& file, const Field& ready);
// Of the two pauses the one that is not stated gives way to the other.
supervision::RestartRules read_restart_rules(ConfigurationFile& file, const Field& restarts);
std::chrono::milliseconds read_stop_within(ConfigurationFile& file, const Field& field);
ServiceLimits read_limits(ConfigurationFile& file, const Field& field);
LogSettings read_log_settings(ConfigurationFile& file, const Field& field);
WantedUser read_user(ConfigurationFile& file, const Field& field);

}  // namespace exo
