// What a process is made of and how it is stopped, as the host asks the keeper for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/unix_user.h"

namespace exo {

// A limit for the process and each below it, as setrlimit(2) sets it, soft and hard.
struct ResourceLimit {
  int resource = 0;  // RLIMIT_…
  std::uint64_t value = 0;

  bool operator==(const ResourceLimit&) const = default;
};

// Whom a process is to run as. Looked up before, because nothing may be between fork and exec.
struct ProcessUser {
  std::string name;  // for people
  Credentials credentials;

  bool operator==(const ProcessUser&) const = default;
};

// How much of its output is kept.
struct LogBounds {
  std::uint64_t file_bytes = std::uint64_t{32} * 1024 * 1024;  // reached, the file is set aside
  unsigned old_files = 3;                                      // kept besides

  bool operator==(const LogBounds&) const = default;
};

// One process to run. Plain values.
struct ProcessSpec {
  std::string id;                 // unique for the keeper's life, e.g. an instance id; non-empty
  std::string role;               // label for output and records
  std::vector<std::string> argv;  // argv[0] without a slash is looked up in the PATH of `environment`
  std::string folder;             // the working folder
  std::vector<std::pair<std::string, std::string>> environment;  // complete: nothing is inherited
  std::string log_file;  // output is appended to it; "" for none; its folder must exist
  LogBounds log_bounds = {};
  std::vector<ResourceLimit> limits;
  std::optional<ProcessUser> user;  // absent: the keeper's own
  std::string awaited_text;         // that a line of its output holds this is told, once; "" for none
  std::string lock_file;  // held from before the start until nothing of the process lives; "" for none
  std::string note;       // the host's own, for a later one: see KeptProcess
};

// How a process is asked to go: SIGTERM goes to the process's group `term_after` from the request,
// SIGKILL to everything below its guard `kill_after` after that.
struct StopTimes {
  std::chrono::milliseconds term_after{0};
  std::chrono::milliseconds kill_after{10'000};
};

}  // namespace exo
