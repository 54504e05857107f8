// What a process is made of and how it is stopped, as the host asks the keeper for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace exo {

// A limit for the process and each below it, as setrlimit(2) sets it, soft and hard.
struct ResourceLimit {
  int resource = 0;  // RLIMIT_…
  std::uint64_t value = 0;

  bool operator==(const ResourceLimit&) const = default;
};

// One process to run. Plain values.
struct ProcessSpec {
  std::string id;                 // unique for the keeper's life, e.g. an instance id; non-empty
  std::string role;               // label for output and records
  std::vector<std::string> argv;  // argv[0] without a slash is looked up in the PATH of `environment`
  std::string folder;             // the working folder
  std::vector<std::pair<std::string, std::string>> environment;  // complete: nothing is inherited
  std::string log_file;  // output is appended to it; "" for none; its folder must exist
  std::vector<ResourceLimit> limits;
  std::string lock_file;  // held from before the start until nothing of the process lives; "" for none
};

// How a process is asked to go: SIGTERM goes to the process's group `term_after` from the request,
// SIGKILL to everything below its guard `kill_after` after that.
struct StopTimes {
  std::chrono::milliseconds term_after{0};
  std::chrono::milliseconds kill_after{10'000};
};

}  // namespace exo
